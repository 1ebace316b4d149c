/*
 * WHAT THIS FILE IS
 *
 * What every store in the race of the peers can do, in one interface, so that the same workloads
 * run on all. The stores behind it are in the files next to this one, one each, and PeerStore lists
 * them, with what they promise.
 *
 * WHAT IS THE SAME FOR ALL
 *
 * A put stands alone: when it returns, every thread sees it, and it is not part of a batch. Stores
 * that can put many pairs at once are faster then, and so would the engine be.
 *
 * A get returns a new array, as it would have to in a program that keeps the value. Stores that can
 * show the value where it lies save a copy of it.
 */
package kv.benchmarks.peers;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.BiConsumer;

/** An open store, whoever has made it. For many threads, but for compact and close. */
interface Peer extends Closeable {
  /** Sets a key to a value. The arrays are not changed afterwards, by nobody. */
  void put(byte[] key, byte[] value) throws IOException;

  /** Returns the value of a key, or null. */
  byte[] get(byte[] key) throws IOException;

  /** Passes every pair to a consumer, in any order. */
  void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException;

  /** Gives dead space back to the system, at the latest when the store is closed. */
  void compact() throws IOException;

  /**
   * Bytes that the store holds outside of the Java heap, not counting mapped files: those are the
   * operating system's memory, which it takes away when it needs it.
   */
  default long memoryOutsideHeap() throws IOException {
    return 0;
  }
}
