package kv.benchmarks.peers;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  private final Rounds rounds;
  private final PeerReport report = new PeerReport();

  /**
   * A race that has not begun.
   *
   * @param directory the directory for the report
   */
  PeerRace(PrintStream out, Path directory, Rounds rounds) {
    this.out = out;
    this.directory = directory;
    this.rounds = rounds;
  }

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
   * Measures the stores, the first of which is the engine.
   *
   * @return the exit status: 1 if a store failed
   */
  int run(List<PeerStore> stores, List<Size> sizes) throws IOException, InterruptedException {
    long start = System.nanoTime();
    String settings =
        String.format(
            Locale.ROOT,
            "Keys of %d bytes; means of %d rounds of %d ms.",
            Data.KEY_LENGTH,
            rounds.count,
            rounds.millis);
    Map<String, String> machine = Machine.facts();
    out.println("The peers. How does the engine compare with stores that others have made?");
    out.println(settings);
    out.println(String.join("; ", machine.values()) + ".");
    boolean failed = false;
    for (Size size : sizes) {
      failed |= measure(stores, size);
    }
    printNotes();
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    out.println(String.format(Locale.ROOT, "Done in %d min %02d s.", seconds / 60, seconds % 60));
    Path page = report.write(directory, settings, machine);
    out.println("The report, with charts, for a browser: " + WorkDirectory.shown(page));
    return failed ? 1 : 0;
  }

  /** Measures the stores with one size, and returns whether one of them failed. */
  private boolean measure(List<PeerStore> stores, Size size)
      throws IOException, InterruptedException {
    out.println();
    out.println(size + ".");
    boolean failed = false;
    Map<PeerStore, PeerReport.Results> all = new EnumMap<>(PeerStore.class);
    for (PeerStore store : stores) {
      PeerReport.Results results = measure(store, size);
      all.put(store, results);
      if (results.failure() != null) {
        failed = true;
        out.println(store + " failed: " + results.failure());
      }
    }
    report.addSection(size, all).forEach(table -> table.print(out));
    return failed;
  }

  private PeerReport.Results measure(PeerStore store, Size size)
      throws IOException, InterruptedException {
    PeerTask task =
        new PeerTask(
            store,
            WorkDirectory.create().toString(),
            size.keys,
            size.valueLength,
            rounds.count,
            rounds.millis);
    Map<PeerWorkload, PeerResult> results = new EnumMap<>(PeerWorkload.class);
    String failure =
        PeerProcess.run(
            task,
            result -> {
              results.put(result.workload(), result);
              report.addLine(store, size, result);
              print(store, result);
            });
    return new PeerReport.Results(results, failure);
  }

  private void print(PeerStore store, PeerResult result) {
    out.println(
        String.format(
            Locale.ROOT,
            "  %-10s %-30s %9s %s   (%s to %s)",
            store,
            result.workload(),
            Numbers.shown(result.mean()),
            result.workload().unit(),
            Numbers.shown(result.least()),
            Numbers.shown(result.greatest())));
  }

  private void printNotes() {
    out.println("The settings of each store, and its promises, which belong to its numbers:");
    for (PeerStore store : PeerStore.values()) {
      out.println();
      out.println("  " + store);
      store.notes().forEach(note -> out.println("    " + note));
    }
    out.println();
    out.println(PeerReport.LEGEND);
    out.println();
  }
}
