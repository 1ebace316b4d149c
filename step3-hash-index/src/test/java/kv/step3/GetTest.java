package kv.step3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GetTest extends StoreFixture {
  @Test
  void returnsTheLastValuePut() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("linux"));

      assertEquals("linux", text(store.get(bytes("os"))));
      assertEquals("vim", text(store.get(bytes("editor"))));
    }
  }

  @Test
  void returnsTheSameAfterReopening() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");

    try (Store store = Store.open(directory)) {
      assertEquals("linux", text(store.get(bytes("os"))));
      assertEquals("vim", text(store.get(bytes("editor"))));
    }
  }

  @Test
  void returnsNullForAnAbsentKey() throws IOException {
    try (Store store = Store.open(directory)) {
      assertNull(store.get(bytes("os")));
      store.put(bytes("os"), bytes("mac"));
      assertNull(store.get(bytes("o")));
      assertNull(store.get(bytes("oss")));
      assertNull(store.get(bytes("")));
    }
  }

  @Test
  void distinguishesAnEmptyValueFromAnAbsentKey() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes(""));
      assertArrayEquals(new byte[0], store.get(bytes("os")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "\0", "\0\0\0\0", ",", "\n", "a,b\r\nc", "żółw 🐢", "P\1\0\2"})
  void returnsEveryByteOfKeysAndValues(String text) throws IOException {
    putAndClose(text, "value", "key", text);

    try (Store store = Store.open(directory)) {
      assertEquals("value", text(store.get(bytes(text))));
      assertEquals(text, text(store.get(bytes("key"))));
    }
  }

  @Test
  void findsTheLongestKey() throws IOException {
    byte[] longest = new byte[65_535];
    byte[] another = longest.clone();
    another[65_534] = 1;
    try (Store store = Store.open(directory)) {
      store.put(longest, bytes("longest"));
      store.put(another, bytes("another"));

      assertEquals("longest", text(store.get(longest)));
      assertEquals("another", text(store.get(another)));
      assertThrows(IllegalArgumentException.class, () -> store.get(new byte[65_536]));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {65_000, 65_520, 65_536, 65_537, 131_072, 3_000_000})
  void returnsAValueLargerThanAnyBuffer(int length) throws IOException {
    byte[] large = new byte[length];
    new Random(length).nextBytes(large);
    try (Store store = Store.open(directory)) {
      store.put(bytes("before"), bytes("1"));
      store.put(bytes("large"), large);
      store.put(bytes("after"), bytes("2"));

      assertArrayEquals(large, store.get(bytes("large")));
      assertEquals("1", text(store.get(bytes("before"))));
      assertEquals("2", text(store.get(bytes("after"))));
    }
    try (Store store = Store.open(directory)) {
      assertArrayEquals(large, store.get(bytes("large")));
    }
  }

  @Test
  void aFailedReadIsAnErrorAndTheNextReadWorks() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("first"), bytes("1"));
      store.put(bytes("large"), new byte[100_000]);
      store.put(bytes("last"), bytes("2"));
    }
    for (int reads = 1; reads < 5; reads++) {
      FaultyChannel disk = disk();
      try (Store store = openOn(disk)) {
        disk.readsLeft = reads;
        assertThrows(
            IOException.class,
            () -> {
              for (int i = 0; i < 10; i++) {
                store.get(bytes("last"));
              }
            });
        disk.readsLeft = Integer.MAX_VALUE;
        assertEquals("1", text(store.get(bytes("first"))));
        assertEquals("2", text(store.get(bytes("last"))));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "100, 1", "1048558, 1", "1048559, 2", "5000000, 5"})
  void isOneReadCallForARecordOfUpToOneMebibyte(int valueLength, int calls) throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("os"), new byte[valueLength]);
      disk.calls.clear();
      assertEquals(valueLength, store.get(bytes("os")).length);
      assertEquals(Collections.nCopies(calls, "read"), disk.calls);
    }
  }

  @Test
  void givesEachCallerItsOwnArray() throws IOException {
    try (Store store = Store.open(directory)) {
      byte[] key = bytes("os");
      byte[] value = bytes("mac");
      store.put(key, value);
      Arrays.fill(key, (byte) 'X');
      Arrays.fill(value, (byte) 'X');

      byte[] first = store.get(bytes("os"));
      assertEquals("mac", text(first));
      Arrays.fill(first, (byte) 'X');

      assertNotSame(first, store.get(bytes("os")));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  @Test
  void refusesNull() throws IOException {
    try (Store store = Store.open(directory)) {
      assertThrows(NullPointerException.class, () -> store.get(null));
    }
  }
}
