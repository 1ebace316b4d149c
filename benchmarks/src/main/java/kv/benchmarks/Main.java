/*
 * WHAT THIS FILE IS
 *
 * The command line of the benchmarks.
 *
 *     java -jar benchmarks/target/benchmarks.jar                     all experiments
 *     java -jar benchmarks/target/benchmarks.jar 2                   experiment 2 alone, up to the
 *                                                                    step of its chapter
 *     java -jar benchmarks/target/benchmarks.jar 2 --all             experiment 2 with all stores
 *     java -jar benchmarks/target/benchmarks.jar 2 --guess 10x       with a guess
 *     java -jar benchmarks/target/benchmarks.jar --full              more rounds, and longer ones
 *     java -jar benchmarks/target/benchmarks.jar --compare old.json  and with another run
 *     java -jar benchmarks/target/benchmarks.jar wrong               a mistake in measuring
 *     java -jar benchmarks/target/benchmarks.jar limits              the engine and the limits
 *     java -jar benchmarks/target/benchmarks.jar peers               the engine and other stores
 *     java -jar benchmarks/target/benchmarks.jar jmh -l              JMH, with its own options
 *
 * A store has its name and its mark in every chart. The stores take turns: a round measures each of
 * them once (Harness), and a ratio that the rounds do not agree on is not shown (Ratio).
 *
 * What you see is a question, and in a terminal you are asked for a guess: a ratio. The guesses for
 * all experiments are asked for at the start, so that nobody has to wait for the next question.
 * Then there is a line for every measurement as it is made, a table with a plot, and the guess
 * beside what was measured. The report has the same with charts, under target/report.
 */
package kv.benchmarks;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kv.benchmarks.experiments.Experiment;
import kv.benchmarks.experiments.Experiment1Put;
import kv.benchmarks.experiments.Experiment2Get;
import kv.benchmarks.experiments.Experiment3Open;
import kv.benchmarks.experiments.Experiment4Disk;
import kv.benchmarks.experiments.Experiment5Pause;
import kv.benchmarks.experiments.MeasureWrong;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Machine;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.limits.Limits;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Compare;
import kv.benchmarks.report.Guess;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Report;
import kv.benchmarks.report.SvgPlot;
import kv.benchmarks.report.Table;
import kv.benchmarks.report.TextPlot;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.RunnerException;

