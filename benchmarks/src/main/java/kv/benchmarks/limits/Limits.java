/*
 * WHAT THIS FILE IS
 *
 * How near the engine comes to the limits of the machine. One side of each row is the least work
 * that the operation needs, written without a store; the other side is the store's operation, with
 * the same number of keys, in the same run. It takes longer than an experiment, and runs on
 * request:
 *
 *     java -jar benchmarks/target/benchmarks.jar limits
 *
 * PICTURE: the pairs, and the file of each
 *
 *     a positional write of a record that is ready     put, never synced              UnsyncedPuts
 *     the same and force(false), space reserved        put under SyncPolicy.ALWAYS    DurablePuts
 *     HashMap<ByteBuffer, Long>, a copy from a map     get of a key that is present   Gets
 *     HashMap<ByteBuffer, Long>                        get of a key that is absent    Gets
 *     a mapped file, copied from start to end          forEach                        Scans
 *
 * Both sides of a row have the same number of threads. With a ratio of 0.5, the store does half as
 * many operations per second as the same work by hand.
 *
 * A ratio above 1 is not a mistake. The store does not do the work by hand, but other work with the
 * same result: it copies a record into a mapped file, which saves the system call of a write; many
 * threads share one fsync; and its index has no objects, whose pointers a lookup would follow.
 *
 * UNITS
 *
 * Puts that are not synced are measured in batches: as many as there are keys, into a new store,
 * with keys and value made in advance. Their time includes the fsync at the end of each segment,
 * which the write by hand does not do. Automatic merges are off while keys are overwritten, in
 * random order: experiments 1 and 5 show the cost of merges. Everything else is measured by time;
 * both sides make the random keys of their gets.
 *
 * NOT SHOWN
 *
 * Work that only the store does, for its users: checksums when it writes and when it reads, a lock
 * for writers, checks of its arguments.
 *
 * A disk that has to be read: on both sides everything is in the operating system's memory.
 */
package kv.benchmarks.limits;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import kv.benchmarks.experiments.Experiment;
import kv.benchmarks.harness.BenchmarkCase;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;
import kv.benchmarks.harness.Step;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Table;
import org.openjdk.jmh.runner.RunnerException;

/** The engine beside the same work without a store. */
public final class Limits implements Experiment {
  private static final int MANY_THREADS = 16;

  private static final int READERS = 2;

  /** The operation whose ratio is asked for. */
  private static final String GET = "get, hit";

  @Override
  public String question() {
    return "How near does the engine come to the limits of the machine?";
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
    return "Keys of 16 bytes, values of 100 bytes. By hand: the same work without a store.";
  }

  @Override
  public String ratio(Profile profile) {
    return "How many times as many gets per second does the engine do as a HashMap and a copy?";
  }

  @Override
  public String lesson() {
    return "Above 1, the store works better than the operation by hand; below 1, it does more"
        + " work.";
  }

  @Override
  public String next() {
    return "Which work does the JDK's map do for each get that a purpose-built index saves?";
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
    return outcome(pairs.stream().map(pair -> pair.rates(scores, keys)).toList(), keys);
  }

  private static List<Pair> pairs(int keys) {
    List<Pair> pairs = new ArrayList<>();
    BenchmarkCase write = Pair.batch("by hand, write", UnsyncedPuts.RawWrite.class, "write", keys);
    pairs.add(
        new Pair(
            "put, new keys",
            write,
            Pair.batch("put, new keys", UnsyncedPuts.Load.class, "put", keys)));
    pairs.add(
        new Pair(
            "put, overwrites",
            write,
            Pair.batch("put, overwrites", UnsyncedPuts.Overwrite.class, "put", keys)));
    pairs.add(durablePuts(keys, 1));
    pairs.add(durablePuts(keys, MANY_THREADS));
    pairs.add(hits(keys, 1));
    pairs.add(hits(keys, READERS));
    pairs.add(
        new Pair(
            "get, miss",
            Pair.rate("by hand, look up", Gets.RawGet.class, "miss", keys, 1),
            Pair.rate("get, miss", Gets.Get.class, "miss", keys, 1)));
    pairs.add(
        new Pair(
            "forEach, per pair",
            Pair.batch("by hand, copy of a mapped file", Scans.RawScan.class, "copy", keys),
            Pair.batch("forEach", Scans.Scan.class, "forEach", keys)));
    return pairs;
  }

  private static Pair durablePuts(int keys, int threads) {
    return new Pair(
        Pair.named("put, durable", threads),
        Pair.rate("by hand, write and force", DurablePuts.RawForce.class, "write", keys, threads),
        Pair.rate("put, durable", DurablePuts.DurablePut.class, "put", keys, threads));
  }

  private static Pair hits(int keys, int threads) {
    return new Pair(
        Pair.named(GET, threads),
        Pair.rate("by hand, look up and copy", Gets.RawGet.class, "hit", keys, threads),
        Pair.rate(GET, Gets.Get.class, "hit", keys, threads));
  }

  private static Outcome outcome(List<Pair.Rates> rows, int keys) {
    Table table =
        new Table(
            String.format(Locale.ROOT, "operations per second, %,d keys", keys),
            "by hand",
            Step.ENGINE.toString(),
            "ratio");
    for (Pair.Rates row : rows) {
      table.row(
          List.of(
              row.name(),
              row.byHand().toString(),
              row.engine().toString(),
              row.ratio().toString()));
    }
    Chart chart =
        new Chart(
            "The engine beside the same work by hand",
            Chart.Axis.logarithmic("operations per second"),
            Chart.Axis.labelled("operation", rows.stream().map(Pair.Rates::name).toList()),
            false,
            List.of(
                Chart.Series.rows("by hand", 6, rows.stream().map(Pair.Rates::byHand).toList()),
                Chart.Series.rows(
                    Step.ENGINE.toString(),
                    Step.ENGINE.ordinal(),
                    rows.stream().map(Pair.Rates::engine).toList())));
    Ratio ratio = rows.stream().filter(row -> row.name().equals(GET)).findFirst().get().ratio();
    return new Outcome(ratio, table, List.of(chart));
  }
}
