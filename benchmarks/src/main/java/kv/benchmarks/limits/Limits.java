/*
 * WHAT THIS FILE IS
 *
 * How near the engine comes to what the machine can do. On one side is the least that anybody has
 * to do, written down without a store around it; on the other is the store, at the same number of
 * keys, in the same run. It takes longer than an experiment, and runs when it is asked for:
 *
 *     java -jar benchmarks/target/benchmarks.jar limits
 *
 * PICTURE: what is measured against what
 *
 *     a positional write of a record that is ready        put, never synced
 *     the same and force(false), space reserved before    put under SyncPolicy.ALWAYS
 *     HashMap<ByteBuffer, Long>, a copy out of a map      get of a key that is there
 *     HashMap<ByteBuffer, Long>                           get of a key that is not
 *     a mapped file, copied from its start to its end     forEach
 *
 * In a row both sides have the same number of threads. A ratio of 0.5 is half of what the same
 * operation does in a second.
 *
 * A ratio above 1 is no mistake. The store does not do the operation by hand, but another that leads to
 * the same end: it copies a record into a mapped file, which saves the system call of a write; many
 * threads share one fsync; and its index has no objects to run after.
 *
 * WHAT IS COUNTED
 *
 * Puts that are not synced are counted in batches: as many as there are keys, into a fresh store,
 * with keys and value made beforehand. That includes the fsync at the end of each segment, which
 * the write by hand does not do. Automatic merges are off when keys are overwritten, in random order:
 * what they cost is in experiments 1 and 5. Everything else is counted by time, and the keys of
 * gets, random ones, are made on both sides.
 *
 * WHAT IT DOES NOT SHOW
 *
 * What the store does besides for its users, which costs time on its side alone: checksums when it
 * writes and when it reads, a lock for writers, checks of what it is given.
 *
 * A disk that has to be read: all is in the operating system's memory, on both sides.
 */
package kv.benchmarks.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import kv.benchmarks.experiments.Experiment;
import kv.benchmarks.harness.AnyStore;
import kv.benchmarks.harness.BenchmarkCase;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Table;
import kv.engine.Options;
import kv.engine.Options.SyncPolicy;
import kv.engine.Store;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.runner.RunnerException;

/** How near does the engine come to what the machine can do? */
public final class Limits implements Experiment {
  /** Bytes of a record before its key, in every step. */
  private static final int RECORD_HEADER = 16;

  private static final int RECORD_LENGTH = RECORD_HEADER + Data.KEY_LENGTH + Data.VALUE_LENGTH;

  private static final int MANY_THREADS = 16;

  private static final int READERS = 2;

  private static final String BATCH_UNIT = "ms";

  private static final Options UNSYNCED =
      Options.DEFAULT.withSync(SyncPolicy.NEVER).withAutomaticMerge(false);

  @Override
  public String question() {
    return "How near does the engine come to what the machine can do?";
  }

  @Override
  public Step first() {
    return Step.ENGINE;
  }

  @Override
  public Step lastKnown() {
    return Step.ENGINE;
  }

  @Override
  public String method() {
    return "Keys of 16 bytes, values of 100. By hand: the same work, without a store.";
  }

  @Override
  public String ratio(Profile profile) {
    return "How many times as many gets a second does the engine do as a HashMap and a copy?";
  }

  @Override
  public String lesson() {
    return "Above 1, the store does something better than the operation by hand; below, it does more.";
  }

  @Override
  public String next() {
    return "What does the JDK's map do for each get that an index made for this need not?";
  }

