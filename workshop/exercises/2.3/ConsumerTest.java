package kv.step2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A consumer of forEach, and the calls that it may make. */
class ConsumerTest extends StoreFixture {
  @Test
  void isCalledWithoutTheStoresLock() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));

      store.forEach(
          (key, value) ->
              assertFalse(
                  Thread.holdsLock(store),
                  "the consumer is called under the store's lock: another thread would wait"));
    }
  }

  @Test
  void canCallGetWithoutMovingTheLoop() throws IOException {
    putAndClose("a", "1", "b", "2", "c", "3");
    List<String> seen = new ArrayList<>();
    try (Store store = Store.open(directory)) {
      store.forEach(
          (key, value) -> {
            seen.add(text(key) + "=" + text(value));
            try {
              store.get(bytes("c"));
              store.get(bytes("absent"));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }

    assertEquals(List.of("a=1", "b=2", "c=3"), seen);
  }

  @Test
  void canCallForEachItself() throws IOException {
    putAndClose("a", "1", "b", "2");
    List<String> seen = new ArrayList<>();
    try (Store store = Store.open(directory)) {
      store.forEach(
          (outer, value) -> {
            try {
              store.forEach((inner, same) -> seen.add(text(outer) + text(inner)));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }

    assertEquals(List.of("aa", "ab", "ba", "bb"), seen);
  }

  @Test
  void getsArraysOfItsOwn() throws IOException {
    putAndClose("a", "1", "b", "2");
    List<byte[]> seen = new ArrayList<>();
    try (Store store = Store.open(directory)) {
      store.forEach(
          (key, value) -> {
            seen.add(key);
            seen.add(value);
          });
    }

    assertArrayEquals(bytes("a"), seen.get(0));
    assertArrayEquals(bytes("1"), seen.get(1));
    assertArrayEquals(bytes("b"), seen.get(2));
    assertArrayEquals(bytes("2"), seen.get(3));
  }

  /** If all values were read before the first call, they would all have to fit into the memory. */
  @Test
  void getsAPairBeforeTheNextOneIsRead() throws IOException {
    byte[] large = new byte[200_000];
    Arrays.fill(large, (byte) 'v');
    List<String> seen = new ArrayList<>();
    try (Store store = Store.open(directory)) {
      store.put(bytes("first"), bytes("1"));
      store.put(bytes("large"), large);

      assertThrows(
          CorruptStoreException.class,
          () ->
              store.forEach(
                  (key, value) -> {
                    seen.add(text(key));
                    damageTheLastByte();
                  }));
    }

    assertEquals(List.of("first"), seen);
  }

  private void damageTheLastByte() {
    try (FileChannel file = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {'w'}), file.size() - 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
