package kv.benchmarks.harness;

import java.io.Closeable;
import java.io.IOException;

/**
 * An open store, whichever step's it is. The steps share no type, as each stands alone, so their
 * methods are taken one by one.
 *
 * @param put sets a key
 * @param get returns a value, or null
 * @param sync makes durable what was put
 * @param compact gives dead space back
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

  /** {@code store::sync}, and all that takes and returns nothing. */
  public interface Action {
    /** Does it. */
    void run() throws IOException;
  }

  /** The engine's store, which has options: the caller opens it. */
  public static AnyStore of(kv.engine.Store store) {
    return new AnyStore(store::put, store::get, store::sync, store::merge, store);
  }

  /** The same store, with a put that is durable when it returns, since a sync follows. */
  AnyStore withSyncInPut() {
    Put putAndSync =
        (key, value) -> {
          put.put(key, value);
          sync.run();
        };
    return new AnyStore(putAndSync, get, sync, compact, store);
  }

  /** Puts the first so many keys and values. */
  public void fill(int keys) throws IOException {
    for (int i = 0; i < keys; i++) {
      put.put(Data.key(i), Data.value(i));
    }
  }

  /** For a step that cannot read yet. */
  static byte[] noGet(byte[] key) {
    throw new UnsupportedOperationException("this step cannot read");
  }

  /** For a step that cannot give space back yet. */
  static void noCompact() {
    throw new UnsupportedOperationException("this step cannot give space back");
  }

  @Override
  public void close() throws IOException {
    store.close();
  }
}
