/*
 * WHAT THIS FILE IS
 *
 * The rates, the files and the memory of one store, in a JVM of its own, so that no store is measured
 * beside the threads, the garbage or the compiled code of another. PeerProcess starts this JVM, writes
 * a PeerTask to its input, and reads a PeerResult for each workload from its output.
 *
 * ORDER
 *
 *     check    a small store is written, read and reopened, and has to return the values put
 *     load     close, reopen
 *     gets, memory, iteration, close
 *     overwrite everything five times, close; compact, close
 *     YCSB, close
 *     durable puts, close
 *
 * DATA: see PeerData. The frequent keys of the Zipfian draws are spread over all keys.
 *
 * NOT HERE, AND WHY
 *
 * Data larger than memory: all files are in the operating system's cache. With larger data the disk
 * sets the pace, and the result depends on the memory that a store uses.
 *
 * Waits of single calls: see PeerWaits.
 */
package kv.benchmarks.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.WorkDirectory;

/** Measures one store. */
final class PeerRun {
  /** The number of keys in the store that is checked. */
  private static final int CHECKED_KEYS = 50_000;

  private static final int OVERWRITES = 5;

  private static final int MANY_THREADS = 16;

  private final PeerTask task;
  private final PeerStore store;
  private final int keys;
  private final int rounds;

  /** Depends on every value that was read, so that the compiler cannot leave out a read. */
  private final LongAdder seen = new LongAdder();

  private volatile boolean stop;

  PeerRun(PeerTask task) {
    this.task = task;
    store = task.store();
    keys = task.keys();
    rounds = task.rounds();
  }

  void run() throws Exception {
    Path check = Files.createDirectory(task.resolve("check"));
    PeerCheck.check(store, check, CHECKED_KEYS, task.valueLength());
    Path files = Files.createDirectory(task.resolve("store"));
    int[] shuffled = PeerData.shuffled(keys);
    int[] uniform = PeerData.uniform(keys);
    int[] zipfian = PeerData.zipfian(shuffled);
    load(files);
    reopen(files);
    read(files, uniform, zipfian);
    overwrite(files, shuffled);
    mix(files, zipfian);
    if (store.isDurable()) {
      putDurably(files, uniform);
    }
  }

  private Peer open(Path files, boolean durable) throws IOException {
    return store.open(files, durable, keys, task.valueLength());
  }

  // ======== The workloads ========

  private void load(Path files) throws IOException {
    try (Peer peer = open(files, false)) {
      long start = System.nanoTime();
      for (int i = 0; i < keys; i++) {
        peer.put(Data.key(i), value(i));
      }
      report(PeerWorkload.LOAD, rate(keys, start));
    }
    report(PeerWorkload.DISK_LOADED, perLiveByte(files));
  }

