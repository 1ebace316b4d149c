package kv.server;

import java.io.IOException;
import kv.step5.Store;

/** The store as both protocols use it: what is done is counted, and a write awaits its turn's sync. */
final class Database {
  private final Store store;
  private final Counters counters;
  private final Turn turn;

  Database(Store store, Counters counters, Turn turn) {
    this.store = store;
    this.counters = counters;
    this.turn = turn;
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

  /** As {@link Store#put}; to be acknowledged at the turn's end. */
  void put(byte[] key, byte[] value) throws IOException {
    counters.puts++;
    turn.wrote();
    store.put(key, value);
  }

  /** As {@link Store#delete}; to be acknowledged at the turn's end. */
  boolean delete(byte[] key) throws IOException {
    counters.deletes++;
    turn.wrote();
    return store.delete(key);
  }
}
