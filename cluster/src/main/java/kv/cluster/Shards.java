package kv.cluster;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * The shards of a cluster, numbered from 0. Their number never changes: the hash of a key chooses
 * its shard. As in Redis Cluster, if a key has a part in braces that is not empty, only the first
 * such part is hashed: {@code {user7}:name} and {@code {user7}:mail} are in one shard.
 */
record Shards(int count) {
  /** The most shards. Each has a store and a log on every node. */
  static final int MOST = 256;

  /** Returns the shard of a key. */
  int of(byte[] key) {
    int from = 0;
    int to = key.length;
    int open = indexOf(key, '{', 0);
    if (open >= 0) {
      int close = indexOf(key, '}', open + 1);
      if (close > open + 1) {
        from = open + 1;
        to = close;
      }
    }
    CRC32C hash = new CRC32C();
    hash.update(key, from, to - from);
    return (int) (hash.getValue() % count);
  }

  private static int indexOf(byte[] key, char wanted, int from) {
    for (int i = from; i < key.length; i++) {
      if (key[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Returns the id of a shard's Raft group, which is the same on every node. It depends on the number
   * of shards, so that nodes with another number cannot be mixed.
   */
  RaftGroupId group(int shard) {
    String name = "kv-shard-" + shard + "-of-" + count;
    return RaftGroupId.valueOf(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.US_ASCII)));
  }
}
