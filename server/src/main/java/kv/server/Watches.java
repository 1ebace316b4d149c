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
package kv.server;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The keys that clients watch. Used on the event loop only. */
final class Watches {
  /**
   * The transactions by key. A buffer is comparable, so that keys which a client has chosen for
   * their equal hash codes cost no more than O(log n).
   */
  private final Map<ByteBuffer, Set<Transaction>> watchers = new HashMap<>();

  /** Has a transaction touched when a key changes; returns false if that was so already. */
  boolean add(Transaction transaction, byte[] key) {
    return watchers.computeIfAbsent(ByteBuffer.wrap(key), k -> new HashSet<>()).add(transaction);
  }

  /** Ends a transaction's watch of a key. */
  void remove(Transaction transaction, byte[] key) {
    ByteBuffer wrapped = ByteBuffer.wrap(key);
    Set<Transaction> all = watchers.get(wrapped);
    if (all != null && all.remove(transaction) && all.isEmpty()) {
      watchers.remove(wrapped);
    }
  }

  /** Returns the keys that are being watched. */
  List<byte[]> keys() {
    return watchers.keySet().stream().map(ByteBuffer::array).toList();
  }

  /** Touches the transactions that watch a key which is changing. */
  void touch(byte[] key) {
    if (!watchers.isEmpty()) {
      watchers.getOrDefault(ByteBuffer.wrap(key), Set.of()).forEach(Transaction::touch);
    }
  }
}
