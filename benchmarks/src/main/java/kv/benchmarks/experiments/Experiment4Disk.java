/*
 * WHAT THIS FILE IS
 *
 * Experiment 4: the disk space of an append-only file. The name of every character is put, and then
 * overwritten ten times. There is nothing to time, so this experiment does not use JMH.
 *
 * WHAT IT SHOWS
 *
 * Without compaction the disk contains every value ever put: eleven times the live bytes. With
 * compaction there is a bound. It is loose for a small store, since step 4 does not compact, and
 * step 5 does not merge, before 10 MiB are dead. The engine merges only sealed segments: a segment
 * has 64 MiB, and everything that is put here fits in the first. The last row has segments of 1 MiB
 * and shows the bound of a store of many segments.
 *
 * The last two columns are the files of a store that was compacted or merged, and closed: without
 * hint files and with them. The engine's hint files contain each key a second time. Beside names of
 * about thirty bytes that is much; beside larger values it is little. In addition to the records,
 * the data files contain file headers and seals, and in small segments the reserve for a full disk,
 * which is a sixteenth of the log and at most one segment.
 *
 * WHAT IT DOES NOT SHOW
 *
 * The space for the copy while step 4 compacts: the disk is measured between puts. Step 5 and the
 * engine merge concurrently with puts, so a measurement may include their copy.
 *
 * Deleted files that are still mapped. The engine leaves the unmapping to the garbage collector,
 * and until then the operating system keeps their space: up to 256 MiB, and the files that are
 * deleted until the collection ends.
 *
 * The time that callers wait while space is reclaimed: that is experiment 5.
 */
package kv.benchmarks.experiments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import kv.benchmarks.harness.AnyStore;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.harness.Score;
import kv.benchmarks.harness.Step;
import kv.benchmarks.harness.WorkDirectory;
import kv.benchmarks.report.Chart;
import kv.benchmarks.report.Outcome;
import kv.benchmarks.report.Table;
import kv.engine.Options;

/** Experiment 4: the disk space of an append-only file. */
public final class Experiment4Disk implements Experiment {
  private static final String WHY_NO_MERGE =
      "The engine merges sealed segments automatically when half of their bytes are dead. A segment"
          + " has 64 MiB and is\nsealed when it is full. All of these puts fit in the first"
          + " segment, so there is nothing to merge before the\ncall of merge(). With segments of"
          + " 1 MiB there is.";

  private static final String HINT_FILES =
      "The last column includes the engine's hint files, which contain each key again, and the index"
          + " that a close\n"
          + "saves: much beside names of thirty bytes, little beside larger values. The column before"
          + " it is the rest:\n"
          + "records, file headers, seals, and the engine's reserve for a full disk, at most one"
          + " segment.";

  private static final int OVERWRITES = 10;

  /** Bytes of a record before its key. They are part of the live bytes, as in the stores. */
  private static final int RECORD_HEADER = 16;

  /** The number of puts between two measurements of the disk. */
  private static final int PUTS_PER_LOOK = 500;

  private static final Options SMALL_SEGMENTS =
      Options.DEFAULT.withSync(Options.SyncPolicy.NEVER).withSegmentSize(1 << 20);

  @Override
  public String question() {
    return "How much disk do 10 overwrites of each key take?";
  }

  @Override
  public Step first() {
    return Step.STEP3;
  }

  @Override
  public Step lastKnown() {
    return Step.STEP4;
  }

  @Override
  public String method() {
    return "Unicode's character names, put once and overwritten 10 times. A step that reclaims"
        + " space does so\nautomatically when 10 MiB and half of the log are dead.";
  }

  @Override
  public String ratio(Profile profile) {
    return "Step 4: how many times the live bytes does the store take on disk, at most?";
  }

  @Override
  public String lesson() {
    return "A log alone keeps every value ever put. A rule for when to compact or merge sets a"
        + " bound.";
  }

  @Override
  public String next() {
    return "Half dead means twice as large. Which work does the 10 MiB in the rule save a small"
        + " store?";
  }

  @Override
  public int measurements(Profile profile) {
    return profile.from(first()).size() + (profile.last() == Step.ENGINE ? 1 : 0);
  }

