package kv.step2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Problems of step 1 that this step fixes, and problems that remain at its end. */
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
  @Tag("limitation")
  void aGetReadsTheWholeLog() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 10_000; i++) {
        store.put(bytes("key " + i), new byte[100]);
      }
    }
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      disk.bytesRead = 0;
      assertEquals(100, store.get(bytes("key 0")).length);
      assertTrue(disk.bytesRead >= Files.size(file()), "only " + disk.bytesRead);
    }
  }
}
