package kv.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs one measurement after the other, and says so. */
final class Harness {
  /** The first JDK that warns of JMH's use of sun.misc.Unsafe, in every JVM that measures. */
  static final int FIRST_TO_WARN = 24;

  /** Less than the 80 of a terminal, since the last column of some begins a new line. */
  private static final int LINE_WIDTH = 79;

  /** What is measured, in so many characters: it leaves room for the progress. */
  private static final int NAME_WIDTH = 44;

  private final Profile profile;
  private final PrintStream out;
  private final boolean terminal;
  private final int measurementsOfAll;
  private final long start = System.nanoTime();
  private int doneOfAll;
  private int measurements;
  private int done;
  private String line;
  private final List<Double> spreads = new ArrayList<>();
  private String widest = "";
  private final List<RunResult> results = new ArrayList<>();

  /**
   * A harness for some experiments.
   *
   * @param terminal whether what is printed can be printed over
   * @param measurements how many all of the experiments take
   */
  Harness(Profile profile, PrintStream out, boolean terminal, int measurements) {
    this.profile = profile;
    this.out = out;
    this.terminal = terminal;
    this.measurementsOfAll = measurements;
  }

  Profile profile() {
    return profile;
  }

  /** What JMH has measured so far, in all experiments. */
  List<RunResult> results() {
    return results;
  }

  /** The next experiment begins, and takes so many measurements. */
  void experiment(int measurements) {
    this.measurements = measurements;
    done = 0;
    spreads.clear();
  }

  /** Says what is measured next. */
  void begin(String what) {
    done++;
    line =
        String.format(Locale.ROOT, "  [%2d/%d] %-" + NAME_WIDTH + "s ", done, measurements, what);
    out.print(line);
    showProgress("");
    out.flush();
  }

  /** Says what came out. */
  void end(String result) {
    doneOfAll++;
    out.println(terminal ? overwrite(result) : result);
  }

  /** Prints over what was printed before, where that can be done. */
  private void showProgress(String round) {
    if (terminal) {
      out.print(overwrite(round + timeLeft()));
      out.flush();
    }
  }

  /** The line from its start, long enough to cover what is there. */
  private String overwrite(String text) {
    int width = Math.max(1, LINE_WIDTH - line.length());
    return String.format(Locale.ROOT, "\r%s%-" + width + "s", line, text);
  }

  /** As if what is to come took as long as what was. Empty before there is anything to go by. */
  private String timeLeft() {
    if (doneOfAll == 0) {
      return "";
    }
    long left = (System.nanoTime() - start) / doneOfAll * (measurementsOfAll - doneOfAll);
    long seconds = TimeUnit.NANOSECONDS.toSeconds(left);
    return seconds < 60 ? seconds + " s left" : Math.round(seconds / 60.0) + " min left";
  }

  /**
   * Has JMH measure one benchmark, in as many JVMs of its own as the profile has forks. The line
   * that shows the score tells how far the rounds are apart, too.
   *
   * @param unit what a score of 1 is, for the line that shows it
   */
  Score measure(
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
            .measurementIterations(profile.iterations())
            .threads(threads);
    return end(what, unit, run(options, profile.warmups() + profile.iterations()));
  }

  /** The same with one thread, and with so many rounds that count in each fork. */
  Score measureRounds(String what, String unit, Class<?> benchmark, String method, int rounds)
      throws RunnerException {
    begin(what);
    ChainedOptionsBuilder options =
        options(benchmark, method, Map.of())
            .warmupIterations(profile.warmups())
            .measurementIterations(rounds);
    return end(what, unit, run(options, profile.warmups() + rounds));
  }

  private Score end(String what, String unit, RunResult result) {
    Score score = Score.of(result);
    noteSpread(what, score.spread());
    end(
        String.format(
            Locale.ROOT,
            "%9s %s, spread %.0f %%",
            Table.number(score.mean()),
            unit,
            100 * score.spread()));
    return score;
  }

  private void noteSpread(String what, double spread) {
    if (spreads.stream().allMatch(other -> other < spread)) {
      widest = what;
    }
    spreads.add(spread);
  }

  /** How far the rounds of a measurement were apart, in the experiment so far. */
  String noise() {
    if (spreads.isEmpty()) {
      return "Measured once: how much chance there is in it, only another run can tell.";
    }
    List<Double> sorted = spreads.stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "Noise: the quickest and the slowest round of a measurement were %.0f %% of the mean apart"
            + " (median of %d measurements), and at most %.0f %%: %s.",
        100 * sorted.get(sorted.size() / 2),
        sorted.size(),
        100 * sorted.get(sorted.size() - 1),
        widest);
  }

  /**
   * Has JMH run one benchmark a single time in each fork, for what the benchmark itself measures.
   */
  RunResult measureOnce(
      String what, String unit, Class<?> benchmark, String method, Map<String, String> parameters)
      throws RunnerException {
    begin(what);
    ChainedOptionsBuilder options =
        options(benchmark, method, parameters).warmupIterations(0).measurementIterations(1);
    RunResult result = run(options, 1);
    end(String.format(Locale.ROOT, "%9s %s", Table.number(Score.of(result).mean()), unit));
    return result;
  }

  private RunResult run(ChainedOptionsBuilder options, int roundsPerFork) throws RunnerException {
    int rounds = Math.max(1, profile.forks()) * roundsPerFork;
    Progress progress =
        new Progress(number -> showProgress("round " + number + "/" + rounds + ", "));
    RunResult result = new Runner(options.build(), progress).runSingle();
    results.add(result);
    return result;
  }

  private ChainedOptionsBuilder options(
      Class<?> benchmark, String method, Map<String, String> parameters) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + benchmark.getCanonicalName().replace(".", "\\.") + "\\." + method + "$")
            .forks(profile.forks())
            .warmupTime(profile.time())
            .measurementTime(profile.time())
            .shouldFailOnError(true);
    parameters.forEach(options::param);
    if (Runtime.version().feature() >= FIRST_TO_WARN) {
      options.jvmArgsAppend("--sun-misc-unsafe-memory-access=allow");
    }
    return options;
  }
}
