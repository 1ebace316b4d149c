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

/** Measures cases in turn with JMH, and shows the progress. */
public final class Harness {
  /** The first JDK that prints a warning about JMH's use of sun.misc.Unsafe, in every JVM. */
  public static final int FIRST_TO_WARN = 24;

  /** One less than a terminal's 80 columns: in some, the last column begins a new line. */
  private static final int LINE_WIDTH = 79;

  /** The width of a case's name, which leaves room for the progress. */
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
   * @param terminal whether the output is a terminal, where a line can be overwritten
   * @param measurements the number of measurements in all experiments
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

  /** Returns JMH's results so far, in all experiments. */
  public List<RunResult> results() {
    return results;
  }

  /** Starts the clock that is used to estimate the time left. */
  public void start() {
    start = System.nanoTime();
  }

  /** Begins the next experiment, which takes the given number of measurements. */
  public void experiment(int measurements) {
    this.measurements = measurements;
    done = 0;
    spreads.clear();
  }

  /** Begins a measurement that does not use JMH, and shows its name. */
  public void begin(String name) {
    begin(name, true);
  }

  private void begin(String name, boolean lastRound) {
    done++;
    line =
        String.format(Locale.ROOT, "  [%2d/%d] %-" + NAME_WIDTH + "s ", done, measurements, name);
    if (lastRound && !terminal) {
      out.print(line);
    }
    showProgress("");
    out.flush();
  }

  /** Ends a measurement that does not use JMH, and shows its result. */
  public void end(String result) {
    doneOfAll++;
    println(result);
  }

  private void println(String result) {
    out.println(terminal ? overwrite(result) : result);
  }

  /** Overwrites the current line of a terminal with the progress. */
  private void showProgress(String round) {
    if (terminal) {
      out.print(overwrite(round + timeLeft()));
      out.flush();
    }
  }

  /** Returns the line from its start, padded to cover the longest one. */
  private String overwrite(String text) {
    int width = Math.max(1, LINE_WIDTH - line.length());
    return String.format(Locale.ROOT, "\r%s%-" + width + "s", line, text);
  }

  /** Estimates the time left from the mean time so far; empty before the first result. */
  private String timeLeft() {
    if (doneOfAll == 0) {
      return "";
    }
    double left = (System.nanoTime() - start) / doneOfAll * (measurementsOfAll - doneOfAll);
    long seconds = TimeUnit.NANOSECONDS.toSeconds((long) left);
    return seconds < 60 ? seconds + " s left" : Math.round(seconds / 60.0) + " min left";
  }

  /**
   * Measures each case once in every round, A B C A B C, so that other work of the machine slows
   * down all of them. Prints the line of a case in the last round, with the distance of its rounds.
   */
  public Map<BenchmarkCase, Score> measure(List<BenchmarkCase> cases) throws RunnerException {
    Map<BenchmarkCase, Score> scores = new LinkedHashMap<>();
    run(cases).forEach((one, result) -> scores.put(one, Score.of(result)));
    return scores;
  }

  /** Measures in the same way, and returns all of JMH's results, auxiliary counters included. */
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
        begin(one.name(), last);
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

  /** Joins the rounds of both results. */
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
      noteSpread(one.name(), score.spread());
    }
  }

  private static String apart(Score score) {
    return score.rounds().size() > 1
        ? String.format(Locale.ROOT, " +-%.0f %%", 100 * score.spread())
        : "";
  }

  /** Measures one benchmark in one JVM, with a number of iterations that count. */
  public Score measureIterations(
      String name, String unit, Class<?> benchmark, String method, int iterations)
      throws RunnerException {
    begin(name, true);
    BenchmarkCase one = BenchmarkCase.of(name, unit, benchmark, method, Map.of());
    RunResult result = run(options(one).measurementIterations(iterations), 1);
    results.add(result);
    Score score = Score.of(result);
    doneOfAll++;
    show(one, score);
    return score;
  }

  /** Notes how far apart the rounds were of a measurement that does not use JMH. */
  public void noteRounds(String name, Score score) {
    if (score.rounds().size() > 1) {
      noteSpread(name, score.spread());
    }
  }

  private void noteSpread(String name, double spread) {
    if (spreads.stream().allMatch(other -> other < spread)) {
      widest = name;
    }
    spreads.add(spread);
  }

  /** Returns how far apart the rounds were in the experiment so far, as a sentence. */
  public String noise() {
    if (spreads.isEmpty()) {
      return "Measured once: only another run can show the noise.";
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
    List<String> jvmArguments = new ArrayList<>(one.jvmArguments());
    if (Runtime.version().feature() >= FIRST_TO_WARN) {
      jvmArguments.add("--sun-misc-unsafe-memory-access=allow");
    }
    return options.jvmArgsAppend(jvmArguments.toArray(String[]::new));
  }
}