/** Runs experiments. */
public final class Main {
  private static final Map<String, Experiment> EXPERIMENTS = new LinkedHashMap<>();

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT);

  /** What is no experiment, but about how to measure. */
  private static final String WRONG = "wrong";

  /** What takes long, and runs only when it is asked for. */
  private static final String LIMITS = "limits";

  static {
    EXPERIMENTS.put("1", new Experiment1Put());
    EXPERIMENTS.put("2", new Experiment2Get());
    EXPERIMENTS.put("3", new Experiment3Open());
    EXPERIMENTS.put("4", new Experiment4Disk());
    EXPERIMENTS.put("5", new Experiment5Pause());
    EXPERIMENTS.put(WRONG, new MeasureWrong());
    EXPERIMENTS.put(LIMITS, new Limits());
  }

  private Profile profile;
  private final Prompt prompt;
  private final PrintStream out;
  private final Map<String, Experiment> chosen = new LinkedHashMap<>();
  private final Map<String, Double> guesses = new HashMap<>();

  private Harness harness;
  private Map<String, Compare.Measurement> before;
  private final List<Report.Entry> entries = new ArrayList<>();

  private Main(Profile profile, Prompt prompt, PrintStream out) {
    this.profile = profile;
    this.prompt = prompt;
    this.out = out;
  }

  /** Somebody who can be asked. */
  interface Prompt {
    /** Shows a text, and returns the line that was typed; null at the end of all lines. */
    String ask(String text);
  }

  // ======== The command line ========

  /** The command line. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals("jmh")) {
      org.openjdk.jmh.Main.main(Arrays.copyOfRange(arguments, 1, arguments.length));
      return;
    }
    if (arguments.length > 0 && arguments[0].equals("peers")) {
      System.exit(
          PeersJar.run(
              PeersJar.path(),
              Arrays.copyOfRange(arguments, 1, arguments.length),
              System.out,
              System.err));
    }
    // JMH uses sun.misc.Unsafe, and JDK 24 and newer print a warning when it is loaded: better here
    // than in the middle of a line.
    Class.forName(BenchmarkParams.class.getName());
    Path report = WorkDirectory.besideTheCode("report");
    Console console = terminal();
    Prompt prompt = console == null ? null : text -> console.readLine("%s", text);
    System.exit(run(arguments, Profile.QUICK, report, prompt, System.out, System.err));
  }

  /** The terminal; null when input or output is a file, or another program. */
  private static Console terminal() {
    Console console = System.console();
    try {
      // Since JDK 22 there can be a console without a terminal, and there is a method that tells.
      boolean none =
          console == null || !(boolean) Console.class.getMethod("isTerminal").invoke(console);
      return none ? null : console;
    } catch (ReflectiveOperationException e) {
      return console;
    }
  }

  /**
   * Does what the arguments say: the exit status.
   *
   * @param report the directory for what is written down
   * @param prompt whom to ask for guesses; null if there is nobody, and nothing is waited for
   */
  static int run(
      String[] arguments,
      Profile profile,
      Path report,
      Prompt prompt,
      PrintStream out,
      PrintStream err)
      throws IOException {
    if (List.of(arguments).contains("--help") || List.of(arguments).contains("-h")) {
      usage(out);
      return 0;
    }
    Main main = new Main(profile, prompt, out);
    try {
      main.read(arguments);
    } catch (IllegalArgumentException | IOException e) {
      err.println(e.getMessage());
      err.println();
      usage(err);
      return 2;
    }
    try {
      main.run();
      main.report(report);
      return 0;
    } catch (RunnerException e) {
      // JMH says what is wrong: another one is running, for example, and both would be slower.
      out.println();
      err.println(e.getMessage());
      return 1;
    }
  }

  private void read(String[] arguments) throws IOException {
    String last = null;
    boolean all = false;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--guess")) {
        if (last == null || i + 1 == arguments.length) {
          throw new IllegalArgumentException(
              "A guess is for the experiment before it: 2 --guess 10x");
        }
        i++;
        guesses.put(last, Guess.parse(arguments[i]));
      } else if (arguments[i].equals("--full")) {
        profile = Profile.FULL;
      } else if (arguments[i].equals("--all")) {
        all = true;
      } else if (arguments[i].equals("--compare")) {
        i++;
        if (i == arguments.length) {
          throw new IllegalArgumentException("Compare with what? --compare OLD.json");
        }
        // Now, since this run may write its results to the same file.
        before = Compare.read(Path.of(arguments[i]));
      } else {
        if (!EXPERIMENTS.containsKey(arguments[i])) {
          throw new IllegalArgumentException("There is no experiment \"" + arguments[i] + "\".");
        }
        last = arguments[i];
        chosen.put(last, EXPERIMENTS.get(last));
      }
    }
    if (chosen.size() == 1 && !all) {
      // A reader of its chapter does not know the later ones yet.
      profile = profile.upTo(chosen.get(last).lastKnown());
    }
    if (chosen.isEmpty()) {
      chosen.putAll(EXPERIMENTS);
      chosen.remove(LIMITS);
    }
  }

  private static void usage(PrintStream out) {
    out.println("Usage: java -jar benchmarks.jar [EXPERIMENT [--guess RATIO]]...");
    out.println("           all experiments without a name; --guess: instead of being asked");
    out.println("           --all: all stores; one experiment alone has those up to its chapter");
    out.println("           --full: takes far longer, for more rounds and longer ones");
    out.println(
        "           --compare OLD.json: what changed since a run, of which results.json is");
    out.println("       java -jar benchmarks.jar peers             the engine and other stores");
    out.println("       java -jar benchmarks.jar jmh [OPTION...]   JMH's own command line");
    out.println();
    EXPERIMENTS.forEach(
        (name, one) -> {
          out.println(String.format(Locale.ROOT, "  %-6s  %s", name, one.question()));
          if (one.lastKnown() != Step.ENGINE) {
            out.println("          alone: " + stores(one, one.lastKnown()));
          }
        });
  }

  // ======== Running ========

  private void run() throws RunnerException, IOException {
    out.println(
        String.format(
            Locale.ROOT,
            "%s, JDK %s, %d processors. %s",
            System.getProperty("os.name"),
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            profile.promise()));
    if (prompt != null) {
      for (String name : chosen.keySet()) {
        introduce(name);
        ask(name);
      }
    }
    long start = System.nanoTime();
    int measurements = chosen.values().stream().mapToInt(one -> one.measurements(profile)).sum();
    harness = new Harness(profile, out, prompt != null, measurements);
    for (String name : chosen.keySet()) {
      if (prompt == null) {
        introduce(name);
      } else if (chosen.size() > 1) {
        heading(name);
      }
      measure(name);
    }
    out.println();
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    out.println(String.format(Locale.ROOT, "Done in %d min %02d s.", seconds / 60, seconds % 60));
  }

  private static String stores(Experiment experiment, Step last) {
    Step first = experiment.first();
    return first == last ? first.title() : first.title() + " to " + last.title();
  }

  private static String title(String name) {
    return switch (name) {
      case WRONG -> "A measurement gone wrong";
      case LIMITS -> "The limits";
      default -> "Experiment " + name;
    };
  }

  private void heading(String name) {
    out.println();
    out.println(title(name) + ". " + chosen.get(name).question());
  }

  private void introduce(String name) {
    heading(name);
    out.println(chosen.get(name).method());
    if (profile.last() != Step.ENGINE) {
      out.println(
          "Shown: " + stores(chosen.get(name), profile.last()) + "; with --all: every store.");
    }
    out.println("Guess before you read on:");
    out.println(chosen.get(name).ratio(profile));
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
    Experiment experiment = chosen.get(name);
    out.println();
    harness.experiment(experiment.measurements(profile));
    Outcome outcome = experiment.run(harness);
    outcome.table().print(out);
    outcome.notes().forEach(out::println);
    if (!outcome.notes().isEmpty()) {
      out.println();
    }
    for (Chart chart : outcome.charts()) {
      TextPlot.print(chart, out);
      out.println();
    }
    out.println(experiment.lesson());
    out.println();
    String ratio = experiment.ratio(profile);
    out.println(ratio);
    out.println(Guess.against(guesses.get(name), outcome.ratio()));
    out.println("Next question: " + experiment.next());
    Double guess = guesses.get(name);
    entries.add(
        new Report.Entry(
            title(name),
            experiment.question(),
            experiment.method(),
            ratio,
            guess,
            outcome,
            experiment.lesson(),
            experiment.next(),
            harness.noise()));
  }

  private void report(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (DirectoryStream<Path> old = Files.newDirectoryStream(directory, "*.svg")) {
      for (Path file : old) {
        Files.delete(file);
      }
    }
    for (Report.Entry entry : entries) {
      int number = 0;
      for (Chart chart : entry.outcome().charts()) {
        number++;
        String file = entry.name() + (number > 1 ? "-" + number : "") + ".svg";
        Files.writeString(
            directory.resolve(file.toLowerCase(Locale.ROOT).replace(' ', '-')),
            SvgPlot.draw(chart));
      }
    }
    Path results = directory.resolve("results.json");
    ResultFormatFactory.getInstance(ResultFormatType.JSON, results.toString())
        .writeOut(harness.results());
    Table comparison = null;
    if (before != null) {
      comparison = Compare.table(before, Compare.read(results));
      comparison.print(out);
    }
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Date", LocalDateTime.now().format(DATE));
    facts.put("Settings", profile.toString());
    facts.putAll(Machine.facts());
    Path page = directory.resolve("index.html");
    Files.writeString(page, Report.html(entries, comparison, facts));
    out.println("The same with charts, to be opened in a browser: " + WorkDirectory.shown(page));
    out.println("JMH's numbers, for --compare: " + WorkDirectory.shown(results));
  }
}
