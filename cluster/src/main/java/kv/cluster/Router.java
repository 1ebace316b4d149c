/*
 * WHAT THIS FILE IS
 *
 * From the commands of a client to the shards of their keys, and back to one reply for each command.
 *
 *     MSET a 1 b 2 c 3                 MGET a b
 *        shard 0: MSET a 1 c 3            shard 0: GET a
 *        shard 5: MSET b 2                shard 5: GET b
 *
 * Commands that the client sent together are one entry for each shard: one round of the network, and
 * one fsync on each node.
 *
 * ATOMIC
 *
 * The commands of an entry are applied as one: no read of that shard sees a part of it. Commands for
 * keys of several shards are not atomic: MSET can be seen half done, and if one shard has no
 * majority, its part is an error and the others are done. MSETNX and its like would have to look at
 * several shards before they write, so all of its keys must be in one (see Shards).
 *
 * NO MAJORITY
 *
 * A command is answered within MOST_SECONDS. If the nodes of its shard do not answer, the reply is an
 * error, CLUSTERDOWN. A read had no effect. A write may have been done, or be done later: the error
 * says so. The client of Ratis numbers its commands, so a command that it sends twice runs once.
 */
package kv.cluster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import kv.server.core.Remote;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;

/** Sends commands to the shards of their keys. */
final class Router {
  /** Time after which a command is answered with an error. */
  static final int MOST_SECONDS = 5;

  /** The command of a shard that deletes all of its keys. */
  static final String CLEAR = "kv.clear";

  /** The command of a shard that counts its keys. */
  static final String SIZE = "kv.size";

  static final byte[] OK = ascii("+OK\r\n");

  /** The most bytes of the commands of an entry: Ratis sends an entry in one message. */
  static final int MOST_BYTES = 20 << 20;

  private static final String MSETNX = "msetnx";

  /** The distance between two keys if each is followed by a value. */
  private static final int PAIRS = 2;

  private final Shards shards;
  private final IntFunction<RaftClient> clients;
  private final BiConsumer<Integer, RaftClient> renew;
  private final IntFunction<ShardMachine> local;

  /**
   * Sends commands.
   *
   * @param clients a client of each shard
   * @param renew replaces the client of a shard, which is closed, by a new one
   * @param local the shard of this node
   */
  Router(
      Shards shards,
      IntFunction<RaftClient> clients,
      BiConsumer<Integer, RaftClient> renew,
      IntFunction<ShardMachine> local) {
    this.shards = shards;
    this.clients = clients;
    this.renew = renew;
    this.local = local;
  }

  // ======== Plans ========

  /** A command for one shard, and the place of its reply. */
  private record Part(int shard, byte[][] arguments, byte[][] replies, int index) {}

  /** A command of a client: its parts, and how their replies become one. */
  private record Plan(List<Part> parts, byte[][] replies, Join join) {
    byte[] reply() {
      for (byte[] reply : replies) {
        if (reply[0] == '-') {
          return reply;
        }
      }
      return join.of(replies);
    }
  }

  /** Makes one reply of those of the parts, none of which is an error. */
  private interface Join {
    byte[] of(byte[][] replies);
  }

