package kv.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import kv.server.core.ServedStore;
import kv.server.core.StoreStats;

/**
 * The shards of one node as one store, for numbers and health. No client reads or writes keys in it:
 * see {@link Router}.
 */
final class LocalShards implements ServedStore {
  private final Supplier<List<ShardStore>> stores;

  LocalShards(Supplier<List<ShardStore>> stores) {
    this.stores = stores;
  }

  private static UnsupportedOperationException elsewhere() {
    return new UnsupportedOperationException("a key is on the node that leads its shard");
  }

  @Override
  public String name() {
    return "cluster";
  }

  @Override
  public byte[] get(byte[] key) {
    throw elsewhere();
  }

  @Override
  public boolean containsKey(byte[] key) {
    throw elsewhere();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    throw elsewhere();
  }

  @Override
  public boolean delete(byte[] key) {
    throw elsewhere();
  }

  /** As the interface says, and does nothing: an answered write is durable on a majority. */
  @Override
  public void sync() {}

  @Override
  public long size() throws IOException {
    long size = 0;
    for (ShardStore store : stores.get()) {
      size += store.size();
    }
    return size;
  }

  @Override
  public boolean forEachKey(Predicate<byte[]> consumer) {
    throw elsewhere();
  }

  @Override
  public StoreStats stats() {
    long keys = 0;
    int files = 0;
    long live = 0;
    long dead = 0;
    long merges = 0;
    long merged = 0;
    for (ShardStore store : stores.get()) {
      StoreStats its = store.stats();
      keys += its.keys();
      files += its.files();
      live += its.liveBytes();
      dead += its.deadBytes();
      merges += its.merges();
      merged += its.mergedBytes();
    }
    return new StoreStats(keys, files, live, dead, merges, merged, List.of(), null);
  }

  @Override
  public void merge() {
    throw elsewhere();
  }

  @Override
  public void clear() {
    throw elsewhere();
  }

  @Override
  public String snapshotRefusal() {
    return "a node of a cluster takes no snapshots for clients: its shards are on other nodes too";
  }

  @Override
  public void snapshot(Path directory) {
    throw elsewhere();
  }

  @Override
  public IOException failure() {
    return stores.get().stream()
        .map(ShardStore::failure)
        .filter(failure -> failure != null)
        .findFirst()
        .orElse(null);
  }

  /** Leaves the shards open, which Ratis closes. */
  @Override
  public void close() {}
}
