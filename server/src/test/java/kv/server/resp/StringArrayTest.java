package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import kv.engine.Store;
import org.junit.jupiter.api.Test;

class StringArrayTest {
  @Test
  void anEmptyArrayHasNoPieces() {
    StringArray array = new StringArray();
    assertEquals(0, array.size());
    assertEquals(List.of(), array.pieces());
  }

  @Test
  void theBytesAreThoseOfTheStringsInOrder() {
    List<byte[]> strings = new ArrayList<>();
    for (int length :
        new int[] {0, 1, 9, 10, 99, 100, 65_507, 65_511, 3, Store.MAX_KEY_LENGTH, 2}) {
      strings.add(random(length));
    }
    check(strings);
  }

  /** Strings of lengths at which a piece is just full, or just too short. */
  @Test
  void theEndOfAPieceLosesNothing() {
    for (int length = StringArray.PIECE - 100; length < StringArray.PIECE; length++) {
      check(List.of(random(length), random(20), random(20), random(20)));
    }
  }

  @Test
  void manyStringsShareAPiece() {
    StringArray array = new StringArray();
    for (int i = 0; i < 10_000; i++) {
      array.add(random(16));
    }
    assertEquals(10_000, array.size());
    assertTrue(array.pieces().size() < 10);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static void check(List<byte[]> strings) {
    StringArray array = new StringArray();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (byte[] string : strings) {
      array.add(string);
      expected.writeBytes(("$" + string.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      expected.writeBytes(string);
      expected.writeBytes(new byte[] {'\r', '\n'});
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteBuffer piece : array.pieces()) {
      bytes.write(piece.array(), piece.position(), piece.remaining());
    }
    assertEquals(strings.size(), array.size());
    assertArrayEquals(expected.toByteArray(), bytes.toByteArray());
  }
}
