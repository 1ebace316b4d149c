/*
 * WHAT THIS FILE IS
 *
 * The hash of a key: SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012),
 * written as in section 2 of the paper.
 *
 * The keydir needs a hash of 64 bits, for two reasons. It stores the hash instead of the key, so
 * two keys must rarely have the same one. And a client that chooses the keys must not be able to
 * choose their hashes. If the hash depended on the key alone, as String.hashCode() does, a client
 * could send a million keys with one hash, and each lookup would walk through all of them.
 *
 * SipHash was designed for this. It mixes in a secret of 128 bits, here chosen at random when a store
 * is created, and stored in its hint files. Without the secret, no efficient way is known to tell which keys collide. This is
 * SipHash-1-3: one round for each 8 bytes and three at the end, as in the hash tables of Rust and
 * Python. The paper's own choice is two and four.
 *
 * PICTURE
 *
 *     initialization   secret   -> v0 v1 v2 v3
 *     compression      8 bytes  -> v3 ^= block, SipRound, v0 ^= block      for each block
 *     finalization     0xff     -> v2 ^= 0xff, 3 x SipRound, v0 ^ v1 ^ v2 ^ v3
 *
 * Blocks are little-endian. A SipRound mixes the four numbers by additions, rotations and
 * exclusive ors only: no tables, no multiplications, nothing whose time depends on the secret.
 */
package kv.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/** A hash function with a secret. Takes O(key) time. */
final class SipHash {
  /** Size of a block in bytes. */
  private static final int BLOCK_SIZE = 8;

  private static final VarHandle BLOCK =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The two halves of the secret: k0 and k1 in the paper. */
  private final long k0;

  private final long k1;

  /** Creates a hash function. Functions with different secrets are independent of each other. */
  SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** Creates a hash function with a random secret. */
  static SipHash random() {
    SecureRandom random = new SecureRandom();
    return new SipHash(random.nextLong(), random.nextLong());
  }

  /** Returns the first half of the secret. */
  long k0() {
    return k0;
  }

  /** Returns the second half of the secret. */
  long k1() {
    return k1;
  }

  /** Returns whether another hash function has the same secret. */
  boolean isSameAs(SipHash other) {
    return k0 == other.k0 && k1 == other.k1;
  }

  /**
   * Returns the hash of a key. As far as is known, two keys have the same hash with a probability
   * of 2^-64 for anyone who chooses them without knowing the secret.
   */
  long hash(byte[] key) {
    State state = new State(k0, k1);
    int at = 0;
    for (; at <= key.length - BLOCK_SIZE; at += BLOCK_SIZE) {
      state.compress((long) BLOCK.get(key, at));
    }
    state.compress(lastBlock(key, at));
    return state.finish();
  }

  /** Returns the last block: the remaining 0 to 7 bytes, and the key's length in its top byte. */
  private static long lastBlock(byte[] key, int from) {
    long block = (long) key.length << 56;
    for (int at = from; at < key.length; at++) {
      block |= (key[at] & 0xffL) << (Byte.SIZE * (at - from));
    }
    return block;
  }

  /** The internal state. The JIT compiler keeps it in registers: no object is allocated. */
  private static final class State {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    /** Initialization. The constants are "somepseudorandomlygeneratedbytes" in ASCII. */
    State(long k0, long k1) {
      v0 = k0 ^ 0x736f6d6570736575L;
      v1 = k1 ^ 0x646f72616e646f6dL;
      v2 = k0 ^ 0x6c7967656e657261L;
      v3 = k1 ^ 0x7465646279746573L;
    }

    /** Compression of one block, with c = 1 round. */
    void compress(long block) {
      v3 ^= block;
      sipRound();
      v0 ^= block;
    }

    /** Finalization, with d = 3 rounds. */
    long finish() {
      v2 ^= 0xff;
      sipRound();
      sipRound();
      sipRound();
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void sipRound() {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13);
      v1 ^= v0;
      v0 = Long.rotateLeft(v0, 32);

      v2 += v3;
      v3 = Long.rotateLeft(v3, 16);
      v3 ^= v2;

      v0 += v3;
      v3 = Long.rotateLeft(v3, 21);
      v3 ^= v0;

      v2 += v1;
      v1 = Long.rotateLeft(v1, 17);
      v1 ^= v2;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
