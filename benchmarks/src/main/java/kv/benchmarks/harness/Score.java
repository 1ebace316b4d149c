package kv.benchmarks.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.ListStatistics;

/**
 * The result of one measurement.
 *
 * @param rounds the score of each iteration that counts, in all JVMs
 */
public record Score(List<Double> rounds) {
  private static final double CONFIDENCE = 0.999;

  public Score(double... rounds) {
    this(DoubleStream.of(rounds).boxed().toList());
  }

  /** Returns the scores of a benchmark's method. */
  public static Score of(RunResult result) {
    List<Double> rounds = new ArrayList<>();
    for (IterationResult iteration : iterations(result)) {
      rounds.add(iteration.getPrimaryResult().getScore());
    }
    return new Score(rounds);
  }

  /** Returns the scores of one of a benchmark's auxiliary counters. */
  public static Score of(RunResult result, String counter) {
    List<Double> rounds = new ArrayList<>();
    for (IterationResult iteration : iterations(result)) {
      Result<?> one = iteration.getSecondaryResults().get(counter);
      rounds.add(one.getScore());
    }
    return new Score(rounds);
  }

  private static List<IterationResult> iterations(RunResult result) {
    List<IterationResult> iterations = new ArrayList<>();
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      iterations.addAll(fork.getIterationResults());
    }
    return iterations;
  }

  /** Returns the median round, which a single slow round does not move; of two, their mean. */
  public double median() {
    return statistics().getPercentile(50);
  }

  double least() {
    return statistics().getMin();
  }

  double most() {
    return statistics().getMax();
  }

  public double mean() {
    return statistics().getMean();
  }

  /**
   * Returns JMH's error: half of the confidence interval of the mean, at 99.9 %. It is NaN for a
   * single round.
   */
  public double error() {
    return statistics().getMeanErrorAt(CONFIDENCE);
  }

  /** Returns the largest distance of a round from the median: 0 for a single round. */
  public double distance() {
    return Math.max(most() - median(), median() - least());
  }

  /** Returns the distance as a fraction of the median. */
  double spread() {
    return distance() / median();
  }

  /** Returns the score in another unit. */
  public Score map(DoubleUnaryOperator unit) {
    return new Score(rounds.stream().map(unit::applyAsDouble).toList());
  }

  /** Returns a score of the first rounds of all JVMs, one of the second rounds, and so on. */
  public List<Score> split(int roundsPerFork) {
    List<Score> split = new ArrayList<>();
    for (int first = 0; first < roundsPerFork; first++) {
      List<Double> same = new ArrayList<>();
      for (int i = first; i < rounds.size(); i += roundsPerFork) {
        same.add(rounds.get(i));
      }
      split.add(new Score(same));
    }
    return split;
  }

  /** The median, and the largest distance of a round from it in percent. */
  @Override
  public String toString() {
    return Numbers.shown(median())
        + (rounds.size() > 1 ? String.format(Locale.ROOT, " +-%.0f %%", 100 * spread()) : "");
  }

  private ListStatistics statistics() {
    return new ListStatistics(rounds.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
