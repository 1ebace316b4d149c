package kv.step3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Problems of steps 1 and 2 that this step fixes, and problems that remain at its end. */
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
  @Tag("limitation")
  void theLogGrowsForever() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 30_000; i++) {
        store.put(bytes("the only key"), new byte[1_000]);
      }
      assertEquals(1, store.size());
    }
    assertEquals(8 + 30_000 * (16 + 12 + 1_000), Files.size(file()));
  }
}
