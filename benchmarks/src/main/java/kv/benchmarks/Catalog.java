package kv.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
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
import kv.benchmarks.experiments.Experiment6Majority;
import kv.benchmarks.experiments.MeasureWrong;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.limits.Limits;

/** All experiments, by the names that they have on the command line. */
final class Catalog {
  private static final String WRONG = "wrong";

  /** Takes longer than the others, and runs on request only. */
  private static final String LIMITS = "limits";

  /** Needs the jars of the server and of the cluster, and runs on request only. */
  private static final String MAJORITY = "6";

  private static final Map<String, Experiment> EXPERIMENTS = new LinkedHashMap<>();

  static {
    EXPERIMENTS.put("1", new Experiment1Put());
    EXPERIMENTS.put("2", new Experiment2Get());
    EXPERIMENTS.put("3", new Experiment3Open());
    EXPERIMENTS.put("4", new Experiment4Disk());
    EXPERIMENTS.put("5", new Experiment5Pause());
    Path project = WorkDirectory.besideTheCode("..").resolve("..").normalize();
    EXPERIMENTS.put(MAJORITY, new Experiment6Majority(project));
    EXPERIMENTS.put(WRONG, new MeasureWrong());
    EXPERIMENTS.put(LIMITS, new Limits());
  }

  private Catalog() {}

  /** Returns the experiment of a name, or null. */
  static Experiment get(String name) {
    return EXPERIMENTS.get(name);
  }

  /** Returns the names of all experiments. */
  static List<String> names() {
    return List.copyOf(EXPERIMENTS.keySet());
  }

  /** Returns the experiments that run if none is named. */
  static List<String> defaultNames() {
    List<String> names = new ArrayList<>(names());
    names.removeAll(List.of(MAJORITY, LIMITS));
    return names;
  }

  /** Returns the heading of an experiment. */
  static String title(String name) {
    return switch (name) {
      case WRONG -> "A measurement gone wrong";
      case LIMITS -> "The limits";
      default -> "Experiment " + name;
    };
  }

  /** Returns the stores that an experiment measures, up to the given one, in words. */
  static String stores(Experiment experiment, Step last) {
    Step first = experiment.first();
    return first == last ? first.title() : first.title() + " to " + last.title();
  }

  /** Returns a list of the experiments with their questions, for the help. */
  static List<String> lines() {
    List<String> lines = new ArrayList<>();
    EXPERIMENTS.forEach(
        (name, one) -> {
          lines.add(String.format(Locale.ROOT, "  %-6s  %s", name, one.question()));
          if (one.lastKnown() != Step.ENGINE) {
            lines.add("          alone: " + stores(one, one.lastKnown()));
          }
        });
    return lines;
  }
}
