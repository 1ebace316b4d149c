package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GetTest extends StoreFixture {
  @Test
  void returnsTheLastValuePut() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("linux"));

      assertEquals("linux", text(store.get(bytes("os"))));
      assertEquals("vim", text(store.get(bytes("editor"))));
    }
  }

  @Test
  void returnsTheSameValuesAfterReopening() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("linux", text(store.get(bytes("os"))));
      assertEquals("vim", text(store.get(bytes("editor"))));
    }
  }

  @Test
  void returnsNullForAnAbsentKey() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertNull(store.get(bytes("os")));
      store.put(bytes("os"), bytes("mac"));
      assertNull(store.get(bytes("o")));
      assertNull(store.get(bytes("oss")));
      assertNull(store.get(bytes("")));
    }
  }

  @Test
  void distinguishesAnEmptyValueFromAnAbsentKey() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes(""));
      assertArrayEquals(new byte[0], store.get(bytes("os")));
    }
  }

  /** A get first copies bytes up to the end of a page: fewer or more than the record has. */
  @Test
  void returnsValuesOfEveryLengthWhereverTheyAreInAPage() throws IOException {
    byte[] bytes = new byte[600];
    new Random(1).nextBytes(bytes);
    try (Store store = Store.open(directory, QUIET)) {
      for (int length = 0; length < bytes.length; length++) {
        store.put(bytes("key " + length), Arrays.copyOf(bytes, length));
      }
      for (int length = 0; length < bytes.length; length++) {
        assertArrayEquals(Arrays.copyOf(bytes, length), store.get(bytes("key " + length)));
      }
    }
    try (Store store = Store.open(directory, QUIET)) {
      for (int length = 0; length < bytes.length; length++) {
        assertArrayEquals(Arrays.copyOf(bytes, length), store.get(bytes("key " + length)));
      }
    }
  }

  @Test
  void returnsAValueWhoseHeaderIsInTwoPages() throws IOException {
    int page = 4096;
    try (Store store = Store.open(directory, QUIET)) {
      int end = FileHeader.SIZE;
      for (int inPage = 1; inPage <= Record.HEADER_SIZE; inPage++) {
        // The record before ends this number of bytes before the page does.
        byte[] rest = new byte[page - inPage - end - Record.HEADER_SIZE - 1];
        store.put(bytes("a"), rest);
        store.put(bytes("os"), bytes("linux " + inPage));
        assertEquals("linux " + inPage, text(store.get(bytes("os"))));
        end = Record.HEADER_SIZE + ("os" + "linux " + inPage).length() - inPage;
      }
    }
  }

  /** Two keys may have the same hash. Then the location leads to the other key's record. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3, 1_000, 100_000})
  void aRecordMatchesOnlyItsOwnKey(int length) throws IOException, KeyDir.DroppedException {
    DirectoryLock lock = DirectoryLock.acquire(directory);
    Log log = new Log(DirectoryHandle.open(directory, lock), QUIET);
    synchronized (log) {
      ByteBuffer record = Record.encode(Record.PUT, false, bytes("os"), new byte[length]);
      log.makeRoom(record.limit());
      long location = log.append(record, 0);
      assertArrayEquals(new byte[length], log.read(location, bytes("os")));
      assertTrue(log.isOf(location, bytes("os")));
      for (String other : List.of("", "o", "os\0", "so", "ox")) {
        assertNull(log.read(location, bytes(other)), other);
        assertFalse(log.isOf(location, bytes(other)), other);
      }
      log.close();
    }
    lock.close();
  }

  /** The file ends after the record's page, so an access to the next page would fail. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "cannot shorten a mapped file")
  void readsOnlyThePagesOfTheRecord() throws IOException {
    int page = 4096;
    try (Store store = Store.open(directory, QUIET)) {
      byte[] rest = new byte[page - FileHeader.SIZE - 2 * (Record.HEADER_SIZE + 2) - 5];
      store.put(bytes("ab"), rest);
      store.put(bytes("os"), bytes("linux"));
      try (RandomAccessFile writer = new RandomAccessFile(file().toFile(), "rw")) {
        long reserved = writer.length();
        writer.setLength(page);
        assertEquals("linux", text(store.get(bytes("os"))));
        writer.setLength(reserved);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "\0", "\0\0\0\0", ",", "\n", "a,b\r\nc", "żółw 🐢", "P\1\0\2"})
  void returnsEveryByteOfKeysAndValues(String text) throws IOException {
    putAndClose(text, "value", "key", text);

    try (Store store = Store.open(directory, QUIET)) {
      assertEquals("value", text(store.get(bytes(text))));
      assertEquals(text, text(store.get(bytes("key"))));
    }
  }

  @Test
  void findsTheLongestKey() throws IOException {
    byte[] longest = new byte[65_535];
    byte[] another = longest.clone();
    another[65_534] = 1;
    try (Store store = Store.open(directory, QUIET)) {
      store.put(longest, bytes("longest"));
      store.put(another, bytes("another"));

      assertEquals("longest", text(store.get(longest)));
      assertEquals("another", text(store.get(another)));
      assertThrows(IllegalArgumentException.class, () -> store.get(new byte[65_536]));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {32_000, 33_000, 65_536, 131_072, 1_048_576, 3_000_000})
  void returnsALargeValue(int length) throws IOException {
    byte[] large = new byte[length];
    new Random(length).nextBytes(large);
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("before"), bytes("1"));
      store.put(bytes("large"), large);
      store.put(bytes("after"), bytes("2"));

      assertArrayEquals(large, store.get(bytes("large")));
      assertEquals("1", text(store.get(bytes("before"))));
      assertEquals("2", text(store.get(bytes("after"))));
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertArrayEquals(large, store.get(bytes("large")));
    }
  }

  @Test
  void returnsANewArrayToEachCaller() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
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
    try (Store store = Store.open(directory, QUIET)) {
      assertThrows(NullPointerException.class, () -> store.get(null));
    }
  }
}
