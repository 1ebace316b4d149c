package kv.cluster;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Many large values, written while a node is down, so that it receives the whole store later. */
final class Bulk {
  private static final int VALUE_BYTES = 64 << 10;
  private static final int MEBIBYTE = 1 << 20;
  private static final int REPLY_MILLIS = 8000;
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** One key in this number is deleted in the end. */
  private static final int DELETED_ONE_IN = 10;

  private final Nodes nodes;
  private final int round;
  private final int keys;

  Bulk(Nodes nodes, int round, int mebibytes) {
    this.nodes = nodes;
    this.round = round;
    this.keys = mebibytes * (MEBIBYTE / VALUE_BYTES);
  }

  private static String key(int number) {
    return "bulk-" + number;
  }

  /** Returns the value of a key after {@link #write}; null if there is none. */
  private String value(int number) {
    if (number % DELETED_ONE_IN == round % DELETED_ONE_IN) {
      return null;
    }
    String unit = "round " + round + " key " + number + "; ";
    return unit.repeat(VALUE_BYTES / unit.length());
  }

  /** Writes all values through a node; a write without a reply is repeated. */
  void write(String through) throws IOException {
    long end = System.nanoTime() + WAIT_NANOS;
    RespClient client = nodes.client(through, REPLY_MILLIS);
    try {
      for (int i = 0; i < keys; ) {
        String value = value(i);
        try {
          if (value == null) {
            client.call("DEL", key(i));
          } else {
            client.call("SET", key(i), value);
          }
          i++;
          end = System.nanoTime() + WAIT_NANOS;
        } catch (IOException e) {
          if (System.nanoTime() > end) {
            throw e;
          }
          client.close();
          client = nodes.client(through, REPLY_MILLIS);
        }
      }
    } finally {
      client.close();
    }
  }

  /**
   * Compares a node's own copy of each key with the value that was written.
   *
   * @return null if all become equal, otherwise the fault
   */
  String compare(String id) throws IOException, InterruptedException {
    long end = System.nanoTime() + WAIT_NANOS;
    for (int i = 0; i < keys; ) {
      try (RespClient own = nodes.client(id, REPLY_MILLIS)) {
        own.call("READONLY");
        while (i < keys
            && String.valueOf(value(i)).equals(String.valueOf(own.call("GET", key(i))))) {
          i++;
        }
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
      }
      if (i < keys && System.nanoTime() > end) {
        return "the copy of " + key(i) + " on " + id + " is not what was written in this round";
      }
      if (i < keys) {
        // The node has not caught up yet.
        Thread.sleep(100);
      }
    }
    return null;
  }
}
