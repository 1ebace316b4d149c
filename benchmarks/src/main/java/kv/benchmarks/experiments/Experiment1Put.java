/*
 * WHAT THIS FILE IS
 *
 * Experiment 1: the cost of durability. A put hands its record to the operating system, which
 * writes it to the disk at some later time. A put with a sync waits until the record is on the
 * disk.
 *
 * WHAT IT SHOWS
 *
 * The disk is slower than memory by orders of magnitude, in every step. In steps 1 to 5 sixteen
 * threads do not help either: each put waits for its own sync, while the others wait for the
 * store's lock. In the engine, threads that wait at the same time share a sync (group commit): a
 * put takes as long as before, but many puts are done in that time.
 *
 * Steps 1 to 5 put and call sync(); the engine puts under SyncPolicy.ALWAYS, which is durable on
 * return. Step 4's puts include the compactions that they start. Step 5 and the engine merge
 * concurrently with their puts.
 *
 * WHAT IT DOES NOT SHOW
 *
 * Your production machine. A disk may report an fsync as done when the bytes are in its own cache,
 * and a network disk adds the time of the network.
 */
package kv.benchmarks.experiments;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.BenchmarkCase;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.StoreState;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Table;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.runner.RunnerException;

/** Experiment 1: the cost of durability. */
public final class Experiment1Put implements Experiment {
  private static final int MANY_THREADS = 16;

  private static final String SHARED_WAIT =
      "In the steps, the 16 threads wait for each other. In the engine, threads that wait at the"
          + " same time share one fsync.";

  @Override
  public String question() {
    return "How much slower is a put that waits for the disk?";
  }

  @Override
  public Step first() {
    return Step.STEP1;
  }

  @Override
  public Step lastKnown() {
    return Step.STEP1;
  }

  @Override
  public String method() {
    return "Puts of Unicode's character names, again and again: never synced, and each put synced,"
        + " by 1 and by\n16 threads.";
  }

  @Override
  public String ratio(Profile profile) {
    return "How many times longer does a put of step 1 take if it waits for the disk?";
  }

  @Override
  public String lesson() {
    return "The disk sets the pace of durable puts, and in the steps more threads only wait for"
        + " each other.";
  }

  @Override
  public String next() {
    return "Waiting is expensive. How could a store wait less often, and still lose nothing?";
  }

  @Override
  public int measurements(Profile profile) {
    return 3 * profile.from(first()).size();
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException {
    List<Step> steps = harness.profile().from(first());
    List<BenchmarkCase> cases = new ArrayList<>();
    for (Step step : steps) {
      cases.add(benchmarkCase(step, false, 1));
      cases.add(benchmarkCase(step, true, 1));
      cases.add(benchmarkCase(step, true, MANY_THREADS));
    }
    Map<BenchmarkCase, Score> scores = harness.measure(cases);
    List<Row> rows = steps.stream().map(step -> row(step, scores)).toList();
    Table table =
        new Table("puts per second", "never synced", "synced", "ratio", "synced, 16 threads");
    rows.forEach(row -> table.row(row.cells()));
    return new Outcome(
        rows.get(Step.STEP1.ordinal()).ratio(),
        table,
        List.of(chart(rows)),
        steps.contains(Step.ENGINE) ? List.of(SHARED_WAIT) : List.of());
  }

  /** A row of the table: a store's puts per second. */
  private record Row(Step step, Score never, Score synced, Score syncedByMany) {
    Ratio ratio() {
      return Ratio.of(never, synced);
    }

    List<String> cells() {
      return List.of(
          step.toString(),
          never.toString(),
          synced.toString(),
          ratio().toString(),
          syncedByMany.toString());
    }
  }

  private static Row row(Step step, Map<BenchmarkCase, Score> scores) {
    return new Row(
        step,
        scores.get(benchmarkCase(step, false, 1)),
        scores.get(benchmarkCase(step, true, 1)),
        scores.get(benchmarkCase(step, true, MANY_THREADS)));
  }

  private static Chart chart(List<Row> rows) {
    return new Chart(
        "The cost of waiting for the disk",
        Chart.Axis.labelled("", rows.stream().map(row -> row.step().title()).toList()),
        Chart.Axis.logarithmic("puts per second"),
        true,
        List.of(
            Chart.Series.of("never synced", 0, rows.stream().map(Row::never).toList()),
            Chart.Series.of("synced, 1 thread", 1, rows.stream().map(Row::synced).toList()),
            Chart.Series.of(
                "synced, 16 threads", 4, rows.stream().map(Row::syncedByMany).toList())));
  }

  private static BenchmarkCase benchmarkCase(Step step, boolean durable, int threads) {
    String name = step + ", " + (durable ? "put and sync" : "put");
    return BenchmarkCase.of(
            name + (threads > 1 ? ", " + threads + " threads" : ""),
            "puts/s",
            PutBenchmark.class,
            "put",
            Map.of("step", step.name(), "durable", "" + durable))
        .withThreads(threads);
  }

  /** Puts into one store, never synced or each synced. */
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public static class PutBenchmark extends StoreState {
    /** The store that is measured. */
    @Param public Step step;

    /** True if a put is durable when it returns; otherwise the operating system has the record. */
    @Param({"false", "true"})
    public boolean durable;

    private List<Data.Pair> pairs;

    /** The position of a thread in the data. */
    @State(Scope.Thread)
    public static class Position {
      private int next;
    }

    /** Opens an empty store. */
    @Setup
    public void open() throws IOException {
      pairs = Data.unicodeNames();
      open(durable ? step::openDurable : step::open);
    }

    /** Puts the thread's next pair. */
    @Benchmark
    public void put(Position position) throws IOException {
      Data.Pair pair = pairs.get(position.next++ % pairs.size());
      store.put().put(pair.key(), pair.value());
    }
  }
}
