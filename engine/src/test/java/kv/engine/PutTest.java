package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

    try (Store store = Store.open(directory, QUIET)) {
      store.put(longest, bytes("value"));
    }

    assertArrayEquals(longest, RawLog.read(file()).get(0).key());
  }

  /** Records of up to 32 KiB are written through the map, longer ones by calls of 1 MiB. */
  @ParameterizedTest
  @ValueSource(ints = {32_747, 32_748, 1_048_576, 3_145_729})
  void takesAValueOfAnyLength(int length) throws IOException {
    byte[] large = new byte[length];
    new Random(length).nextBytes(large);

    for (Options.SyncPolicy policy : Options.SyncPolicy.values()) {
      restore(Collections.emptySortedMap());
      try (Store store = Store.open(directory, QUIET.withSync(policy))) {
        store.put(bytes("large"), large);
        store.put(bytes("small"), bytes("value"));
      }
      List<RawLog.Entry> log = RawLog.read(file());
      assertArrayEquals(large, log.get(0).value());
      assertEquals("small=value", log.get(1).text().split(" ")[1]);
    }
  }

  @Test
  void writesOnlyLongRecordsByCalls() throws IOException {
    List<FailPoint> points = new ArrayList<>();
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      FailPoint.set((point, file) -> points.add(point));
      store.put(bytes("large"), new byte[32_747]);
      assertEquals(List.of(), points);
      store.put(bytes("large"), new byte[32_748]);
      assertEquals(List.of(FailPoint.WRITE, FailPoint.WRITTEN), points);
    }
  }

  @Test
  void theTypeOfARecordIsWrittenLast() throws IOException {
    List<Byte> types = new ArrayList<>();
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      int end = (int) RawLog.end(Files.readAllBytes(file()));
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.WRITTEN) {
              byte[] bytes = Files.readAllBytes(file);
              types.add(bytes[end]);
              bytes[end] = 'P';
              assertEquals(2, RawLog.decode(bytes).size());
            }
          });
      store.put(bytes("large"), new byte[100_000]);
    }
    assertEquals(List.of((byte) 0), types);
  }

  @Test
  void doesNotExceedItsReservedSpace() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 300; i++) {
        store.put(bytes("key " + i), bytes("v".repeat(1_000)));
        byte[] bytes = Files.readAllBytes(file());
        // There is space for the seal too, so that it never finds the disk full.
        assertTrue(bytes.length >= RawLog.end(bytes) + 24, "put " + i);
        assertEquals(0, bytes.length % (128 << 10));
      }
    }
  }

  @Test
  void refusesNullAndWritesNothing() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertThrows(NullPointerException.class, () -> store.put(null, bytes("value")));
      assertThrows(NullPointerException.class, () -> store.put(bytes("key"), null));
    }

    assertEquals("", log());
  }

  @Test
  void refusesAKeyThatIsTooLongAndWritesNothing() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> store.put(new byte[65_536], bytes("value")));
      assertEquals("the key is 65536 bytes long; the limit is 65535", e.getMessage());
    }

    assertEquals("", log());
  }

  @Test
  void refusesAValueThatIsTooLongAndWritesNothing() throws IOException {
    byte[] tooLong = new byte[(512 << 20) + 1];
    try (Store store = Store.open(directory, QUIET)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> store.put(bytes("key"), tooLong));
      assertEquals("the value is 536870913 bytes long; the limit is 536870912", e.getMessage());
    }

    assertEquals("", log());
  }

  @Test
  void copiesItsArguments() throws IOException {
    byte[] key = bytes("os");
    byte[] value = bytes("mac");
    try (Store store = Store.open(directory, QUIET)) {
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
    try (Store store = Store.open(directory, QUIET)) {
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
    try (Store store = Store.open(directory, QUIET)) {
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
