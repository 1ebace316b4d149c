package kv.step3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("extend")
class KeysTest extends StoreFixture {
  private static List<String> keys(Store store, String prefix) throws IOException {
    return store.keys(bytes(prefix)).stream().map(StoreFixture::text).toList();
  }

  @Test
  void areThoseThatBeginWithThePrefix() throws IOException {
    try (Store store = Store.open(directory)) {
      for (String key : new String[] {"os", "editor", "osx", "o", "macos", "", "edit"}) {
        store.put(bytes(key), bytes("value"));
      }

      assertEquals(List.of("os", "osx"), keys(store, "os"));
      assertEquals(List.of("edit", "editor"), keys(store, "edi"));
      assertEquals(List.of(), keys(store, "osxx"));
      assertEquals(List.of(), keys(store, "x"));
    }
  }

  @Test
  void areAllForTheEmptyPrefix() throws IOException {
    try (Store store = Store.open(directory)) {
      assertEquals(List.of(), keys(store, ""));
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes(""), bytes(""));
      store.put(bytes("editor"), bytes("vim"));

      assertEquals(List.of("", "editor", "os"), keys(store, ""));
    }
  }

  @Test
  void areInTheOrderOfTheirUnsignedBytes() throws IOException {
    byte[][] keys = {{0}, {0, 0}, {1}, {1, (byte) 0xFF}, {0x7F}, {(byte) 0x80}, {(byte) 0xFF}};
    try (Store store = Store.open(directory)) {
      for (int i : new int[] {3, 6, 0, 5, 2, 4, 1}) {
        store.put(keys[i], bytes("value"));
      }

      List<byte[]> found = store.keys(new byte[0]);

      assertEquals(keys.length, found.size());
      for (int i = 0; i < keys.length; i++) {
        assertArrayEquals(keys[i], found.get(i));
      }
    }
  }

  @Test
  void areOnlyTheLiveKeysEachOnce() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));

      assertEquals(List.of("os"), keys(store, ""));
    }
    try (Store store = Store.open(directory)) {
      assertEquals(List.of("os"), keys(store, ""));
    }
  }

  @Test
  void areFoundWithoutAReadFromTheFile() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      int before = disk.count("read");
      assertEquals(List.of("editor", "os"), keys(store, ""));
      assertEquals(before, disk.count("read"));
    }
  }

  @Test
  void mayBeChangedByTheCaller() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      List<byte[]> keys = store.keys(bytes("o"));
      keys.get(0)[0] = 'X';
      keys.add(bytes("another"));

      assertEquals("mac", text(store.get(bytes("os"))));
      assertEquals(List.of("os"), keys(store, ""));
      store.checkInvariants();
    }
  }

  @Test
  void refuseANullPrefixAndAnyCallAfterClose() throws IOException {
    Store store = Store.open(directory);
    assertThrows(NullPointerException.class, () -> store.keys(null));
    store.close();
    assertThrows(IllegalStateException.class, () -> store.keys(bytes("os")));
  }
}
