/*
 * WHAT THIS FILE IS
 *
 * The command line of the benchmarks.
 *
 *     java -jar benchmarks/target/benchmarks.jar          all experiments, one after the other
 *     java -jar benchmarks/target/benchmarks.jar 2        experiment 2 alone
 *     java -jar benchmarks/target/benchmarks.jar limits   step 5 and what the machine can do
 *     java -jar benchmarks/target/benchmarks.jar jmh -l   JMH itself, with its own options
 *
 * What you see is a question (guess before you read on), a line for every measurement as it is
 * made, and a table.
 */
package kv.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.runner.RunnerException;

/** Runs experiments. */
public final class Main {
  private static final Map<String, Experiment> EXPERIMENTS = new LinkedHashMap<>();

  /** What is no experiment, and runs only when it is asked for. */
  private static final String LIMITS = "limits";

  static {
    EXPERIMENTS.put("1", new Experiment1Put());
    EXPERIMENTS.put("2", new Experiment2Get());
    EXPERIMENTS.put("3", new Experiment3Open());
    EXPERIMENTS.put("4", new Experiment4Disk());
    EXPERIMENTS.put("5", new Experiment5Pause());
    EXPERIMENTS.put(LIMITS, new Limits());
  }

  private Main() {}

  /** The command line. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals("jmh")) {
      org.openjdk.jmh.Main.main(Arrays.copyOfRange(arguments, 1, arguments.length));
      return;
    }
    // JMH uses sun.misc.Unsafe, and JDK 24 and newer print a warning when it is loaded: better here
    // than in the middle of a line.
    Class.forName(BenchmarkParams.class.getName());
    System.exit(run(arguments, Profile.QUICK, System.out, System.err));
  }

  /** Runs the experiments that the arguments name, all if there are none: the exit status. */
  static int run(String[] arguments, Profile profile, PrintStream out, PrintStream err)
      throws IOException {
    Map<String, Experiment> chosen = new LinkedHashMap<>();
    List<String> all = EXPERIMENTS.keySet().stream().filter(name -> !name.equals(LIMITS)).toList();
    for (String argument : arguments.length == 0 ? all : Arrays.asList(arguments)) {
      if (!EXPERIMENTS.containsKey(argument)) {
        boolean help = argument.equals("--help") || argument.equals("-h");
        usage(argument, help, help ? out : err);
        return help ? 0 : 2;
      }
      chosen.put(argument, EXPERIMENTS.get(argument));
    }
    try {
      run(chosen, profile, out);
      return 0;
    } catch (RunnerException e) {
      // JMH says what is wrong: another one is running, for example, and both would be slower.
      out.println();
      err.println(e.getMessage());
      return 1;
    }
  }

  private static void run(Map<String, Experiment> chosen, Profile profile, PrintStream out)
      throws RunnerException, IOException {
    long start = System.nanoTime();
    out.println(
        String.format(
            Locale.ROOT,
            "%s, JDK %s, %d processors. A quick run: good for a factor, not for a percent.",
            System.getProperty("os.name"),
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors()));
    for (var entry : chosen.entrySet()) {
      Experiment experiment = entry.getValue();
      out.println();
      String title = entry.getKey().equals(LIMITS) ? "The limits" : "Experiment " + entry.getKey();
      out.println(title + ". " + experiment.question());
      out.println(experiment.method());
      out.println("Write down your guess before you read on.");
      out.println();
      experiment.run(new Harness(profile, out, experiment.measurements(profile)), out);
      out.println(experiment.lesson());
    }
    out.println();
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    out.println(String.format(Locale.ROOT, "Done in %d min %02d s.", seconds / 60, seconds % 60));
  }

  private static void usage(String argument, boolean help, PrintStream out) {
    if (!help) {
      out.println("There is no experiment \"" + argument + "\".");
      out.println();
    }
    out.println("Usage: java -jar benchmarks.jar [EXPERIMENT...]   1 to 5 without a name");
    out.println("       java -jar benchmarks.jar jmh [OPTION...]   JMH's own command line");
    out.println();
    EXPERIMENTS.forEach(
        (name, one) -> out.println(String.format("  %-6s  %s", name, one.question())));
  }
}
