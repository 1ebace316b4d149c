/*
 * WHAT THIS FILE IS
 *
 * Experiment 4: what an append-only file costs in space. Every character's name is put, and then
 * put ten times again. There is nothing to time, so JMH has no part in this.
 *
 * WHAT IT SHOWS
 *
 * Without compaction the disk holds every value that ever was: eleven times what is live. With it
 * there is a bound. It is a loose one while the store is small, since step 4 does not start for
 * less than 10 MiB of dead bytes, and nor does step 5. The engine merges only what is sealed: a
 * segment is 64 MiB, and all that is put here fits in the first. The last row has segments of 1
 * MiB, and the bound is that of a store which is many segments large.
 *
 * The last columns are the files of a store that was compacted or merged, and closed: without hint
 * files, and with them. The engine's hint files hold each key a second time. For names of some
 * thirty bytes that is much; for larger values it is little. What the data files have besides the
 * records are file headers and seals, and in small segments the space in reserve for a full disk,
 * which is a sixteenth of the log and at most a segment.
 *
 * WHAT IT DOES NOT SHOW
 *
 * The space for the copy while step 4 compacts: the disk is looked at between puts. Step 5 and the
 * engine merge beside the puts, so their copy is seen, if the look comes at the right time.
 *
 * Deleted files that are still mapped. The engine leaves the unmapping to the garbage collector,
 * and until then the operating system keeps their space, up to 256 MiB and what a collection takes.
 *
 * What the reclaiming costs those who are waiting for it: that is experiment 5.
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

/** How much disk do 10 overwrites of each key take? */
public final class Experiment4Disk implements Experiment {
  private static final String WHY_NO_MERGE =
      "The engine merges sealed segments by itself, when half of them is dead. A segment has 64 MiB,"
          + " and all of this\nfits in the first, which is sealed when it is full: there is nothing"
          + " to merge until merge() is called. With\nsegments of 1 MiB there is.";

  private static final String HINT_FILES =
      "The last column counts the engine's hint files, which hold each key again: much beside names"
          + " of thirty bytes,\nlittle beside larger values. The column before it counts the rest:"
          + " records, file headers, seals, and the space\nthat the engine keeps in reserve for a"
          + " full disk, at most a segment.";

  private static final int OVERWRITES = 10;

  /** Bytes of a record before its key: live bytes are counted with it, as the stores do. */
  private static final int RECORD_HEADER = 16;

  /** The disk is looked at once for so many puts. */
  private static final int LOOK_EVERY = 500;

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
    return "The names of Unicode, put once and overwritten 10 times. A store that reclaims space does"
        + " so by itself\nwhen 10 MiB and half of the log are dead.";
  }

  @Override
  public String ratio(Profile profile) {
    return "How many times as much disk as what is live does step 4 take, at most?";
  }

  @Override
  public String lesson() {
    return "A log alone keeps every value that ever was. A rule that says when to compact or merge"
        + " sets a bound.";
  }

  @Override
  public String next() {
    return "Half dead is twice as large. What does the rest of the rule save a small store from?";
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
            "with hint files");
    all.forEach((name, usage) -> table.row(usage.cells(name)));
    List<Chart.Series> series = new ArrayList<>();
    all.forEach(
        (name, usage) ->
            series.add(new Chart.Series(name, Step.STEP3.ordinal() + series.size(), usage.seen())));
    Chart chart =
        new Chart(
            "Disk that a store takes while its keys are overwritten",
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
   * @param after after a compaction or merge and a close, without hint files
   * @param afterWithHints the same with hint files
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
      double hints = WorkDirectory.size(directory, ".hint");
      return new Usage(
          seen, end, OptionalDouble.of((all - hints) / live), OptionalDouble.of(all / live));
    } finally {
      WorkDirectory.delete(directory);
    }
  }

  /** Puts all pairs, overwrites them, and adds the disk usage, of which the last is at the end. */
  private static void overwrite(
      AnyStore store, Path directory, List<Data.Pair> pairs, List<Chart.Point> seen)
      throws IOException {
    double live = liveBytes(pairs);
    for (int round = 0; round <= OVERWRITES; round++) {
      for (int i = 0; i < pairs.size(); i++) {
        store.put().put(pairs.get(i).key(), pairs.get(i).value());
        // Nothing is overwritten in the first round.
        if (round > 0 && i % LOOK_EVERY == 0) {
          double overwrites = round - 1 + (double) i / pairs.size();
          seen.add(new Chart.Point(overwrites, WorkDirectory.size(directory) / live));
        }
      }
    }
    seen.add(new Chart.Point(OVERWRITES, WorkDirectory.size(directory) / live));
  }
}
