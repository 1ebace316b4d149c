/*
 * WHAT THIS FILE IS
 *
 * Experiment 5: the latency of puts while space is reclaimed. A store is filled, and then its keys
 * are overwritten in random order, ten times as often as there are keys. Step 4 compacts and step 5
 * merges when half of the log is dead, and the engine when half of its sealed segments is dead:
 * several times each.
 *
 * WHAT IT SHOWS
 *
 * In step 4, one put in several hundred thousand starts the compaction and waits for it. The others
 * are as quick as before, so the median and even the 99.9th percentile do not show the pause. Users
 * notice the maximum. In step 5 no put waits for a whole merge, but a put waits for the fsync of a
 * full file, or of the last file at the commit of a merge. In the engine a put also waits for the
 * fsync of a full segment, and for the merge to make progress if writing is faster than merging:
 * otherwise the disk would fill up.
 *
 * HOW IT IS MEASURED
 *
 * Each put is timed separately, and all of them count. JMH's SampleTime skips some calls when they
 * are as short as these, and could skip the one that takes a second. One thread puts as fast as it
 * can. JMH provides the JVM, of which each store has its own.
 *
 * A thread that waits does not put, so a pause of any length is one slow put. In a service,
 * requests arrive during a pause, and all of them wait. The last column therefore is a share of
 * time, not of puts: the time in puts of more than a millisecond, divided by the time in all puts.
 * It is the probability that a request at a random moment meets such a put.
 *
 * WHAT IT DOES NOT SHOW
 *
 * The store alone. The JVM's garbage collection stops puts in every store, and so does other work
 * of the machine. Step 5 and the engine do better with one processor for the merge and one for the
 * puts than with one for both.
 */
package kv.benchmarks.experiments;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.BenchmarkCase;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.StoreState;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Table;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.RunnerException;

/** Experiment 5: the latency of puts while space is reclaimed. */
public final class Experiment5Pause implements Experiment {
  private static final String TIME_IN_SLOW_PUTS =
      "\"time in puts > 1 ms\" adds up the puts that took more than a millisecond, as a share of"
          + " the time of all puts.\nIt is the probability that a request at a random moment meets"
          + " such a put.";

  /** With more, step 4 would take too long for a quick run. */
  private static final int MOST_KEYS = 250_000;

  /** Overwrites, as a multiple of the keys: enough for several merges of 64 MiB segments. */
  private static final int OVERWRITES = 10;

  /** The percentiles of the chart, and the counter of {@link Latencies} with each. */
  private static final Map<String, String> PERCENTILES = new LinkedHashMap<>();

  static {
    PERCENTILES.put("50%", "p50");
    PERCENTILES.put("90%", "p90");
    PERCENTILES.put("99%", "p99");
    PERCENTILES.put("99.9%", "p999");
    PERCENTILES.put("99.99%", "p9999");
    PERCENTILES.put("99.999%", "p99999");
    PERCENTILES.put("all", "max");
  }

  @Override
  public String question() {
    return "What does a put feel while space is reclaimed?";
  }

  @Override
  public Step first() {
    return Step.STEP4;
  }

  @Override
  public Step lastKnown() {
    return Step.STEP5;
  }

  @Override
  public String method() {
    return "Keys of 16 bytes, values of 100 bytes. Random keys are overwritten, "
        + OVERWRITES
        + " times as often as there are\nkeys, and every put is timed. The benchmark never calls"
        + " sync().";
  }

  @Override
  public String ratio(Profile profile) {
    return "Step 4: how many times longer does the slowest put take than the median one?";
  }

  @Override
  public String lesson() {
    return "Percentiles hide a pause that is rare and long. Users notice the maximum.";
  }

  @Override
  public String next() {
    return "No percentile in the table shows that put. How many users of a service would notice"
        + " it?";
  }

