package kv.benchmarks.harness;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs measurements in turn, and shows the progress. */
public final class Harness {
  /** The first JDK that warns of JMH's use of sun.misc.Unsafe, in every JVM that measures. */
  public static final int FIRST_TO_WARN = 24;

  /** Less than the 80 of a terminal, since the last column of some begins a new line. */
  private static final int LINE_WIDTH = 79;

  /** What is measured, in so many characters: it leaves room for the progress. */
  private static final int NAME_WIDTH = 44;

  private final Profile profile;
  private final PrintStream out;
  private final boolean terminal;
  private final int measurementsOfAll;
  private long start = System.nanoTime();
  private double doneOfAll;
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
  public Harness(Profile profile, PrintStream out, boolean terminal, int measurements) {
    this.profile = profile;
    this.out = out;
    this.terminal = terminal;
    this.measurementsOfAll = measurements;
  }

  public Profile profile() {
    return profile;
  }

  /** What JMH has measured so far, in all experiments. */
  public List<RunResult> results() {
    return results;
  }

  /** Starts the clock, by which the time left is estimated. */
  public void start() {
    start = System.nanoTime();
  }

  /** The next experiment begins, and takes so many measurements. */
  public void experiment(int measurements) {
    this.measurements = measurements;
    done = 0;
    spreads.clear();
  }

  /** Shows the name of the next measurement. */
  public void begin(String what) {
    begin(what, true);
  }

  private void begin(String what, boolean lastRound) {
    done++;
    line =
        String.format(Locale.ROOT, "  [%2d/%d] %-" + NAME_WIDTH + "s ", done, measurements, what);
    if (lastRound && !terminal) {
      out.print(line);
    }
    showProgress("");
    out.flush();
  }

  /** Shows the result. */
  public void end(String result) {
    doneOfAll++;
    println(result);
  }

  private void println(String result) {
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
    double left = (System.nanoTime() - start) / doneOfAll * (measurementsOfAll - doneOfAll);
    long seconds = TimeUnit.NANOSECONDS.toSeconds((long) left);
    return seconds < 60 ? seconds + " s left" : Math.round(seconds / 60.0) + " min left";
  }

  /**
   * Has JMH measure each of the cases once in a round: A B C A B C. If the machine has
   * something else to do for a while, it slows them all down. The line of a case is printed in
   * the last round, and tells how far the rounds are apart.
   */
  public Map<BenchmarkCase, Score> measure(List<BenchmarkCase> cases) throws RunnerException {
    Map<BenchmarkCase, Score> scores = new LinkedHashMap<>();
    run(cases).forEach((one, result) -> scores.put(one, Score.of(result)));
    return scores;
  }

  /** The same with all that JMH knows: for benchmarks that have counters of their own. */
  public Map<BenchmarkCase, RunResult> run(List<BenchmarkCase> cases) throws RunnerException {
    Map<BenchmarkCase, RunResult> pooled = new LinkedHashMap<>();
    int doneBefore = done;
    for (int round = 1; round <= profile.rounds(); round++) {
      boolean last = round == profile.rounds();
      done = doneBefore;
      if (!terminal && profile.rounds() > 1) {
        out.println("  round " + round + "/" + profile.rounds());
      }
      for (BenchmarkCase one : cases) {
        begin(one.what(), last);
        RunResult result = run(options(one), round);
        pooled.merge(one, result, Harness::pool);
        doneOfAll += 1.0 / profile.rounds();
        if (last) {
          show(one, Score.of(pooled.get(one)));
        }
      }
    }
    results.addAll(pooled.values());
    return pooled;
  }

  /** The rounds of both. */
  private static RunResult pool(RunResult one, RunResult other) {
    List<BenchmarkResult> rounds = new ArrayList<>(one.getBenchmarkResults());
    rounds.addAll(other.getBenchmarkResults());
    return new RunResult(one.getParams(), rounds);
  }

  private void show(BenchmarkCase one, Score score) {
    println(
        String.format(
            Locale.ROOT, "%9s %s", Numbers.shown(score.median()), one.unit() + apart(score)));
    if (score.rounds().size() > 1) {
      noteSpread(one.what(), score.spread());
    }
  }

  private static String apart(Score score) {
    return score.rounds().size() > 1
        ? String.format(Locale.ROOT, " +-%.0f %%", 100 * score.spread())
        : "";
  }

  /** Has JMH measure one benchmark in one JVM, in a number of iterations that count. */
  public Score measureIterations(
      String what, String unit, Class<?> benchmark, String method, int iterations)
      throws RunnerException {
    begin(what, true);
    BenchmarkCase one = BenchmarkCase.of(what, unit, benchmark, method, Map.of());
    RunResult result = run(options(one).measurementIterations(iterations), 1);
    results.add(result);
    Score score = Score.of(result);
    doneOfAll++;
    show(one, score);
    return score;
  }

  private void noteSpread(String what, double spread) {
    if (spreads.stream().allMatch(other -> other < spread)) {
      widest = what;
    }
    spreads.add(spread);
  }

  /** How far the rounds of a measurement were apart, in the experiment so far. */
  public String noise() {
    if (spreads.isEmpty()) {
      return "Measured once: how much chance there is in it, only another run can tell.";
    }
    List<Double> sorted = spreads.stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "Noise: the rounds of a measurement were within %.0f %% of its median (median of %d"
            + " measurements), and within %.0f %% in the worst: %s.",
        100 * sorted.get(sorted.size() / 2),
        sorted.size(),
        100 * sorted.get(sorted.size() - 1),
        widest);
  }

  private RunResult run(ChainedOptionsBuilder options, int round) throws RunnerException {
    String text = profile.rounds() > 1 ? "round " + round + "/" + profile.rounds() + ", " : "";
    Progress progress = new Progress(iteration -> showProgress(text));
    return new Runner(options.build(), progress).runSingle();
  }

  private ChainedOptionsBuilder options(BenchmarkCase one) {
    String benchmark = one.benchmark().getCanonicalName().replace(".", "\\.");
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + benchmark + "\\." + one.method() + "$")
            .forks(profile.inThisJvm() ? 0 : 1)
            .threads(one.threads())
            .warmupIterations(one.once() ? 0 : profile.warmups())
            .measurementIterations(one.once() ? 1 : profile.iterations())
            .warmupTime(profile.time())
            .measurementTime(profile.time())
            .shouldFailOnError(true);
    one.parameters().forEach(options::param);
    if (Runtime.version().feature() >= FIRST_TO_WARN) {
      options.jvmArgsAppend("--sun-misc-unsafe-memory-access=allow");
    }
    return options;
  }
}
