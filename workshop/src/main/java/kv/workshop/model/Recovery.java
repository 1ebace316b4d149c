package kv.workshop.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import kv.workshop.model.Disk.Cell;
import kv.workshop.model.Disk.StoredFile;
import kv.workshop.model.State.Location;

/** An open of step 5: reads the names and the files of a directory. Changes nothing. */
class Recovery {
  /** The value of a torn record that is taken for a record. */
  static final int GARBAGE = -1;

  final Disk disk;
  private final Set<Rule> rules;

  /** The files of the log. */
  final List<Name> log = new ArrayList<>();

  /** The files that they cover. */
  final List<Name> covered = new ArrayList<>();

  /** The number of cells that are left in the last file. */
  int end;

  /** For each key its last put: where it is, and its value. */
  PerKey<Location> keydir = new PerKey<>(null, null);

  PerKey<Integer> contents = new PerKey<>(null, null);

  /** The reason why the directory is refused, or null. */
  String refusal;

  Recovery(Disk disk, Set<Rule> rules) {
    this.disk = disk;
    this.rules = rules;
  }

  Recovery run() {
    readNames(disk.names());
    if (!log.isEmpty() && log.get(log.size() - 1).generation() > 0) {
      refuse(log.get(log.size() - 1), "the last file is missing");
    }
    for (Name name : refusal == null ? log : List.<Name>of()) {
      read(disk.file(name), name == log.get(log.size() - 1));
    }
    return this;
  }

  void refuse(Name name, String reason) {
    refusal = refusal == null ? name + ": " + reason : refusal;
  }

  /** As SegmentName.uncovered. */
  void readNames(List<Name> names) {
    int next = 1;
    for (Name name : names) {
      boolean isCovered = !log.isEmpty() && log.get(log.size() - 1).covers(name);
      if (isCovered && rules.contains(Rule.IGNORE_COVERED)) {
        covered.add(name);
        continue;
      }
      if (name.first() != next) {
        refuse(name, name.first() > next ? "the log before it is missing" : "it overlaps");
      }
      log.add(name);
      next = name.last() + 1;
    }
  }

  /** As Recovery.findEnd, and KeyDir.apply for each record. */
  void read(StoredFile file, boolean last) {
    List<Cell> cells = file.cells();
    boolean stops = rules.contains(Rule.STOP_AT_TORN);
    boolean torn = false;
    end = 0;
    for (int at = 0; at < cells.size(); at++) {
      Cell cell = cells.get(at);
      if (torn && stops && cell.mark()) {
        refuse(
            file.name(), "the mark of " + cell.change() + " shows that the torn part was synced");
      }
      boolean isRecord = cell.whole() || !rules.contains(Rule.TORN_IS_NO_RECORD);
      torn |= !isRecord;
      if (isRecord && !(torn && stops)) {
        apply(cell, new Location(file.name(), at));
      }
      end += torn && stops && rules.contains(Rule.CUT_TORN) ? 0 : 1;
    }
    if (torn && !last) {
      refuse(file.name(), "its end is torn, but the log continues");
    }
  }

  void apply(Cell cell, Location location) {
    char key = cell.change().key();
    boolean put = cell.change().value() != 0;
    int value = cell.whole() ? cell.change().value() : GARBAGE;
    keydir = keydir.with(key, put ? location : null);
    contents = contents.with(key, put ? (Integer) value : null);
  }
}
