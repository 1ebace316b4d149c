package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A clear removes all keys at once, durably, and with almost no space. */
@Timeout(60)
class ClearTest extends StoreFixture {
  private static void fill(Store store) throws IOException {
    for (int i = 0; i < 500; i++) {
      store.put(bytes("key " + i % 300), bytes("value " + i + "v".repeat(500)));
    }
  }

  private static void assertEmpty(Store store) throws IOException {
    assertEquals(Map.of(), state(store));
    assertNull(store.get(bytes("key 1")));
    assertFalse(store.containsKey(bytes("key 1")));
    assertFalse(store.delete(bytes("key 1")));
    assertEquals(0, store.stats().liveBytes());
  }

  /** Waits until the background thread has deleted the files. */
  private void awaitFiles(int count) throws Exception {
    while (names(SegmentName.DATA).size() > count) {
      Thread.sleep(1);
    }
  }

  @Test
  void noKeyRemainsNowOrAfterAReopen() throws Exception {
    try (Store store = Store.open(directory, SMALL)) {
      fill(store);
      assertTrue(names(SegmentName.DATA).size() > 3);
      store.clear();
      assertEmpty(store);
      assertEquals(0, store.stats().deadBytes());
      awaitFiles(1);
    }
    try (Store store = Store.open(directory, SMALL)) {
      assertEmpty(store);
    }
  }

  @Test
  void laterPutsStay() throws Exception {
    try (Store store = Store.open(directory, SMALL)) {
      fill(store);
      store.clear();
      store.put(bytes("key 1"), bytes("new"));
      store.merge();
      assertEquals(Map.of("key 1", "new"), state(store));
    }
    assertEquals(Map.of("key 1", "new"), reopenedState());
  }

  @Test
  void anEmptyStoreAndASecondClearChangeNothing() throws Exception {
    try (Store store = Store.open(directory, SMALL)) {
      store.clear();
      assertEquals(List.of(), names(SegmentName.DATA));
      fill(store);
      store.clear();
      awaitFiles(1);
      List<String> once = names(SegmentName.DATA);
      store.clear();
      assertEquals(once, names(SegmentName.DATA));
      fill(store);
      store.clear();
      assertEmpty(store);
      awaitFiles(1);
      assertFalse(names(SegmentName.DATA).equals(once));
    }
  }

