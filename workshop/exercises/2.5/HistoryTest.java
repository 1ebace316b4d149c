package kv.step2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("extend")
class HistoryTest extends StoreFixture {
  /** Returns the result of {@link Store#history} as text: {@code [mac, null, linux]}. */
  private static String history(Store store, String key) throws IOException {
    return store.history(bytes(key)).stream().map(StoreFixture::text).toList().toString();
  }

  @Test
  void returnsEveryValueOldestFirst() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("linux"));
      store.put(bytes("os"), bytes("mac"));

      assertEquals("[mac, linux, mac]", history(store, "os"));
      assertEquals("[vim]", history(store, "editor"));
    }
  }

  @Test
  void containsANullForEachDelete() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.delete(bytes("os"));
      store.put(bytes("os"), bytes(""));
      store.delete(bytes("os"));

      assertEquals("[mac, null, , null]", history(store, "os"));
    }
  }

  @Test
  void isEmptyForAKeyThatWasNeverPut() throws IOException {
    try (Store store = Store.open(directory)) {
      assertEquals(List.of(), store.history(bytes("os")));
      store.put(bytes("os"), bytes("mac"));
      assertEquals(List.of(), store.history(bytes("o")));
      assertEquals(List.of(), store.history(bytes("oss")));
      assertEquals(List.of(), store.history(bytes("")));
    }
  }

  @Test
  void survivesReopening() throws IOException {
    putAndClose("os", "mac");
    putAndClose("os", "linux");

    try (Store store = Store.open(directory)) {
      assertEquals("[mac, linux]", history(store, "os"));
    }
  }

  @Test
  void returnsValuesOfEveryLengthToTheByte() throws IOException {
    byte[] large = new byte[200_000];
    Arrays.fill(large, (byte) 'v');
    large[150_000] = 'w';
    try (Store store = Store.open(directory)) {
      store.put(bytes("key"), large);
      store.put(bytes("key"), bytes("x"));

      List<byte[]> history = store.history(bytes("key"));

      assertArrayEquals(large, history.get(0));
      assertArrayEquals(bytes("x"), history.get(1));
    }
  }

  @Test
  void mayBeChangedByTheCaller() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      List<byte[]> history = store.history(bytes("os"));
      history.get(0)[0] = 'X';
      history.add(null);

      assertEquals("[mac]", history(store, "os"));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  @Test
  void neverContainsAWrongValue() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    try (Store store = Store.open(directory)) {
      byte[] log = Files.readAllBytes(file());
      log[log.length - 1] ^= 1;
      Files.write(file(), log);

      assertThrows(CorruptStoreException.class, () -> store.history(bytes("os")));
    }
  }

  @Test
  void refusesNullAndKeysThatAreTooLongAndAnyCallAfterClose() throws IOException {
    Store store = Store.open(directory);
    assertThrows(NullPointerException.class, () -> store.history(null));
    assertThrows(IllegalArgumentException.class, () -> store.history(new byte[65_536]));
    store.close();
    assertThrows(IllegalStateException.class, () -> store.history(bytes("os")));
  }
}
