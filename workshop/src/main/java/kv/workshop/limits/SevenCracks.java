package kv.workshop.limits;

import static kv.workshop.limits.Sheet.bytes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import kv.step5.Stats;
import kv.step5.Store;

/** The problems of step 5, in the order of the chapter about the engine, which solves them. */
final class SevenCracks {
  private static final int CALLS = 100;
  private static final int KEYS = 100_000;
  private static final int THREADS = 50;
  private static final int MEBIBYTE = 1 << 20;
  private static final int LIVE_MEBIBYTES = 16;

  /** Offset of the second record in a file, after the header and the record of os = mac. */
  private static final int SECOND_RECORD = 29;

  private final Path folder;

  private SevenCracks(Path folder) {
    this.folder = folder;
  }

  /** Shows them, each with a store in a new folder of this one. */
  public static void main(String[] arguments) throws Exception {
    SevenCracks cracks = new SevenCracks(Path.of(arguments[0]));
    // First, before the Flight Recorder uses memory too.
    long memory = cracks.weighKeys();
    Sheet.say("Seven stores of step 5 each show one problem.");
    cracks.countCalls();
    Sheet.showAbout("2. bytes of memory for a key of 16 bytes", memory);
    cracks.countFsyncs();
    cracks.readValues();
    cracks.cutFile();
    cracks.outrunMerge();
    cracks.interrupt();
    Sheet.say("None of these is a bug. An engine has to solve them all.");
  }

  private Path directory(int crack) {
    return folder.resolve("store" + crack);
  }

  private void countCalls() throws Exception {
    try (Store store = Store.open(directory(1))) {
      FileCalls calls =
          FileCalls.during(
              directory(1),
              () -> {
                for (int i = 0; i < CALLS; i++) {
                  store.put(bytes("os"), bytes("mac"));
                  store.get(bytes("os"));
                }
              });
      Sheet.show("1. system calls of 100 puts and 100 gets", calls.writes() + calls.reads());
    }
  }

  private long weighKeys() throws IOException {
    try (Store store = Store.open(directory(2))) {
      // Not from the first key on: the JVM still frees memory that its start needed.
      putKeys(store, 0, KEYS);
      long before = usedMemory();
      putKeys(store, KEYS, 2 * KEYS);
      return (usedMemory() - before) / KEYS;
    }
  }

  private static void putKeys(Store store, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      store.put(bytes("key " + (100_000_000_000L + i)), new byte[0]);
    }
  }

  private static long usedMemory() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private void countFsyncs() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (Store store = Store.open(directory(3))) {
      FileCalls calls =
          FileCalls.during(
              directory(3),
              () -> {
                List<Callable<Void>> puts = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                  byte[] key = bytes("key " + i);
                  puts.add(() -> putAndSync(store, key));
                }
                for (Future<Void> put : threads.invokeAll(puts)) {
                  put.get();
                }
              });
      Sheet.showAbout("3. fsyncs for 50 threads that put and sync", calls.fsyncs());
    } finally {
      threads.shutdown();
    }
  }

  private static Void putAndSync(Store store, byte[] key) throws IOException {
    store.put(key, bytes("value"));
    store.sync();
    return null;
  }

  private void readValues() throws Exception {
    try (Store store = Store.open(directory(4))) {
      store.put(bytes("os"), new byte[LIVE_MEBIBYTES * MEBIBYTE]);
    }
    FileCalls calls =
        FileCalls.during(
            directory(4),
            () -> {
              try (Store store = Store.open(directory(4))) {
                store.size();
              }
            });
    Sheet.show("4. bytes that an open read, to find a key", calls.bytesRead());
  }

  private void cutFile() throws IOException {
    try (Store store = Store.open(directory(5))) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.merge();
    }
    Path finished = files(directory(5)).get(0);
    Files.write(finished, Arrays.copyOf(Files.readAllBytes(finished), SECOND_RECORD));
    try (Store store = Store.open(directory(5))) {
      Sheet.show("5. keys left of 2, after a file was cut", store.size());
    }
  }

  /** Returns the segments of a store, by name. */
  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".data")).sorted().toList();
    }
  }

  private void outrunMerge() throws Exception {
    try (Store store = Store.open(directory(6))) {
      for (int i = 0; i < LIVE_MEBIBYTES; i++) {
        store.put(bytes("key " + i), new byte[MEBIBYTE]);
      }
      CompletableFuture<Void> merge = CompletableFuture.runAsync(() -> merge(store));
      long most = 0;
      while (!merge.isDone()) {
        store.put(bytes("key 0"), new byte[MEBIBYTE]);
        Stats stats = store.stats();
        most = Math.max(most, stats.liveBytes() + stats.deadBytes());
      }
      merge.get();
      Sheet.showAbout("6. MiB in the log during a merge of 16 MiB", most / MEBIBYTE);
    }
  }

  private static void merge(Store store) {
    try {
      store.merge();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void interrupt() throws Exception {
    try (Store store = Store.open(directory(7))) {
      store.put(bytes("os"), bytes("mac"));
      // Now the record is in a finished file, which a get can close without harm to later puts.
      store.merge();
      Thread interrupted =
          new Thread(
              () -> {
                Thread.currentThread().interrupt();
                getFails(store);
              });
      interrupted.start();
      interrupted.join();
      Sheet.show("7. get os after another thread's interrupt", getFails(store) ? "fails" : "works");
    }
  }

  private static boolean getFails(Store store) {
    try {
      store.get(bytes("os"));
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
