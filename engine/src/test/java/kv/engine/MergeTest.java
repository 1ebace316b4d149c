package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Filter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Merges: the space that they reclaim, the segments that they keep, and deletes that must hold. */
class MergeTest extends StoreFixture {
  /** Ends the active segment: the next put begins another one. */
  private Store reopen(Store store) throws IOException {
    store.close();
    return Store.open(directory, SMALL);
  }

  @Test
  void reclaimsDeadBytes() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 5000; i++) {
        store.put(bytes("key " + i % 500), bytes("value " + i));
      }
      SortedMap<String, String> before = state(store);
      assertTrue(store.stats().deadBytes() > 0);

      store.merge();

      assertEquals(before, state(store));
      assertEquals(0, store.stats().deadBytes());
      assertTrue(store.stats().merges() > 0);
      assertEquals(store.stats().liveBytes(), store.stats().mergedBytes());
    }
    assertEquals(List.of("000001-000003.1.data"), names(".data"));
    assertEquals(List.of("000001-000003.1.hint"), names(".hint"));
  }

  @Test
  void findsEachOfManyCopies() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 10_000; i++) {
        store.put(bytes("key " + i % 7_000), bytes("value " + i));
      }
      SortedMap<String, String> before = state(store);

      store.merge();

      assertEquals(List.of("000001-000001.1.data"), names(".data"));
      assertEquals(before, state(store));
      for (int i = 3_000; i < 10_000; i++) {
        assertEquals("value " + i, text(store.get(bytes("key " + i % 7_000))));
      }
    }
  }

  @Test
  void leavesSegmentsWithoutDeadBytesAlone() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 6000; i++) {
        store.put(bytes("key " + i), bytes("value " + i));
      }
      List<String> files = names(".data");
      assertTrue(files.size() > 2);

      store.merge();
      store.merge();

      assertEquals(files, names(".data"));
      assertEquals(0, store.stats().merges());
    }
  }

  @Test
  void doesNothingInAnEmptyStore() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.merge();
      assertEquals(List.of(), names(".data"));
    }
  }

  @Test
  void aSecondMergeChangesNothing() throws IOException {
    Store store = Store.open(directory, SMALL);
    for (int round = 0; round < 3; round++) {
      store.put(bytes("os"), bytes("round " + round));
      store.put(bytes("key " + round), bytes("value"));
      store.merge();
      store = reopen(store);
      store.merge();
    }
    assertEquals("round 2", text(store.get(bytes("os"))));
    assertEquals(4, state(store).size());
    store.close();
  }

  @Test
  void aPutAfterAMergeWinsAfterAReopen() throws IOException {
    Store store = Store.open(directory, SMALL);
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("os"), bytes("linux"));
    store.merge();
    store.put(bytes("os"), bytes("plan 9"));
    store = reopen(store);
    assertEquals("plan 9", text(store.get(bytes("os"))));
    store.close();
  }

  @Test
  void aDeletedKeyStaysDeletedAndItsTombstoneIsDropped() throws IOException {
    Store store = Store.open(directory, SMALL);
    store.put(bytes("os"), bytes("mac"));
    store = reopen(store);
    store.delete(bytes("os"));

    store.merge();

    assertEquals(0, store.stats().deadBytes());
    store = reopen(store);
    assertNull(store.get(bytes("os")));
    store.close();
    assertEquals("[]", RawLog.text(directory.resolve(names(".data").get(0))));
  }

  @Test
  void aMergedSegmentIsKeptEvenWhenEmpty() throws IOException {
    Store store = Store.open(directory, SMALL);
    store.put(bytes("os"), bytes("mac"));
    store.delete(bytes("os"));
    store.merge();
    assertEquals(List.of("000001-000001.1.data"), names(".data"));
    store = reopen(store);
    store.put(bytes("os"), bytes("linux"));
    store = reopen(store);
    assertEquals("linux", text(store.get(bytes("os"))));
    store.close();
  }

  @Test
  void aDeleteWhileAMergeRunsIsNotUndone() throws Exception {
    for (FailPoint point :
        List.of(
            FailPoint.OUTPUT_GROWN, FailPoint.RENAMED, FailPoint.COMMITTED, FailPoint.DROPPED)) {
      Path own = Files.createDirectory(directory.resolve(point.name()));
      try (Store store = Store.open(own, SMALL)) {
        store.put(bytes("os"), bytes("mac"));
        store.put(bytes("editor"), bytes("vim"));
        store.put(bytes("os"), bytes("linux"));

        whenAt(
            point,
            () -> {
              store.delete(bytes("os"));
              store.put(bytes("editor"), bytes("emacs"));
              store.put(bytes("new"), bytes("value"));
            });
        store.merge();

        assertNull(store.get(bytes("os")), point.name());
        assertEquals("emacs", text(store.get(bytes("editor"))));
        state(store);
      }
      try (Store store = Store.open(own, SMALL)) {
        assertNull(store.get(bytes("os")), point.name());
        assertEquals("emacs", text(store.get(bytes("editor"))));
        assertEquals("value", text(store.get(bytes("new"))));
      }
    }
  }

  @Test
  void aTombstoneSealedDuringAPassIsKept() throws Exception {
    Store store = Store.open(directory, SMALL);
    // Segment 1 has no dead byte, and is too large to be joined. Segment 2 has dead bytes.
    store.put(bytes("old"), bytes("v".repeat(40_000)));
    store = reopen(store);
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("os"), bytes("linux"));
    store = reopen(store);
    Store own = store;

    whenAt(
        FailPoint.RUN_STARTED,
        () -> {
          own.delete(bytes("old"));
          own.put(bytes("large"), bytes("v".repeat(60_000)));
          own.put(bytes("next"), bytes("v".repeat(10_000)));
        });
    own.merge();

    store = reopen(own);
    assertNull(store.get(bytes("old")));
    store.close();
  }

  @Test
  void aJoinKeepsTombstonesWhileTheirPutsAreInOlderSegments() throws IOException {
    Options noMerge = SMALL;
    Store store = Store.open(directory, noMerge);
    // This record fits into no joined segment, and will be dead.
    store.put(bytes("deleted"), bytes("v".repeat(60_000)));
    store.close();
    for (int i = 0; i < 20; i++) {
      store = Store.open(directory, noMerge);
      if (i == 3) {
        store.delete(bytes("deleted"));
      }
      store.put(bytes("key " + i), bytes("value".repeat(100)));
      store.close();
    }
    assertEquals(21, names(".data").size());

    Store joined = Store.open(directory, SMALL.withAutomaticMerge(true).withMergeThreshold(1));
    assertEquals(List.of("000001-000001.0.data", "000002-000021.1.data"), names(".data"));
    assertNull(joined.get(bytes("deleted")));
    state(joined);
    joined.close();

    store = Store.open(directory, noMerge);
    assertNull(store.get(bytes("deleted")));
    assertEquals(20, state(store).size());
    store.merge();
    store = reopen(store);
    assertNull(store.get(bytes("deleted")));
    assertEquals(0, store.stats().deadBytes());
    store.close();
  }

  @Test
  void manyOpensLeaveFewFiles() throws IOException {
    for (int i = 0; i < 300; i++) {
      try (Store store = Store.open(directory)) {
        store.put(bytes("key " + i), bytes("value " + i));
      }
      int files = names(".data").size();
      assertTrue(files <= 17, files + " files");
    }
    assertEquals(300, reopenedState().size());
  }

  @Test
  void anOpenWithoutPutLeavesNoFile() throws IOException {
    for (int i = 0; i < 3; i++) {
      Store.open(directory, SMALL).close();
    }
    assertEquals(List.of(), names(".data"));
  }

  @Test
  void startsByItselfWhenHalfIsDead() throws Exception {
    CountDownLatch dropped = new CountDownLatch(1);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.DROPPED) {
            dropped.countDown();
          }
        });
    try (Store store = Store.open(directory, SMALL.withAutomaticMerge(true))) {
      for (int i = 0; dropped.getCount() > 0; i++) {
        store.put(bytes("key " + i % 500), bytes("value " + i));
      }
      assertTrue(store.stats().merges() > 0);
      state(store);
    }
  }

  @Test
  void doesNotStartByItselfIfSwitchedOff() throws IOException {
    AtomicBoolean merged = new AtomicBoolean();
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED) {
            merged.set(true);
          }
        });
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 20_000; i++) {
        store.put(bytes("key " + i % 500), bytes("value " + i));
      }
      assertFalse(merged.get());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"RUN_STARTED", "WRITE", "OUTPUT_GROWN", "OUTPUT_WRITTEN", "OUTPUT_DURABLE"})
  void aFailureBeforeTheRenameLeavesTheStoreUnchanged(FailPoint point) throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 3000; i++) {
        store.put(bytes("key " + i % 500), bytes("value " + i));
      }
      store.put(bytes("deleted"), bytes("value"));
      store.delete(bytes("deleted"));
      SortedMap<String, String> before = state(store);

      failAt(point, ".tmp");
      IOException e = assertThrows(IOException.class, store::merge);
      assertEquals("No space left on device", e.getMessage());
      FailPoint.set(null);

      assertEquals(List.of(), names(".tmp"));
      assertEquals(before, state(store));
      store.put(bytes("key 1"), bytes("new"));
      store.merge();
      before.put("key 1", "new");
      assertEquals(before, state(store));
      assertEquals(0, store.stats().deadBytes());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"RENAMED", "DIRECTORY_SYNCED", "COMMITTED", "REPOINTED"})
  void aFailureAfterTheRenameEndsTheUseOfTheStore(FailPoint point) throws IOException {
    SortedMap<String, String> before;
    Store store = Store.open(directory, SMALL);
    for (int i = 0; i < 3000; i++) {
      store.put(bytes("key " + i % 500), bytes("value " + i));
    }
    // So that no rotation reaches the fail points of directories.
    store = reopen(store);
    before = state(store);
    failAt(point, "");
    assertThrows(IOException.class, store::merge);
    FailPoint.set(null);

    Store failed = store;
    assertThrows(IOException.class, () -> failed.put(bytes("os"), bytes("mac")));
    assertThrows(IOException.class, failed::merge);
    // The keydir points at the inputs or at the output. Both are still readable.
    SortedMap<String, String> read = new TreeMap<>();
    failed.forEach((key, value) -> read.put(text(key), text(value)));
    assertEquals(before, read);
    assertEquals(before.get("key 1"), text(failed.get(bytes("key 1"))));
    assertThrows(IOException.class, failed::close);
    assertEquals(before, reopenedState());
  }

  /** The log and the directory differ then, and another pass would destroy records. */
  @Test
  void aFailureAfterTheRenameRefusesFurtherMerges() throws Exception {
    Options options = SMALL.withAutomaticMerge(true).withMergeThreshold(0.01);
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED) {
            runs.incrementAndGet();
            started.countDown();
          }
          if (point == FailPoint.REPOINTED) {
            await(release);
            throw new IOException("Input/output error");
          }
        });
    Store store = Store.open(directory, SMALL);
    for (int i = 0; i < 5000; i++) {
      store.put(bytes("key " + i % 500), bytes("value " + i));
    }
    SortedMap<String, String> before = state(store);
    store.close();
    Store merging = Store.open(directory, options);
    // One merge fails half way, the automatic or the explicit one, while the other waits.
    FutureTask<Void> merge =
        new FutureTask<>(
            () -> {
              merging.merge();
              return null;
            });
    Thread thread = new Thread(merge);
    thread.start();
    started.await();
    merging.put(bytes("key 1"), bytes("new"));
    before.put("key 1", "new");
    release.countDown();
    assertThrows(Exception.class, merge::get);
    assertThrows(IOException.class, merging::close);
    FailPoint.set(null);

    assertEquals(1, runs.get());
    assertEquals(before, reopenedState());
  }

  @Test
  void aFailedRunStopsThePass() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 4000; i++) {
        store.put(bytes("key " + i), bytes("v".repeat(100)));
      }
      for (int i = 0; i < 4000; i += 2) {
        store.put(bytes("key " + i), bytes("v".repeat(100)));
      }
      AtomicInteger runs = new AtomicInteger();
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.RUN_STARTED && runs.incrementAndGet() == 2) {
              throw new IOException("No space left on device");
            }
          });
      assertThrows(IOException.class, store::merge);
      assertEquals(2, runs.get());
      assertEquals(1, store.stats().merges());
      FailPoint.set(null);
      state(store);
    }
  }

  @Test
  void aFailedAutomaticMergeIsNotRetriedAtOnce() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED) {
            tries.incrementAndGet();
            throw new IOException("No space left on device");
          }
        });
    CountDownLatch reported = new CountDownLatch(1);
    // Tests run concurrently: a log line of this test names its directory.
    Filter filter =
        report -> {
          boolean own = report.getMessage().contains(directory.toString());
          if (own) {
            reported.countDown();
          }
          return !own;
        };
    REPORTS.setFilter(filter);
    try (Store store = Store.open(directory, SMALL.withAutomaticMerge(true))) {
      for (int i = 0; tries.get() == 0; i++) {
        store.put(bytes("key " + i % 500), bytes("value " + i));
      }
      // More bytes are dead, but less than 64 MiB, and less than a minute has passed.
      for (int i = 0; i < 20_000; i++) {
        store.put(bytes("key " + i % 500), bytes("value " + i));
      }
      assertEquals(1, tries.get());
      assertEquals("value 19999", text(store.get(bytes("key " + 19_999 % 500))));
      reported.await();
    } finally {
      REPORTS.setFilter(null);
    }
  }

  /** A logger that opens a file fails if there is no descriptor. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void isRetriedEvenIfItsFailureCannotBeLogged() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED && tries.incrementAndGet() == 1) {
            throw new OutOfMemoryError("unable to create native thread");
          }
        });
    REPORTS.setFilter(
        report -> {
          if (report.getMessage().contains(directory.toString())) {
            throw new Error("Too many open files");
          }
          return true;
        });
    Options options = SMALL.withSegmentSize(4 << 20).withAutomaticMerge(true);
    try (Store store = Store.open(directory, options)) {
      while (tries.get() < 2) {
        store.put(bytes("the only key"), new byte[1 << 20]);
      }
    } finally {
      REPORTS.setFilter(null);
    }
  }

  @Test
  void aWriterThatOutrunsTheMergeWaitsForARun() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED) {
            started.countDown();
            await(release);
          }
        });
    try (Store store = Store.open(directory, SMALL.withAutomaticMerge(true))) {
      FutureTask<Long> writer =
          new FutureTask<>(
              () -> {
                // 2 MiB live, in segments of 64 KiB, while the merge is blocked.
                for (int i = 0; i < 40_000; i++) {
                  store.put(bytes("key " + i % 2000), bytes("v".repeat(1000)));
                }
                return 0L;
              });
      Thread thread = new Thread(writer);
      thread.start();
      started.await();
      while (thread.getState() != Thread.State.WAITING) {
        assertFalse(writer.isDone(), "the writer did not wait");
        Thread.onSpinWait();
      }
      long held = store.stats().liveBytes() + store.stats().deadBytes();
      assertTrue(held <= 3 * store.stats().liveBytes(), "the disk holds " + held);
      assertEquals(1000, store.get(bytes("key 7")).length, "a reader does not wait");
      release.countDown();
      writer.get();
      state(store);
    }
  }

  @Test
  void aCloseAbandonsAMerge() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Store store = Store.open(directory, SMALL);
    for (int i = 0; i < 3000; i++) {
      store.put(bytes("key " + i % 500), bytes("value " + i));
    }
    SortedMap<String, String> before = state(store);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED) {
            started.countDown();
            await(release);
          }
        });
    FutureTask<Void> merge =
        new FutureTask<>(
            () -> {
              store.merge();
              return null;
            });
    new Thread(merge).start();
    started.await();
    FailPoint.set(null);
    FutureTask<Void> close =
        new FutureTask<>(
            () -> {
              store.close();
              return null;
            });
    new Thread(close).start();
    while (isOpen(store)) {
      Thread.onSpinWait();
    }
    release.countDown();

    close.get();
    Exception e = assertThrows(Exception.class, merge::get);
    assertEquals(IllegalStateException.class, e.getCause().getClass());
    assertEquals(List.of(), names(".tmp"));
    assertEquals(before, reopenedState());
  }

  @Test
  void aMergeAfterACloseTouchesNothing() throws IOException {
    Store store = Store.open(directory, SMALL);
    store.put(bytes("os"), bytes("mac"));
    store.close();

    assertThrows(IllegalStateException.class, store::merge);

    assertEquals(List.of("000001-000001.0.data"), names(".data"));
  }

  private static boolean isOpen(Store store) throws IOException {
    try {
      store.size();
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  @Test
  void aConsumerOfForEachMayMergeAndSeesTheStateAtTheCall() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      SortedMap<String, String> expected = new TreeMap<>();
      for (int i = 0; i < 2000; i++) {
        store.put(bytes("key " + i % 500), bytes("value " + i));
        expected.put("key " + i % 500, "value " + i);
      }
      SortedMap<String, String> seen = new TreeMap<>();
      List<String> order = new ArrayList<>();
      AtomicInteger calls = new AtomicInteger();
      store.forEach(
          (key, value) -> {
            seen.put(text(key), text(value));
            order.add(text(key));
            int call = calls.getAndIncrement();
            try {
              store.put(key, bytes("overwritten"));
              store.put(bytes("new " + call), bytes("value"));
              store.delete(bytes("key " + (call + 250) % 500));
              assertNull(store.get(bytes("key " + (call + 250) % 500)));
              if (call % 50 == 0) {
                store.merge();
              }
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      assertEquals(expected, seen);
      List<String> inOrder = new ArrayList<>();
      for (int i = 1500; i < 2000; i++) {
        inOrder.add("key " + i % 500);
      }
      assertEquals(inOrder, order, "the order of the last puts");
      state(store);
    }
  }

  @Test
  void keepsTheOrderOfTheLastPuts() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 3000; i++) {
        store.put(bytes("key " + (i * 7) % 1000), bytes("value " + i));
      }
      List<String> before = keys(store);
      store.merge();
      assertEquals(before, keys(store));
      store.put(bytes("key 0"), bytes("last"));
      before.remove("key 0");
      before.add("key 0");
      assertEquals(before, keys(store));
    }
  }

  private static List<String> keys(Store store) throws IOException {
    List<String> keys = new ArrayList<>();
    store.forEach((key, value) -> keys.add(text(key)));
    return keys;
  }

  @Test
  void refusesToCopyADamagedRecord() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");
    byte[] bytes = Files.readAllBytes(file());
    bytes[RawLog.HEADER_SIZE + 16 + 5 + 16 + 7] ^= 1;
    Files.write(file(), bytes);

    try (Store store = Store.open(directory, SMALL)) {
      CorruptStoreException e = assertThrows(CorruptStoreException.class, store::merge);
      assertEquals(37, e.offset());
      assertEquals("linux", text(store.get(bytes("os"))));
      assertThrows(CorruptStoreException.class, () -> store.get(bytes("editor")));
    }
    assertEquals(List.of("000001-000001.0.data"), names(".data"));
  }

  /** Runs an action once, at a fail point, in this thread or one that it starts. */
  private static void whenAt(FailPoint at, Action action) {
    AtomicBoolean done = new AtomicBoolean();
    FailPoint.set(
        (point, file) -> {
          if (point == at && done.compareAndSet(false, true)) {
            action.run();
          }
        });
  }

  private interface Action {
    void run() throws IOException;
  }

  /** Fails like a full disk at a fail point, for files whose names have an ending. */
  private static void failAt(FailPoint at, String ending) {
    FailPoint.set(
        (point, file) -> {
          if (point == at && file.toString().endsWith(ending)) {
            throw new IOException("No space left on device");
          }
        });
  }
}
