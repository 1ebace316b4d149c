/*
 * WHAT THIS FILE IS
 *
 * A state of the model: everything on which the next actions depend. Two states with equal parts
 * are one state, and are visited once.
 *
 * PICTURE
 *
 *     disk      the files, in memory and on the disk (see Disk)
 *     process   the store's own memory: the list of its files, the keydir, and the running merge;
 *               null after a crash
 *     past      the puts and deletes that were made, and the number of them that were promised
 *
 * NOT HERE, AND WHY
 *
 * Threads. Calls of the store hold its lock, so they take turns. A merge runs beside them, and its
 * next operation can come before or after each call: that is a choice between two next states.
 */
package kv.workshop.model;

import java.util.List;
import kv.workshop.model.Disk.Cell;
import kv.workshop.model.Disk.Change;

/** A state of the store, of its disk, and of the promises that its callers have. */
record State(Disk disk, Process process, Past past) {
  /** The place of a record: its file, and the number of its cell there. */
  record Location(Name file, int at) {}

  /** A copied record, and the location of the original. */
  record Copy(Location original, Cell cell) {}

  /**
   * The memory of the process: Log, KeyDir and Merge.
   *
   * @param log the files of the log; records are appended to the last one
   * @param synced number of the last file's cells that the store takes for durable
   * @param merge the running merge, or null
   * @param flight the rest of the engine's memory; null in step 5
   */
  record Process(List<Name> log, PerKey<Location> keydir, int synced, Merge merge, Flight flight) {
    Name last() {
      return log.get(log.size() - 1);
    }

    /** Returns whether a file can be read. The output of a merge is opened before it is listed. */
    boolean isOpen(Name file) {
      return log.contains(file) || merge != null && merge.output().equals(file);
    }

    Process with(PerKey<Location> next) {
      return new Process(log, next, synced, merge, flight);
    }

    Process with(Merge next) {
      return new Process(log, keydir, synced, next, flight);
    }

    Process withLog(List<Name> next, int nextSynced) {
      return new Process(List.copyOf(next), keydir, nextSynced, merge, flight);
    }
  }

  /** The stages of a run in their order. A stage that consists of a rule is left out with it. */
  enum Stage {
    COPY(null),
    SYNC_COPY(Rule.SYNC_COPY),
    SYNC_LAST(Rule.SYNC_LAST),
    RENAME(null),
    SYNC_DIRECTORY(Rule.SYNC_DIRECTORY),
    REPOINT(null),
    DELETE(null);

    final Rule rule;

    Stage(Rule rule) {
      this.rule = rule;
    }
  }

  /**
   * A running merge.
   *
   * @param runs the runs that are left, the current one first
   * @param at number of records, copies or inputs that this stage is done with
   * @param durable number of copies that are on the disk
   */
  record Merge(List<List<Name>> runs, Stage stage, int at, List<Copy> copies, int durable) {
    static Merge of(List<List<Name>> runs) {
      return runs.isEmpty() ? null : new Merge(runs, Stage.COPY, 0, List.of(), 0);
    }

    List<Name> run() {
      return runs.get(0);
    }

    Name output() {
      return Name.merged(run());
    }

    Merge afterRun() {
      return of(runs.subList(1, runs.size()));
    }

    Merge next(List<Copy> nextCopies) {
      return new Merge(runs, stage, at + 1, nextCopies, durable);
    }
  }

  /**
   * The calls so far.
   *
   * @param history the puts and deletes that the store must remember, in their order
   * @param promised number of these that the next open must find at least
   * @param made number of puts and deletes, lost ones too: each put has a value of its own
   */
  record Past(List<Change> history, int promised, int made, int merges, int crashes) {
    Past with(List<Change> nextHistory, int nextPromised, int nextMade) {
      return new Past(nextHistory, nextPromised, nextMade, merges, crashes);
    }

    Past withMerge() {
      return new Past(history, promised, made, merges + 1, crashes);
    }

    Past withCrash(int nextPromised) {
      return new Past(history, nextPromised, made, merges, crashes + 1);
    }

    /** Returns the value of each key after the first changes of the history, null if absent. */
    PerKey<Integer> contents(int changes) {
      PerKey<Integer> contents = new PerKey<>(null, null);
      for (Change change : history.subList(0, changes)) {
        contents = contents.with(change.key(), change.value() == 0 ? null : change.value());
      }
      return contents;
    }
  }

  State with(Disk next) {
    return new State(next, process, past);
  }

  State with(Process next) {
    return new State(disk, next, past);
  }

  State with(Merge next) {
    return with(process.with(next));
  }

  State with(Past next) {
    return new State(disk, process, next);
  }
}
