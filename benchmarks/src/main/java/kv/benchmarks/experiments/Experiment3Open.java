/*
 * WHAT THIS FILE IS
 *
 * Experiment 3: the price of keeping the index in memory. The index is lost when the process ends,
 * and every open rebuilds it: from the whole log, or in the engine from hint files, or from the
 * index that the last close saved.
 *
 * WHAT IT SHOWS
 *
 * In large stores, ten times the keys take ten times as long or longer. Steps 3 to 5 also read the
 * values, which the index does not need. After a crash, a service is down for that time.
 *
 * The engine writes a hint file beside each sealed segment: the keys, and the offsets of their
 * records. A close also saves the index of a store with 10,000 keys or more. To show the time saved,
 * the last rows open the same store after that index was deleted, and then the hint files too. Such
 * an open does not rewrite them: a thread of the store does, after the clock is read.
 *
 * WHAT IT DOES NOT SHOW
 *
 * A log that is not in the operating system's cache, as after a reboot: then the disk sets the
 * pace, and hint files save more, as there is less to read.
 *
 * The engine after a crash. Then the last segment has no hint file and is read entirely; the other
 * segments have theirs.
 */
package kv.benchmarks.experiments;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kv.benchmarks.harness.AnyStore;
import kv.benchmarks.harness.BenchmarkCase;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Table;
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
import org.openjdk.jmh.runner.RunnerException;

/** Experiment 3: the time to rebuild the index. */
public final class Experiment3Open implements Experiment {
  private static final String HINT_FILES =
      "A close saves the engine's index if it has 10,000 keys or more. After a crash there are only"
          + " hint\nfiles: the keys and the offsets of their records, without the values. The last"
          + " rows are the\nengine without that index, and without hint files too.";

  @Override
  public String question() {
    return "How long until the store is open?";
  }

  @Override
  public Step first() {
    return Step.STEP3;
  }

  @Override
  public Step lastKnown() {
    return Step.STEP3;
  }

  @Override
  public String method() {
    return "Keys of 16 bytes, values of 100 bytes, each put once; the log is in the operating"
        + " system's cache.";
  }

  @Override
  public String ratio(Profile profile) {
    return String.format(
        Locale.ROOT,
        profile.last() == Step.ENGINE
            ? "%,d keys: how many times longer does step 3 take to open than the engine?"
            : "%,d keys instead of %,d: how many times longer does step 3 take to open?",
        profile.mostKeys(),
        profile.fewestKeys());
  }

  @Override
  public String lesson() {
    return "The index that makes a get fast is in memory, and every open rebuilds it: the steps"
        + " read the whole log.";
  }

  @Override
  public String next() {
    return "Which bytes does an open read that the index does not need?";
  }

  @Override
  public int measurements(Profile profile) {
    return rows(profile).size() * profile.sizes().size();
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException {
    List<String> header = harness.profile().header("milliseconds (ms) to open");
    Table table = new Table(header.toArray(String[]::new));
    List<Row> rows = rows(harness.profile());
    Map<BenchmarkCase, Score> scores = harness.measure(cases(rows, harness.profile()));
    List<Chart.Series> series = new ArrayList<>();
    for (Row row : rows) {
      List<String> cells = new ArrayList<>(List.of(row.name()));
      List<Chart.Point> points = new ArrayList<>();
      for (int keys : harness.profile().sizes()) {
        Score score = scores.get(row.benchmarkCase(keys));
        cells.add(score.toString());
        points.add(Chart.Point.of(keys, score));
      }
      table.row(cells);
      series.add(new Chart.Series(row.name(), row.style(), points));
    }
    Chart chart =
        new Chart(
            "Time to open the store",
            Chart.Axis.logarithmic("keys"),
            Chart.Axis.logarithmic("milliseconds"),
            true,
            series);
    boolean hasEngine = harness.profile().last() == Step.ENGINE;
    int most = harness.profile().mostKeys();
    Row step3 = new Row(Step.STEP3, Kept.ALL);
    BenchmarkCase other =
        hasEngine
            ? new Row(Step.ENGINE, Kept.ALL).benchmarkCase(most)
            : step3.benchmarkCase(harness.profile().fewestKeys());
    Ratio ratio = Ratio.of(scores.get(step3.benchmarkCase(most)), scores.get(other));
    return new Outcome(ratio, table, List.of(chart), hasEngine ? List.of(HINT_FILES) : List.of());
  }

  /** The files that an open of the engine finds beside the segments. */
  public enum Kept {
    /** Hint files and the saved index. */
    ALL(""),
    /** Hint files, as after a crash. */
    HINTS(", no saved index", ".index"),
    /** Neither. */
    NONE(", no hint files", ".index", ".hint");

    private final String label;
    private final List<String> deleted;

    Kept(String label, String... deleted) {
      this.label = label;
      this.deleted = List.of(deleted);
    }
  }

  /** A row of the table: a store with some of its files. */
  private record Row(Step step, Kept kept) {
    String name() {
      return step + kept.label;
    }

    int style() {
      return step.ordinal() + kept.ordinal();
    }

    BenchmarkCase benchmarkCase(int keys) {
      return BenchmarkCase.of(
          String.format(Locale.ROOT, "%s, %,d keys", name(), keys),
          "ms",
          OpenBenchmark.class,
          "open",
          Map.of("step", step.name(), "kept", kept.name(), "keys", "" + keys));
    }
  }

  private List<Row> rows(Profile profile) {
    List<Row> rows = new ArrayList<>();
    profile.from(first()).forEach(step -> rows.add(new Row(step, Kept.ALL)));
    if (profile.last() == Step.ENGINE) {
      rows.add(new Row(Step.ENGINE, Kept.HINTS));
      rows.add(new Row(Step.ENGINE, Kept.NONE));
    }
    return rows;
  }

  /** Returns all cases; those that are compared follow each other. */
  private static List<BenchmarkCase> cases(List<Row> rows, Profile profile) {
    List<BenchmarkCase> cases = new ArrayList<>();
    for (int keys : profile.sizes()) {
      rows.forEach(row -> cases.add(row.benchmarkCase(keys)));
    }
    return cases;
  }

  /** Opens of one filled store. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class OpenBenchmark {
    /** The store that is measured. */
    @Param({"STEP3", "STEP4", "STEP5", "ENGINE"})
    public Step step;

    /** The files that remain. Only the engine has them. */
    @Param({"ALL", "HINTS", "NONE"})
    public Kept kept;

    /** The number of keys in the store. */
    @Param({"1000", "10000"})
    public int keys;

    private Path directory;
    private AnyStore store;

    /** Fills and closes the store. */
    @Setup
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      try (AnyStore filled = step.open(directory)) {
        filled.fill(keys);
      }
      dropFiles();
    }

    private void dropFiles() throws IOException {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          if (kept.deleted.stream().anyMatch(file.toString()::endsWith)) {
            Files.delete(file);
          }
        }
      }
    }

    /** Opens the store. */
    @Benchmark
    public AnyStore open() throws IOException {
      store = step.open(directory);
      return store;
    }

    /** Closes the store, off the clock. */
    @TearDown(Level.Invocation)
    public void close() throws IOException {
      store.close();
      // The store has written them again.
      dropFiles();
    }

    /** Deletes the store. */
    @TearDown
    public void delete() throws IOException {
      WorkDirectory.delete(directory);
    }
  }
}
