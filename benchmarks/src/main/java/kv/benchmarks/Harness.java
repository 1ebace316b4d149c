package kv.benchmarks;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** Runs one measurement after the other, and says so. */
final class Harness {
  /** The first JDK that warns of JMH's use of sun.misc.Unsafe, in every JVM that measures. */
  private static final int FIRST_TO_WARN = 24;

  private final Profile profile;
  private final PrintStream out;
  private final int measurements;
  private int done;

  Harness(Profile profile, PrintStream out, int measurements) {
    this.profile = profile;
    this.out = out;
    this.measurements = measurements;
  }

  Profile profile() {
    return profile;
  }

  /** Says what is measured next. */
  void begin(String what) {
    done++;
    out.print(String.format(Locale.ROOT, "  [%2d/%d] %-54s", done, measurements, what));
    out.flush();
  }

  /** Says what came out. */
  void end(String result) {
    out.println(result);
  }

  /**
   * Has JMH measure one benchmark in a JVM of its own, and returns the score, the mean of its
   * iterations. The line that shows it has the least and the greatest of them, too.
   *
   * @param unit what a score of 1 is, for the line that shows it
   */
  double measure(
      String what,
      String unit,
      Class<?> benchmark,
      String method,
      int threads,
      Map<String, String> parameters)
      throws RunnerException {
    begin(what);
    ChainedOptionsBuilder options =
        options(benchmark, method, parameters)
            .warmupIterations(profile.warmups())
            .warmupTime(profile.time())
            .measurementIterations(profile.iterations())
            .measurementTime(profile.time())
            .threads(threads);
    RunResult result = new Runner(options.build()).runSingle();
    double score = result.getPrimaryResult().getScore();
    Statistics all = result.getPrimaryResult().getStatistics();
    end(
        String.format(
            Locale.ROOT,
            "%9s %s   (%s to %s)",
            Table.number(score),
            unit,
            Table.number(all.getMin()),
            Table.number(all.getMax())));
    return score;
  }

  /**
   * Has JMH run one benchmark a single time in a JVM of its own, and returns what the benchmark
   * itself has measured.
   */
  Map<String, Double> measureOnce(
      String what, String unit, Class<?> benchmark, String method, Map<String, String> parameters)
      throws RunnerException {
    begin(what);
    ChainedOptionsBuilder options =
        options(benchmark, method, parameters).warmupIterations(0).measurementIterations(1);
    RunResult result = new Runner(options.build()).runSingle();
    end(
        String.format(
            Locale.ROOT, "%9s %s", Table.number(result.getPrimaryResult().getScore()), unit));
    Map<String, Double> measured = new HashMap<>();
    result.getSecondaryResults().forEach((name, one) -> measured.put(name, one.getScore()));
    return measured;
  }

  private ChainedOptionsBuilder options(
      Class<?> benchmark, String method, Map<String, String> parameters) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + benchmark.getCanonicalName().replace(".", "\\.") + "\\." + method + "$")
            .forks(profile.forks())
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    parameters.forEach(options::param);
    if (Runtime.version().feature() >= FIRST_TO_WARN) {
      options.jvmArgsAppend("--sun-misc-unsafe-memory-access=allow");
    }
    return options;
  }
}