  @Override
  public int measurements(Profile profile) {
    return 15;
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException {
    int keys = harness.profile().mostKeys();
    List<Pair> pairs = pairs(keys);
    List<BenchmarkCase> cases =
        pairs.stream().flatMap(pair -> Stream.of(pair.byHand(), pair.engine())).distinct().toList();
    Map<BenchmarkCase, Score> scores = harness.measure(cases);
    List<Row> rows = new ArrayList<>();
    for (Pair pair : pairs) {
      rows.add(
          new Row(
              pair.name(),
              perSecond(scores, pair.byHand(), keys),
              perSecond(scores, pair.engine(), keys)));
    }
    return outcome(rows, keys);
  }

  /** Two measurements of the same operation. */
  private record Pair(String name, BenchmarkCase byHand, BenchmarkCase engine) {}

  private static List<Pair> pairs(int keys) {
    List<Pair> pairs = new ArrayList<>();
    BenchmarkCase write = batch("by hand, write", RawWrite.class, "write", keys);
    pairs.add(new Pair("put, new keys", write, batch("put, new keys", Load.class, "put", keys)));
    pairs.add(
        new Pair("put, overwrites", write, batch("put, overwrites", Overwrite.class, "put", keys)));
    for (int threads : List.of(1, MANY_THREADS)) {
      pairs.add(
          new Pair(
              named("put, durable", threads),
              rate("by hand, write and force", RawForce.class, "write", keys, threads),
              rate("put, durable", DurablePut.class, "put", keys, threads)));
    }
    for (int threads : List.of(1, READERS)) {
      pairs.add(
          new Pair(
              named("get, hit", threads),
              rate("by hand, look up and copy", RawGet.class, "hit", keys, threads),
              rate("get, hit", Get.class, "hit", keys, threads)));
    }
    pairs.add(
        new Pair(
            "get, miss",
            rate("by hand, look up", RawGet.class, "miss", keys, 1),
            rate("get, miss", Get.class, "miss", keys, 1)));
    pairs.add(
        new Pair(
            "forEach, per pair",
            batch("by hand, copy of a mapped file", RawScan.class, "copy", keys),
            batch("forEach", Scan.class, "forEach", keys)));
    return pairs;
  }

  /** A row of the table, in operations per second. */
  private record Row(String what, Score byHand, Score engine) {
    Ratio ratio() {
      return Ratio.of(engine, byHand);
    }
  }

  private static Outcome outcome(List<Row> rows, int keys) {
    Table table =
        new Table(
            String.format(Locale.ROOT, "operations per second, %,d keys", keys),
            "by hand",
            Step.ENGINE.toString(),
            "ratio");
    for (Row row : rows) {
      table.row(
          List.of(
              row.what(),
              row.byHand().toString(),
              row.engine().toString(),
              row.ratio().toString()));
    }
    Chart chart =
        new Chart(
            "The engine beside the least that has to be done",
            Chart.Axis.logarithmic("operations per second"),
            Chart.Axis.labelled("operation", rows.stream().map(Row::what).toList()),
            false,
            List.of(
                Chart.Series.rows("by hand", 6, rows.stream().map(Row::byHand).toList()),
                Chart.Series.rows(
                    Step.ENGINE.toString(),
                    Step.ENGINE.ordinal(),
                    rows.stream().map(Row::engine).toList())));
    Ratio ratio =
        rows.stream().filter(row -> row.what().equals("get, hit")).findFirst().get().ratio();
    return new Outcome(ratio, table, List.of(chart));
  }

  private static String named(String what, int threads) {
    return what + (threads > 1 ? ", " + threads + " threads" : "");
  }

  /** A benchmark that does all at once. */
  private static BenchmarkCase batch(String what, Class<?> benchmark, String method, int keys) {
    return BenchmarkCase.of(
        String.format(Locale.ROOT, "%s, all %,d", what, keys),
        BATCH_UNIT,
        benchmark,
        method,
        Map.of("keys", "" + keys));
  }

  /** A benchmark that goes on until the time is up. */
  private static BenchmarkCase rate(
      String what, Class<?> benchmark, String method, int keys, int threads) {
    return BenchmarkCase.of(
            named(what, threads), "/s", benchmark, method, Map.of("keys", "" + keys))
        .withThreads(threads);
  }

  private static Score perSecond(Map<BenchmarkCase, Score> scores, BenchmarkCase one, int keys) {
    Score score = scores.get(one);
    return one.unit().equals(BATCH_UNIT)
        ? score.map(milliseconds -> keys / milliseconds * TimeUnit.SECONDS.toMillis(1))
        : score;
  }

  /** Puts what is as long as a record. Nobody reads the header. */
  private static ByteBuffer putRecord(ByteBuffer buffer, long number) {
    return buffer.put(new byte[RECORD_HEADER]).put(Data.key(number)).put(Data.value(number));
  }

  /** A record to be written, where the operating system takes it from without another copy. */
  private static ByteBuffer directRecord() {
    return putRecord(ByteBuffer.allocateDirect(RECORD_LENGTH), 0);
  }

  private static FileChannel channel(Path directory) throws IOException {
    return FileChannel.open(
        directory.resolve("raw.data"),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  /** A file of records, one for each key, mapped. */
  private static MappedByteBuffer mapped(Path directory, int keys) throws IOException {
    try (FileChannel file = channel(directory)) {
      MappedByteBuffer map =
          file.map(FileChannel.MapMode.READ_WRITE, 0, (long) RECORD_LENGTH * keys);
      for (int i = 0; i < keys; i++) {
        putRecord(map, i);
      }
      return map;
    }
  }

  private static byte[][] keys(int count) {
    byte[][] keys = new byte[count][];
    for (int i = 0; i < count; i++) {
      keys[i] = Data.key(i);
    }
    return keys;
  }

  private static Store filled(Path directory, int keys) throws IOException {
    Store store = Store.open(directory, UNSYNCED);
    AnyStore.of(store).fill(keys);
    return store;
  }

  /** What a thread draws its keys from. */
  @State(Scope.Thread)
  public static class Draw {
    private final SplittableRandom random = new SplittableRandom();
  }

  // ======== Writing, without a sync ========

  /** A file that grows by one record at a time. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class RawWrite {
    /** How many records. */
    @Param("1000000")
    public int keys;

    private final ByteBuffer record = directRecord();
    private Path directory;
    private FileChannel file;

    /** Creates an empty file. */
    @Setup(Level.Invocation)
    public void open() throws IOException {
      directory = WorkDirectory.create();
      file = channel(directory);
    }

    /** Takes the file away. */
    @TearDown(Level.Invocation)
    public void close() throws IOException {
      file.close();
      WorkDirectory.delete(directory);
    }

    /** Writes the same record over and over, each behind the one before. */
    @Benchmark
    public void write() throws IOException {
      for (long i = 0; i < keys; i++) {
        file.write(record.rewind(), i * RECORD_LENGTH);
      }
    }
  }

  /** Keys, each put for the first time. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class Load {
    /** How many keys. */
    @Param("1000000")
    public int keys;

    private final byte[] value = Data.value(0);
    private byte[][] all;
    private Path directory;
    private Store store;

    /** Makes the keys. */
    @Setup
    public void makeKeys() {
      all = keys(keys);
    }

    /** Opens an empty store. */
    @Setup(Level.Invocation)
    public void open() throws IOException {
      directory = WorkDirectory.create();
      store = Store.open(directory, UNSYNCED);
    }

    /** Takes the store away, and has it unmapped: until then its files would keep their space. */
    @TearDown(Level.Invocation)
    public void close() throws IOException {
      store.close();
      store = null;
      WorkDirectory.delete(directory);
      System.gc();
    }

    /** Puts each key once. */
    @Benchmark
    public void put() throws IOException {
      for (byte[] key : all) {
        store.put(key, value);
      }
    }
  }

  /** Keys, each put for the second time. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class Overwrite {
    /** How many keys. */
    @Param("1000000")
    public int keys;

    private final byte[] value = Data.value(0);
    private byte[][] all;
    private Path directory;
    private Store store;

    /** Makes the keys, and brings them into an order that is not the log's. */
    @Setup
    public void makeKeys() {
      all = keys(keys);
      Collections.shuffle(Arrays.asList(all), new Random(keys));
    }

    /** Fills a store. */
    @Setup(Level.Invocation)
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      store = filled(directory, keys);
    }

