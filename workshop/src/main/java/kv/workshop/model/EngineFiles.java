package kv.workshop.model;

import java.util.List;
import kv.workshop.model.Disk.Cell;
import kv.workshop.model.Disk.Change;

/** The names and the contents of the engine's files that step 5 does not have. */
final class EngineFiles {
  /** The last cell of a sealed segment. */
  static final Change SEAL = new Change('s', -1);

  /** The contents of a hint file or an index: one cell, torn or whole. */
  static final Change KEYS = new Change('k', -2);

  /** A record that has its type, but only half of its other bytes. */
  static final Change HALF = new Change('h', -3);

  private static final String HINT = ".hint";
  private static final String INDEX = ".index";

  private EngineFiles() {}

  static Name hint(Name segment) {
    return new Name(segment.first(), segment.last(), segment.generation(), HINT);
  }

  /** Returns the name of the index of a log. */
  static Name index(List<Name> log) {
    Name merged = Name.merged(log);
    return new Name(merged.first(), merged.last(), merged.generation(), INDEX);
  }

  static boolean isHint(Name name) {
    return name.ending().equals(HINT);
  }

  static boolean isIndex(Name name) {
    return name.ending().equals(INDEX);
  }

  static boolean isSegment(Name name) {
    return name.ending().isEmpty();
  }

  /** Returns the seal of a segment. */
  static Cell seal(boolean mark) {
    return new Cell(SEAL, mark, true);
  }

  static boolean isSeal(Cell cell) {
    return cell.change().equals(SEAL);
  }

  /** Adds a hint file or an index, which is not fsynced. Does nothing if there was one before. */
  static Disk create(Disk disk, Name name) {
    return exists(disk, name) ? disk : disk.create(name, List.of(new Cell(KEYS, false, true)), 0);
  }

  /** Returns whether there is a file, in memory or on the disk. */
  static boolean exists(Disk disk, Name name) {
    return disk.files().stream().anyMatch(file -> file.name().equals(name));
  }

  /** Returns whether the directory has a hint file or an index, and it is whole or torn. */
  static boolean contains(Disk disk, Name name, boolean whole) {
    return disk.names().contains(name)
        && disk.file(name).cells().stream().anyMatch(cell -> cell.whole() == whole);
  }
}
