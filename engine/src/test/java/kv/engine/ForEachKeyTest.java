package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ForEachKeyTest extends StoreFixture {
  @Test
  void passesEveryLiveKeyOnce() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes(""), bytes("the empty key"));
      store.put(bytes("os"), bytes("linux"));
      store.put(bytes("shell"), bytes(""));
      store.delete(bytes("editor"));

      assertEquals(Set.of("", "os", "shell"), keys(store));
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(Set.of("", "os", "shell"), keys(store));
    }
  }

  @Test
  void passesTheKeysOfManySegmentsBeforeAndAfterAMerge() throws IOException {
    Set<String> expected = new TreeSet<>();
    try (Store store = Store.open(directory, SMALL.withSegmentSize(4 << 10))) {
      for (int i = 0; i < 300; i++) {
        store.put(bytes("key " + i), bytes("old" + " ".repeat(100)));
        store.put(bytes("key " + i), bytes("value" + " ".repeat(100)));
        expected.add("key " + i);
      }
      for (int i = 0; i < 300; i += 3) {
        store.delete(bytes("key " + i));
        expected.remove("key " + i);
      }
      assertTrue(store.stats().files() > 10);
      assertEquals(expected, keys(store));
      store.merge();
      assertEquals(expected, keys(store));
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(expected, keys(store));
    }
  }

  /** Except for the first keys, which are read from their records. */
  @Test
  void readsTheHintFileOfASealedSegmentAndNoValues() throws IOException {
    Set<String> expected = new TreeSet<>();
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 6000; i++) {
        store.put(bytes("key " + i % 5000), bytes("value " + i));
        expected.add("key " + i % 5000);
      }
      for (int i = 1500; i < 2500; i++) {
        store.delete(bytes("key " + i));
        expected.remove("key " + i);
      }
      store.put(bytes("last"), bytes("value"));
      expected.add("last");
    }
    flip(RawLog.end(Files.readAllBytes(file())) - 1, 0);
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(expected, keys(store));
      Files.delete(SegmentName.fresh(1).hint(directory));
      assertThrows(CorruptStoreException.class, () -> keys(store));
    }
  }

  @Test
  void passesNothingForAnEmptyStore() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(Set.of(), keys(store));
      store.put(bytes("os"), bytes("mac"));
      store.delete(bytes("os"));
      assertEquals(Set.of(), keys(store));
    }
  }

  @Test
  void passesTheLongestKeyAndTheKeyOfALongValue() throws IOException {
    String longest = "k".repeat(Store.MAX_KEY_LENGTH);
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes(longest), bytes("v"));
      store.put(bytes("key of a long value"), new byte[100_000]);

      assertEquals(Set.of(longest, "key of a long value"), keys(store));
    }
  }

  @Test
  void endsWhenItsConsumerReturnsFalse() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 10; i++) {
        store.put(bytes("key " + i), bytes("value"));
      }
      AtomicInteger calls = new AtomicInteger();

      assertFalse(store.forEachKey(key -> calls.incrementAndGet() < 3));
      assertEquals(3, calls.get());

      calls.set(0);
      assertFalse(store.forEachKey(key -> calls.incrementAndGet() < 10), "false for the last key");
      assertTrue(store.forEachKey(key -> true));
    }
  }

  @Test
  void passesTheKeysAsTheyWereAtTheCall() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("a"), bytes("1"));
      store.put(bytes("b"), bytes("2"));
      store.put(bytes("c"), bytes("3"));
      List<String> seen = new ArrayList<>();

      store.forEachKey(
          key -> {
            seen.add(text(key));
            try {
              store.put(bytes("b"), bytes("later"));
              store.put(bytes("d"), bytes("later"));
              store.delete(bytes("a"));
              store.delete(bytes("c"));
              store.merge();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            return true;
          });

      assertEquals(3, seen.size(), "each key once");
      assertEquals(Set.of("a", "b", "c"), new TreeSet<>(seen));
      assertEquals(Set.of("b", "d"), keys(store));
    }
  }

  @Test
  void aKeyIsACopy() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.forEachKey(
          key -> {
            key[0] = 'x';
            return true;
          });

      assertEquals(Set.of("os"), keys(store));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  /** Flips every bit of the live records, under an open store. */
  @Test
  void aFlippedBitIsAnErrorAndNotAWrongOrMissingKey() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    Set<String> expected = Set.of("os", "editor");
    try (Store store = Store.open(directory, QUIET)) {
      List<RawLog.Entry> records = RawLog.read(file());
      for (long at = records.get(0).offset(); at < records.get(1).endOffset(); at++) {
        for (int bit = 0; bit < 8; bit++) {
          flip(at, bit);
          Set<String> passed = new TreeSet<>();
          try {
            store.forEachKey(key -> passed.add(text(key)));
            assertEquals(expected, passed);
          } catch (CorruptStoreException e) {
            assertTrue(expected.containsAll(passed), passed.toString());
          }
          flip(at, bit);
        }
      }
      assertEquals(expected, keys(store));
    }
  }

  /** Values of 40 MB in all, and a walk that takes less than one of them. */
  @Test
  void valuesTakeNoMemory() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 10; i++) {
        store.put(bytes("key " + i), new byte[4 << 20]);
      }
      com.sun.management.ThreadMXBean threads =
          (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      assertTrue(store.forEachKey(key -> true));
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;

      assertTrue(allocated < 1 << 20, () -> allocated + " bytes");
    }
  }

  @Test
  void anExceptionOfItsConsumerEndsItAndHarmsNothing() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      assertThrows(
          UnsupportedOperationException.class,
          () ->
              store.forEachKey(
                  key -> {
                    throw new UnsupportedOperationException();
                  }));
      assertEquals(Set.of("os"), keys(store));
    }
  }

  @Test
  void throwsWhenTheStoreIsClosedBeforeTheCallOrWhileItRuns() throws IOException {
    Store store = Store.open(directory, QUIET);
    store.put(bytes("a"), bytes("1"));
    store.put(bytes("b"), bytes("2"));

    assertThrows(
        IllegalStateException.class,
        () ->
            store.forEachKey(
                key -> {
                  try {
                    store.close();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  return true;
                }));
    assertThrows(IllegalStateException.class, () -> store.forEachKey(key -> true));
  }

  @Test
  void refusesNull() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertThrows(NullPointerException.class, () -> store.forEachKey(null));
    }
  }

  /** Flips a bit of the first segment. */
  private void flip(long at, int bit) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
      file.seek(at);
      int flipped = file.read() ^ 1 << bit;
      file.seek(at);
      file.write(flipped);
    }
  }

  /** Returns the keys that are passed, and checks that none is passed twice. */
  private static Set<String> keys(Store store) throws IOException {
    Set<String> keys = new TreeSet<>();
    boolean all =
        store.forEachKey(
            key -> {
              assertTrue(keys.add(text(key)), "a key was passed twice");
              return true;
            });
    assertTrue(all);
    return keys;
  }
}
