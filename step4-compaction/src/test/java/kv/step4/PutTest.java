package kv.step4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PutTest extends StoreFixture {
  @Test
  void appendsInTheOrderOfTheCalls() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");

    assertEquals("[P* os=mac, P editor=vim, P os=linux]", RawLog.text(file()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "\0", "\0\0\0\0", ",", "\n", "a,b\r\nc", "żółw 🐢", "P\1\0\2"})
  void keepsEveryByteOfKeysAndValues(String text) throws IOException {
    putAndClose(text, "value", "key", text);

    List<RawLog.Entry> log = RawLog.read(file());
    assertArrayEquals(bytes(text), log.get(0).key());
    assertArrayEquals(bytes(text), log.get(1).value());
  }

  @Test
  void takesTheLongestKey() throws IOException {
    byte[] longest = new byte[65_535];
    Arrays.fill(longest, (byte) 0xFF);

    try (Store store = Store.open(directory)) {
      store.put(longest, bytes("value"));
    }

    assertArrayEquals(longest, RawLog.read(file()).get(0).key());
  }

  @Test
  void takesAValueThatNeedsManyWriteCalls() throws IOException {
    byte[] large = new byte[3 * 1024 * 1024 + 1];
    Arrays.fill(large, (byte) 'v');

    try (Store store = Store.open(directory)) {
      store.put(bytes("large"), large);
      store.put(bytes("small"), bytes("value"));
    }

    List<RawLog.Entry> log = RawLog.read(file());
    assertArrayEquals(large, log.get(0).value());
    assertEquals("P small=value", log.get(1).text());
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "100, 1", "1048558, 1", "1048559, 2", "5000000, 5"})
  void isOneWriteCallForARecordOfUpToOneMebibyte(int valueLength, int calls) throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      disk.calls.clear();
      store.put(bytes("os"), new byte[valueLength]);
      assertEquals(Collections.nCopies(calls, "write"), disk.calls);
    }
  }

  @Test
  void endsEveryWriteCallButTheLastWhereASectorEnds() throws IOException {
    FaultyChannel disk = disk();
    try (Store store = openOn(disk)) {
      store.put(bytes("so that the next record"), bytes("starts at an odd offset"));
      disk.writeEnds.clear();
      store.put(bytes("large"), new byte[3_000_000]);
      assertEquals(3, disk.writeEnds.size());
      assertEquals(0, disk.writeEnds.get(0) % 512);
      assertEquals(0, disk.writeEnds.get(1) % 512);
      assertEquals(Files.size(file()), disk.writeEnds.get(2));
    }
  }

  @Test
  void refusesNullAndWritesNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      assertThrows(NullPointerException.class, () -> store.put(null, bytes("value")));
      assertThrows(NullPointerException.class, () -> store.put(bytes("key"), null));
    }

    assertEquals("[]", RawLog.text(file()));
  }

  @Test
  void refusesAKeyThatIsTooLongAndWritesNothing() throws IOException {
    try (Store store = Store.open(directory)) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> store.put(new byte[65_536], bytes("value")));
      assertEquals("the key is 65536 bytes long; the limit is 65535", e.getMessage());
    }

    assertEquals(8, Files.size(file()));
  }

  @Test
  void refusesAValueThatIsTooLongAndWritesNothing() throws IOException {
    byte[] tooLong = new byte[(512 << 20) + 1];
    try (Store store = Store.open(directory)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> store.put(bytes("key"), tooLong));
      assertEquals("the value is 536870913 bytes long; the limit is 536870912", e.getMessage());
    }

    assertEquals(8, Files.size(file()));
  }

  @Test
  void copiesItsArguments() throws IOException {
    byte[] key = bytes("os");
    byte[] value = bytes("mac");
    try (Store store = Store.open(directory)) {
      store.put(key, value);
      key[0] = 'X';
      value[0] = 'X';
    }

    assertEquals("[P* os=mac]", RawLog.text(file()));
  }

  @Test
  void aValueChangedDuringTheCallStillMakesAWholeRecord() throws Exception {
    byte[] value = new byte[500_000];
    AtomicBoolean done = new AtomicBoolean();
    Thread changing =
        new Thread(
            () -> {
              for (int i = 0; !done.get(); i++) {
                value[i % value.length]++;
              }
            });
    changing.start();
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 50; i++) {
        store.put(bytes("key " + i), value);
      }
    } finally {
      done.set(true);
      changing.join();
    }

    assertEquals(50, RawLog.read(file()).size());
  }

  @Test
  void manyThreadsTakeTurns() throws Exception {
    int threads = 8;
    int puts = 500;
    try (Store store = Store.open(directory)) {
      Thread[] writers = new Thread[threads];
      for (int t = 0; t < threads; t++) {
        int writer = t;
        writers[t] =
            new Thread(
                () -> {
                  try {
                    for (int i = 0; i < puts; i++) {
                      store.put(bytes(writer + "/" + i), new byte[i % 100]);
                    }
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                });
        writers[t].start();
      }
      for (Thread writer : writers) {
        writer.join();
      }
    }

    Set<String> keys = new HashSet<>();
    RawLog.read(file()).forEach(entry -> keys.add(text(entry.key())));
    assertEquals(threads * puts, keys.size());
    assertTrue(keys.contains("7/499"));
  }
}
