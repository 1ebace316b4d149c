/*
 * WHAT THIS FILE IS
 *
 * Experiment 3: the price of keeping the index in memory. It is gone when the process ends, and
 * every open builds it again: out of the whole log, or, in the engine, out of hint files.
 *
 * WHAT IT SHOWS
 *
 * When there are many keys, ten times as many take ten times as long or more, and steps 3 and 4
 * read the values although nobody asked for them. For that time a service is down after a crash.
 *
 * The engine writes a hint file beside each sealed segment: the keys, and where their records are.
 * To see what that saves, the last row opens the same store after its hint files were deleted. The
 * open itself does not write them anew: a thread of the store does that, after the clock is read.
 *
 * WHAT IT DOES NOT SHOW
 *
 * A log that is not in the operating system's cache, as after a reboot: then the disk sets the
 * pace, and hint files save more, as there is less to read.
 *
 * The engine after a crash. Then the last segment has no hint file, and is read whole; the others
 * have theirs.
 */
package kv.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

/** How long until the store is open? */
public final class Experiment3Open implements Experiment {
  @Override
  public String question() {
    return "How long until the store is open?";
  }

  @Override
  public Step lastKnown() {
    return Step.STEP3;
  }

  @Override
  public String method() {
    return "Keys of 16 bytes, values of 100, each put once; the file is in the operating system's"
        + " cache.";
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
    return "What makes a get fast is in memory, and has to be built again. The steps read the whole"
        + " log for that. The\nengine has hint files, which hold what it needs, without the values.";
  }

  @Override
  public String next() {
    return "A hint file has a fifth of the log's bytes. What else does step 3 do for each key?";
  }

  @Override
  public int measurements(Profile profile) {
    int rows = profile.from(Step.STEP3).size() + (profile.last() == Step.ENGINE ? 1 : 0);
    return rows * profile.sizes().size();
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException {
    List<String> header = harness.profile().header("milliseconds (ms) to open");
    Table table = new Table(header.toArray(String[]::new));
    Map<Step, Chart.Series> series = new EnumMap<>(Step.class);
    for (Step step : harness.profile().from(Step.STEP3)) {
      series.put(step, measure(harness, table, step.toString(), step, true));
    }
    List<Chart.Series> all = new ArrayList<>(series.values());
    boolean hasEngine = series.containsKey(Step.ENGINE);
    if (hasEngine) {
      all.add(measure(harness, table, Step.ENGINE + ", no hint files", Step.ENGINE, false));
    }
    Chart chart =
        new Chart(
            "Until the store is open",
            Chart.Axis.logarithmic("keys"),
            Chart.Axis.logarithmic("milliseconds"),
            true,
            all);
    double step3 = slowest(series.get(Step.STEP3));
    double ratio =
        step3
            / (hasEngine
                ? slowest(series.get(Step.ENGINE))
                : series.get(Step.STEP3).points().get(0).y());
    return new Outcome(ratio, table, List.of(chart));
  }

  private static double slowest(Chart.Series series) {
    return series.points().get(series.points().size() - 1).y();
  }

  /** Measures one row of the table, and adds it. */
  private static Chart.Series measure(
      Harness harness, Table table, String name, Step step, boolean hints) throws RunnerException {
    List<String> row = new ArrayList<>(List.of(name));
    List<Chart.Point> points = new ArrayList<>();
    for (int keys : harness.profile().sizes()) {
      Score score =
          harness.measure(
              String.format(Locale.ROOT, "%s, %,d keys", name, keys),
              "ms",
              OpenBenchmark.class,
              "open",
              1,
              Map.of("step", step.name(), "hints", "" + hints, "keys", "" + keys));
      row.add(score.toString());
      points.add(Chart.Point.of(keys, score));
    }
    table.row(row);
    return new Chart.Series(name, hints ? step.ordinal() : Step.values().length, points);
  }

  /** What JMH runs. */
  @State(Scope.Benchmark)
  @BenchmarkMode(Mode.SingleShotTime)
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public static class OpenBenchmark {
    /** The store that is measured. */
    @Param({"STEP3", "STEP4", "STEP5", "ENGINE"})
    public Step step;

    /** Whether hint files are left where there are some: in the engine. */
    @Param({"true", "false"})
    public boolean hints;

    /** How many keys are in the store. */
    @Param({"1000", "10000"})
    public int keys;

    private Path directory;
    private OpenStore store;

    /** Fills a store, and closes it. */
    @Setup
    public void fill() throws IOException {
      directory = WorkDirectory.create();
      try (OpenStore filled = step.open(directory)) {
        filled.fill(keys);
      }
      dropHints();
    }

    private void dropHints() throws IOException {
      if (hints) {
        return;
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.hint")) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
    }

    /** Opens it. */
    @Benchmark
    public OpenStore open() throws IOException {
      store = step.open(directory);
      return store;
    }

    /** Closes it again, off the clock. */
    @TearDown(Level.Invocation)
    public void close() throws IOException {
      store.close();
      // A store that was opened without hint files has written them by now.
      dropHints();
    }

    /** Takes the store away. */
    @TearDown
    public void delete() throws IOException {
      WorkDirectory.delete(directory);
    }
  }
}
