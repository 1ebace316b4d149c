package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The limitations of the five steps. The engine has none of them. */
class LimitationTest extends StoreFixture {
  @Test
  void fixedHere_storedValuesCanBeRead() throws IOException {
    putAndClose("os", "mac");

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  @Test
  void fixedHere_aTornRecordIsCutOffBeforeTheNextOneIsWritten() throws IOException {
    putAndDie("os", "mac");
    byte[] whole = placedAtTheEnd(RawLog.bytesOf("editor", "vim"));
    append(Arrays.copyOf(whole, whole.length - 2));

    putAndClose("os", "linux");

    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @Test
  void fixedHere_aGetReadsOneRecord() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 1_000; i++) {
        store.put(bytes("key " + i), new byte[100]);
      }
    }
    // All records except one are damaged, and a get of that one works.
    byte[] bytes = Files.readAllBytes(file());
    RawLog.Entry whole = RawLog.decode(bytes).get(500);
    int end = (int) RawLog.end(bytes);
    for (int at = RawLog.HEADER_SIZE; at < end; at++) {
      bytes[at] ^= (byte) (at < whole.offset() || at >= whole.endOffset() ? 1 : 0);
    }
    Files.write(file(), bytes);
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(100, store.get(bytes("key 500")).length);
      assertNull(store.get(bytes("absent")));
      assertThrows(CorruptStoreException.class, () -> store.get(bytes("key 499")));
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fixedHere_theLogDoesNotGrowForever() throws IOException {
    try (Store store = Store.open(directory, Options.DEFAULT.withSegmentSize(1 << 20))) {
      for (int i = 0; i < 20_000; i++) {
        store.put(bytes("the only key"), new byte[1_000]);
      }
      assertEquals(1, store.size());
      // Puts start merges in the background: without them, this loop would run forever.
      while (bytesOnDisk() > 4 << 20) {
        Thread.onSpinWait();
      }
    }
    assertTrue(bytesOnDisk() <= 4 << 20);
  }

