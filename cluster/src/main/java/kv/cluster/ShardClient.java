package kv.cluster;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kv.server.core.Remote;

/** The commands of this node's clients for one shard. Thread-safe. */
final class ShardClient {
  private final int seconds;
  private final Supplier<ShardMachine> local;
  private final ShardQueue writes = new ShardQueue(batch -> send(batch, true));
  private final ShardQueue reads = new ShardQueue(batch -> send(batch, false));

  /**
   * A client of a shard.
   *
   * @param seconds time after which a request has failed
   * @param local this node's part of the shard; null if it has none yet
   */
  ShardClient(int seconds, Supplier<ShardMachine> local) {
    this.seconds = seconds;
    this.local = local;
  }

  /** Sends commands, and completes their replies. Does not wait. */
  void send(List<ShardQueue.Item> items, Remote.Mode mode) {
    (mode.writes() ? writes : reads).add(items);
  }

  private CompletableFuture<List<byte[]>> send(Batch batch, boolean write) {
    ShardMachine machine = local.get();
    if (machine == null) {
      return CompletableFuture.failedFuture(
          new Remote.Down("CLUSTERDOWN this node waits to be added: see admin add"));
    }
    try {
      return (write ? machine.writes().write(batch) : machine.reads().read(batch))
          .orTimeout(seconds, TimeUnit.SECONDS);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
