/*
 * WHAT THIS FILE IS
 *
 * The command line of the benchmarks.
 *
 *     java -jar benchmarks/target/benchmarks.jar                     all experiments but 6
 *     java -jar benchmarks/target/benchmarks.jar 2                   experiment 2 alone, with the
 *                                                                    stores up to its chapter
 *     java -jar benchmarks/target/benchmarks.jar 2 --all             experiment 2 with all stores
 *     java -jar benchmarks/target/benchmarks.jar 2 --guess 10x       with a guess
 *     java -jar benchmarks/target/benchmarks.jar 2 --store work/mine the reader's own store beside
 *                                                                    step 5
 *     java -jar benchmarks/target/benchmarks.jar --full              more and longer rounds
 *     java -jar benchmarks/target/benchmarks.jar --compare old.json  compared with an earlier run
 *     java -jar benchmarks/target/benchmarks.jar 6                   one server and three nodes
 *     java -jar benchmarks/target/benchmarks.jar wrong               a benchmark with a mistake
 *     java -jar benchmarks/target/benchmarks.jar limits              the engine and the limits
 *     java -jar benchmarks/target/benchmarks.jar peers               the engine and other stores
 *     java -jar benchmarks/target/benchmarks.jar jmh -l              JMH, with its own options
 *
 * A store has the same name and the same mark in every chart. The stores take turns: each round
 * measures every store once (Harness), and a ratio is shown only if the rounds agree on it (Ratio).
 *
 * OUTPUT
 *
 * For each experiment a question, and in a terminal a prompt for a guess: a ratio. All guesses are
 * asked for at the start, so that the user need not wait for the next question. Then a line for
 * each measurement as it is made, a table with a plot, and the guess beside the measured ratio. The
 * report under target/report contains the same with charts.
 */
package kv.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import java.util.concurrent.Callable;
import kv.benchmarks.harness.MyStore;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.report.Compare;
import kv.benchmarks.report.Guess;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs experiments from the command line. */
@Command(
    customSynopsis = {
      "java -jar benchmarks/target/benchmarks.jar [EXPERIMENT]... [OPTION]...",
      "       java -jar benchmarks/target/benchmarks.jar peers [--full | KEYS BYTES]",
      "       java -jar benchmarks/target/benchmarks.jar jmh [OPTION OF JMH]..."
    },
    description = {
      "",
      "Measures the steps and the engine beside each other. In a terminal it first asks",
      "you to guess each result.",
      ""
    },
    separator = " ",
    sortOptions = false)
public final class Main implements Callable<Integer> {
  /** The experiment that can measure the reader's store. */
  private static final String GET = "2";

