package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Problems of steps 1 to 4 that this step fixes, and problems that remain at its end. */
class LimitationTest extends StoreFixture {
  @Test
  void fixedHere_storedValuesCanBeRead() throws IOException {
    putAndClose("os", "mac");

    try (Store store = Store.open(directory)) {
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  @Test
  void fixedHere_aTornRecordIsCutOffBeforeTheNextOneIsWritten() throws IOException {
    putAndClose("os", "mac");
    byte[] whole = RawLog.bytesOf("editor", "vim");
    append(Arrays.copyOf(whole, whole.length - 2));

    putAndClose("os", "linux");

    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @Test
  void fixedHere_aGetReadsOneRecord() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 10_000; i++) {
        store.put(bytes("key " + i), new byte[100]);
      }
    }
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      disk.calls.clear();
      disk.bytesRead = 0;
      assertEquals(100, store.get(bytes("key 0")).length);
      assertEquals(List.of("read"), disk.calls);
      assertEquals(16 + 5 + 100, disk.bytesRead);

      assertNull(store.get(bytes("absent")));
      assertEquals(List.of("read"), disk.calls);
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fixedHere_theLogDoesNotGrowForever() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 30_000; i++) {
        store.put(bytes("the only key"), new byte[1_000]);
      }
      assertEquals(1, store.size());
      // Puts start merges in the background: without them, this loop would run forever.
      while (bytesOnDisk() > 11 << 20) {
        Thread.onSpinWait();
      }
    }
    assertTrue(bytesOnDisk() < 11 << 20, "" + bytesOnDisk());
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fixedHere_aGetAndAPutDoNotWaitForAMerge() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_STARTED || point == FailPoint.DIRECTORY_DURABLE) {
              // If the other thread waited for this one, this one would wait forever.
              onAnotherThread(
                  () -> {
                    assertEquals("mac", text(store.get(bytes("os"))));
                    store.put(bytes(point.toString()), bytes("value"));
                    store.sync();
                  });
            }
          });
      store.merge();
      FailPoint.set(null);
      assertEquals(3, state(store).size());
    } finally {
      FailPoint.set(null);
    }
  }

  @Test
  @Tag("limitation")
  void aMergeCopiesAllLiveRecordsHoweverFewAreDead() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 1_000; i++) {
        store.put(bytes("key " + i), new byte[100]);
      }
      store.put(bytes("key 999"), new byte[100]);
      long size = Files.size(file());
      assertEquals(List.of("000001-000001.0.data"), names(".data"));

      store.merge();

      assertEquals(List.of("000001-000001.1.data", "000002-000002.0.data"), names(".data"));
      assertEquals(size - (16 + 7 + 100), Files.size(files().get(0)));
    }
  }

  @Test
  @Tag("limitation")
  void theLogGrowsAsFastAsPutsArriveWhileAMergeRuns() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("the only key"), new byte[1 << 20]);
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_STARTED) {
              for (int i = 0; i < 50; i++) {
                store.put(bytes("the only key"), new byte[1 << 20]);
              }
            }
          });
      store.merge();
      assertTrue(bytesOnDisk() > 50 << 20, "only 1 MiB of the log is live");
    } finally {
      FailPoint.set(null);
    }
  }

  @Test
  @Tag("limitation")
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aGetWaitsForAnotherThreadsFsync() throws Exception {
    Thread[] reader = new Thread[1];
    FaultyChannel disk =
        new FaultyChannel(disk()) {
          @Override
          public void force(boolean metaData) throws IOException {
            if (reader[0] != null) {
              reader[0].start();
              // The get blocks at the lock. If it did not, this loop would run forever.
              awaitBlocked(reader[0]);
            }
            super.force(metaData);
          }
        };
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("mac"));
      reader[0] = new Thread(() -> unchecked(() -> store.get(bytes("os"))));
      store.sync();
      reader[0].join();
      reader[0] = null;
    }
  }

  @Test
  @Tag("limitation")
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fiftyThreadsThatPutAndSyncTakeTurns() throws Exception {
    List<Thread> others = new ArrayList<>();
    List<Integer> recordsAtFsync = new ArrayList<>();
    FaultyChannel disk =
        new FaultyChannel(disk()) {
          @Override
          public void force(boolean metaData) throws IOException {
            List<Thread> waiting = others.stream().filter(one -> isNew(one)).toList();
            waiting.forEach(Thread::start);
            // All threads block at the lock. If they did not, this loop would run forever.
            for (Thread one : waiting) {
              awaitBlocked(one);
            }
            recordsAtFsync.add(RawLog.read(file()).size());
            super.force(metaData);
          }
        };
    try (Store store = openOn(disk)) {
      recordsAtFsync.clear();
      for (int i = 1; i < 50; i++) {
        byte[] key = bytes("key " + i);
        others.add(
            new Thread(
                () ->
                    unchecked(
                        () -> {
                          store.put(key, bytes("value"));
                          store.sync();
                        })));
      }
      store.put(bytes("key 0"), bytes("value"));
      store.sync();
      for (Thread one : others) {
        one.join();
      }
    }
    // During the first fsync 49 threads are waiting, and it covers none of their puts.
    assertEquals(1, recordsAtFsync.get(0));
    System.out.println("fifty threads that put and sync: " + recordsAtFsync.size() + " fsyncs");
  }

  private static boolean isNew(Thread thread) {
    return thread.getState() == Thread.State.NEW;
  }

  @Test
  @Tag("limitation")
  void anOpenReadsEveryValue() throws IOException {
    putAndClose("os", "v".repeat(100_000), "os", "w".repeat(100_000));
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      assertEquals(1, store.size());
      assertTrue(disk.bytesRead >= Files.size(file()), "" + disk.bytesRead);
    }
  }

  @Test
  @Tag("limitation")
  void eachPutAndEachGetIsASystemCall() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      disk.calls.clear();
      for (int i = 0; i < 100; i++) {
        store.put(bytes("os"), bytes("mac"));
        store.get(bytes("os"));
      }
      assertEquals(100, disk.count("write"));
      assertEquals(100, disk.count("read"));
    }
  }

  @Test
  @Tag("limitation")
  void aKeyOfSixteenBytesTakesAbout160BytesOfMemory() throws IOException {
    String printed = ChildJvm.run(FillAKeyDir.class).get(0);

    System.out.println("memory for a key of 16 bytes: " + printed + " bytes");
    double bytes = Double.parseDouble(printed);
    assertTrue(120 < bytes && bytes < 200, printed);
  }

  /** Prints the bytes of memory that a keydir uses for each of a million keys. */
  static final class FillAKeyDir {
    private static final int KEYS = 1_000_000;

    public static void main(String[] arguments) {
      KeyDir keydir = new KeyDir();
      long before = used();
      for (int i = 0; i < KEYS; i++) {
        keydir.put(bytes("key " + (100_000_000_000L + i)), new KeyDir.Location(null, 100L * i, 92));
      }
      System.out.println((used() - before) / (double) KEYS);
      if (keydir.size() != KEYS) {
        throw new IllegalStateException("the keydir must stay reachable until here");
      }
    }

    private static long used() {
      System.gc();
      return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
  }

  @Test
  @Tag("limitation")
  void aFinishedFileCutBetweenTwoRecordsIsNotDetected() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("large"), new byte[4070]);
      store.sync();
    }
    Path first = files().get(0);
    List<RawLog.Entry> records = RawLog.read(first);
    assertEquals(2, records.size());
    Files.write(first, Arrays.copyOf(Files.readAllBytes(first), (int) records.get(1).offset()));

    assertEquals(Set.of("os", "large"), reopenedState().keySet());
  }

  @Test
  @Tag("limitation")
  void anInterruptClosesAFile() throws Exception {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("large"), new byte[4070]);

      onAnotherThread(
          () -> {
            Thread.currentThread().interrupt();
            assertThrows(IOException.class, () -> store.get(bytes("os")));
          });

      // This thread was not interrupted, but can no longer read that file either.
      IOException e = assertThrows(IOException.class, () -> store.get(bytes("os")));
      assertTrue(e.getMessage().contains("open it again"), e.getMessage());
      assertEquals(4070, store.get(bytes("large")).length);
    }
    assertEquals(2, reopenedState().size());
  }

  private interface Call {
    void run() throws IOException;
  }

  private static void unchecked(Call call) {
    try {
      call.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a call on another thread, and waits for its end. */
  private static void onAnotherThread(Call call) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              call.run();
              return null;
            });
    new Thread(task).start();
    try {
      task.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitBlocked(Thread thread) {
    while (thread.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait();
    }
  }
}
