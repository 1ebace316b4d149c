package kv.server.core;

import java.io.IOException;

/**
 * The store as both protocols use it on the event loop: operations are counted, and writes are
 * reported to the transactions that watch their keys.
 */
public final class Database {
  /** The longest key, in bytes: the store's limit. */
  public static final int MAX_KEY = 65_535;

  private final ServedStore store;
  private final Counters counters;
  private final WatchedKeys watchedKeys;
  private final int maxValue;

  /**
   * Commands on a store.
   *
   * @param maxValue the limit for a value, in bytes
   */
  public Database(ServedStore store, Counters counters, WatchedKeys watchedKeys, int maxValue) {
    this.store = store;
    this.counters = counters;
    this.watchedKeys = watchedKeys;
    this.maxValue = maxValue;
  }

  /** Returns the server's limit for a value, in bytes, which is lower than the store's. */
  public int maxValue() {
    return maxValue;
  }

  /** As {@link ServedStore#get}. */
  public byte[] get(byte[] key) throws IOException {
    counters.countGet();
    return store.get(key);
  }

  /** As {@link ServedStore#containsKey}. */
  public boolean contains(byte[] key) throws IOException {
    counters.countGet();
    return store.containsKey(key);
  }

  /**
   * As {@link ServedStore#put}. The caller acknowledges the write when the turn ends: see {@link Turn}.
   */
  public void put(byte[] key, byte[] value) throws IOException {
    counters.countPut();
    // First: a put that fails may have changed the key.
    watchedKeys.touch(key);
    store.put(key, value);
  }

  /**
   * As {@link ServedStore#delete}. The caller acknowledges the write when the turn ends: see {@link
   * Turn}.
   */
  public boolean delete(byte[] key) throws IOException {
    counters.countDelete();
    boolean changed = true;
    try {
      changed = store.delete(key);
      return changed;
    } finally {
      if (changed) {
        watchedKeys.touch(key);
      }
    }
  }

  /** As {@link ServedStore#clear}: durable on return. */
  public void clear() throws IOException {
    for (byte[] key : watchedKeys.keys()) {
      if (store.containsKey(key)) {
        watchedKeys.touch(key);
      }
    }
    store.clear();
  }
}
