/*
 * WHAT THIS FILE IS
 *
 * From the commands of a client to the shards of their keys, and back to one reply for each command.
 *
 *     client: SET a 1, MSET a 2 b 3, GET c
 *
 *         Plan           a command for each shard
 *         ShardClient    for each shard: to its leader, with the commands of other clients
 *         Plan           one reply of those of the shards
 *
 * NO MAJORITY
 *
 * A command is answered within a given time. If the nodes of its shard do not answer, the reply is an
 * error, CLUSTERDOWN. A read had no effect. A write may have been done, or be done later: the error
 * says so.
 */
package kv.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import kv.server.core.Remote;

/** Sends commands to the shards of their keys. */
final class Router {
  private final Shards shards;
  private final int seconds;
  private final IntFunction<ShardClient> clients;
  private final IntFunction<ShardMachine> local;

  /**
   * Sends commands.
   *
   * @param seconds time after which a command is answered with an error
   * @param clients the way to each shard
   * @param local the shard of this node
   */
  Router(
      Shards shards,
      int seconds,
      IntFunction<ShardClient> clients,
      IntFunction<ShardMachine> local) {
    this.shards = shards;
    this.seconds = seconds;
    this.clients = clients;
    this.local = local;
  }

  /** As {@link Remote#run}. */
  CompletionStage<List<byte[]>> run(List<Remote.Request> requests, Remote.Mode mode) {
    List<Plan> plans =
        requests.stream().map(request -> Plan.of(request, mode.version(), shards)).toList();
    Map<Integer, List<ShardQueue.Item>> byShard = new TreeMap<>();
    List<CompletableFuture<byte[]>> replies = new ArrayList<>();
    for (Plan plan : plans) {
      for (Plan.Part part : plan.parts()) {
        byShard.computeIfAbsent(part.shard(), shard -> new ArrayList<>()).add(part.item());
        replies.add(part.item().reply());
      }
    }
    byShard.forEach((shard, items) -> send(shard, items, mode));
    return CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new))
        .orTimeout(seconds, TimeUnit.SECONDS)
        .handle(
            (all, failure) ->
                plans.stream()
                    .map(plan -> plan.reply(shard -> down(shard, mode.writes())))
                    .toList());
  }

  private void send(int shard, List<ShardQueue.Item> items, Remote.Mode mode) {
    if (mode.writes() || !mode.stale()) {
      clients.apply(shard).send(items, mode);
      return;
    }
    ShardMachine machine = local.apply(shard);
    if (machine == null) {
      IOException failure = new IOException("this node waits to be added");
      items.forEach(item -> item.reply().completeExceptionally(failure));
    } else {
      machine.runReader(() -> readHere(machine, items));
    }
  }

  /** Reads the state of this node, whether or not it is the newest. */
  private static void readHere(ShardMachine machine, List<ShardQueue.Item> items) {
    try {
      List<ShardQueue.Item> left = items;
      while (!left.isEmpty()) {
        List<byte[]> replies =
            machine.read(new Batch(left.stream().map(ShardQueue.Item::command).toList()));
        for (int i = 0; i < replies.size(); i++) {
          left.get(i).reply().complete(replies.get(i));
        }
        left = left.subList(replies.size(), left.size());
      }
    } catch (IOException | RuntimeException | Error e) {
      items.forEach(item -> item.reply().completeExceptionally(e));
    }
  }

  private String down(int shard, boolean writes) {
    return down(shard, seconds).getMessage()
        + (writes ? "; the write may have been done, or be done later" : "");
  }

  /** Returns the failure of a shard that has not answered. */
  static Remote.Down down(int shard, int seconds) {
    return new Remote.Down(
        "CLUSTERDOWN no majority of the nodes answered for shard "
            + shard
            + " within "
            + seconds
            + " seconds");
  }
}
