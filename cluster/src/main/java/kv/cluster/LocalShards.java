package kv.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import kv.server.core.ServedStore;
import kv.server.core.StoreStats;

/**
 * The shards of one node as one store: for numbers, health, and the names of all keys. No client reads
 * or writes values in it: see {@link Router}.
 */
final class LocalShards implements ServedStore {
  private final Supplier<List<ShardStore>> stores;
  private final IntFunction<ShardStore> byShard;
  private final Shards shards;
  private final Barrier barrier;

  /**
   * The shards of a node.
   *
   * @param stores returns the stores that are open
   * @param byShard returns the store of a shard, or null if it is not open
   * @param barrier waits until the stores have what was acknowledged before
   */
  LocalShards(
      Supplier<List<ShardStore>> stores,
      IntFunction<ShardStore> byShard,
      Shards shards,
      Barrier barrier) {
    this.stores = stores;
    this.byShard = byShard;
    this.shards = shards;
    this.barrier = barrier;
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

  /** As the interface says, but may be some entries late. */
  @Override
  public boolean containsKey(byte[] key) throws IOException {
    ShardStore store = byShard.apply(shards.of(key));
    return store != null && store.has(key);
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

  /**
   * As the interface says, with each key whose put was acknowledged before this call. Waits for the
   * leaders.
   */
  @Override
  public boolean forEachKey(Predicate<byte[]> consumer) throws IOException {
    barrier.await();
    for (ShardStore store : stores.get()) {
      if (!store.forEachKey(consumer)) {
        return false;
      }
    }
    return true;
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