  private final Profile quick;
  private final Path report;
  private final Prompt prompt;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "EXPERIMENT",
      description = "an experiment of the list below; without any: all but 6, limits")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--guess",
      paramLabel = "RATIO",
      parameterConsumer = GuessConsumer.class,
      description = "your guess for the experiment before it, such as 10x")
  private Map<String, Double> guesses = new HashMap<>();

  @Option(
      names = "--all",
      description = {
        "measure all stores; without it, an experiment that runs",
        "alone measures those up to its chapter"
      })
  private boolean all;

  @Option(names = "--full", description = "more and longer rounds: takes far longer")
  private boolean full;

  @Option(
      names = "--compare",
      paramLabel = "FILE",
      description = "compare with an earlier run: a copy of its results.json")
  private Path compared;

  @Option(
      names = "--store",
      paramLabel = "FOLDER",
      description = {
        "experiment 2: measure your own store too, the folder",
        "work/mine that the workshop's start mine made"
      })
  private Path mine;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this text")
  private boolean help;

  private Main(Profile quick, Path report, Prompt prompt, PrintStream out, PrintStream err) {
    this.quick = quick;
    this.report = report;
    this.prompt = prompt;
    this.out = out;
    this.err = err;
  }

  /** Runs experiments, the race against other stores, or JMH. */
  public static void main(String[] arguments) throws Exception {
    String first = arguments.length == 0 ? "" : arguments[0];
    if (first.equals("jmh")) {
      org.openjdk.jmh.Main.main(Arrays.copyOfRange(arguments, 1, arguments.length));
      return;
    }
    if (first.equals("peers")) {
      String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
      System.exit(PeersJar.run(PeersJar.path(), rest, System.out, System.err));
    }
    // JMH uses sun.misc.Unsafe, and JDK 24 and newer print a warning when it is loaded: better here
    // than in the middle of a line.
    Class.forName(BenchmarkParams.class.getName());
    Path report = WorkDirectory.besideTheCode("report");
    System.exit(run(arguments, Profile.QUICK, report, Prompt.ofTerminal(), System.out, System.err));
  }

  /**
   * Runs experiments, and returns the exit status.
   *
   * @param quick the settings without --full
   * @param report the directory for the report
   * @param prompt asks for guesses; null to ask for none
   */
  static int run(
      String[] arguments,
      Profile quick,
      Path report,
      Prompt prompt,
      PrintStream out,
      PrintStream err) {
    CommandLine commandLine = new CommandLine(new Main(quick, report, prompt, out, err));
    List<String> footer = new ArrayList<>(List.of("", "Experiments:"));
    footer.addAll(Catalog.lines());
    footer.addAll(
        List.of(
            "",
            "Instead of an experiment:",
            "  peers   races the engine against RocksDB and other stores; build it first:",
            "          mvn -q -B -Ppeers package -DskipTests",
            "  jmh     runs JMH with JMH's own options, such as -l, the list of benchmarks"));
    commandLine.getCommandSpec().usageMessage().footer(footer.toArray(String[]::new));
    return CommandLines.execute(commandLine, arguments, out, err);
  }

  /** Reads a ratio: the guess for the last experiment that was named. */
  private static final class GuessConsumer implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec spec) {
      Main main = (Main) spec.userObject();
      if (main.names.isEmpty() || arguments.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(),
            "--guess needs an experiment before it and a ratio after it: 2 --guess 10x");
      }
      try {
        main.guesses.put(main.names.get(main.names.size() - 1), Guess.parse(arguments.pop()));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    for (String name : names) {
      if (Catalog.get(name) == null) {
        throw new ParameterException(
            spec.commandLine(),
            "there is no experiment \""
                + name
                + "\"; there are "
                + String.join(", ", Catalog.names()));
      }
    }
    // Before the run, which may write its own results to the same file.
    Map<String, Compare.Measurement> before = compared == null ? null : readCompared();
    List<String> distinct = List.copyOf(new LinkedHashSet<>(names));
    Profile profile = profile(distinct);
    List<String> chosen = distinct.isEmpty() ? Catalog.defaultNames() : distinct;
    Run run = new Run(profile, chosen, guesses, prompt, out);
    try {
      run.run();
    } catch (RunnerException e) {
      out.println();
      err.println(e.getMessage());
      return 1;
    }
    ReportFiles.write(run, before, report, out);
    return 0;
  }

  private Map<String, Compare.Measurement> readCompared() {
    try {
      return Compare.read(compared);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Profile profile(List<String> distinct) {
    Profile profile = full ? Profile.FULL : quick;
    if (mine != null) {
      // The reader's store is step 5's.
      return (all ? profile : profile.upTo(Step.STEP5)).withMine(compiledMine(distinct));
    }
    // A reader of an experiment's chapter does not know the later stores yet.
    return distinct.size() == 1 && !all
        ? profile.upTo(Catalog.get(distinct.get(0)).lastKnown())
        : profile;
  }

  private Path compiledMine(List<String> distinct) {
    if (!distinct.equals(List.of(GET))) {
      throw new ParameterException(
          spec.commandLine(), "--store needs experiment 2 alone: 2 --store " + mine);
    }
    try {
      return MyStore.compile(mine);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
