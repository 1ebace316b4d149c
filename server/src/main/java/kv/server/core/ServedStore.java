package kv.server.core;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * The store that a server serves: the engine, or a store that the reader of the course built. The
 * methods have the contracts of the engine's methods of the same names, except where stated.
 * Thread-safe: the event loop and the worker use it at the same time.
 */
public interface ServedStore extends Closeable {
  /** Returns the store's name for people: {@code engine}, or the folder of the reader's code. */
  String name();

  byte[] get(byte[] key) throws IOException;

  boolean containsKey(byte[] key) throws IOException;

  void put(byte[] key, byte[] value) throws IOException;

  boolean delete(byte[] key) throws IOException;

  /** Makes every earlier write durable. Costs nothing if there was none. */
  void sync() throws IOException;

  long size() throws IOException;

  boolean forEachKey(Predicate<byte[]> consumer) throws IOException;

  /** Returns the current numbers, also of a store that failed. */
  StoreStats stats();

  void merge() throws IOException;

  /**
   * Removes all keys at one moment.
   *
   * @throws UnsupportedOperationException with the reason, if the store cannot do that
   */
  void clear() throws IOException;

  /** Returns the reason why {@link #snapshot} is not supported, or null if it is. */
  String snapshotRefusal();

  void snapshot(Path directory) throws IOException;

  /** Returns the exception that every further write throws, or null if writes are possible. */
  IOException failure();
}
