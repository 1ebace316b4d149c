package kv.workshop.model;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kv.workshop.model.Actions.Step;
import kv.workshop.model.Disk.Cell;
import kv.workshop.model.Disk.StoredFile;
import kv.workshop.model.State.Copy;
import kv.workshop.model.State.Merge;
import kv.workshop.model.State.Past;
import kv.workshop.model.State.Stage;

/** Prints a history: each action with the files after it, and the promise that the last one broke. */
final class Story {
  /** The meaning of the files as they are shown. */
  static final String LEGEND =
      """
      1-1.0[a=1 | b=2]   000001-000001.0.data: put a=1 is on the disk, put b=2 only in memory
      +2-2.0[]           a new name, not on the disk yet
      -1-1.0[a=1]        a deleted name, still on the disk
      copy[a=1]          the copy of a merge, before it has its name
      """;

  static final String ENGINE_LEGEND =
      LEGEND
          + """
            1-1.0[a=1 seal]    a sealed segment
            1-1.0.hint[keys]   its hint file; the saved index is shown in the same way
            b=2                the value of each put of b is the copy of a log
            """;

  private final String legend;
  private final PrintStream out;

  Story(String legend, PrintStream out) {
    this.legend = legend;
    this.out = out;
  }

  void print(List<Step> history) {
    out.println(legend);
    for (Step step : history) {
      String number = String.valueOf(history.indexOf(step) + 1);
      String files = step.broken() == null ? files(step.state()) : "";
      String line = String.format(Locale.ROOT, "%2s  %-38s %s", number, step.action(), files);
      out.println(line.stripTrailing());
      if (step.before() != null) {
        out.println("    lost: " + lost(step.before(), step.state().disk()));
      }
    }
    Step last = history.get(history.size() - 1);
    Past past = last.state().past();
    out.println();
    String changes = past.history().isEmpty() ? "none" : join(past.history());
    String promised = past.promised() == 0 ? "none of them" : "the first " + past.promised();
    out.println("    puts and deletes: " + changes + "; promised: " + promised);
    out.println("    " + last.broken().kind() + ": " + last.broken().what());
  }

  private static String files(State state) {
    List<String> files = new ArrayList<>();
    for (StoredFile file : state.disk().files()) {
      String entry = file.listed() == file.listedOnDisk() ? "" : file.listed() ? "+" : "-";
      files.add(entry + file.name() + cells(file.cells(), file.durable()));
    }
    Merge merge = state.process() == null ? null : state.process().merge();
    if (merge != null && merge.stage().compareTo(Stage.RENAME) <= 0) {
      List<Cell> copies = merge.copies().stream().map(Copy::cell).toList();
      files.add("copy" + cells(copies, merge.durable()));
    }
    return String.join("  ", files);
  }

  private static String cells(List<Cell> cells, int durable) {
    String memory =
        durable == cells.size() ? "" : " | " + join(cells.subList(durable, cells.size()));
    return "[" + join(cells.subList(0, durable)) + memory + "]";
  }

  /** Returns the writes and the changes of names that a power loss did not leave on the disk. */
  private static String lost(Disk before, Disk after) {
    List<String> lost = new ArrayList<>();
    for (StoredFile file : before.files()) {
      boolean there = after.names().contains(file.name());
      if (file.listed() && !there) {
        lost.add("the name " + file.name());
      } else if (there && !file.listed()) {
        lost.add("the deletion of " + file.name());
      }
      List<Cell> left = there ? after.file(file.name()).cells() : List.of();
      for (int at = file.durable(); at < file.cells().size(); at++) {
        if (at >= left.size() || !left.get(at).whole()) {
          lost.add(file.cells().get(at) + " in " + file.name());
        }
      }
    }
    return lost.isEmpty() ? "nothing" : String.join(", ", lost);
  }

  private static String join(List<?> parts) {
    return String.join(" ", parts.stream().map(Object::toString).toList());
  }
}