  private Plan plan(Remote.Request request) {
    byte[][] arguments = request.arguments();
    String name = new String(arguments[0], StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    if (request.firstKey() == 0) {
      boolean counts = name.equals("dbsize");
      byte[][] command = {ascii(counts ? SIZE : CLEAR)};
      Map<Integer, byte[][]> all = new TreeMap<>();
      for (int shard = 0; shard < shards.count(); shard++) {
        all.put(shard, command);
      }
      return plan(all, counts ? Router::sum : replies -> OK);
    }
    for (int i = request.firstKey(); i <= request.lastKey(); i += request.step()) {
      // Before it is in the log: the engines of all nodes would refuse it, each time they start.
      if (arguments[i].length > ShardStore.MAX_KEY) {
        return failed(
            "ERR the key is "
                + arguments[i].length
                + " bytes long; the limit is "
                + ShardStore.MAX_KEY);
      }
    }
    if (request.step() == PAIRS && arguments.length % PAIRS == 0) {
      return failed("ERR wrong number of arguments for '" + name + "' command");
    }
    if (request.firstKey() == request.lastKey()) {
      return plan(Map.of(shards.of(arguments[request.firstKey()]), arguments), Router::first);
    }
    if (name.equals("mget")) {
      return gets(request);
    }
    Map<Integer, List<byte[]>> split = split(request);
    if (name.equals(MSETNX) && split.size() > 1) {
      return failed(
          "CROSSSLOT the keys of MSETNX must be in one shard; give them a common part in braces");
    }
    Map<Integer, byte[][]> parts = new TreeMap<>();
    split.forEach((shard, list) -> parts.put(shard, list.toArray(byte[][]::new)));
    return plan(parts, request.step() == PAIRS ? Router::first : Router::sum);
  }

  private static Plan plan(Map<Integer, byte[][]> commands, Join join) {
    byte[][] replies = new byte[commands.size()][];
    List<Part> parts = new ArrayList<>(commands.size());
    commands.forEach(
        (shard, arguments) -> parts.add(new Part(shard, arguments, replies, parts.size())));
    return new Plan(parts, replies, join);
  }

  private Plan gets(Remote.Request request) {
    int count = request.lastKey() - request.firstKey() + 1;
    byte[][] replies = new byte[count][];
    List<Part> parts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      byte[] key = request.arguments()[request.firstKey() + i];
      parts.add(new Part(shards.of(key), new byte[][] {ascii("GET"), key}, replies, i));
    }
    return new Plan(parts, replies, Router::array);
  }

  /** Splits a command by the shards of its keys. */
  private Map<Integer, List<byte[]>> split(Remote.Request request) {
    byte[][] arguments = request.arguments();
    Map<Integer, List<byte[]>> split = new TreeMap<>();
    for (int i : positions(request)) {
      List<byte[]> part =
          split.computeIfAbsent(
              shards.of(arguments[i]), shard -> new ArrayList<>(List.of(arguments[0])));
      // The key, and with MSET its value.
      part.addAll(Arrays.asList(arguments).subList(i, i + request.step()));
    }
    return split;
  }

  /**
   * Returns the indexes of the keys. Of a key that MSET names twice only the last one: both would be
   * put with the same version.
   */
  private static Collection<Integer> positions(Remote.Request request) {
    Map<ByteBuffer, Integer> last = new LinkedHashMap<>();
    List<Integer> all = new ArrayList<>();
    for (int i = request.firstKey(); i <= request.lastKey(); i += request.step()) {
      all.add(i);
      last.put(ByteBuffer.wrap(request.arguments()[i]), i);
    }
    return request.step() == PAIRS ? last.values() : all;
  }

  private static Plan failed(String error) {
    return new Plan(List.of(), new byte[][] {error(error)}, Router::first);
  }

  // ======== Replies ========

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns a reply that is a number. */
  static byte[] integer(long value) {
    return ascii(":" + value + "\r\n");
  }

