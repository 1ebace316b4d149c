package kv.benchmarks.harness;

import java.io.Closeable;
import java.io.IOException;

/**
 * An open store of any step or of the engine. Each step is complete by itself, and they share no
 * type, so this record takes their methods one by one.
 *
 * @param put sets a key
 * @param get returns a value, or null
 * @param sync makes all previous puts durable
 * @param compact reclaims dead space
 * @param store closes the store
 */
public record AnyStore(Put put, Get get, Action sync, Action compact, Closeable store)
    implements Closeable {
  /** {@code store::put}. */
  public interface Put {
    /** Sets a key to a value. */
    void put(byte[] key, byte[] value) throws IOException;
  }

  /** {@code store::get}. */
  public interface Get {
    /** Returns the value of a key, or null. */
    byte[] get(byte[] key) throws IOException;
  }

  /** {@code store::sync}, and other methods without arguments and results. */
  public interface Action {
    /** Calls the method. */
    void run() throws IOException;
  }

  /** Returns a store of the engine, which the caller opened with options. */
  public static AnyStore of(kv.engine.Store store) {
    return new AnyStore(store::put, store::get, store::sync, store::merge, store);
  }

  /** Returns the same store with a put that includes a sync, so that it is durable on return. */
  AnyStore withSyncInPut() {
    Put putAndSync =
        (key, value) -> {
          put.put(key, value);
          sync.run();
        };
    return new AnyStore(putAndSync, get, sync, compact, store);
  }

  /** Puts the first n generated keys and values. */
  public void fill(int n) throws IOException {
    for (int i = 0; i < n; i++) {
      put.put(Data.key(i), Data.value(i));
    }
  }

  /** The get of a step that cannot read. */
  static byte[] noGet(byte[] key) {
    throw new UnsupportedOperationException("this step cannot read");
  }

  /** The compact of a step that cannot reclaim space. */
  static void noCompact() {
    throw new UnsupportedOperationException("this step cannot reclaim space");
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
