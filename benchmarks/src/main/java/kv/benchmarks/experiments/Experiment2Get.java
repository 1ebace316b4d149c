/*
 * WHAT THIS FILE IS
 *
 * Experiment 2: the cost of a get as the store grows. The table has a row for each step, and the
 * number of keys grows tenfold from column to column: read along a row.
 *
 * WHAT IT SHOWS
 *
 * Step 2 reads the whole log for every get, hit or miss, so ten times the keys take ten times as
 * long. From step 3 on, a hit is one lookup and one read, and a miss is the lookup alone. The read
 * is a system call in steps 3 to 5, and a copy from a mapped file in the engine. Some growth
 * remains, by a small factor for a thousand times the keys: most likely because the memory no
 * longer fits the processor's caches.
 *
 * WHAT IT DOES NOT SHOW
 *
 * A disk. The whole log fits the operating system's cache. A read from the disk waits for the disk,
 * in every step.
 *
 * Concurrent readers. In steps 3 to 5 they take turns; in the engine they do not: see Limits.
 */
package kv.benchmarks.experiments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.BenchmarkCase;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.MyStore;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.RandomKeys;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.runner.RunnerException;

/** Experiment 2: the cost of a get as the store grows. */
public final class Experiment2Get implements Experiment {
  /** With more keys, a get of step 2 takes very long, and teaches nothing new. */
  private static final int MOST_KEYS_TO_SCAN = 10_000;

  @Override
  public String question() {
    return "Ten times the keys: what does a get cost?";
  }

  @Override
  public Step first() {
    return Step.STEP2;
  }

  @Override
  public Step lastKnown() {
    return Step.STEP3;
  }

  @Override
  public String method() {
    return "Keys of 16 bytes, values of 100 bytes. Gets of a random key that is present (hit) or"
        + " absent (miss).";
  }

  @Override
  public String ratio(Profile profile) {
    return String.format(
        Locale.ROOT,
        "With an index (step 3), %,d keys instead of %,d: how many times longer is a get?",
        profile.mostKeys(),
        profile.fewestKeys());
  }

  @Override
  public String lesson() {
    return "The time of a scan grows with the log. The time of a lookup hardly does, even for a"
        + " thousand times the keys.";
  }

  @Override
  public String next() {
    return "A lookup takes the same steps in an index of any size. Which memory has to be near the"
        + " processor\nfor it to be quick?";
  }

  @Override
  public int measurements(Profile profile) {
    return cases(profile).size();
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException {
    List<String> header = harness.profile().header("microseconds (us) per get");
    header.add("x for ten times the keys");
    Table table = new Table(header.toArray(String[]::new));
    Ratio ratio = null;
    Map<BenchmarkCase, Score> measured = harness.measure(cases(harness.profile()));
    List<Chart.Series> series = new ArrayList<>();
    for (String method : List.of("hit", "miss")) {
      for (Row row : rows(harness.profile())) {
        List<String> cells = new ArrayList<>(List.of(row.name() + ", " + method));
        List<Score> scores = new ArrayList<>();
        for (int keys : row.sizes(harness.profile())) {
          scores.add(measured.get(row.benchmarkCase(method, keys)));
          cells.add(scores.get(scores.size() - 1).toString());
        }
        while (cells.size() < header.size() - 1) {
          cells.add("(too slow)");
        }
        cells.add(inAll(scores).root(scores.size() - 1).toString());
        table.row(cells);
        if (method.equals("hit")) {
          series.add(row.series(row.sizes(harness.profile()), scores));
          ratio = row.step == Step.STEP3 ? inAll(scores) : ratio;
        }
      }
    }
    Chart chart =
        new Chart(
            "A get of a key that is present",
            Chart.Axis.logarithmic("keys"),
            Chart.Axis.logarithmic("microseconds per get"),
            true,
            series);
    return new Outcome(ratio, table, List.of(chart));
  }

  /** Returns the ratio of the last score to the first. */
  private static Ratio inAll(List<Score> scores) {
    return Ratio.of(scores.get(scores.size() - 1), scores.get(0));
  }

  /** Returns all cases; those that are compared follow each other. */
  private List<BenchmarkCase> cases(Profile profile) {
    List<BenchmarkCase> cases = new ArrayList<>();
    for (String method : List.of("hit", "miss")) {
      for (int keys : profile.sizes()) {
        for (Row row : rows(profile)) {
          if (row.sizes(profile).contains(keys)) {
            cases.add(row.benchmarkCase(method, keys));
          }
        }
      }
    }
    return cases;
  }

  private List<Row> rows(Profile profile) {
    List<Row> rows = new ArrayList<>();
    profile.from(first()).forEach(step -> rows.add(new Row(step, null)));
    if (profile.mine() != null) {
      rows.add(new Row(Step.STEP5, profile.mine()));
    }
    return rows;
  }

  /** A row of the table: a store, or the reader's classes in place of those of its step. */
  private record Row(Step step, Path mine) {
    String name() {
      return mine == null ? step.toString() : "mine";
    }

    List<Integer> sizes(Profile profile) {
      return profile.sizes().stream()
          .filter(keys -> step != Step.STEP2 || keys <= MOST_KEYS_TO_SCAN)
          .toList();
    }

    BenchmarkCase benchmarkCase(String method, int keys) {
      return BenchmarkCase.of(
              String.format(Locale.ROOT, "%s, get, %s, %,d keys", name(), method, keys),
              "us",
              mine == null ? GetBenchmark.class : MineBenchmark.class,
              method,
              Map.of("step", step.name(), "keys", "" + keys))
          .withJvmArguments(mine == null ? List.of() : MyStore.jvmArguments(mine));
    }

    Chart.Series series(List<Integer> sizes, List<Score> scores) {
      List<Chart.Point> points = new ArrayList<>();
      for (int i = 0; i < scores.size(); i++) {
        points.add(Chart.Point.of(sizes.get(i), scores.get(i)));
      }
      int style = mine == null ? step.ordinal() : Step.values().length;
      return new Chart.Series(name(), style, points);
    }
  }

  /** Gets from the reader's own store. The class gives the results a name of their own. */
  public static class MineBenchmark extends GetBenchmark {}

  /** Gets from one filled store. */
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public static class GetBenchmark extends StoreState {
    /** The store that is measured. */
    @Param({"STEP2", "STEP3", "STEP4", "STEP5", "ENGINE"})
    public Step step;

    /** The number of keys in the store. */
    @Param({"1000", "10000"})
    public int keys;

    /** Fills the store. */
    @Setup
    public void fill() throws IOException {
      open(step::open);
      store.fill(keys);
    }

    /** Gets a key that is present. */
    @Benchmark
    public byte[] hit(RandomKeys random) throws IOException {
      return store.get().get(random.present(keys));
    }

    /** Gets a key that is absent. */
    @Benchmark
    public byte[] miss(RandomKeys random) throws IOException {
      return store.get().get(random.absent(keys));
    }
  }
}
