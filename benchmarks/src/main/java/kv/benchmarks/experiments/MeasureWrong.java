/*
 * WHAT THIS FILE IS
 *
 * A benchmark with a mistake in it, beside the right one. Both ask what a get of step 2 takes when
 * the store has 1,000 keys.
 *
 *     java -jar benchmarks/target/benchmarks.jar wrong
 *
 * THE MISTAKE
 *
 * Look at measureWrong before you read on. It puts one of the keys, to be sure that there is
 * something to get, and then gets it. The store has 1,000 keys before and after.
 *
 * But its log has one record more, and a get reads the log. Each call makes the next one slower, so
 * what comes out depends on how long the measurement goes on. There is no right number to be found
 * by measuring longer, or more often: the error bars become smaller, around nothing.
 *
 * HOW TO NOTICE
 *
 * Look at the rounds, not only at their mean. If they go one way, either the measurement has not
 * warmed up, and they become quicker until they stay; or it changes what it measures. Measure for
 * twice as long: what is a property of the store stays the same.
 *
 * WHAT THE RIGHT ONE DOES
 *
 * measureRight leaves the store as it is. What a call needs is made before, in a method with
 * Setup, and no call changes it.
 *
 * OTHER MISTAKES, and where this module avoids them
 *
 * Dead code: a compiler leaves out what nobody uses. Experiment 2 returns what it got, and JMH uses
 * it; Limits gives it to a Blackhole.
 *
 * One key, over and over, is in the processor's cache after the first time. Experiment 2 draws keys
 * at random, and a random number costs little beside a get.
 *
 * Two stores of which one waits for the disk, and one does not: they do different work. Experiment
 * 1 has both in columns of their own.
 *
 * A disk that is none: in many systems /tmp is in memory. WorkDirectory is beside the jar.
 *
 * The mean of what has a long tail. Experiment 5 asks for the slowest.
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

/** What if a benchmark changes what it measures? */
public final class MeasureWrong implements Experiment {
  private static final int KEYS = 1_000;

  /** Enough to see where they go. */
  private static final int ROUNDS = 10;

  @Override
  public String question() {
    return "What if a benchmark changes what it measures?";
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
        + " rounds. Right: nothing but gets. Wrong: before each get, one\nof the same keys is put,"
        + " so that it is there.";
  }

  @Override
  public String ratio(Profile profile) {
    return "Measured wrongly: how many times as long as in the first round is a call in the last?";
  }

  @Override
  public String lesson() {
    return "There are 1,000 keys all the time, but each put makes the log longer, and a get reads"
        + " the log. The\nmean of such rounds says how long was measured, and not what a get"
        + " takes.";
  }

  @Override
  public String next() {
    return "Which of the numbers that you quote were measured while what they measure was growing?";
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
            "The same get, measured wrongly and rightly",
            Chart.Axis.linear("round"),
            Chart.Axis.linear("microseconds per call"),
            true,
            series);
    Ratio ratio = Ratio.of(new Score(wrong.get(ROUNDS - 1).y()), new Score(wrong.get(0).y()));
    return new Outcome(ratio, table, List.of(chart));
  }

  /** What JMH runs. */
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public static class GrowingLog extends StoreState {
    private final SplittableRandom random = new SplittableRandom();
    private boolean counts;

    /** Fills a store, a new one for each round that warms up, and one for all that count. */
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

    /** A get of a key that is there, for sure. */
    @Benchmark
    public byte[] measureWrong() throws IOException {
      int number = random.nextInt(KEYS);
      store.put().put(Data.key(number), Data.value(number));
      return store.get().get(Data.key(number));
    }

    /** A get of a key that is there. */
    @Benchmark
    public byte[] measureRight() throws IOException {
      return store.get().get(Data.key(random.nextInt(KEYS)));
    }
  }
}