    /** Takes the store away, and has it unmapped: until then its files would keep their space. */
    @TearDown(Level.Invocation)
    public void close() throws IOException {
      store.close();
      store = null;
      WorkDirectory.delete(directory);
      System.gc();
    }

    /** Puts each key once more. */
    @Benchmark
    public void put() throws IOException {
      for (byte[] key : all) {
        store.put(key, value);
      }
    }
  }

  // ======== Writing, with a sync ========

  /** A file whose space was reserved, and that is durable: so a write changes only bytes in it. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class RawForce {
    /** How many records there is space for; then writing starts over. */
    @Param("1000000")
    public int keys;

    private final AtomicLong next = new AtomicLong();
    private Path directory;
    private FileChannel file;

    /** What a thread writes. */
    @State(Scope.Thread)
    public static class Ready {
      private final ByteBuffer record = directRecord();
    }

    /** Reserves the space. */
    @Setup
    public void reserve() throws IOException {
      directory = WorkDirectory.create();
      file = channel(directory);
      ByteBuffer zeros = ByteBuffer.allocateDirect(RECORD_LENGTH);
      for (int i = 0; i < keys; i++) {
        file.write(zeros.rewind());
      }
      file.force(true);
    }

    /** Takes the file away. */
    @TearDown
    public void close() throws IOException {
      file.close();
      WorkDirectory.delete(directory);
    }

    /** Writes a record behind the one before, and waits for the disk. */
    @Benchmark
    public void write(Ready ready) throws IOException {
      long position = next.getAndIncrement() % keys * RECORD_LENGTH;
      file.write(ready.record.rewind(), position);
      file.force(false);
    }
  }

  /** A store in which a put is durable when it returns. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class DurablePut {
    /** How many keys are in the store. */
    @Param("1000000")
    public int keys;

    private final byte[] value = Data.value(0);
    private Path directory;
    private Store store;

    /** Fills a store without waiting for the disk, and opens it again. */
    @Setup
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      filled(directory, keys).close();
      store = Store.open(directory, Options.DEFAULT.withSync(SyncPolicy.ALWAYS));
    }

    /** Takes the store away. */
    @TearDown
    public void close() throws IOException {
      store.close();
      WorkDirectory.delete(directory);
    }

    /** Overwrites a random key, and waits for the disk. */
    @Benchmark
    public void put(Draw draw) throws IOException {
      store.put(Data.key(draw.random.nextInt(keys)), value);
    }
  }

  // ======== Reading ========

  /** An index as the JDK offers it, and a mapped file. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class RawGet {
    /** How many keys are in the index. */
    @Param("1000000")
    public int keys;

    private final Map<ByteBuffer, Long> index = new HashMap<>();
    private Path directory;
    private MappedByteBuffer map;

    /** Fills file and index. */
    @Setup
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      map = mapped(directory, keys);
      for (int i = 0; i < keys; i++) {
        index.put(ByteBuffer.wrap(Data.key(i)), (long) i * RECORD_LENGTH);
      }
    }

    /** Takes the file away. */
    @TearDown
    public void delete() throws IOException {
      WorkDirectory.delete(directory);
    }

    /** A key that is there. */
    @Benchmark
    public byte[] hit(Draw draw) {
      byte[] key = Data.key(draw.random.nextInt(keys));
      long record = index.get(ByteBuffer.wrap(key));
      byte[] value = new byte[Data.VALUE_LENGTH];
      map.get((int) record + RECORD_HEADER + Data.KEY_LENGTH, value);
      return value;
    }

    /** A key that is not. */
    @Benchmark
    public Long miss(Draw draw) {
      return index.get(ByteBuffer.wrap(Data.key(keys + draw.random.nextInt(keys))));
    }
  }

  /** A store that is read. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class Get {
    /** How many keys are in the store. */
    @Param("1000000")
    public int keys;

    private Path directory;
    private Store store;

    /** Fills a store. */
    @Setup
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      store = filled(directory, keys);
    }

    /** Takes the store away. */
    @TearDown
    public void close() throws IOException {
      store.close();
      WorkDirectory.delete(directory);
    }

    /** A key that is there. */
    @Benchmark
    public byte[] hit(Draw draw) throws IOException {
      return store.get(Data.key(draw.random.nextInt(keys)));
    }

    /** A key that is not. */
    @Benchmark
    public byte[] miss(Draw draw) throws IOException {
      return store.get(Data.key(keys + draw.random.nextInt(keys)));
    }
  }

  /** A mapped file that is read from its start to its end. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class RawScan {
    /** How many records are in the file. */
    @Param("1000000")
    public int keys;

    private final byte[] piece = new byte[64 << 10];
    private Path directory;
    private MappedByteBuffer map;

    /** Fills the file. */
    @Setup
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      map = mapped(directory, keys);
    }

    /** Takes the file away. */
    @TearDown
    public void delete() throws IOException {
      WorkDirectory.delete(directory);
    }

    /** Copies all of it, a piece at a time. */
    @Benchmark
    public void copy(Blackhole blackhole) {
      map.clear();
      while (map.hasRemaining()) {
        map.get(piece, 0, Math.min(piece.length, map.remaining()));
        blackhole.consume(piece);
      }
    }
  }

  /** A store of which every pair is read. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class Scan {
    /** How many keys are in the store. */
    @Param("1000000")
    public int keys;

    private Path directory;
    private Store store;

    /** Fills a store. */
    @Setup
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      store = filled(directory, keys);
    }

    /** Takes the store away. */
    @TearDown
    public void close() throws IOException {
      store.close();
      WorkDirectory.delete(directory);
    }

    /** Is told of every pair. */
    @Benchmark
    public void forEach(Blackhole blackhole) throws IOException {
      store.forEach(
          (key, value) -> {
            blackhole.consume(key);
            blackhole.consume(value);
          });
    }
  }
}
