package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeleteTest extends StoreFixture {
  @Test
  void deletesTheKey() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));

      assertTrue(store.delete(bytes("editor")));

      assertNull(store.get(bytes("editor")));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertNull(store.get(bytes("editor")));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  @Test
  void returnsFalseForAnAbsentKeyAndWritesNothing() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      assertTrue(store.delete(bytes("os")));
      assertFalse(store.delete(bytes("os")));
      assertFalse(store.delete(bytes("")));
    }
    assertEquals("[P* os=mac, D os]", log());
  }

  @Test
  void aDeletedKeyCanBePutAgain() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.delete(bytes("os"));
      store.put(bytes("os"), bytes("linux"));
      assertEquals("linux", text(store.get(bytes("os"))));
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("linux", text(store.get(bytes("os"))));
    }
  }

  @Test
  void worksOnTheEmptyKeyAndOnEmptyValues() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes(""), bytes(""));
      assertTrue(store.delete(bytes("")));
      assertNull(store.get(bytes("")));
    }
  }

  @Test
  void noValueIsMistakenForATombstone() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (String value : new String[] {"", "D", "null", "\0", "TOMBSTONE", "__deleted__"}) {
        store.put(bytes("key"), bytes(value));
        assertEquals(value, text(store.get(bytes("key"))));
      }
    }
  }

  @Test
  void refusesNullAndKeysThatAreTooLong() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertThrows(NullPointerException.class, () -> store.delete(null));
      assertThrows(IllegalArgumentException.class, () -> store.delete(new byte[65_536]));
    }
  }

  @Test
  void createsNoSegmentForAnAbsentKey() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertFalse(store.delete(bytes("absent")));
    }
    assertEquals(List.of("LOCK"), names(""));
  }

  @Test
  void returnsFalseForAnAbsentKeyOnAFullDisk() throws IOException {
    putAndClose("os", "mac");
    try (Store store = Store.open(directory, QUIET)) {
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.RESERVE) {
              throw new IOException("No space left on device");
            }
          });
      assertFalse(store.delete(bytes("absent")));
      FailPoint.set(null);
    }
  }
}
