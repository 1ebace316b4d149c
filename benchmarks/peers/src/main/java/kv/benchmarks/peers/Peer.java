/*
 * WHAT THIS FILE IS
 *
 * The operations of every store in the race, in one interface, so that the same workloads run on
 * all of them. Each store has a file of its own beside this one, and PeerStore lists the stores
 * with their promises.
 *
 * THE SAME FOR ALL
 *
 * A put is separate: when it returns, every thread sees it, and it is not part of a batch. Stores
 * with batches are faster with them, and so would the engine be.
 *
 * A get returns a new array, as a program that keeps the value needs it. Stores that can show a
 * value in place would save a copy.
 */
package kv.benchmarks.peers;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.BiConsumer;

/**
 * An open store of the engine or of another library. Thread-safe, except compact and close.
 */
interface Peer extends Closeable {
  /** Sets a key to a value. Neither the caller nor the store changes the arrays afterwards. */
  void put(byte[] key, byte[] value) throws IOException;

  /** Returns the value of a key, or null. */
  byte[] get(byte[] key) throws IOException;

  /** Passes every pair to a consumer, in any order. */
  void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException;

  /** Reclaims dead space, at the latest when the store is closed. */
  void compact() throws IOException;

  /**
   * Returns the store's bytes outside the Java heap, without mapped files: their memory belongs to
   * the operating system, which can reclaim it.
   */
  default long memoryOutsideHeap() throws IOException {
    return 0;
  }
}
