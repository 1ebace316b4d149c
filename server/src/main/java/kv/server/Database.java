package kv.server;

import java.io.IOException;
import kv.engine.Store;

/**
 * The store as both protocols use it on the event loop: operations are counted, and writes are
 * reported to the transactions that watch their keys.
 */
final class Database {
  /** The longest key, in bytes: the store's limit. */
  static final int MAX_KEY = 65_535;

  private final Store store;
  private final Counters counters;
  private final Watches watches;
  private final int maxValue;

  Database(Store store, Counters counters, Watches watches, int maxValue) {
    this.store = store;
    this.counters = counters;
    this.watches = watches;
    this.maxValue = maxValue;
  }

  /** Returns the limit for values, in bytes: it is that of the server, lower than the store's. */
  int maxValue() {
    return maxValue;
  }

  /** As {@link Store#get}. */
  byte[] get(byte[] key) throws IOException {
    counters.gets++;
    return store.get(key);
  }

  /** As {@link Store#containsKey}. */
  boolean contains(byte[] key) throws IOException {
    counters.gets++;
    return store.containsKey(key);
  }

  /** As {@link Store#put}. To be acknowledged at the turn's end: see {@link Turn}. */
  void put(byte[] key, byte[] value) throws IOException {
    counters.puts++;
    // First: a put that fails may have changed the key.
    watches.touch(key);
    store.put(key, value);
  }

  /** As {@link Store#delete}. To be acknowledged at the turn's end: see {@link Turn}. */
  boolean delete(byte[] key) throws IOException {
    counters.deletes++;
    boolean changed = true;
    try {
      changed = store.delete(key);
      return changed;
    } finally {
      if (changed) {
        watches.touch(key);
      }
    }
  }

  /** As {@link Store#clear}: durable on return. */
  void clear() throws IOException {
    for (byte[] key : watches.keys()) {
      if (store.containsKey(key)) {
        watches.touch(key);
      }
    }
    store.clear();
  }
}
