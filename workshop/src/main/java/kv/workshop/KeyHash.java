package kv.workshop;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The hash in hint files: SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
 * 2012), with one round for each 8 bytes and three at the end.
 */
public final class KeyHash {
  private final long k0;
  private final long k1;

  // The state of the paper.
  private long v0;
  private long v1;
  private long v2;
  private long v3;

  /** Creates the hash function with a secret of 16 bytes. */
  public KeyHash(byte[] secret) {
    ByteBuffer numbers = ByteBuffer.wrap(secret);
    k0 = numbers.getLong();
    k1 = numbers.getLong();
  }

  /** Returns the hash of a key. */
  public long of(byte[] key) {
    v0 = k0 ^ 0x736f6d6570736575L;
    v1 = k1 ^ 0x646f72616e646f6dL;
    v2 = k0 ^ 0x6c7967656e657261L;
    v3 = k1 ^ 0x7465646279746573L;
    // The last block ends in the length of the key.
    ByteBuffer blocks = ByteBuffer.allocate((key.length / Long.BYTES + 1) * Long.BYTES);
    blocks.put(key).put(blocks.capacity() - 1, (byte) key.length).rewind();
    blocks.order(ByteOrder.LITTLE_ENDIAN);
    while (blocks.hasRemaining()) {
      long block = blocks.getLong();
      v3 ^= block;
      round();
      v0 ^= block;
    }
    v2 ^= 0xff;
    for (int i = 0; i < 3; i++) {
      round();
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  private void round() {
    v0 += v1;
    v2 += v3;
    v1 = Long.rotateLeft(v1, 13) ^ v0;
    v3 = Long.rotateLeft(v3, 16) ^ v2;
    v0 = Long.rotateLeft(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = Long.rotateLeft(v1, 17) ^ v2;
    v3 = Long.rotateLeft(v3, 21) ^ v0;
    v2 = Long.rotateLeft(v2, 32);
  }
}