  @Override
  public int measurements(Profile profile) {
    return profile.from(first()).size();
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException {
    int keys = Math.min(MOST_KEYS, harness.profile().mostKeys());
    List<Step> steps = harness.profile().from(first());
    Map<BenchmarkCase, RunResult> results =
        harness.run(steps.stream().map(step -> benchmarkCase(step, keys)).toList());
    RunResult step4 = results.get(benchmarkCase(Step.STEP4, keys));
    Table table =
        new Table(
            "microseconds (us) per put",
            "p50",
            "p99",
            "p99.9",
            "max",
            "step 4's max / max",
            "time in puts > 1 ms");
    List<Chart.Series> series = new ArrayList<>();
    for (Step step : steps) {
      RunResult measured = results.get(benchmarkCase(step, keys));
      table.row(cells(step, measured, step4));
      List<Score> scores = new ArrayList<>();
      for (String counter : PERCENTILES.values()) {
        scores.add(microseconds(measured, counter));
      }
      series.add(Chart.Series.of(step.toString(), step.ordinal(), scores));
    }
    Chart chart =
        new Chart(
            "How long a put takes",
            Chart.Axis.labelled(
                "share of the puts that take no longer", List.copyOf(PERCENTILES.keySet())),
            Chart.Axis.logarithmic("microseconds"),
            true,
            series);
    Ratio ratio = Ratio.of(microseconds(step4, "max"), microseconds(step4, "p50"));
    return new Outcome(ratio, table, List.of(chart), List.of(TIME_IN_SLOW_PUTS));
  }

  private static List<String> cells(Step step, RunResult measured, RunResult step4) {
    double slow = Score.of(measured, "slow").median();
    double all = Score.of(measured, "all").median();
    return List.of(
        step.toString(),
        microseconds(measured, "p50").toString(),
        microseconds(measured, "p99").toString(),
        microseconds(measured, "p999").toString(),
        microseconds(measured, "max").toString(),
        step == Step.STEP4
            ? "-"
            : Ratio.of(microseconds(step4, "max"), microseconds(measured, "max")).toString(),
        Numbers.shown(100 * slow / all) + " %");
  }

  private static BenchmarkCase benchmarkCase(Step step, int keys) {
    return BenchmarkCase.of(
            String.format(Locale.ROOT, "%s, %,d overwrites", step, OVERWRITES * keys),
            "ms",
            OverwriteBenchmark.class,
            "overwrite",
            Map.of("step", step.name(), "keys", "" + keys))
        .calledOnce();
  }

  private static Score microseconds(RunResult measured, String counter) {
    return Score.of(measured, counter).map(nanoseconds -> nanoseconds / 1000);
  }

  /** The latencies of all calls. JMH reports the results of the methods, in nanoseconds. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Latencies {
    private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private long[] sorted = {0};

    void of(long[] nanoseconds) {
      sorted = nanoseconds.clone();
      Arrays.sort(sorted);
    }

    /** Returns the latency that half of the calls did not exceed. */
    public long p50() {
      return atMost(0.5);
    }

    /** Returns the latency that one call in ten exceeded. */
    public long p90() {
      return atMost(0.9);
    }

    /** Returns the latency that one call in a hundred exceeded. */
    public long p99() {
      return atMost(0.99);
    }

    /** Returns the latency that one call in a thousand exceeded. */
    public long p999() {
      return atMost(0.999);
    }

    /** Returns the latency that one call in ten thousand exceeded. */
    public long p9999() {
      return atMost(0.9999);
    }

    /** Returns the latency that one call in a hundred thousand exceeded. */
    public long p99999() {
      return atMost(0.99999);
    }

    /** Returns the latency of the slowest call. */
    public long max() {
      return atMost(1);
    }

    /** Returns the total of the latencies above a millisecond. */
    public long slow() {
      return Arrays.stream(sorted).filter(one -> one > SLOW_NANOS).sum();
    }

    /** Returns the total of all latencies. */
    public long all() {
      return Arrays.stream(sorted).sum();
    }

    /**
     * Returns the nearest-rank percentile: the latency that this share of the calls did not exceed.
     */
    private long atMost(double share) {
      return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }
  }

  /** Overwrites in one filled store, each timed. */
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class OverwriteBenchmark extends StoreState {
    /** The store that is measured. */
    @Param({"STEP4", "STEP5", "ENGINE"})
    public Step step;

    /** The number of keys in the store. */
    @Param("250000")
    public int keys;

    /** Fills the store. */
    @Setup
    public void fill() throws IOException {
      open(step::open);
      store.fill(keys);
    }

    /** Overwrites keys, and times each put. */
    @Benchmark
    public void overwrite(Latencies latencies) throws IOException {
      SplittableRandom random = new SplittableRandom(keys);
      long[] nanoseconds = new long[OVERWRITES * keys];
      for (int i = 0; i < nanoseconds.length; i++) {
        byte[] key = Data.key(random.nextInt(keys));
        byte[] value = Data.value(i);
        long start = System.nanoTime();
        store.put().put(key, value);
        nanoseconds[i] = System.nanoTime() - start;
      }
      latencies.of(nanoseconds);
    }
  }
}
