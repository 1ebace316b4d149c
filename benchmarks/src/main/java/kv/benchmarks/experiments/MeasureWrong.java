/*
 * WHAT THIS FILE IS
 *
 * A benchmark with a mistake in it, beside a correct one. Both measure a get of step 2 in a store
 * of 1,000 keys.
 *
 *     java -jar benchmarks/target/benchmarks.jar wrong
 *
 * THE MISTAKE
 *
 * Look at measureWrong before you read on. It puts one of the keys, to be sure that the key is
 * present, and then gets it. The store has 1,000 keys before and after.
 *
 * But its log has one more record, and a get reads the log. Each call makes the next one slower, so
 * the result depends on the length of the measurement. Longer or repeated measurements do not
 * approach a true value: the error bars shrink, around a number without meaning.
 *
 * HOW TO NOTICE
 *
 * Look at the rounds, not only at their mean. If they move in one direction, then either the
 * measurement is still warming up, and they become quicker until they settle; or the benchmark
 * changes the object of its measurement. Measure for twice as long: a property of the store stays
 * the same.
 *
 * THE CORRECT ONE
 *
 * measureRight does not change the store. A method with Setup prepares everything that a call
 * needs.
 *
 * OTHER MISTAKES, and where this module avoids them
 *
 * Dead code: the compiler removes code whose result is unused. Experiment 2 returns the value to
 * JMH, which uses it; Limits passes it to a Blackhole.
 *
 * A single key: it is in the processor's cache after the first get. Experiment 2 draws random keys,
 * and a random number costs little beside a get.
 *
 * Different work: of two stores, only one waits for the disk. Experiment 1 has a column for each.
 *
 * A disk that is memory: so is /tmp on many systems. WorkDirectory is beside the jar.
 *
 * The mean of a distribution with a long tail. Experiment 5 asks for the slowest put.
 */
package kv.benchmarks.experiments;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;
import org.openjdk.jmh.runner.RunnerException;

/** A benchmark with a mistake, beside a correct one. */
public final class MeasureWrong implements Experiment {
  private static final int KEYS = 1_000;

  /** Enough to show a trend. */
  private static final int ROUNDS = 10;

  @Override
  public String question() {
    return "What if a benchmark changes the store that it measures?";
  }

  @Override
  public Step first() {
    return Step.STEP2;
  }

  @Override
  public Step lastKnown() {
    return Step.ENGINE;
  }

  @Override
  public String method() {
    return "Gets of step 2, 1,000 keys, in "
        + ROUNDS
        + " rounds. Right: only gets. Wrong: each get follows a put\nof the same key, which makes"
        + " sure that the key is present.";
  }

  @Override
  public String ratio(Profile profile) {
    return "Measured wrongly: how many times longer does a call take in the last round than in the"
        + " first?";
  }

  @Override
  public String lesson() {
    return "The store always has 1,000 keys, but each put makes the log longer, and a get reads the"
        + " log. The mean\nof such rounds depends on the length of the measurement, not only on"
        + " the time of a get.";
  }

  @Override
  public String next() {
    return "Which of the numbers that you quote come from a store that grew during the"
        + " measurement?";
  }

  @Override
  public int measurements(Profile profile) {
    return 2;
  }

  @Override
  public Outcome run(Harness harness) throws RunnerException {
    Table table =
        new Table("microseconds (us) per call", "first round", "last round", "x", "mean of all");
    List<Chart.Series> series = new ArrayList<>();
    for (String method : List.of("measureWrong", "measureRight")) {
      Score score =
          harness.measureIterations(
              "step2-scan, " + method, "us", GrowingLog.class, method, ROUNDS);
      List<Score> rounds = score.split(ROUNDS);
      Score first = rounds.get(0);
      Score last = rounds.get(ROUNDS - 1);
      table.row(
          List.of(
              method,
              first.toString(),
              last.toString(),
              Numbers.shown(last.median() / first.median()),
              score.toString()));
      series.add(Chart.Series.of(method, series.isEmpty() ? 3 : 4, rounds));
    }
    List<Chart.Point> wrong = series.get(0).points();
    Chart chart =
        new Chart(
            "The same get, measured wrongly and correctly",
            Chart.Axis.linear("round"),
            Chart.Axis.linear("microseconds per call"),
            true,
            series);
    Ratio ratio = Ratio.of(new Score(wrong.get(ROUNDS - 1).y()), new Score(wrong.get(0).y()));
    return new Outcome(ratio, table, List.of(chart));
  }

  /** Gets from a store of step 2, with a put before each or without. */
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public static class GrowingLog extends StoreState {
    private final SplittableRandom random = new SplittableRandom();
    private boolean counts;

    /** Fills a store: a new one for each warm-up, and one for all rounds that count. */
    @Setup(Level.Iteration)
    public void fill(IterationParams round) throws IOException {
      if (counts) {
        return;
      }
      if (store != null) {
        close();
      }
      counts = round.getType() == IterationType.MEASUREMENT;
      open(Step.STEP2::open);
      store.fill(KEYS);
    }

    /** Puts and gets a key. */
    @Benchmark
    public byte[] measureWrong() throws IOException {
      int number = random.nextInt(KEYS);
      store.put().put(Data.key(number), Data.value(number));
      return store.get().get(Data.key(number));
    }

    /** Gets a key that is present. */
    @Benchmark
    public byte[] measureRight() throws IOException {
      return store.get().get(Data.key(random.nextInt(KEYS)));
    }
  }
}
