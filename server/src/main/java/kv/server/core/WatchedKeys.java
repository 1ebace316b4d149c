/*
 * WHAT THIS FILE IS
 *
 * WATCH: the transactions whose EXEC runs nothing if a key changes. Every write on the event loop,
 * by RESP or HTTP, passes through Database, which calls touch.
 *
 *     client 1: WATCH a        a --> the transactions of clients 1 and 7
 *     client 2: SET a 1        both are marked: their EXEC runs nothing
 *
 * A watch costs its client memory. While any key is watched, each write costs a lookup.
 */
package kv.server.core;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The keys that clients watch. Used on the event loop only. */
public final class WatchedKeys {
  /** A transaction that watches keys. */
  public interface Watcher {
    /** Called when a watched key changes, before the change. */
    void touch();
  }

  /**
   * The watchers by key. A buffer is comparable, so that keys which a client chose for their equal
   * hash codes cost no more than O(log n).
   */
  private final Map<ByteBuffer, Set<Watcher>> watchers = new HashMap<>();

  /** Starts a watch of a key; returns false if the watcher watches the key already. */
  public boolean add(Watcher watcher, byte[] key) {
    return watchers.computeIfAbsent(ByteBuffer.wrap(key), k -> new HashSet<>()).add(watcher);
  }

  /** Ends a watch of a key. */
  public void remove(Watcher watcher, byte[] key) {
    ByteBuffer wrapped = ByteBuffer.wrap(key);
    Set<Watcher> all = watchers.get(wrapped);
    if (all != null && all.remove(watcher) && all.isEmpty()) {
      watchers.remove(wrapped);
    }
  }

  /** Returns the keys with at least one watcher. */
  List<byte[]> keys() {
    return watchers.keySet().stream().map(ByteBuffer::array).toList();
  }

  /** Calls the watchers of a key that is about to change. */
  void touch(byte[] key) {
    if (!watchers.isEmpty()) {
      watchers.getOrDefault(ByteBuffer.wrap(key), Set.of()).forEach(Watcher::touch);
    }
  }
}