  @Test
  void aRunningReaderContinues() throws Exception {
    try (Store store = Store.open(directory, SMALL)) {
      fill(store);
      List<byte[]> keys = new ArrayList<>();
      store.forEach(
          (key, value) -> {
            if (keys.isEmpty()) {
              try {
                store.clear();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            }
            keys.add(key);
          });
      assertEquals(300, keys.size());
      assertEmpty(store);
    }
  }

  @Test
  void aRunningMergeIsAbandoned() throws Exception {
    CountDownLatch merging = new CountDownLatch(1);
    CountDownLatch cleared = new CountDownLatch(1);
    try (Store store = Store.open(directory, SMALL)) {
      fill(store);
      Thread merge =
          new Thread(
              () -> {
                FailPoint.set(
                    (point, file) -> {
                      if (point == FailPoint.RUN_STARTED) {
                        merging.countDown();
                        await(cleared);
                      }
                    });
                try {
                  store.merge();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      merge.start();
      merging.await();
      Thread clear =
          new Thread(
              () -> {
                try {
                  store.clear();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      clear.start();
      while (clear.getState() != Thread.State.BLOCKED) {
        Thread.onSpinWait();
      }
      cleared.countDown();
      clear.join();
      merge.join();
      assertEmpty(store);
      assertEquals(0, store.stats().merges());
      assertEquals(List.of(), names(".tmp"));
      store.put(bytes("key 1"), bytes("new"));
      store.merge();
      assertEquals(Map.of("key 1", "new"), state(store));
    }
  }

  /** A snapshot that copies takes minutes. Neither a clear nor a merge waits for it. */
  @Test
  void doesNotWaitForARunningSnapshot() throws Exception {
    CountDownLatch linking = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Path data = directory.resolve("data");
    try (Store store = Store.open(data, SMALL)) {
      fill(store);
      SortedMap<String, String> before = state(store);
      Thread snapshot =
          new Thread(
              () -> {
                FailPoint.set(
                    (point, file) -> {
                      if (point == FailPoint.LINKED) {
                        linking.countDown();
                        await(release);
                      }
                    });
                try {
                  store.snapshot(directory.resolve("snapshot"));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      snapshot.start();
      linking.await();
      Thread merge =
          new Thread(
              () -> {
                try {
                  store.merge();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      merge.start();
      while (merge.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      store.clear();
      store.put(bytes("key 1"), bytes("new"));
      store.clear();
      assertEquals(0, store.size());
      release.countDown();
      snapshot.join();
      merge.join();
      assertEmpty(store);
      try (Store copy = Store.open(directory.resolve("snapshot"), SMALL)) {
        assertEquals(before, state(copy));
      }
    }
  }

  /** For the files as a process leaves them that dies at each fail point. */
  @Test
  void aCrashLeavesAllKeysOrNone() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    Map<FailPoint, Path> images = new EnumMap<>(FailPoint.class);
    SortedMap<String, String> before;
    try (Store store = Store.open(data, SMALL)) {
      fill(store);
      before = state(store);
      FailPoint.set((point, file) -> images.computeIfAbsent(point, p -> copy(data, p)));
      store.clear();
      FailPoint.set(null);
    }
    for (FailPoint point :
        List.of(
            FailPoint.SEALED,
            FailPoint.OUTPUT_GROWN,
            FailPoint.OUTPUT_WRITTEN,
            FailPoint.OUTPUT_DURABLE)) {
      assertFound(before, images.get(point), point);
    }
    for (FailPoint point : List.of(FailPoint.RENAMED, FailPoint.COMMITTED, FailPoint.DROPPED)) {
      assertFound(new TreeMap<>(), images.get(point), point);
    }
  }

  private Path copy(Path data, FailPoint point) {
    Path image = directory.resolve(point.name());
    try (Stream<Path> files = Files.list(data)) {
      Files.createDirectory(image);
      for (Path file : files.toList()) {
        Files.copy(file, image.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return image;
  }

  private static void assertFound(SortedMap<String, String> expected, Path image, FailPoint point)
      throws IOException {
    try (Store store = Store.open(image, SMALL)) {
      assertEquals(expected, state(store), point.name());
      store.put(bytes("next"), bytes("value"));
      assertEquals("value", text(store.get(bytes("next"))));
    }
  }

  @Test
  void aFailureBeforeTheCommitChangesNothing() throws Exception {
    for (FailPoint failing :
        List.of(FailPoint.WRITE, FailPoint.OUTPUT_WRITTEN, FailPoint.OUTPUT_DURABLE)) {
      Path data = Files.createDirectory(directory.resolve(failing.name()));
      try (Store store = Store.open(data, SMALL)) {
        fill(store);
        SortedMap<String, String> before = state(store);
        FailPoint.set(
            (point, file) -> {
              if (point == failing && file.toString().endsWith(SegmentName.UNFINISHED)) {
                throw new IOException("the disk says no");
              }
            });
        assertEquals(
            "the disk says no", assertThrows(IOException.class, store::clear).getMessage());
        FailPoint.set(null);
        assertEquals(before, state(store), failing.name());
        store.put(bytes("key 1"), bytes("new"));
        store.clear();
        assertEmpty(store);
      }
    }
  }

  @Test
  void aFailureAfterTheCommitEndsTheUseOfTheStore() throws Exception {
    Store store = Store.open(directory, SMALL);
    fill(store);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RENAMED) {
            throw new IOException("the disk says no");
          }
        });
    assertThrows(IOException.class, store::clear);
    FailPoint.set(null);
    assertThrows(IOException.class, () -> store.put(bytes("a"), bytes("1")));
    assertThrows(IOException.class, store::close);
    try (Store reopened = Store.open(directory, SMALL)) {
      assertEmpty(reopened);
    }
  }

  /** No space is left except the ballast. */
  @Test
  void onAFullDiskItUsesTheBallast() throws Exception {
    Options options = QUIET.withSegmentSize(1 << 20);
    try (Store store = Store.open(directory, options)) {
      byte[] value = new byte[1 << 16];
      for (int i = 0; i < 100; i++) {
        store.put(bytes("key " + i), value);
      }
      Path ballast = directory.resolve(Ballast.FILE_NAME);
      assertTrue(Files.size(ballast) >= 256 << 10);
      FailPoint.set(
          (point, file) -> {
            boolean takesSpace = point == FailPoint.WRITE || point == FailPoint.RESERVE;
            if (takesSpace && Files.exists(ballast)) {
              throw new IOException("No space left on device");
            }
          });
      store.clear();
      FailPoint.set(null);
      assertEmpty(store);
      awaitFiles(1);
      store.put(bytes("key 1"), value);
      assertEquals(1, store.size());
    }
  }

  @Test
  void writersAndReadersRunConcurrently() throws Exception {
    try (Store store = Store.open(directory, SMALL.withAutomaticMerge(true))) {
      List<Throwable> failures = new ArrayList<>();
      CountDownLatch end = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        String prefix = "thread " + t + " ";
        threads.add(
            new Thread(
                () -> {
                  try {
                    for (int i = 0; end.getCount() > 0; i++) {
                      byte[] key = bytes(prefix + i % 50);
                      store.put(key, bytes("value " + i + "v".repeat(300)));
                      byte[] found = store.get(key);
                      // The thread's own value, or null after a clear.
                      if (found != null && !text(found).startsWith("value " + i)) {
                        throw new AssertionError(i + ": " + text(found));
                      }
                    }
                  } catch (Throwable e) {
                    synchronized (failures) {
                      failures.add(e);
                    }
                  }
                }));
      }
      threads.forEach(Thread::start);
      for (int i = 0; i < 100; i++) {
        store.clear();
        Thread.sleep(2);
      }
      end.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
      store.clear();
      assertEmpty(store);
    }
    assertEquals(Map.of(), reopenedState());
  }

  @Test
  void aClosedOrReadOnlyStoreIsNotCleared() throws Exception {
    Store store = Store.open(directory, SMALL);
    fill(store);
    store.close();
    assertThrows(IllegalStateException.class, store::clear);
    try (Store readOnly = Store.open(directory, SMALL.withReadOnly(true))) {
      assertThrows(UnsupportedOperationException.class, readOnly::clear);
      assertEquals(300, readOnly.size());
    }
  }
}
