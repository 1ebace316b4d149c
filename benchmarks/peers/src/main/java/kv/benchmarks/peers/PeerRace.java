package kv.benchmarks.peers;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.Machine;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.WorkDirectory;

/**
 * One race: each store with each size, one after the other, and the report. A store that fails is
 * reported with the reason, and the race goes on.
 */
final class PeerRace {
  private final PrintStream out;
  private final Path directory;
  private final PeerReport report = new PeerReport();

  /**
   * A race that has not begun.
   *
   * @param directory the directory for the report
   */
  PeerRace(PrintStream out, Path directory) {
    this.out = out;
    this.directory = directory;
  }

  /** The parts of a race, in their order. */
  enum Section {
    /** Rates, files and memory. */
    RATES,
    /** The longest waits of callers, with a size of their own. */
    WAITS,
    /** Copies, kills, full disks and interrupted threads. */
    TRIALS
  }

  /**
   * A race.
   *
   * @param stores the stores
   * @param sections the parts to run
   * @param sizes the sizes for the rates
   * @param large the size for the waits
   * @param rounds the rounds
   * @param trials the trials
   */
  record Plan(
      List<PeerStore> stores,
      Set<Section> sections,
      List<Size> sizes,
      Size large,
      Rounds rounds,
      PeerTrials trials) {}

  /**
   * The size of the stores.
   *
   * @param keys the number of keys
   * @param valueLength the length of a value, in bytes
   */
  record Size(int keys, int valueLength) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,d keys, values of %,d bytes, a heap of %s",
          keys,
          valueLength,
          PeerProcess.heap((long) keys * (Data.KEY_LENGTH + valueLength)));
    }
  }

  /** The number of rounds, and the length of one. */
  record Rounds(int count, int millis) {}

  /**
   * Runs a race.
   *
   * @return the exit status: 1 if a store failed
   */
  int run(Plan plan) throws IOException, InterruptedException {
    long start = System.nanoTime();
    String settings =
        String.format(
            Locale.ROOT,
            "Keys of %d bytes; medians of %d rounds of %d ms.",
            Data.KEY_LENGTH,
            plan.rounds.count,
            plan.rounds.millis);
    Map<String, String> machine = Machine.facts();
    out.println("The peers. How does the engine compare with stores that others have made?");
    out.println(settings);
    out.println(String.join("; ", machine.values()) + ".");
    boolean failed = false;
    if (plan.sections.contains(Section.RATES)) {
      for (Size size : plan.sizes) {
        failed |= measure(plan, size, PeerWorkload.Group.RATES, this::measureRates);
      }
    }
    if (plan.sections.contains(Section.WAITS)) {
      failed |= measure(plan, plan.large, PeerWorkload.Group.WAITS, this::measureWaits);
    }
    if (plan.sections.contains(Section.TRIALS)) {
      for (PeerTrials.Trial trial : PeerTrials.Trial.values()) {
        failed |= tryStores(plan, trial);
      }
    }
    printNotes(plan.stores);
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    out.println(String.format(Locale.ROOT, "Done in %d min %02d s.", seconds / 60, seconds % 60));
    Path page = report.write(directory, settings, machine);
    out.println("The report, with charts, for a browser: " + WorkDirectory.shown(page));
    return failed ? 1 : 0;
  }

  // ======== Measurements ========

  /** Runs the processes of one store, and returns null or the reason for a failure. */
  private interface Measurement {
    String run(PeerTask task, Consumer<PeerResult> results)
        throws IOException, InterruptedException;
  }

  /** Measures the stores with one size, and returns whether one of them failed. */
  private boolean measure(Plan plan, Size size, PeerWorkload.Group group, Measurement measurement)
      throws IOException, InterruptedException {
    out.println();
    out.println(size + ".");
    boolean failed = false;
    Map<PeerStore, PeerReport.Results> all = new EnumMap<>(PeerStore.class);
    for (PeerStore store : plan.stores) {
      PeerReport.Results results = measure(store, size, plan.rounds, measurement);
      all.put(store, results);
      if (results.failure() != null) {
        failed = true;
        out.println(store + " failed: " + results.failure());
      }
    }
    report.addSection(size, group, all).forEach(table -> table.print(out));
    PeerReport.warnings(all).forEach(warning -> out.println("  " + warning));
    return failed;
  }

  private PeerReport.Results measure(
      PeerStore store, Size size, Rounds rounds, Measurement measurement)
      throws IOException, InterruptedException {
    Path files = WorkDirectory.create();
    PeerTask task =
        new PeerTask(
            PeerPart.RATES,
            store,
            files.toString(),
            size.keys,
            size.valueLength,
            rounds.count,
            rounds.millis);
    Map<PeerWorkload, PeerResult> results = new EnumMap<>(PeerWorkload.class);
    try {
      String failure =
          measurement.run(
              task,
              result -> {
                results.put(result.workload(), result);
                report.addLine(store, size, result);
                print(store, result);
              });
      return new PeerReport.Results(results, failure);
    } finally {
      WorkDirectory.delete(files);
    }
  }

  private String measureRates(PeerTask task, Consumer<PeerResult> results)
      throws IOException, InterruptedException {
    return PeerProcess.run(task.with(PeerPart.RATES), results);
  }

  private String measureWaits(PeerTask task, Consumer<PeerResult> results)
      throws IOException, InterruptedException {
    for (PeerPart part : List.of(PeerPart.LOAD, PeerPart.OPEN_CLOSED, PeerPart.BESIDE_MERGES)) {
      String failure = PeerProcess.run(task.with(part), results);
      if (failure != null) {
        return failure;
      }
    }
    WorkDirectory.delete(task.resolve("store"));
    try (PeerProcess writer = PeerProcess.start(task.with(PeerPart.WRITE))) {
      writer.awaitReady();
      writer.kill();
    }
    return PeerProcess.run(task.with(PeerPart.OPEN_KILLED), results);
  }

  // ======== Trials ========

  /** Runs a trial of the stores, and returns whether one of them failed. */
  private boolean tryStores(Plan plan, PeerTrials.Trial trial) throws InterruptedException {
    out.println();
    out.println(plan.trials.title(trial) + ".");
    boolean failed = false;
    Map<String, String> effects = new LinkedHashMap<>();
    for (PeerStore store : plan.stores) {
      if (store == PeerStore.RAW) {
        continue;
      }
      String effect;
      try {
        effect = plan.trials.run(trial, store) + ".";
      } catch (IOException e) {
        failed = true;
        effect = "failed: " + e.getMessage();
      }
      effects.put(store.toString(), effect);
      out.println(String.format(Locale.ROOT, "  %-11s%s", store, effect));
    }
    report.addTrial(plan.trials.title(trial), effects);
    return failed;
  }

  // ======== Output ========

  private void print(PeerStore store, PeerResult result) {
    out.println(
        String.format(
            Locale.ROOT,
            "  %-10s %-30s %9s %s   (%s to %s)%s",
            store,
            result.workload(),
            Numbers.shown(result.median()),
            result.workload().unit(),
            Numbers.shown(result.least()),
            Numbers.shown(result.greatest()),
            result.isUneven() ? "   uneven" : ""));
  }

  private void printNotes(List<PeerStore> stores) {
    out.println("The settings of each store, and its promises, which belong to its numbers:");
    for (PeerStore store : stores) {
      out.println();
      out.println("  " + store);
      store.notes().forEach(note -> out.println("    " + note));
    }
    out.println();
    out.println(PeerReport.LEGEND);
    out.println();
  }
}
