/*
 * WHAT THIS FILE IS
 *
 * The hash of a key. The keydir needs 64 bits of hash, for two reasons: it keeps them in place of
 * the key, so that a hash that two keys share must be rare; and whoever chooses the keys must not
 * be able to choose their hashes. With a hash that can be computed from the key alone, as
 * String.hashCode() can, a client sends a million keys of one hash, and each lookup walks through
 * all of them.
 *
 * SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) was made for just
 * this. It mixes in a secret of 128 bits, here drawn anew for each open store, and without it
 * nobody can tell which keys collide. This is SipHash-1-3, one round for each 8 bytes and three at
 * the end: what the hash tables of Rust and Python use. The paper's own has two and four.
 *
 * The key is taken in blocks of 8 bytes, little-endian. A round stirs four numbers into each other
 * by additions, rotations and exclusive ors, which is all that it takes: no tables, no
 * multiplications, nothing whose time depends on the secret.
 *
 * PICTURE
 *
 *     secret -> | v0 v1 v2 v3 | -> 8 bytes in, a round -> ... -> 3 rounds -> v0^v1^v2^v3
 */
package kv.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** A hash function with a secret. Takes O(key) time. */
final class SipHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long secret0;
  private final long secret1;

  /** A hash function; two with other secrets have nothing in common. */
  SipHash(long secret0, long secret1) {
    this.secret0 = secret0;
    this.secret1 = secret1;
  }

  /**
   * Returns the hash of a key. Two keys have the same with a probability of 1 to 2^64, whoever has
   * chosen them, as far as anybody knows.
   */
  long hash(byte[] key) {
    // The numbers are "somepseudorandomlygeneratedbytes", as the paper has it.
    long v0 = secret0 ^ 0x736f6d6570736575L;
    long v1 = secret1 ^ 0x646f72616e646f6dL;
    long v2 = secret0 ^ 0x6c7967656e657261L;
    long v3 = secret1 ^ 0x7465646279746573L;
    int whole = key.length & ~7;
    // Whole blocks, then the last one with the length; then 0xff, which says that this was all, and
    // three rounds more. One loop for the four, since the round is the same.
    for (int at = 0; at <= whole + 24; at += 8) {
      long block = at < whole ? (long) LONG.get(key, at) : at == whole ? lastBlock(key, at) : 0;
      v2 ^= at == whole + 8 ? 0xff : 0;
      v3 ^= block;
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
      v0 ^= block;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  /** The last block: the bytes that fill no block of 8, and in its highest byte the length. */
  private static long lastBlock(byte[] key, int from) {
    long block = (long) key.length << 56;
    for (int at = from; at < key.length; at++) {
      block |= (key[at] & 0xffL) << (8 * (at - from));
    }
    return block;
  }
}
