package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SipHashTest {
  /** The example in appendix A of the paper: SipHash-2-4. */
  @Test
  void theReferenceMatchesThePapersExample() {
    assertEquals(
        0xa129ca6149be45e5L,
        reference(2, 4, 0x0706050403020100L, 0x0f0e0d0c0b0a0908L, counting(15)));
  }

  @Test
  void matchesTheReferenceWithOneAndThreeRounds() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int length = 0; length <= 64; length++) {
      long secret0 = random.nextLong();
      long secret1 = random.nextLong();
      byte[] key = new byte[length];
      random.nextBytes(key);
      assertEquals(
          reference(1, 3, secret0, secret1, key),
          new SipHash(secret0, secret1).hash(key),
          "length " + length + ", seed " + seed);
    }
  }

  @Test
  void matchesTheReferenceForTheLongestKey() {
    byte[] key = counting(65_535);
    assertEquals(reference(1, 3, 1, 2, key), new SipHash(1, 2).hash(key));
  }

  /** The values of Rust's SipHash-1-3 for the paper's secret. */
  @Test
  void matchesOtherImplementations() {
    SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    assertEquals(0xabac0158050fc4dcL, hash.hash(counting(0)));
    assertEquals(0xd320d86d2a519956L, hash.hash(counting(15)));
  }

  @Test
  void dependsOnBothHalvesOfTheSecret() {
    byte[] key = counting(8);
    assertNotEquals(new SipHash(1, 2).hash(key), new SipHash(1, 3).hash(key));
    assertNotEquals(new SipHash(1, 2).hash(key), new SipHash(2, 2).hash(key));
  }

  @Test
  void distinguishesZerosOfDifferentLengths() {
    SipHash hash = new SipHash(1, 2);
    Set<Long> hashes = new HashSet<>();
    for (int length = 0; length < 300; length++) {
      hashes.add(hash.hash(new byte[length]));
    }
    assertEquals(300, hashes.size());
  }

  private static byte[] counting(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  /** SipHash-c-d, literally as in section 2 of the paper. */
  private static long reference(int c, int d, long k0, long k1, byte[] input) {
    long[] v = {
      k0 ^ 0x736f6d6570736575L,
      k1 ^ 0x646f72616e646f6dL,
      k0 ^ 0x6c7967656e657261L,
      k1 ^ 0x7465646279746573L
    };
    // Padded with zeros to a multiple of 8 bytes. The last byte is the length.
    byte[] padded = Arrays.copyOf(input, (input.length / 8 + 1) * 8);
    padded[padded.length - 1] = (byte) input.length;
    ByteBuffer blocks = ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN);
    while (blocks.hasRemaining()) {
      long block = blocks.getLong();
      v[3] ^= block;
      rounds(c, v);
      v[0] ^= block;
    }
    v[2] ^= 0xff;
    rounds(d, v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void rounds(int count, long[] v) {
    for (int i = 0; i < count; i++) {
      v[0] += v[1];
      v[2] += v[3];
      v[1] = Long.rotateLeft(v[1], 13);
      v[3] = Long.rotateLeft(v[3], 16);
      v[1] ^= v[0];
      v[3] ^= v[2];
      v[0] = Long.rotateLeft(v[0], 32);
      v[2] += v[1];
      v[0] += v[3];
      v[1] = Long.rotateLeft(v[1], 17);
      v[3] = Long.rotateLeft(v[3], 21);
      v[1] ^= v[2];
      v[3] ^= v[0];
      v[2] = Long.rotateLeft(v[2], 32);
    }
  }
}
