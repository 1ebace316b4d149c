package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ForEachTest extends StoreFixture {
  @Test
  void passesEveryLivePairOnceInLogOrder() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("shell"), bytes("zsh"));
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));

      assertEquals(List.of("shell=zsh", "os=linux"), pairs(store));
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(List.of("shell=zsh", "os=linux"), pairs(store));
    }
  }

  @Test
  void passesThePairsOfManySegmentsInLogOrderEvenAfterAMerge() throws IOException {
    List<String> expected = new ArrayList<>();
    try (Store store = Store.open(directory, SMALL.withSegmentSize(4 << 10))) {
      for (int i = 0; i < 300; i++) {
        store.put(bytes("key " + i), bytes("old" + " ".repeat(100)));
        store.put(bytes("key " + i), bytes("value" + " ".repeat(100)));
        expected.add("key " + i + "=value" + " ".repeat(100));
      }
      assertTrue(store.stats().files() > 10);
      assertEquals(expected, pairs(store));
      store.merge();
      assertEquals(expected, pairs(store));
      store.put(bytes("key 0"), bytes("last"));
      expected.remove(0);
      expected.add("key 0=last");
      assertEquals(expected, pairs(store));
    }
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(expected, pairs(store));
    }
  }

  /** A reader returns the copy that it verified if the body fits its buffer. */
  @Test
  void passesValuesThatNearlyFillTheReadersBuffer() throws IOException {
    int buffer = 16 << 10;
    try (Store store = Store.open(directory, QUIET)) {
      for (int length = buffer - 3; length <= buffer + 3; length++) {
        byte[] value = new byte[length - 1];
        new Random(length).nextBytes(value);
        store.put(bytes("k"), value);
        store.forEach(
            (key, found) -> {
              assertArrayEquals(bytes("k"), key);
              assertArrayEquals(value, found);
            });
      }
    }
  }

  @Test
  void passesNothingForAnEmptyStore() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(List.of(), pairs(store));
      store.put(bytes("os"), bytes("mac"));
      store.delete(bytes("os"));
      assertEquals(List.of(), pairs(store));
    }
  }

  @Test
  void passesTheStoreAsItWasAtTheCall() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("a"), bytes("1"));
      store.put(bytes("b"), bytes("2"));
      store.put(bytes("c"), bytes("3"));
      List<String> seen = new ArrayList<>();

      store.forEach(
          (key, value) -> {
            seen.add(text(key) + "=" + text(value));
            try {
              store.put(bytes("b"), bytes("later"));
              store.put(bytes("d"), bytes("later"));
              store.delete(bytes("c"));
              assertEquals("later", text(store.get(bytes("b"))));
              assertEquals(2 + 1, state(store).size());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });

      assertEquals(List.of("a=1", "b=2", "c=3"), seen);
      assertEquals(Map.of("a", "1", "b", "later", "d", "later"), state(store));
    }
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void itsConsumerMayWaitForAnotherThreadThatUsesTheStore() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));

      store.forEach(
          (key, value) -> {
            Thread other =
                new Thread(
                    () -> {
                      try {
                        store.put(bytes("os"), bytes("linux"));
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    });
            other.start();
            try {
              TimeUnit.SECONDS.timedJoin(other, 50);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            assertTrue(!other.isAlive(), "the other thread waits for the forEach");
          });

      assertEquals("linux", text(store.get(bytes("os"))));
    }
  }

  @Test
  void anExceptionOfItsConsumerEndsItAndHarmsNothing() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      assertThrows(
          UnsupportedOperationException.class,
          () ->
              store.forEach(
                  (key, value) -> {
                    throw new UnsupportedOperationException();
                  }));
      assertEquals("mac", text(store.get(bytes("os"))));
    }
  }

  @Test
  void throwsWhenTheStoreIsClosedWhileItRuns() throws IOException {
    Store store = Store.open(directory, QUIET);
    store.put(bytes("a"), bytes("1"));
    store.put(bytes("b"), bytes("2"));

    assertThrows(
        IllegalStateException.class,
        () ->
            store.forEach(
                (key, value) -> {
                  try {
                    store.close();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }));
  }

  @Test
  void refusesNull() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      assertThrows(NullPointerException.class, () -> store.forEach(null));
    }
  }

  private static List<String> pairs(Store store) throws IOException {
    List<String> pairs = new ArrayList<>();
    store.forEach((key, value) -> pairs.add(text(key) + "=" + text(value)));
    return pairs;
  }
}
