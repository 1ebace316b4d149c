/*
 * WHAT THIS FILE IS
 *
 * All workloads on one store, in a JVM of their own, so that no store's threads, garbage or
 * compiled code are there when the next is measured. Peers starts it, and reads what it prints: a
 * line for each workload.
 *
 * ORDER
 *
 *     check    a small store is written, read, reopened: it has to return what was put;
 *              and the code is compiled by that, a first time
 *     load     close, reopen
 *     gets, memory, iteration, close
 *     overwrite everything five times, close; compact, close
 *     YCSB, close
 *     durable puts, close
 *
 * DATA
 *
 * Keys of 16 bytes, in no order. Values are cut out of random bytes, so that no store can make them
 * smaller. Which keys are read or written is drawn beforehand, a million draws that are gone
 * through again and again; each key and value is made when it is needed, which costs some tens of
 * nanoseconds in every store's number. Zipfian: the r-th most frequent key is drawn in proportion
 * to 1 / r^0.99, as YCSB does it, and the frequent ones are spread over all keys.
 *
 * WHAT IT DOES NOT SHOW
 *
 * Data larger than memory: all files are in the operating system's cache. For larger data the disk
 * sets the pace, and what a store keeps in memory besides decides.
 *
 * Latencies. A number is a mean; how long the slowest take is experiment 5.
 */
package kv.benchmarks.peers;

import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.WorkDirectory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** Measures one store. */
final class PeerRun {
  /** Begins a line that has a result: workload, mean, least, greatest. */
  static final String RESULT = "RESULT ";

  /** Keys of the store that is checked. */
  private static final int CHECKED_KEYS = 50_000;

  private static final int OVERWRITES = 5;

  private static final int MANY_THREADS = 16;

  /** A power of two, so that a draw is found without a division. */
  private static final int DRAWS = 1 << 20;

  private static final double ZIPFIAN_CONSTANT = 0.99;

  /** Where the bytes that are no number come from; a value may begin in the first half. */
  private static final byte[] NOISE = new byte[1 << 16];

  /** The lengths of values that there can be: a number, and half of the noise. */
  static final int MIN_VALUE_LENGTH = Integer.BYTES;

  static final int MAX_VALUE_LENGTH = NOISE.length / 2;

  static {
    new Random(0).nextBytes(NOISE);
  }

  private final PeerStore store;
  private final Path directory;
  private final int keys;
  private final int valueLength;
  private final int rounds;
  private final long roundMilliseconds;

  /** Who writes here has looked at what was read. */
  private final LongAdder seen = new LongAdder();

  private volatile boolean stop;

  private PeerRun(
      PeerStore store, Path directory, int keys, int valueLength, int rounds, long milliseconds) {
    this.store = store;
    this.directory = directory;
    this.keys = keys;
    this.valueLength = valueLength;
    this.rounds = rounds;
    this.roundMilliseconds = milliseconds;
  }

