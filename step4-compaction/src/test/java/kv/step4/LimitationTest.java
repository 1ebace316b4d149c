package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Problems of steps 1 to 3 that this step fixes, and problems that remain at its end. */
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
  void fixedHere_theLogDoesNotGrowForever() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 30_000; i++) {
        store.put(bytes("the only key"), new byte[1_000]);
      }
      assertEquals(1, store.size());
    }
    assertTrue(Files.size(file()) < 11 << 20, "" + Files.size(file()));
  }

  @Test
  @Tag("limitation")
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aGetWaitsForACompaction() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      Thread reader =
          new Thread(
              () -> {
                try {
                  store.get(bytes("os"));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_STARTED) {
              reader.start();
              // The get blocks at the lock. If it did not, this loop would run forever.
              while (reader.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
              }
            }
          });
      store.compact();
      join(reader);
    } finally {
      FailPoint.set(null);
    }
  }

  @Test
  @Tag("limitation")
  void aCompactionCopiesAllLiveRecordsHoweverFewAreDead() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 1_000; i++) {
        store.put(bytes("key " + i), new byte[100]);
      }
      store.put(bytes("key 999"), new byte[100]);
      Object before = Files.readAttributes(file(), BasicFileAttributes.class).fileKey();
      long size = Files.size(file());

      store.compact();

      assertEquals(size - (16 + 7 + 100), Files.size(file()));
      if (before != null) {
        assertNotEquals(before, Files.readAttributes(file(), BasicFileAttributes.class).fileKey());
      }
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
