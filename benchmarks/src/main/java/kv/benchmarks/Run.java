package kv.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kv.benchmarks.experiments.Experiment;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Step;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Guess;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Report;
import kv.benchmarks.report.TextPlot;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.RunnerException;

/**
 * One run of some experiments. It asks for all guesses first, so that the user need not wait for
 * the next question, and then measures and prints one experiment after the other.
 */
final class Run {
  private final Profile profile;
  private final List<String> names;
  private final Map<String, Double> guesses;
  private final Prompt prompt;
  private final PrintStream out;
  private final Harness harness;
  private final List<Report.Entry> entries = new ArrayList<>();

  /**
   * A run that has not begun.
   *
   * @param names the names of the experiments
   * @param guesses the guesses that are known already, by the names of their experiments
   * @param prompt asks for the other guesses; null to ask for none
   */
  Run(
      Profile profile,
      List<String> names,
      Map<String, Double> guesses,
      Prompt prompt,
      PrintStream out) {
    this.profile = profile;
    this.names = names;
    this.guesses = new HashMap<>(guesses);
    this.prompt = prompt;
    this.out = out;
    int measurements =
        names.stream().mapToInt(name -> Catalog.get(name).measurements(profile)).sum();
    harness = new Harness(profile, out, prompt != null, measurements);
  }

  Profile profile() {
    return profile;
  }

  /** Returns the experiments that have run, for the report. */
  List<Report.Entry> entries() {
    return entries;
  }

  /** Returns JMH's results of all experiments. */
  List<RunResult> results() {
    return harness.results();
  }

  /**
   * Runs the experiments.
   *
   * @throws RunnerException if JMH refuses, for example because another run of JMH would slow down
   *     both
   */
  void run() throws RunnerException, IOException {
    out.println(
        String.format(
            Locale.ROOT,
            "%s, JDK %s, %d processors. %s",
            System.getProperty("os.name"),
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            profile.promise()));
    if (prompt != null) {
      for (String name : names) {
        introduce(name);
        ask(name);
      }
    }
    long start = System.nanoTime();
    harness.start();
    for (String name : names) {
      if (prompt == null) {
        introduce(name);
      } else if (names.size() > 1) {
        printHeading(name);
      }
      measure(name);
    }
    out.println();
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    out.println(String.format(Locale.ROOT, "Done in %d min %02d s.", seconds / 60, seconds % 60));
  }

  private void printHeading(String name) {
    out.println();
    out.println(Catalog.title(name) + ". " + Catalog.get(name).question());
  }

  private void introduce(String name) {
    Experiment experiment = Catalog.get(name);
    printHeading(name);
    out.println(experiment.method());
    if (profile.last() != Step.ENGINE) {
      String stores = Catalog.stores(experiment, profile.last());
      out.println("Shown: " + stores + "; with --all: every store.");
    }
    out.println("Guess before you read on:");
    out.println(experiment.ratio(profile));
  }

  private void ask(String name) {
    while (!guesses.containsKey(name)) {
      String line = prompt.ask("Your guess (Enter skips): ");
      if (line == null || line.isBlank()) {
        return;
      }
      try {
        guesses.put(name, Guess.parse(line));
      } catch (IllegalArgumentException e) {
        out.println(e.getMessage());
      }
    }
  }

  private void measure(String name) throws RunnerException, IOException {
    Experiment experiment = Catalog.get(name);
    out.println();
    harness.experiment(experiment.measurements(profile));
    Outcome outcome = experiment.run(harness);
    print(outcome);
    out.println(experiment.lesson());
    out.println();
    String ratio = experiment.ratio(profile);
    Double guess = guesses.get(name);
    out.println(ratio);
    out.println(Guess.against(guess, outcome.ratio()));
    out.println("Next question: " + experiment.next());
    entries.add(
        new Report.Entry(
            Catalog.title(name),
            experiment.question(),
            experiment.method(),
            ratio,
            guess,
            outcome,
            experiment.lesson(),
            experiment.next(),
            harness.noise()));
  }

  private void print(Outcome outcome) {
    outcome.table().print(out);
    outcome.notes().forEach(out::println);
    if (!outcome.notes().isEmpty()) {
      out.println();
    }
    for (Chart chart : outcome.charts()) {
      TextPlot.print(chart, out);
      out.println();
    }
  }
}