  @Override
  public Outcome run(Harness harness) throws IOException {
    Map<String, Usage> all = measureAll(harness);
    Table table =
        new Table(
            "bytes on disk / live bytes",
            "most seen",
            "at the end",
            "after compact() or merge()",
            "with all files");
    all.forEach((name, usage) -> table.row(usage.cells(name)));
    List<Chart.Series> series = new ArrayList<>();
    all.forEach(
        (name, usage) ->
            series.add(new Chart.Series(name, Step.STEP3.ordinal() + series.size(), usage.seen())));
    Chart chart =
        new Chart(
            "Disk usage while keys are overwritten",
            Chart.Axis.linear("overwrites of each key"),
            Chart.Axis.linear("bytes on disk / live bytes"),
            true,
            series);
    double most = all.get(Step.STEP4.toString()).most();
    return new Outcome(
        Ratio.of(new Score(most), new Score(1)),
        table,
        List.of(chart),
        all.containsKey(Step.ENGINE.toString()) ? List.of(WHY_NO_MERGE, HINT_FILES) : List.of());
  }

  private Map<String, Usage> measureAll(Harness harness) throws IOException {
    List<Data.Pair> pairs = Data.unicodeNames();
    Map<String, Usage> all = new LinkedHashMap<>();
    for (Step step : harness.profile().from(first())) {
      boolean compacts = !step.isBefore(Step.STEP4);
      all.put(step.toString(), measure(harness, step.toString(), step::open, compacts, pairs));
    }
    if (all.containsKey(Step.ENGINE.toString())) {
      String small = Step.ENGINE + ", 1 MiB segments";
      Step.Opener opener =
          directory -> AnyStore.of(kv.engine.Store.open(directory, SMALL_SEGMENTS));
      all.put(small, measure(harness, small, opener, true, pairs));
    }
    return all;
  }

  /**
   * Bytes on disk, divided by live bytes.
   *
   * @param seen during the puts, by the number of overwrites
   * @param end after the last put
   * @param after after a compaction or merge and a close, without hint files and index
   * @param afterWithHints the same with them
   */
  private record Usage(
      List<Chart.Point> seen, double end, OptionalDouble after, OptionalDouble afterWithHints) {
    double most() {
      return seen.stream().mapToDouble(Chart.Point::y).max().orElseThrow();
    }

    /** Returns the row of the table. */
    List<String> cells(String name) {
      return List.of(
          name, Numbers.shown(most()), Numbers.shown(end), number(after), number(afterWithHints));
    }

    private static String number(OptionalDouble ratio) {
      return ratio.isPresent() ? Numbers.shown(ratio.getAsDouble()) : "-";
    }
  }

  private static double liveBytes(List<Data.Pair> pairs) {
    double live = 0;
    for (Data.Pair pair : pairs) {
      live += RECORD_HEADER + pair.key().length + pair.value().length;
    }
    return live;
  }

  private static Usage measure(
      Harness harness, String name, Step.Opener opener, boolean compacts, List<Data.Pair> pairs)
      throws IOException {
    harness.begin(name + ", " + OVERWRITES + " overwrites");
    double live = liveBytes(pairs);
    Path directory = WorkDirectory.create();
    try {
      List<Chart.Point> seen = new ArrayList<>();
      try (AnyStore store = opener.open(directory)) {
        overwrite(store, directory, pairs, seen);
        if (compacts) {
          store.compact().run();
        }
      }
      double end = seen.get(seen.size() - 1).y();
      harness.end(Numbers.shown(end) + " x");
      if (!compacts) {
        return new Usage(seen, end, OptionalDouble.empty(), OptionalDouble.empty());
      }
      double all = WorkDirectory.size(directory);
      double hints =
          WorkDirectory.size(directory, ".hint") + WorkDirectory.size(directory, ".index");
      return new Usage(
          seen, end, OptionalDouble.of((all - hints) / live), OptionalDouble.of(all / live));
    } finally {
      WorkDirectory.delete(directory);
    }
  }

  /** Puts and overwrites all pairs. Adds the disk usage during the puts, and after the last. */
  private static void overwrite(
      AnyStore store, Path directory, List<Data.Pair> pairs, List<Chart.Point> seen)
      throws IOException {
    double live = liveBytes(pairs);
    for (int round = 0; round <= OVERWRITES; round++) {
      for (int i = 0; i < pairs.size(); i++) {
        store.put().put(pairs.get(i).key(), pairs.get(i).value());
        // The first round overwrites nothing.
        if (round > 0 && i % PUTS_PER_LOOK == 0) {
          double overwrites = round - 1 + (double) i / pairs.size();
          seen.add(new Chart.Point(overwrites, WorkDirectory.size(directory) / live));
        }
      }
    }
    seen.add(new Chart.Point(OVERWRITES, WorkDirectory.size(directory) / live));
  }
}
