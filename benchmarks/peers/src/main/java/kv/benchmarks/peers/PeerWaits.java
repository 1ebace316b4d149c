/*
 * WHAT THIS FILE IS
 *
 * The workloads whose result is the time that a caller waits: for the slowest puts of a load, for
 * an open of a large store, and for a put or a get while the store reclaims space. Each runs in a
 * JVM of its own, on the same directory:
 *
 *     LOAD             put n keys; put half of them again; close
 *     OPEN_CLOSED      open and get, several times
 *     BESIDE_MERGES    put 2 n random keys, and get random keys concurrently
 *
 * A store that has a merge or a compaction does it during the last of these. OPEN_KILLED opens the
 * store of a process that put n keys and half of them again, and was killed during further puts.
 *
 * THE SAME FOR ALL
 *
 * A key and a value are made before the clock is read, and a wait is recorded without an
 * allocation. Pauses of the garbage collector count: a store that keeps its pairs on the heap causes
 * them.
 */
package kv.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kv.benchmarks.harness.Data;

/** Measures how long callers of one store wait. */
final class PeerWaits {
  /** The number of keys in the store that lets the JVM compile the store's code. */
  private static final int CHECKED_KEYS = 50_000;

  /** Puts beside merges for each key: enough for the engine to merge. */
  private static final int OVERWRITES = 2;

  private static final double PER_MILLI = 1e6;
  private static final double PER_MICRO = 1e3;

  private final PeerTask task;
  private final int keys;
  private final PeerHistory history;
  private volatile boolean done;

  PeerWaits(PeerTask task) {
    this.task = task;
    keys = task.keys();
    history = new PeerHistory(keys, task.valueLength());
  }

  private interface Opening {
    Peer open(Path files) throws IOException;
  }

  void load() throws IOException {
    warmUp();
    Path files = Files.createDirectory(task.resolve("store"));
    try (Peer peer = open(files)) {
      Waits waits = new Waits();
      for (int i = 0; i < keys; i++) {
        put(peer, history.key(i), history.value(i), waits);
      }
      report(PeerWorkload.LOAD_WORST, waits.longest(1) / PER_MILLI);
      report(PeerWorkload.LOAD_TENTH_WORST, waits.longest(10) / PER_MILLI);
      report(PeerWorkload.LOAD_9999, waits.percentile(99.99) / PER_MICRO);
      for (int i = keys; i < keys + keys / 2; i++) {
        history.put(peer, i);
      }
    }
  }

  /** Opens the store after a close, and gets a key. */
  void openClosed() throws IOException {
    time(PeerWorkload.OPEN_CLOSED, task.rounds(), this::open);
  }

  /** Opens the store after a kill, and gets a key. A second open would be one after a close. */
  void openKilled() throws IOException {
    time(
        PeerWorkload.OPEN_KILLED,
        1,
        files -> task.store().recover(files, keys, task.valueLength()));
  }

  private void time(PeerWorkload workload, int rounds, Opening opening) throws IOException {
    warmUp();
    double[] millis = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      try (Peer peer = opening.open(task.resolve("store"))) {
        if (peer.get(Data.key(i)) == null) {
          throw new IOException("key " + i + " is missing");
        }
        millis[i] = (System.nanoTime() - start) / PER_MILLI;
      }
    }
    report(workload, millis);
  }

  void besideMerges() throws Exception {
    warmUp();
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try (Peer peer = open(task.resolve("store"))) {
      Future<Waits> gets = executor.submit(gets(peer));
      Waits puts = new Waits();
      try {
        SplittableRandom random = new SplittableRandom(2);
        long last = (long) OVERWRITES * keys;
        for (long i = 0; i < last; i++) {
          int number = random.nextInt(keys);
          put(peer, Data.key(number), history.value(number), puts);
        }
      } finally {
        done = true;
      }
      report(PeerWorkload.PUT_BESIDE_MERGES, puts.percentile(99.9) / PER_MICRO);
      report(PeerWorkload.GET_BESIDE_MERGES, gets.get().percentile(99.9) / PER_MICRO);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } finally {
      executor.shutdown();
    }
  }

  private Callable<Waits> gets(Peer peer) {
    return () -> {
      Waits waits = new Waits();
      SplittableRandom random = new SplittableRandom(3);
      do {
        byte[] key = Data.key(random.nextInt(keys));
        long start = System.nanoTime();
        byte[] value = peer.get(key);
        waits.record(System.nanoTime() - start);
        if (value == null || value.length != task.valueLength()) {
          throw new IOException("get does not return a value that was put");
        }
      } while (!done);
      return waits;
    };
  }

  private static void put(Peer peer, byte[] key, byte[] value, Waits waits) throws IOException {
    long start = System.nanoTime();
    peer.put(key, value);
    waits.record(System.nanoTime() - start);
  }

  private Peer open(Path files) throws IOException {
    return task.store().open(files, false, keys, task.valueLength());
  }

  private void warmUp() throws IOException {
    Path check = Files.createTempDirectory(Path.of(task.directory()), "check");
    PeerCheck.check(
        task.store(), check, Math.min(CHECKED_KEYS, Math.max(1, keys)), task.valueLength());
  }

  private static void report(PeerWorkload workload, double... numbers) {
    System.out.println(PeerResult.of(workload, numbers).toJson());
  }
}