  private static byte[] error(String text) {
    return ("-" + text.replace('\r', ' ').replace('\n', ' ') + "\r\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] first(byte[][] replies) {
    return replies[0];
  }

  private static byte[] sum(byte[][] replies) {
    long sum = 0;
    for (byte[] reply : replies) {
      sum += Long.parseLong(new String(reply, 1, reply.length - 3, StandardCharsets.US_ASCII));
    }
    return integer(sum);
  }

  private static byte[] array(byte[][] replies) {
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.writeBytes(ascii("*" + replies.length + "\r\n"));
    for (byte[] reply : replies) {
      array.writeBytes(reply);
    }
    return array.toByteArray();
  }

  // ======== Running ========

  /** As {@link Remote#run}. */
  CompletionStage<List<byte[]>> run(List<Remote.Request> requests, Remote.Mode mode) {
    List<Plan> plans = new ArrayList<>(requests.size());
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    List<Part> together = new ArrayList<>();
    for (Remote.Request request : requests) {
      Plan plan = plan(request);
      plans.add(plan);
      boolean alone =
          new String(request.arguments()[0], StandardCharsets.US_ASCII).equalsIgnoreCase(MSETNX);
      if (alone) {
        // It looks at several keys before it writes: see ShardStore.
        List<Part> before = together;
        together = new ArrayList<>();
        done = done.thenCompose(all -> send(before, mode));
        done = done.thenCompose(all -> send(plan.parts(), mode));
      } else {
        together.addAll(plan.parts());
      }
    }
    List<Part> rest = together;
    return done.thenCompose(all -> send(rest, mode))
        .thenApply(all -> plans.stream().map(Plan::reply).toList());
  }

  /** Sends commands to their shards at the same time, and fills in their replies. */
  private CompletableFuture<Void> send(List<Part> parts, Remote.Mode mode) {
    Map<Integer, List<Part>> byShard = new TreeMap<>();
    parts.forEach(part -> byShard.computeIfAbsent(part.shard(), s -> new ArrayList<>()).add(part));
    List<CompletableFuture<Void>> sent = new ArrayList<>();
    byShard.forEach((shard, its) -> sent.add(send(shard, its, mode)));
    return CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> send(int shard, List<Part> parts, Remote.Mode mode) {
    Batch batch = new Batch(mode.version(), parts.stream().map(Part::arguments).toList());
    CompletableFuture<List<byte[]>> replies;
    try {
      replies = mode.stale() && !mode.writes() ? readHere(shard, batch) : ask(shard, batch, mode);
    } catch (RuntimeException e) {
      replies = CompletableFuture.failedFuture(e);
    }
    return replies.handle(
        (list, failure) -> {
          byte[] error = failure == null ? null : error(message(shard, mode, failure));
          for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            part.replies()[part.index()] = error == null ? list.get(i) : error;
          }
          return null;
        });
  }

  private CompletableFuture<List<byte[]>> readHere(int shard, Batch batch) {
    try {
      return CompletableFuture.completedFuture(local.apply(shard).read(batch));
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<List<byte[]>> ask(int shard, Batch batch, Remote.Mode mode) {
    Message message = batch.toMessage();
    if (message.size() > MOST_BYTES) {
      return CompletableFuture.failedFuture(
          new TooLarge("the commands for a shard have " + message.size() + " bytes"));
    }
    RaftClient client = clients.apply(shard);
    CompletableFuture<RaftClientReply> reply =
        mode.writes()
            ? client.async().send(message)
            : client.async().sendReadOnlyUnordered(message);
    reply.whenComplete(
        (answer, failure) -> {
          if (failure != null) {
            // After a write whose attempts all failed, Ratis's client refuses all further ones.
            renew.accept(shard, client);
          }
        });
    return reply.thenApply(Router::replies).copy().orTimeout(MOST_SECONDS, TimeUnit.SECONDS);
  }

  private static List<byte[]> replies(RaftClientReply reply) {
    if (!reply.isSuccess()) {
      throw new IllegalStateException(reply.getException());
    }
    return Batch.readReplies(reply.getMessage().getContent());
  }

  /** An entry that Ratis would not send. */
  private static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1;

    TooLarge(String message) {
      super(message);
    }
  }

  private static String message(int shard, Remote.Mode mode, Throwable failure) {
    if (failure instanceof TooLarge) {
      return "ERR " + failure.getMessage() + "; the limit is " + MOST_BYTES;
    }
    return "CLUSTERDOWN no majority of the nodes answered for shard "
        + shard
        + " within "
        + MOST_SECONDS
        + " seconds"
        + (mode.writes() ? "; the write may have been done, or be done later" : "");
  }
}