  private long bytesOnDisk() throws IOException {
    long bytes = 0;
    for (String name : names("")) {
      try {
        bytes += Files.size(directory.resolve(name));
      } catch (NoSuchFileException e) {
        // A merge deleted the file after it was listed.
      }
    }
    return bytes;
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fixedHere_aGetAndAPutDoNotWaitWhileSpaceIsReclaimed() throws Exception {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      CountDownLatch merging = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.RUN_STARTED) {
              merging.countDown();
              await(done);
            }
          });
      Thread merger = new Thread(() -> merge(store));
      merger.start();
      await(merging);

      // If either waited, this test would wait forever.
      assertEquals("linux", text(store.get(bytes("os"))));
      store.put(bytes("editor"), bytes("vim"));
      assertEquals("vim", text(store.get(bytes("editor"))));

      done.countDown();
      merger.join();
      assertEquals(Map.of("os", "linux", "editor", "vim"), state(store));
    }
  }

  @Test
  void fixedHere_segmentsWithoutDeadRecordsAreNotCopied() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 2_000; i++) {
        store.put(bytes("key " + i), new byte[100]);
      }
      store.put(bytes("key 1999"), new byte[100]);
      int files = store.stats().files();

      store.merge();

      assertEquals(files, store.stats().files());
      assertEquals(0, store.stats().deadBytes());
      // Only the last segment was merged: the others keep their names.
      assertEquals(files - 1, names(".0.data").size());
      assertEquals(1, store.stats().merges());
      assertTrue(files > 3 && store.stats().mergedBytes() < 64 << 10);
    }
  }

  /** A put that begins a segment performs an fsync, and holds the log's lock for that time. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fixedHere_aGetDoesNotWaitForTheLockNorForAnFsync() throws Exception {
    CountDownLatch syncing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC && Thread.currentThread().getName().equals("kv-seal")) {
            syncing.countDown();
            await(release);
          }
        });
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("os"), new byte[40_000]);
      FutureTask<Void> put =
          new FutureTask<>(
              () -> {
                store.put(bytes("os"), new byte[40_000]);
                return null;
              });
      new Thread(put).start();
      syncing.await();
      try {
        // If one of these calls waited, this test would wait forever.
        assertEquals(40_000, store.get(bytes("os")).length);
        assertTrue(store.containsKey(bytes("os")));
        assertNull(store.get(bytes("shell")));
      } finally {
        release.countDown();
      }
      put.get();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void fixedHere_aGetIsNotASystemCallAndAPutSeldomIsOne() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      long reads = systemCalls("syscr");
      for (int i = 0; i < 1_000; i++) {
        assertEquals("mac", text(store.get(bytes("os"))));
      }
      assertTrue(systemCalls("syscr") - reads < 100, "the calls of this test itself");
      long writes = systemCalls("syscw");
      for (int i = 0; i < 1_000; i++) {
        store.put(bytes("os"), bytes("mac"));
      }
      assertTrue(systemCalls("syscw") - writes < 100, "one for every 128 KiB");
    }
  }

  /** Returns the number of read or write system calls of this thread. */
  private static long systemCalls(String name) throws IOException {
    Path counts = Path.of("/proc/thread-self/io");
    assumeTrue(Files.isReadable(counts), "the system does not count the calls of a thread");
    for (String line : Files.readAllLines(counts)) {
      if (line.startsWith(name + ": ")) {
        return Long.parseLong(line.substring(name.length() + 2));
      }
    }
    throw new AssertionError("no " + name + " in " + counts);
  }

  /** One fsync covers the put of its caller, and a second one all puts made during the first. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fixedHere_fiftyThreadsThatPutAndSyncShareTwoFsyncs() throws Exception {
    AtomicInteger fsyncs = new AtomicInteger();
    CountDownLatch syncing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (Store store = Store.open(directory, QUIET.withSync(Options.SyncPolicy.ALWAYS))) {
      store.put(bytes("key 0"), bytes("value"));
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.SYNC) {
              fsyncs.incrementAndGet();
              syncing.countDown();
              await(release);
            }
          });
      List<FutureTask<Void>> puts = new ArrayList<>();
      for (int i = 1; i <= 50; i++) {
        byte[] key = bytes("key " + i);
        FutureTask<Void> put =
            new FutureTask<>(
                () -> {
                  store.put(key, bytes("value"));
                  return null;
                });
        puts.add(put);
        new Thread(put).start();
        syncing.await();
      }
      // The records are in the log when the keydir contains them.
      while (store.size() < 51) {
        Thread.onSpinWait();
      }
      release.countDown();
      for (FutureTask<Void> put : puts) {
        put.get();
      }
      assertEquals(2, fsyncs.get());
    }
  }

  @Test
  void fixedHere_anOpenDoesNotReadTheValues() throws IOException {
    putAndClose("os", "v".repeat(100_000), "editor", "vim");
    byte[] bytes = Files.readAllBytes(file());
    Arrays.fill(bytes, 100, 100_000, (byte) 'w');
    Files.write(file(), bytes);

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("vim", text(store.get(bytes("editor"))));
      // The open did not detect the damage, and the get does.
      assertThrows(CorruptStoreException.class, () -> store.get(bytes("os")));
    }
  }

  @Test
  void fixedHere_aFinishedFileCutBetweenTwoRecordsIsDetected() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    putAndClose("shell", "zsh");
    List<RawLog.Entry> records = RawLog.decode(Files.readAllBytes(file()));
    byte[] bytes = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(bytes, (int) records.get(1).offset()));

    assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET));
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fixedHere_aPutWaitsForAMergeThatCannotKeepUp() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicBoolean enough = new AtomicBoolean();
    // Before the open: the merge thread inherits the fail point.
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.RUN_STARTED) {
            started.countDown();
            await(release);
          }
        });
    try (Store store = Store.open(directory, Options.DEFAULT.withSegmentSize(1 << 20))) {
      FutureTask<Void> puts =
          new FutureTask<>(
              () -> {
                while (!enough.get()) {
                  store.put(bytes("the only key"), new byte[1 << 19]);
                }
                return null;
              });
      Thread writer = new Thread(puts);
      writer.start();
      await(started);
      long before = bytesOnDisk();
      // Without the limit on the log, the thread would put until the disk is full.
      while (writer.getState() != Thread.State.WAITING) {
        assertTrue(
            bytesOnDisk() <= Math.max(6 << 20, before + (3 << 20)), "the log grows without limit");
      }
      enough.set(true);
      release.countDown();
      puts.get();
    } finally {
      enough.set(true);
      release.countDown();
    }
  }

  @Test
  void fixedHere_anInterruptedThreadDoesNotCloseTheStore() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      Thread.currentThread().interrupt();
      store.put(bytes("os"), bytes("mac"));
      store.sync();
      assertEquals("mac", text(store.get(bytes("os"))));
      assertTrue(Thread.interrupted(), "the caller's interrupt flag stays set");
    }
  }

  private static void merge(Store store) {
    try {
      store.merge();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
