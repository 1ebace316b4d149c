/*
 * WHAT THIS FILE IS
 *
 * The plan for a command of a client: a command for each shard that has some of its keys, and the
 * way from their replies to one.
 *
 *     MSET a 1 b 2 c 3                 MGET a b
 *        shard 0: MSET a 1 c 3            shard 0: GET a
 *        shard 5: MSET b 2                shard 5: GET b
 *
 * ATOMIC
 *
 * The part of a command for one shard is applied as one: no read of that shard sees a piece of it.
 * A command for keys of several shards is not atomic: MSET can be seen half done, and if one shard
 * has no majority, its part is an error and the others are done. MSETNX and its like would have to
 * look at several shards before they write, so all of its keys must be in one (see Shards).
 */
package kv.cluster;

import java.io.ByteArrayOutputStream;
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
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;
import kv.server.core.Remote;
import kv.server.http.KeyWrites;

/**
 * A command of a client: its parts, and how their replies become one.
 *
 * @param join makes one reply of those of the parts, none of which is an error
 */
record Plan(List<Plan.Part> parts, Plan.Join join) {
  /** The command of a shard that deletes all of its keys. */
  static final String CLEAR = "kv.clear";

  /** The command of a shard that returns the index of the last entry in its store. */
  static final String APPLIED = "kv.applied";

  /** The command of a shard that counts its keys. */
  static final String SIZE = "kv.size";

  static final byte[] OK = ascii("+OK\r\n");

  /** The reply to a write that was sent again, and whose first reply is not known. */
  static final byte[] LOST =
      ascii("-CLUSTERDOWN the reply was lost; the write may have been done\r\n");

  /** The reply to a write whose reply has no room beside the others of its request. */
  static final byte[] TOO_LARGE =
      ascii("-ERR the write was done, but its reply is too large; send fewer at a time\r\n");

  private static final byte[] GET = ascii("GET");
  private static final String MSETNX = "msetnx";

  /** The distance between two keys if each is followed by a value. */
  private static final int PAIRS = 2;

  /** A command for one shard. */
  record Part(int shard, ShardQueue.Item item) {
    /** Returns the shard's reply, or the error for a client that waits no longer. */
    private byte[] reply(IntFunction<String> down) {
      // From now on it is not sent, if it still waits.
      item.reply().cancel(false);
      try {
        return item.reply().join();
      } catch (CancellationException e) {
        return error(down.apply(shard));
      } catch (CompletionException e) {
        if (e.getCause() instanceof Remote.Down known) {
          return error(known.getMessage());
        }
        return error(
            e.getCause() instanceof ShardQueue.TooLarge large
                ? "ERR " + large.getMessage()
                : down.apply(shard));
      }
    }
  }

  /** Makes one reply of several. */
  interface Join {
    byte[] of(List<byte[]> replies);
  }

  /** Makes the plan of a command. */
  static Plan of(Remote.Request request, int respVersion, Shards shards) {
    return new Planner(shards, respVersion).plan(request);
  }

  /**
   * Returns the reply to the client. A part without a reply counts as an error, and of several
   * errors the first is the reply.
   *
   * @param down the error for a shard that does not answer
   */
  byte[] reply(IntFunction<String> down) {
    List<byte[]> replies = parts.stream().map(part -> part.reply(down)).toList();
    return replies.stream()
        .filter(reply -> reply[0] == '-')
        .findFirst()
        .orElseGet(() -> join.of(replies));
  }

  /** Splits commands by the shards of their keys. */
  private record Planner(Shards shards, int respVersion) {
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
        return plan(all, counts ? Plan::sum : replies -> OK);
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
        return plan(Map.of(shards.of(arguments[request.firstKey()]), arguments), Plan::first);
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
      return plan(parts, request.step() == PAIRS ? Plan::first : Plan::sum);
    }

    private Plan plan(Map<Integer, byte[][]> commands, Join join) {
      List<Part> parts = new ArrayList<>(commands.size());
      commands.forEach((shard, arguments) -> parts.add(part(shard, arguments)));
      return new Plan(parts, join);
    }

    private Plan gets(Remote.Request request) {
      List<Part> parts = new ArrayList<>();
      for (int i = request.firstKey(); i <= request.lastKey(); i++) {
        byte[] key = request.arguments()[i];
        parts.add(part(shards.of(key), new byte[][] {GET, key}));
      }
      return new Plan(parts, Plan::array);
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
      return new Plan(List.of(), replies -> error(error));
    }

    private Part part(int shard, byte[][] arguments) {
      // See ShardStore: MSETNX looks at several keys before it writes.
      boolean alone =
          new String(arguments[0], StandardCharsets.US_ASCII).equalsIgnoreCase(MSETNX)
              || KeyWrites.isConditionalDelete(arguments);
      return new Part(shard, new ShardQueue.Item(new Batch.Command(respVersion, arguments), alone));
    }
  }

  // ======== Replies ========

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns a reply that is a number. */
  static byte[] integer(long value) {
    return ascii(":" + value + "\r\n");
  }

  /** Returns a reply that is an error. */
  static byte[] error(String text) {
    return ("-" + text.replace('\r', ' ').replace('\n', ' ') + "\r\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] first(List<byte[]> replies) {
    return replies.get(0);
  }

  private static byte[] sum(List<byte[]> replies) {
    long sum = 0;
    for (byte[] reply : replies) {
      sum += number(reply);
    }
    return integer(sum);
  }

  /** Returns the number in a reply that is one. */
  static long number(byte[] reply) {
    return Long.parseLong(new String(reply, 1, reply.length - 3, StandardCharsets.US_ASCII));
  }

  private static byte[] array(List<byte[]> replies) {
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.writeBytes(ascii("*" + replies.size() + "\r\n"));
    for (byte[] reply : replies) {
      array.writeBytes(reply);
    }
    return array.toByteArray();
  }
}
