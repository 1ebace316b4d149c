package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class SizeTest extends StoreFixture {
  @Test
  void countsLiveKeysAndNotRecords() throws IOException {
    try (Store store = Store.open(directory)) {
      assertEquals(0, store.size());
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("linux"));
      assertEquals(2, store.size());
      store.delete(bytes("editor"));
      store.delete(bytes("absent"));
      assertEquals(1, store.size());
    }
    try (Store store = Store.open(directory)) {
      assertEquals(1, store.size());
    }
  }

  @Test
  void containsKeyIsTrueForLiveKeysOnly() throws IOException {
    try (Store store = Store.open(directory)) {
      assertFalse(store.containsKey(bytes("os")));
      store.put(bytes("os"), bytes(""));
      assertTrue(store.containsKey(bytes("os")));
      store.delete(bytes("os"));
      assertFalse(store.containsKey(bytes("os")));
    }
  }

  @Test
  void containsKeyRefusesNullAndKeysThatAreTooLong() throws IOException {
    try (Store store = Store.open(directory)) {
      assertThrows(NullPointerException.class, () -> store.containsKey(null));
      assertThrows(IllegalArgumentException.class, () -> store.containsKey(new byte[65_536]));
    }
  }
}