  private void reopen(Path files) throws IOException {
    double[] milliseconds = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      try (Peer peer = open(files, false)) {
        look(peer.get(Data.key(i)));
        milliseconds[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    report(PeerWorkload.REOPEN, milliseconds);
  }

  private void read(Path files, int[] uniform, int[] zipfian) throws Exception {
    long before = heap();
    try (Peer peer = open(files, false)) {
      Operation get = (key, turn) -> look(peer.get(Data.key(key)));
      Operation miss = (key, turn) -> seen.add(peer.get(Data.key(keys + key)) == null ? 1 : 0);
      measure(PeerWorkload.GET_UNIFORM, 1, uniform, get);
      measure(PeerWorkload.GET_UNIFORM_2, 2, uniform, get);
      measure(PeerWorkload.GET_ZIPFIAN, 1, zipfian, get);
      measure(PeerWorkload.GET_ZIPFIAN_2, 2, zipfian, get);
      measure(PeerWorkload.GET_MISS, 1, uniform, miss);
      report(
          PeerWorkload.MEMORY,
          // Not below 0: objects from before the open may have been collected.
          Math.max(0, (double) (heap() - before + peer.memoryOutsideHeap()) / keys));
      iterate(peer);
    }
  }

  private void iterate(Peer peer) throws IOException {
    double[] rates = new double[rounds];
    for (int i = -1; i < rounds; i++) {
      long start = System.nanoTime();
      peer.forEach((key, value) -> seen.add(key[0] + value[0]));
      if (i >= 0) {
        rates[i] = rate(keys, start);
      }
    }
    report(PeerWorkload.ITERATE, rates);
  }

  private void overwrite(Path files, int[] order) throws IOException {
    try (Peer peer = open(files, false)) {
      double[] rates = new double[OVERWRITES];
      for (int i = 0; i < OVERWRITES; i++) {
        long start = System.nanoTime();
        for (int key : order) {
          peer.put(Data.key(key), value(key + i));
        }
        rates[i] = rate(keys, start);
      }
      report(PeerWorkload.OVERWRITE, rates);
    }
    report(PeerWorkload.DISK_OVERWRITTEN, perLiveByte(files));
    if (store.compacts()) {
      try (Peer peer = open(files, false)) {
        peer.compact();
      }
      report(PeerWorkload.DISK_COMPACTED, perLiveByte(files));
    }
  }

  private void mix(Path files, int[] zipfian) throws Exception {
    try (Peer peer = open(files, false)) {
      Operation get = (key, turn) -> look(peer.get(Data.key(key)));
      Operation put = (key, turn) -> peer.put(Data.key(key), value(turn));
      Operation half = (key, turn) -> (turn % 2 == 0 ? put : get).run(key, turn);
      Operation few = (key, turn) -> (turn % 20 == 0 ? put : get).run(key, turn);
      measure(PeerWorkload.YCSB_A, 2, zipfian, half);
      measure(PeerWorkload.YCSB_B, 2, zipfian, few);
    }
  }

  private void putDurably(Path files, int[] uniform) throws Exception {
    try (Peer peer = open(files, true)) {
      Operation put = (key, turn) -> peer.put(Data.key(key), value(turn));
      measure(PeerWorkload.DURABLE_PUT, 1, uniform, put);
      measure(PeerWorkload.DURABLE_PUT_16, MANY_THREADS, uniform, put);
    }
  }

  // ======== Measuring ========

  private interface Operation {
    void run(int key, int turn) throws IOException;
  }

  /** Repeats an operation in threads: the rounds that count, after two that do not. */
  private void measure(PeerWorkload workload, int threads, int[] draws, Operation operation)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      round(executor, threads, 2 * task.roundMillis(), draws, operation);
      double[] rates = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        rates[i] = round(executor, threads, task.roundMillis(), draws, operation);
      }
      report(workload, rates);
    } finally {
      executor.shutdown();
    }
  }

  private double round(
      ExecutorService executor, int threads, long milliseconds, int[] draws, Operation operation)
      throws Exception {
    stop = false;
    long start = System.nanoTime();
    List<Future<Integer>> running =
        IntStream.range(0, threads)
            .mapToObj(
                thread ->
                    executor.submit(repeat(thread * PeerData.DRAWS / threads, draws, operation)))
            .toList();
    Thread.sleep(milliseconds);
    stop = true;
    long turns = 0;
    for (Future<Integer> one : running) {
      try {
        turns += one.get();
      } catch (ExecutionException e) {
        throw new IOException(e.getCause());
      }
    }
    return rate(turns, start);
  }

  private Callable<Integer> repeat(int first, int[] draws, Operation operation) {
    return () -> {
      int turn = 0;
      while (!stop) {
        operation.run(draws[(first + turn) & (PeerData.DRAWS - 1)], turn);
        turn++;
      }
      return turn;
    };
  }

  private byte[] value(int number) {
    return PeerData.value(number, task.valueLength());
  }

  /** Uses a value, so that the compiler cannot leave out reading it. */
  private void look(byte[] value) throws IOException {
    if (value == null || value.length != task.valueLength()) {
      throw new IOException("get does not return a value that was put");
    }
    // Never true, as no number is negative, but the compiler does not know that.
    if (value[value.length - 1] == 0 && PeerData.number(value) == -1) {
      seen.increment();
    }
  }

  private static double rate(long times, long start) {
    return times / ((System.nanoTime() - start) / 1e9) / 1_000;
  }

  private double perLiveByte(Path files) throws IOException {
    return (double) WorkDirectory.size(files) / task.liveBytes();
  }

  private static long heap() throws InterruptedException {
    // Objects that the first collection finds unreachable may be freed by the second one only.
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void report(PeerWorkload workload, double... numbers) {
    System.out.println(PeerResult.of(workload, numbers).toJson());
  }
}
