package kv.workshop.limits;

import static kv.workshop.limits.Sheet.bytes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import kv.step4.Stats;
import kv.step4.Store;

/** The problem of step 4: every call waits for a compaction, however few bytes are dead. */
final class LongPause {
  private static final int KEYS = 64;
  private static final int VALUE_LENGTH = 1 << 20;

  /** Number of calls of each thread before the compaction. */
  private static final int WARM_UP = 10_000;

  private LongPause() {}

  /** Shows the problem, with a store in a new folder below a given one. */
  public static void main(String[] arguments) throws Exception {
    AtomicBoolean compacted = new AtomicBoolean();
    CountDownLatch warm = new CountDownLatch(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Store store = Store.open(Path.of(arguments[0], "store"))) {
      for (int i = 0; i < KEYS; i++) {
        store.put(bytes("key " + i), new byte[VALUE_LENGTH]);
      }
      store.put(bytes("os"), bytes("mac"));
      Future<List<Long>> puts =
          threads.submit(
              () -> times(() -> store.put(bytes("os"), bytes("linux")), warm, compacted));
      Future<List<Long>> gets =
          threads.submit(() -> times(() -> store.get(bytes("os")), warm, compacted));
      warm.await();
      Stats before = store.stats();
      store.compact();
      compacted.set(true);
      Sheet.say("Step 4 kept 64 MiB, and compacted them while two threads put and got os.");
      Sheet.showAbout("bytes that were dead", before.deadBytes());
      Sheet.show("bytes that were copied", before.liveBytes());
      show("put", puts.get());
      show("get", gets.get());
      Sheet.say("While a compaction copies, every call waits, for every key.");
    } finally {
      compacted.set(true);
      threads.shutdown();
    }
  }

  private static void show(String call, List<Long> nanos) {
    Collections.sort(nanos);
    Sheet.showTime("time of a typical " + call, nanos.get(nanos.size() / 2));
    Sheet.showTime("time of the slowest " + call, nanos.get(nanos.size() - 1));
  }

  /** Repeats a call up to an event, and returns the time of each in nanoseconds. */
  private static List<Long> times(FileCalls.Work call, CountDownLatch warm, AtomicBoolean end)
      throws Exception {
    List<Long> times = new ArrayList<>();
    try {
      while (!end.get()) {
        if (times.size() == WARM_UP) {
          warm.countDown();
        }
        long before = System.nanoTime();
        call.run();
        times.add(System.nanoTime() - before);
      }
    } finally {
      // The main thread must not wait for a thread that failed.
      warm.countDown();
    }
    return times;
  }
}
