package kv.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import kv.server.core.Remote;

/**
 * Waits until this node's copies have every write that was acknowledged before: the leader of each
 * shard says, as the answer to a linearizable read, which entry it has applied, and the copy has to
 * follow. Thread-safe.
 */
final class Barrier {
  private static final long POLL_MILLIS = 2;

  private final int shards;
  private final int seconds;
  private final IntFunction<ShardClient> clients;
  private final IntFunction<ShardMachine> local;

  /**
   * A barrier for all shards.
   *
   * @param seconds time after which a wait has failed
   * @param clients the way to each shard
   * @param local the shard of this node; null if it has none yet
   */
  Barrier(
      int shards, int seconds, IntFunction<ShardClient> clients, IntFunction<ShardMachine> local) {
    this.shards = shards;
    this.seconds = seconds;
    this.clients = clients;
    this.local = local;
  }

  /**
   * Waits.
   *
   * @throws Remote.Down if a shard has no majority, or this node's copy of it is too old for too long
   */
  void await() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    List<CompletableFuture<byte[]>> replies = new ArrayList<>();
    for (int shard = 0; shard < shards; shard++) {
      byte[][] command = {Plan.APPLIED.getBytes(StandardCharsets.US_ASCII)};
      ShardQueue.Item item = new ShardQueue.Item(new Batch.Command(2, command), false);
      clients.apply(shard).send(List.of(item), new Remote.Mode(false, false, 2));
      replies.add(item.reply().orTimeout(seconds, TimeUnit.SECONDS));
    }
    for (int shard = 0; shard < shards; shard++) {
      try {
        await(shard, Plan.number(replies.get(shard).join()), end);
      } catch (CompletionException e) {
        throw Router.down(shard, seconds);
      }
    }
  }

  private void await(int shard, long applied, long end) throws IOException {
    ShardMachine machine = local.apply(shard);
    if (machine != null && machine.applied() < applied) {
      machine.catchUp();
    }
    while (appliedHere(shard) < applied) {
      if (System.nanoTime() > end) {
        throw new Remote.Down(
            "CLUSTERDOWN this node's copy of shard "
                + shard
                + " has not caught up yet; ask another");
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  private long appliedHere(int shard) throws IOException {
    ShardMachine machine = local.apply(shard);
    return machine == null ? -1 : machine.applied();
  }
}
