package kv.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import kv.cluster.Operation.Kind;
import kv.cluster.Operation.Outcome;

/**
 * Clients that read and write the keys of a round until they are stopped. Each has a node. If the
 * node does not answer, the client goes on to another node, and comes back a second later.
 *
 * <p>Each node also has readers, which never go on to another node. They repeat a read after a
 * second without a reply. So a node that was stopped or cut off has reads to answer as soon as it
 * can, and these reads began when the other nodes already had newer values.
 */
final class Workload {
  private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_MILLIS = 50;
  private static final int REPLY_MILLIS = 8000;
  private static final int READERS = 2;
  private static final int READER_MILLIS = 1000;
  private static final int MAX_THINK_MILLIS = 8;
  private static final char FILLER = '.';

  /** Shares of the commands, in percent. The remaining ones are GETs. */
  private static final int SETS = 45;

  private static final int INCREMENTS = 10;

  private final Nodes nodes;
  private final History history;
  private final List<String> keys;
  private final List<String> counters;
  private final String filler;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;
  private volatile long writesFrom = System.nanoTime();
  private volatile long allFrom = System.nanoTime();

  /**
   * Creates clients.
   *
   * @param fillerBytes added to each value
   */
  Workload(
      Nodes nodes, History history, List<String> keys, List<String> counters, int fillerBytes) {
    this.nodes = nodes;
    this.history = history;
    this.keys = keys;
    this.counters = counters;
    this.filler = String.valueOf(FILLER).repeat(fillerBytes);
  }

  void start(int clients, long seed) {
    for (int i = 0; i < clients; i++) {
      int number = i;
      start(() -> run(number, new Random(seed + number)));
    }
    for (int i = clients; i < clients + READERS * Nodes.IDS.size(); i++) {
      int number = i;
      start(() -> read(number, new Random(seed + number)));
    }
  }

  private void start(Runnable client) {
    Thread thread = new Thread(client, "client " + threads.size());
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  /** Lets the clients only read for some time. */
  void pauseWrites(long millis) {
    writesFrom = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Lets the clients begin no operations for some time. */
  void pauseAll(long millis) {
    allFrom = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Sleeps for a moment, and to the end of a pause. */
  private void think(Random random) throws InterruptedException {
    Thread.sleep(random.nextInt(MAX_THINK_MILLIS));
    for (long left = allFrom - System.nanoTime(); left > 0; left = allFrom - System.nanoTime()) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }

  /** Stops the clients, and waits for their last replies. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void run(int number, Random random) {
    int home = number % Nodes.IDS.size();
    int current = home;
    long back = 0;
    int writes = 0;
    RespClient client = null;
    while (!stopped) {
      try {
        if (current != home && System.nanoTime() > back) {
          close(client);
          client = null;
          current = home;
        }
        String id = Nodes.IDS.get(current);
        if (client == null) {
          client = nodes.client(id, REPLY_MILLIS);
        }
        think(random);
        int percent = System.nanoTime() - writesFrom < 0 ? 100 : random.nextInt(100);
        boolean answered;
        if (percent < INCREMENTS) {
          answered = operate(number, id, client, Kind.INCR, any(counters, random), null);
        } else if (percent < INCREMENTS + SETS) {
          String value = number + "-" + ++writes;
          answered = operate(number, id, client, Kind.SET, any(keys, random), value);
        } else {
          answered = operate(number, id, client, Kind.GET, any(keys, random), null);
        }
        if (answered) {
          continue;
        }
      } catch (IOException e) {
        // The node refuses connections; no operation began.
        pause();
      } catch (InterruptedException e) {
        return;
      }
      close(client);
      client = null;
      current = (current + 1) % Nodes.IDS.size();
      back = System.nanoTime() + AWAY_NANOS;
    }
    close(client);
  }

  private void read(int number, Random random) {
    String id = Nodes.IDS.get(number % Nodes.IDS.size());
    while (!stopped) {
      try (RespClient client = nodes.client(id, READER_MILLIS)) {
        do {
          think(random);
        } while (operate(number, id, client, Kind.GET, any(keys, random), null) && !stopped);
      } catch (IOException e) {
        pause();
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static String any(List<String> list, Random random) {
    return list.get(random.nextInt(list.size()));
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(RespClient client) {
    try {
      if (client != null) {
        client.close();
      }
    } catch (IOException e) {
      // The connection is of no use in either case.
    }
  }

  /** Runs an operation and records it; returns whether it was acknowledged. */
  private boolean operate(
      int number, String id, RespClient client, Kind kind, String key, String value) {
    long invoked = System.nanoTime();
    String result = value;
    Outcome outcome = Outcome.OK;
    try {
      result =
          switch (kind) {
            case SET -> {
              client.call("SET", key, value + filler);
              yield value;
            }
            case GET -> value(client.call("GET", key));
            case INCR -> client.call("INCR", key);
          };
    } catch (IOException e) {
      outcome = kind == Kind.GET ? Outcome.FAILED : Outcome.UNKNOWN;
    }
    history.add(new Operation(number, id, kind, key, result, invoked, System.nanoTime(), outcome));
    return outcome == Outcome.OK;
  }

  /** Removes the filler of a value; a value with a wrong filler stays as it is, and is a fault. */
  private String value(String stored) {
    return stored != null && stored.endsWith(filler)
        ? stored.substring(0, stored.length() - filler.length())
        : stored;
  }

  // ======== After the clients have stopped ========

  /** Reads each key through each node. The reads are part of the history. */
  void readThroughAll(long maxNanos) throws IOException, InterruptedException {
    long end = System.nanoTime() + maxNanos;
    int number = threads.size();
    for (String id : Nodes.IDS) {
      for (String key : all()) {
        boolean done = false;
        while (!done) {
          try (RespClient client = nodes.client(id, REPLY_MILLIS)) {
            done = operate(number, id, client, Kind.GET, key, null);
          } catch (IOException e) {
            pause();
          }
          if (!done && System.nanoTime() > end) {
            throw new IOException("no node answers a read of " + key + " through " + id);
          }
        }
      }
    }
  }

  /**
   * Compares each node's own copy of each key with a read of the key, until they are equal. The read
   * is repeated, and is part of the history: an unknown write can still take effect.
   *
   * @return null if they become equal, otherwise the fault
   */
  String compareCopies(long maxNanos) throws IOException, InterruptedException {
    long end = System.nanoTime() + maxNanos;
    for (String id : Nodes.IDS) {
      try (RespClient reader = nodes.client(id, REPLY_MILLIS);
          RespClient own = nodes.client(id, REPLY_MILLIS)) {
        own.call("READONLY");
        for (String key : all()) {
          String copy = value(own.call("GET", key));
          while (!operate(threads.size(), id, reader, Kind.GET, key, null)
              || !Objects.equals(copy, last(key))) {
            if (System.nanoTime() > end) {
              return "the copy of " + key + " on " + id + " is " + copy + ", not " + last(key);
            }
            Thread.sleep(100);
            copy = value(own.call("GET", key));
          }
        }
      }
    }
    return null;
  }

  /** Returns the result of the last read of a key. */
  private String last(String key) {
    List<Operation> reads =
        history.select(each -> each.key().equals(key) && each.is(Kind.GET, Outcome.OK));
    return reads.get(reads.size() - 1).value();
  }

  private List<String> all() {
    List<String> all = new ArrayList<>(keys);
    all.addAll(counters);
    return all;
  }
}
