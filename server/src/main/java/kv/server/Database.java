package kv.server;

import java.io.IOException;
import kv.engine.Store;

/** The store as both protocols use it on the event loop: what is done is counted. */
final class Database {
  /** The longest key, in bytes: the store's limit. */
  static final int MAX_KEY = 65_535;

  private final Store store;
  private final Counters counters;

  Database(Store store, Counters counters) {
    this.store = store;
    this.counters = counters;
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
    store.put(key, value);
  }

  /** As {@link Store#delete}. To be acknowledged at the turn's end: see {@link Turn}. */
  boolean delete(byte[] key) throws IOException {
    counters.deletes++;
    return store.delete(key);
  }
}
