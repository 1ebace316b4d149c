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
 * less than 10 MiB of dead bytes.
 *
 * WHAT IT DOES NOT SHOW
 *
 * The space for the copy while a compaction runs: the disk is looked at between puts. Nor what the
 * reclaiming costs those who are waiting for it.
 */
package kv.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** How much disk do 10 overwrites of each key take? */
public final class Experiment4Disk implements Experiment {
  private static final int OVERWRITES = 10;

  /** Bytes of a record before its key: live bytes are counted with it, as the stores do. */
  private static final int RECORD_HEADER = 16;

  /** The disk is looked at once for so many puts. */
  private static final int LOOK_EVERY = 500;

  @Override
  public String question() {
    return "How much disk do 10 overwrites of each key take?";
  }

  @Override
  public String method() {
    return "The names of Unicode, put once and overwritten 10 times. Step 4 compacts when 10 MiB and"
        + " half of the log are dead.";
  }

  @Override
  public String lesson() {
    return "A log alone keeps every value that ever was. A rule that says when to compact sets a"
        + " bound.";
  }

  @Override
  public int measurements(Profile profile) {
    return Step.from(Step.STEP3).size();
  }

  @Override
  public void run(Harness harness, PrintStream out) throws IOException {
    Table table =
        new Table("bytes on disk / live bytes", "most seen", "at the end", "after compact()");
    List<Data.Pair> pairs = Data.unicodeNames();
    double live = 0;
    for (Data.Pair pair : pairs) {
      live += RECORD_HEADER + pair.key().length + pair.value().length;
    }
    out.println("  Live: " + Table.number(live / 1e6) + " MB.");
    for (Step step : Step.from(Step.STEP3)) {
      harness.begin(step + ", " + OVERWRITES + " overwrites");
      Path directory = WorkDirectory.create();
      try (Engine engine = step.open(directory)) {
        long most = 0;
        for (int round = 0; round <= OVERWRITES; round++) {
          for (int i = 0; i < pairs.size(); i++) {
            engine.put().put(pairs.get(i).key(), pairs.get(i).value());
            if (i % LOOK_EVERY == 0) {
              most = Math.max(most, WorkDirectory.size(directory));
            }
          }
        }
        long end = WorkDirectory.size(directory);
        String compacted = "-";
        if (!step.isBefore(Step.STEP4)) {
          engine.compact().run();
          compacted = Table.number(WorkDirectory.size(directory) / live);
        }
        harness.end(Table.number(end / live) + " x");
        table.row(
            List.of(
                step.toString(),
                Table.number(Math.max(most, end) / live),
                Table.number(end / live),
                compacted));
      } finally {
        WorkDirectory.delete(directory);
      }
    }
    table.print(out);
  }
}
