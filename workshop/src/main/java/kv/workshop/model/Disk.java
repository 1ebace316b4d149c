/*
 * WHAT THIS FILE IS
 *
 * The directory of the store: its files, each as the operating system shows it to programs, and
 * the part of it that is on the disk. An fsync makes the two equal.
 *
 * PICTURE: a file with three records, of which the first was fsynced
 *
 *     1-1.0     a=1 | a=2 b=3
 *               ^     ^
 *     on the disk     in memory only
 *
 * A power loss keeps all that is on the disk, and any part of the rest. Of the two records above,
 * each can be there, torn, or gone:
 *
 *     1-1.0     a=1                       1-1.0     a=1 a=2
 *     1-1.0     a=1 a=2 b=3               1-1.0     a=1 torn b=3          and so on
 *
 * In the same way each entry of the directory that was created or deleted since the last fsync of
 * the directory is there or not, regardless of all others. That is more than most file systems can
 * lose: many of them write entries in order. A store that survives this disk needs no such promise.
 *
 * INVARIANTS
 *
 * A file that was deleted stays in the list as long as its entry is on the disk.
 *
 * NOT HERE, AND WHY
 *
 * Bytes. A record is whole or torn. Which bytes make it torn is the subject of step 2's Recovery,
 * and its tests try them all.
 *
 * A disk that loses data after an fsync, or that changes it. That is damage, and no order of
 * operations helps.
 */
package kv.workshop.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The files of the store, in log order. */
record Disk(List<StoredFile> files) {
  /** The other contents of the engine's files, from the value -1 on: see EngineFiles. */
  static final List<String> OTHER = List.of("seal", "keys", "half");

  /** A put of a value, or a delete, which has the value 0. Negative values are those of OTHER. */
  record Change(char key, int value) {
    @Override
    public String toString() {
      return value < 0 ? OTHER.get(~value) : value == 0 ? "del " + key : key + "=" + value;
    }
  }

  /** The place of a record in a file. */
  record Cell(Change change, boolean mark, boolean whole) {
    @Override
    public int hashCode() {
      return (change.key * 64 + change.value * 4 + (mark ? 2 : 0) + (whole ? 1 : 0)) * Name.SPREAD;
    }

    @Override
    public String toString() {
      return whole ? change.toString() : "torn";
    }
  }

  /**
   * A file.
   *
   * @param durable number of its cells that are on the disk
   * @param listed whether a listing of the directory contains its name
   * @param listedOnDisk whether the directory on the disk does
   */
  record StoredFile(
      Name name, List<Cell> cells, int durable, boolean listed, boolean listedOnDisk) {
    @Override
    public int hashCode() {
      int flags = (listed ? 2 : 0) + (listedOnDisk ? 1 : 0);
      return (name.hashCode() * 64 + durable * 4 + flags) * Name.SPREAD + cells.hashCode();
    }

    StoredFile append(Cell cell) {
      return new StoredFile(name, plus(cells, cell), durable, listed, listedOnDisk);
    }

    StoredFile fsync() {
      return new StoredFile(name, cells, cells.size(), listed, listedOnDisk);
    }

    StoredFile cut(int end) {
      int left = Math.min(durable, end);
      return new StoredFile(name, List.copyOf(cells.subList(0, end)), left, listed, listedOnDisk);
    }

    StoredFile withEntry(boolean inMemory, boolean onDisk) {
      return new StoredFile(name, cells, durable, inMemory, onDisk);
    }

    /** Returns what a power loss can make of this file: an empty list is a file without a name. */
    private List<List<StoredFile>> remains() {
      List<List<StoredFile>> remains = new ArrayList<>();
      if (!listed || !listedOnDisk) {
        remains.add(List.of());
      }
      for (int size = durable; size <= cells.size() && (listed || listedOnDisk); size++) {
        for (int torn = 0; torn < 1 << size - durable; torn++) {
          List<Cell> left = new ArrayList<>(cells.subList(0, size));
          for (int i = durable; i < size; i++) {
            boolean whole = left.get(i).whole && (torn >> i - durable & 1) == 0;
            left.set(i, new Cell(left.get(i).change, left.get(i).mark, whole));
          }
          remains.add(List.of(new StoredFile(name, List.copyOf(left), size, true, true)));
        }
      }
      return remains;
    }
  }

  /** Returns a list with one more element. */
  static <T> List<T> plus(List<T> list, T element) {
    List<T> longer = new ArrayList<>(list);
    longer.add(element);
    return List.copyOf(longer);
  }

  StoredFile file(Name name) {
    return files.stream().filter(file -> file.name.equals(name)).findFirst().orElseThrow();
  }

  /** Returns the names that a listing of the directory shows, in log order. */
  List<Name> names() {
    return files.stream().filter(StoredFile::listed).map(StoredFile::name).toList();
  }

  /** Changes one file. */
  Disk with(Name name, UnaryOperator<StoredFile> change) {
    List<StoredFile> changed = new ArrayList<>(files);
    changed.replaceAll(file -> file.name.equals(name) ? change.apply(file) : file);
    return new Disk(List.copyOf(changed));
  }

  /** Adds an entry to the directory, in memory only. */
  Disk create(Name name, List<Cell> cells, int durable) {
    List<StoredFile> more = new ArrayList<>(files);
    more.add(new StoredFile(name, cells, durable, true, false));
    more.sort(Comparator.comparing(StoredFile::name, Name.ORDER));
    return new Disk(List.copyOf(more));
  }

  /** Removes an entry from the directory, in memory only. */
  Disk delete(Name name) {
    return with(name, file -> file.withEntry(false, file.listedOnDisk));
  }

  /** Makes the directory on the disk equal to the one in memory. */
  Disk syncDirectory() {
    Stream<StoredFile> listed = files.stream().filter(StoredFile::listed);
    return new Disk(listed.map(file -> file.withEntry(true, true)).toList());
  }

  /** Returns every disk that a power loss can leave. */
  List<Disk> afterPowerLoss() {
    List<Disk> disks = List.of(new Disk(List.of()));
    for (StoredFile file : files) {
      List<List<StoredFile>> remains = file.remains();
      List<Disk> longer = new ArrayList<>();
      for (Disk disk : disks) {
        for (List<StoredFile> rest : remains) {
          longer.add(rest.isEmpty() ? disk : new Disk(plus(disk.files, rest.get(0))));
        }
      }
      disks = longer;
    }
    return disks;
  }
}
