package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTest extends StoreFixture {
  private static final int WRITERS = 4;
  private static final int KEYS = 50;

  @TempDir private Path elsewhere;
  private Path snapshot;

  @BeforeEach
  void name() {
    snapshot = elsewhere.resolve("snapshot");
  }

  @Test
  void containsEarlierPutsAndNoLaterOnes() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.snapshot(snapshot);
      store.put(bytes("os"), bytes("linux"));

      assertEquals(Map.of("os", "mac"), stateOf(snapshot));
      assertEquals(Map.of("os", "linux"), state(store));
    }
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @Test
  void outlivesTheMergeOfItsSegments() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.snapshot(snapshot);
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
      store.merge();
      assertEquals(List.of("000001-000002.1.data"), names(".data"));

      assertEquals(Map.of("os", "mac", "editor", "vim"), stateOf(snapshot));
    }
  }

  @Test
  void aStoreInASnapshotChangesNothingInTheOriginal() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.snapshot(snapshot);
      // The merge thread may write the hint file only now: that is not the copy's work.
      while (names(".hint").isEmpty()) {
        Thread.sleep(1);
      }
      SortedMap<String, ByteBuffer> before = files();
      try (Store copy = Store.open(snapshot, QUIET)) {
        copy.put(bytes("os"), bytes("bsd"));
        copy.merge();
      }

      assertEquals(before, files());
      assertEquals(Map.of("os", "linux"), state(store));
    }
  }

  @Test
  void isAnEmptyStoreIfTheStoreIsEmpty() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.snapshot(snapshot);
    }
    assertEquals(Map.of(), stateOf(snapshot));
  }

  @Test
  void refusesADirectoryWithAFileInIt() throws IOException {
    Files.createDirectory(snapshot);
    Files.writeString(snapshot.resolve("letter"), "Dear aunt,");
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));

      IOException e = assertThrows(IOException.class, () -> store.snapshot(snapshot));
      assertTrue(e.getMessage().contains(snapshot.toString()), e.getMessage());
      assertThrows(IOException.class, () -> store.snapshot(directory));
      assertThrows(NullPointerException.class, () -> store.snapshot(null));
    }
  }

  @Test
  void leavesNoFileWhenItFails() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.snapshot(elsewhere.resolve("first"));
      store.put(bytes("os"), bytes("linux"));
      int[] links = {0};
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.LINKED && ++links[0] == 2) {
              throw new IOException("No space left on device");
            }
          });
      assertThrows(IOException.class, () -> store.snapshot(snapshot));
      FailPoint.set(null);
      try (var files = Files.list(snapshot)) {
        assertEquals(0, files.count());
      }

      store.snapshot(snapshot);
      assertEquals(Map.of("os", "linux"), stateOf(snapshot));
    }
  }

  @Test
  void isDurableOnReturn() throws IOException {
    List<Path> synced = new ArrayList<>();
    try (Store store = Store.open(directory, QUIET.withSync(Options.SyncPolicy.NEVER))) {
      store.put(bytes("os"), bytes("mac"));
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.SYNCED || point == FailPoint.DIRECTORY_SYNCED) {
              synced.add(file);
            }
          });
      store.snapshot(snapshot);
      FailPoint.set(null);
    }
    assertTrue(synced.containsAll(List.of(file(), elsewhere, snapshot)), synced::toString);
  }

  /**
   * Each writer puts numbered keys, and deletes some. A snapshot contains a prefix of its calls.
   */
  @Test
  void duringWritesAndMergesIsAStateBetweenItsStartAndItsEnd() throws Exception {
    AtomicLongArray started = new AtomicLongArray(WRITERS);
    AtomicLongArray done = new AtomicLongArray(WRITERS);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    try (Store store = Store.open(directory, SMALL)) {
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        threads.add(
            Uninterruptible.start(
                "kv-test",
                () -> {
                  try {
                    for (long n = 1; !stop.get(); n++) {
                      started.set(writer, n);
                      byte[] key = bytes(writer + " " + n % KEYS);
                      if (n % 7 == 0) {
                        store.delete(key);
                      } else {
                        store.put(key, bytes(Long.toString(n)));
                      }
                      done.set(writer, n);
                    }
                  } catch (Throwable e) {
                    failure.set(e);
                  }
                }));
      }
      threads.add(
          Uninterruptible.start(
              "kv-test",
              () -> {
                try {
                  while (!stop.get()) {
                    store.merge();
                  }
                } catch (Throwable e) {
                  failure.set(e);
                }
              }));
      int rounds = Integer.getInteger("kv.snapshots", 20);
      for (int i = 0; i < rounds; i++) {
        long[] before = new long[WRITERS];
        long[] after = new long[WRITERS];
        for (int w = 0; w < WRITERS; w++) {
          before[w] = done.get(w);
        }
        Path target = elsewhere.resolve("snapshot " + i);
        store.snapshot(target);
        for (int w = 0; w < WRITERS; w++) {
          after[w] = started.get(w);
        }
        assertIsAPrefix(stateOf(target), before, after);
      }
      stop.set(true);
      threads.forEach(Uninterruptible::join);
    }
    assertEquals(null, failure.get());
  }

  private static void assertIsAPrefix(Map<String, String> state, long[] before, long[] after) {
    for (int w = 0; w < WRITERS; w++) {
      int writer = w;
      // The newest number in the snapshot. Deletes may follow it, so several ends are tried.
      long newest =
          state.entrySet().stream()
              .filter(entry -> entry.getKey().startsWith(writer + " "))
              .mapToLong(entry -> Long.parseLong(entry.getValue()))
              .max()
              .orElse(0);
      boolean found = false;
      for (long end = Math.max(newest, before[w]); end <= Math.min(newest + 1, after[w]); end++) {
        found |= expected(w, end).equals(ofWriter(state, w));
      }
      assertTrue(found, "writer " + w + ", " + before[w] + " to " + after[w] + ": " + state);
    }
  }

  private static Map<String, String> ofWriter(Map<String, String> state, int writer) {
    Map<String, String> of = new TreeMap<>(state);
    of.keySet().removeIf(key -> !key.startsWith(writer + " "));
    return of;
  }

  private static Map<String, String> expected(int writer, long end) {
    Map<String, String> expected = new TreeMap<>();
    for (long n = Math.max(1, end - 2 * 7 * KEYS); n <= end; n++) {
      String key = writer + " " + n % KEYS;
      if (n % 7 == 0) {
        expected.remove(key);
      } else {
        expected.put(key, Long.toString(n));
      }
    }
    return expected;
  }

  private static Map<String, String> stateOf(Path directory) throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      return state(store);
    }
  }

  @Test
  void twoSnapshotsKeepTheReplacedFilesUntilBothHaveEnded() throws Exception {
    Log log = new Log(DirectoryHandle.readOnly(directory), StoreFixture.QUIET);
    ObsoleteFiles files = new ObsoleteFiles(log);
    synchronized (log) {
      files.add(List.of(SegmentName.fresh(1)));
    }
    AtomicInteger lost = new AtomicInteger();
    Runnable snapshots =
        () -> {
          for (int i = 0; i < 20_000; i++) {
            files.keep();
            synchronized (log) {
              lost.addAndGet(files.isToDelete() ? 1 : 0);
            }
            files.release();
          }
        };
    Thread other = new Thread(snapshots);
    other.start();
    snapshots.run();
    other.join();
    assertEquals(0, lost.get());
  }
}
