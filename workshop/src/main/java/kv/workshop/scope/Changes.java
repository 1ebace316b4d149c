package kv.workshop.scope;

import java.util.ArrayList;
import java.util.List;
import kv.workshop.Dump;
import kv.workshop.RecordHeader;
import kv.workshop.RecordScan;

/** The changes since the last report: the first ones in full, and the number of the rest. */
final class Changes {
  /** The number of changes that are kept. */
  static final int MOST = 100;

  private final List<Change> kept = new ArrayList<>();
  private long more;
  private int pauses;

  /** Adds a change, unless the list is paused. */
  void add(Change change) {
    if (pauses > 0) {
      return;
    }
    if (kept.size() < MOST) {
      kept.add(change);
    } else {
      more++;
    }
  }

  /** Counts a change that is not kept. */
  void skip() {
    more += pauses > 0 ? 0 : 1;
  }

  /** Adds an appended record, with its effect on older ones. */
  void addRecord(String file, long at, RecordHeader header, Key key, KeyStates states) {
    if (header.syncMark() && at > RecordScan.SALTED_SIZE) {
      String text = "everything before offset " + at + " of " + file + " is durable";
      add(new Change("sync", file, at, -1, null, null, text));
    }
    boolean put = header.type() == 'P';
    Change.Place killed = states.killed();
    String kind = !put ? "delete" : states.killedAPut() ? "overwrite" : "put";
    String where = " at offset " + at + " of " + file + ", " + Dump.count(header.length(), "byte");
    String dead =
        killed == null
            ? ""
            : "; the record at offset "
                + killed.at()
                + (killed.file().equals(file) ? "" : " of " + killed.file())
                + " is dead now";
    String text = (put ? "put " : "delete ") + key.text() + where + dead;
    add(new Change(kind, file, at, header.length(), key, killed, text));
  }

  /** Ignores changes until {@link #resume}. */
  void pause() {
    pauses++;
  }

  void resume() {
    pauses--;
  }

  /** Returns whether a change is kept in full. */
  boolean keepsNext() {
    return pauses == 0 && kept.size() < MOST;
  }

  boolean isEmpty() {
    return kept.isEmpty();
  }

  /** Returns the changes; the last one counts those that were left out. */
  List<Change> list() {
    List<Change> all = new ArrayList<>(kept);
    if (more > 0) {
      String file = kept.get(kept.size() - 1).file();
      String text = "and " + Dump.count(more, "more change");
      all.add(Change.ofFile("more", file, text));
    }
    return all;
  }
}