  /** Store, directory, number of keys, length of a value, rounds, milliseconds of a round. */
  public static void main(String[] arguments) throws Exception {
    new PeerRun(
            PeerStore.valueOf(arguments[0]),
            Path.of(arguments[1]),
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]),
            Long.parseLong(arguments[5]))
        .run();
    // Some stores have threads that do not end by themselves.
    System.exit(0);
  }

  private void run() throws Exception {
    check(store, Files.createDirectory(directory.resolve("check")), CHECKED_KEYS, valueLength);
    Path files = Files.createDirectory(directory.resolve("store"));
    int[] shuffled = shuffled();
    int[] uniform = uniform();
    int[] zipfian = zipfian(shuffled);
    load(files);
    reopen(files);
    read(files, uniform, zipfian);
    overwrite(files, shuffled);
    mix(files, zipfian);
    if (store.isDurable()) {
      putDurably(files, uniform);
    }
  }

  // ======== Checking ========

  /**
   * Puts, overwrites and reads, and reads again after a close.
   *
   * @throws IOException if anything is read that was not put
   */
  static void check(PeerStore store, Path directory, int keys, int valueLength)
      throws IOException {
    try (Peer peer = store.open(directory, false, keys, valueLength)) {
      for (int i = 0; i < keys; i++) {
        peer.put(Data.key(i), value(i, valueLength));
      }
      for (int i = 0; i < keys; i += 2) {
        peer.put(Data.key(i), value(i + 1, valueLength));
      }
      requireAll(peer, keys, valueLength);
    }
    try (Peer peer = store.open(directory, false, keys, valueLength)) {
      requireAll(peer, keys, valueLength);
      if (store.compacts()) {
        peer.compact();
        requireAll(peer, keys, valueLength);
      }
    }
  }

  private static void requireAll(Peer peer, int keys, int valueLength) throws IOException {
    for (int i = 0; i < keys; i++) {
      byte[] expected = value(i % 2 == 0 ? i + 1 : i, valueLength);
      if (!Arrays.equals(expected, peer.get(Data.key(i)))) {
        throw new IOException("key " + i + " has not the value that was put");
      }
      if (peer.get(Data.key(keys + i)) != null) {
        throw new IOException("key " + (keys + i) + " was never put, and is there");
      }
    }
    LongAdder pairs = new LongAdder();
    peer.forEach(
        (key, value) -> {
          if (key.length == Data.KEY_LENGTH && value.length == valueLength) {
            pairs.increment();
          }
        });
    if (pairs.sum() != keys) {
      throw new IOException(keys + " pairs are there, and " + pairs + " are iterated over");
    }
  }

  // ======== The workloads ========

  private void load(Path files) throws IOException {
    try (Peer peer = store.open(files, false, keys, valueLength)) {
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
      try (Peer peer = store.open(files, false, keys, valueLength)) {
        look(peer.get(Data.key(i)));
        milliseconds[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    report(PeerWorkload.REOPEN, milliseconds);
  }

  private void read(Path files, int[] uniform, int[] zipfian) throws Exception {
    long before = heap();
    try (Peer peer = store.open(files, false, keys, valueLength)) {
      Operation get = (key, turn) -> look(peer.get(Data.key(key)));
      Operation miss = (key, turn) -> seen.add(peer.get(Data.key(keys + key)) == null ? 1 : 0);
      measure(PeerWorkload.GET_UNIFORM, 1, uniform, get);
      measure(PeerWorkload.GET_UNIFORM_2, 2, uniform, get);
      measure(PeerWorkload.GET_ZIPFIAN, 1, zipfian, get);
      measure(PeerWorkload.GET_ZIPFIAN_2, 2, zipfian, get);
      measure(PeerWorkload.GET_MISS, 1, uniform, miss);
      report(
          PeerWorkload.MEMORY,
          // Not below 0: what was there before may have gone.
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
    try (Peer peer = store.open(files, false, keys, valueLength)) {
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
      try (Peer peer = store.open(files, false, keys, valueLength)) {
        peer.compact();
      }
      report(PeerWorkload.DISK_COMPACTED, perLiveByte(files));
    }
  }

  private void mix(Path files, int[] zipfian) throws Exception {
    try (Peer peer = store.open(files, false, keys, valueLength)) {
      Operation get = (key, turn) -> look(peer.get(Data.key(key)));
      Operation put = (key, turn) -> peer.put(Data.key(key), value(turn));
      Operation half = (key, turn) -> (turn % 2 == 0 ? put : get).run(key, turn);
      Operation few = (key, turn) -> (turn % 20 == 0 ? put : get).run(key, turn);
      measure(PeerWorkload.YCSB_A, 2, zipfian, half);
      measure(PeerWorkload.YCSB_B, 2, zipfian, few);
    }
  }

  private void putDurably(Path files, int[] uniform) throws Exception {
    try (Peer peer = store.open(files, true, keys, valueLength)) {
      Operation put = (key, turn) -> peer.put(Data.key(key), value(turn));
      measure(PeerWorkload.DURABLE_PUT, 1, uniform, put);
      measure(PeerWorkload.DURABLE_PUT_16, MANY_THREADS, uniform, put);
    }
  }

  // ======== Measuring ========

  private interface Operation {
    void run(int key, int turn) throws IOException;
  }

  /** Has threads do the same over and over, after two rounds that do not count. */
  private void measure(PeerWorkload workload, int threads, int[] draws, Operation operation)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      round(executor, threads, 2 * roundMilliseconds, draws, operation);
      double[] rates = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        rates[i] = round(executor, threads, roundMilliseconds, draws, operation);
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
            .mapToObj(thread -> executor.submit(repeat(thread * DRAWS / threads, draws, operation)))
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
        operation.run(draws[(first + turn) & (DRAWS - 1)], turn);
        turn++;
      }
      return turn;
    };
  }

  /** Uses a value, so that reading it cannot be left out. */
  private void look(byte[] value) throws IOException {
    if (value == null || value.length != valueLength) {
      throw new IOException("a value that was put is not there");
    }
    // Never so, as no number is negative: but only who looks knows that.
    if (value[valueLength - 1] == 0 && ByteBuffer.wrap(value).getInt() == -1) {
      seen.increment();
    }
  }

  private static double rate(long times, long start) {
    return times / ((System.nanoTime() - start) / 1e9) / 1_000;
  }

  private double perLiveByte(Path files) throws IOException {
    return (double) WorkDirectory.size(files) / ((long) keys * (Data.KEY_LENGTH + valueLength));
  }

  private static long heap() throws InterruptedException {
    // What the first one has found to be unreachable may need a second to be gone.
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void report(PeerWorkload workload, double... numbers) {
    System.out.println(
        RESULT
            + workload.name()
            + " "
            + Arrays.stream(numbers).average().orElseThrow()
            + " "
            + Arrays.stream(numbers).min().orElseThrow()
            + " "
            + Arrays.stream(numbers).max().orElseThrow());
  }

  // ======== Data ========

  private byte[] value(int number) {
    return value(number, valueLength);
  }

  /** The number, and noise behind it. */
  private static byte[] value(int number, int valueLength) {
    int from = (number * 31) & (NOISE.length / 2 - 1);
    byte[] value = Arrays.copyOfRange(NOISE, from, from + valueLength);
    ByteBuffer.wrap(value).putInt(number);
    return value;
  }

  private int[] shuffled() {
    List<Integer> all = Arrays.asList(IntStream.range(0, keys).boxed().toArray(Integer[]::new));
    Collections.shuffle(all, new Random(1));
    return all.stream().mapToInt(i -> i).toArray();
  }

  private int[] uniform() {
    SplittableRandom random = new SplittableRandom(2);
    return random.ints(DRAWS, 0, keys).toArray();
  }

  /** Draws in which the first of the given keys is the most frequent. */
  private int[] zipfian(int[] byFrequency) {
    double[] upTo = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += 1 / Math.pow(i + 1, ZIPFIAN_CONSTANT);
      upTo[i] = sum;
    }
    SplittableRandom random = new SplittableRandom(3);
    double all = sum;
    return IntStream.range(0, DRAWS)
        .map(i -> Arrays.binarySearch(upTo, random.nextDouble(all)))
        .map(place -> byFrequency[Math.min(keys - 1, place < 0 ? -place - 1 : place)])
        .toArray();
  }
}
