package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting: writers take turns, and readers wait for no other thread (I11). */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TurnsTest extends StoreFixture {
  private static final Set<Thread.State> WAITING =
      Set.of(Thread.State.BLOCKED, Thread.State.WAITING);

  private interface Call {
    void on(Store store) throws IOException;
  }

  /** Blocks the thread that reaches a fail point until the test releases it. */
  private static final class Gate {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);
    private final Thread thread;

    /** Starts a call that blocks at a fail point, and waits until it does. */
    Gate(FailPoint held, Store store, Call call) throws InterruptedException {
      FailPoint.set(
          (point, file) -> {
            if (point == held) {
              reached.countDown();
              await(opened);
            }
          });
      thread = start(store, call);
      FailPoint.set(null);
      reached.await();
    }

    void open() throws InterruptedException {
      assertTrue(thread.isAlive());
      opened.countDown();
      thread.join();
    }
  }

  private static Thread start(Store store, Call call) {
    Thread thread =
        new Thread(
            () -> {
              try {
                call.on(store);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    thread.start();
    return thread;
  }

  /** A large record is written by calls, with the lock for appending. */
  private static final Call LARGE_PUT = store -> store.put(bytes("large"), new byte[40_000]);

  @Test
  void callsThatChangeOrCountTheKeysWaitForARunningPut() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      Gate put = new Gate(FailPoint.WRITTEN, store, LARGE_PUT);
      List<Call> calls =
          List.of(
              s -> s.put(bytes("os"), bytes("linux")),
              s -> s.delete(bytes("editor")),
              s -> assertEquals(2, s.size()),
              s -> assertEquals(2, s.stats().keys()),
              s -> s.forEach((key, value) -> {}),
              s -> s.merge());
      List<Thread> threads = new ArrayList<>();
      for (Call call : calls) {
        Thread thread = start(store, call);
        threads.add(thread);
        // A call that does not wait would end, and this loop would not: hence the timeout.
        while (!WAITING.contains(thread.getState())) {
          Thread.onSpinWait();
        }
      }
      assertEquals("mac", text(store.get(bytes("os"))));
      put.open();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals("linux", text(store.get(bytes("os"))));
    }
  }

  @Test
  void readersDoNotWaitForAPut() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      Gate put = new Gate(FailPoint.WRITTEN, store, LARGE_PUT);

      assertEquals("mac", text(store.get(bytes("os"))));
      assertTrue(store.containsKey(bytes("os")));
      assertFalse(store.containsKey(bytes("large")));

      put.open();
      assertTrue(store.containsKey(bytes("large")));
    }
  }

  @Test
  void aSyncDoesNotWaitForAPutNorAPutForASync() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      Gate put = new Gate(FailPoint.WRITTEN, store, LARGE_PUT);
      store.sync();
      put.open();
      Gate sync = new Gate(FailPoint.SYNC, store, Store::sync);
      store.put(bytes("os"), bytes("linux"));
      assertTrue(store.delete(bytes("os")));
      sync.open();
    }
  }

  @Test
  void neitherReadersNorWritersWaitForAMerge() throws Exception {
    List<FailPoint> steps =
        List.of(
            FailPoint.RUN_STARTED,
            FailPoint.OUTPUT_WRITTEN,
            FailPoint.OUTPUT_DURABLE,
            FailPoint.RENAMED,
            FailPoint.COMMITTED,
            FailPoint.REPOINTED,
            FailPoint.DROPPED,
            FailPoint.DELETED);
    for (FailPoint step : steps) {
      restore(Collections.emptySortedMap());
      putAndClose("os", "mac", "os", "linux", "editor", "vim");
      try (Store store = Store.open(directory, QUIET)) {
        Gate merge = new Gate(step, store, Store::merge);

        store.put(bytes("shell"), bytes("zsh"));
        assertEquals("linux", text(store.get(bytes("os"))), step.name());
        assertEquals("zsh", text(store.get(bytes("shell"))), step.name());
        assertTrue(store.delete(bytes("editor")), step.name());
        store.sync();
        assertEquals(2, store.size(), step.name());
        List<String> seen = new ArrayList<>();
        store.forEach((key, value) -> seen.add(text(key) + "=" + text(value)));
        assertEquals(List.of("os=linux", "shell=zsh"), seen, step.name());

        merge.open();
        assertEquals(2, state(store).size(), step.name());
      }
      assertEquals("{os=linux, shell=zsh}", reopenedState().toString(), step.name());
    }
  }
}
