/*
 * WHAT THIS FILE IS
 *
 * Everything that can happen next in a state: a call of the store, the next operation of a merge,
 * or a crash. Each action follows the code of step 5, whose method is named, and its order of
 * operations. A rule that is left out is an operation that does not happen, or a check that is not
 * made.
 *
 * PICTURE: the operations of one run of a merge, each of which can have calls before and after it
 *
 *     copy, or leave out, each record     what the keydir points at when the merge comes to it
 *     fsync the copy
 *     fsync the last file
 *     rename the copy                     the commit
 *     fsync the directory
 *     repoint each key
 *     close the inputs, delete them       oldest first
 *
 * INVARIANTS
 *
 * A call that holds the store's lock is one action, except that it can crash wherever the disk
 * changes twice.
 *
 * NOT HERE, AND WHY
 *
 * Sizes. Any record can be the first that does not fit into the last file, so the next file can
 * begin after any record. In the same way a run can have any number of files.
 *
 * The fsyncs of an open, one by one. A crash between two of them leaves no disk that a crash before
 * the first, or after the last, does not leave too.
 */
package kv.workshop.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import kv.workshop.model.Disk.Cell;
import kv.workshop.model.Disk.Change;
import kv.workshop.model.Disk.StoredFile;
import kv.workshop.model.Promise.Broken;
import kv.workshop.model.State.Copy;
import kv.workshop.model.State.Location;
import kv.workshop.model.State.Merge;
import kv.workshop.model.State.Past;
import kv.workshop.model.State.Process;
import kv.workshop.model.State.Stage;

/** The actions of the store and of its surroundings. */
class Actions {
  /** How often things happen at most. */
  record Bounds(int changes, int files, int merges, int crashes) {}

  /**
   * An action, and the state after it.
   *
   * @param broken the promise that it breaks, or null
   * @param before the disk before a power loss, or null
   */
  record Step(String action, State state, Broken broken, Disk before) {}

  private final Set<Rule> rules;
  final Bounds bounds;

  State state;
  Process process;
  List<Step> steps;

  Actions(Set<Rule> rules, Bounds bounds) {
    this.rules = rules;
    this.bounds = bounds;
  }

  /** Returns the state of a new store: one empty file. */
  State start() {
    Disk disk = new Disk(List.of()).create(Name.fresh(1), List.of(), 0).syncDirectory();
    PerKey<Location> keydir = new PerKey<>(null, null);
    Process process = new Process(List.of(Name.fresh(1)), keydir, 0, null, null);
    return new State(disk, process, new Past(List.of(), 0, 0, 0, 0));
  }

  /** Returns everything that can happen next. */
  List<Step> next(State from) {
    state = from;
    process = from.process();
    steps = new ArrayList<>();
    if (process == null) {
      open();
      return steps;
    }
    crash("", state);
    calls();
    if (process.merge() != null) {
      merge(process.merge());
    }
    return steps;
  }

  boolean follows(Rule rule) {
    return rules.contains(rule);
  }

  void add(String action, State next) {
    steps.add(new Step(action, next, null, null));
  }

  // ======== Calls of the store ========

  void calls() {
    Past past = state.past();
    int records = lastFile().cells().size();
    if (past.made() < bounds.changes()) {
      for (char key : PerKey.KEYS.toCharArray()) {
        write("put ", new Change(key, past.made() + 1));
        if (process.keydir().get(key) != null) {
          write("", new Change(key, 0));
        }
      }
    }
    if (past.promised() < past.history().size()) {
      add("sync", synced().with(past.with(past.history(), past.history().size(), past.made())));
    }
    if (records > 0 && process.last().last() < bounds.files()) {
      nextFile();
    }
    if (records == 0 && process.merge() == null && past.merges() < bounds.merges()) {
      startMerges(process.log().subList(0, process.log().size() - 1));
    }
  }

  StoredFile lastFile() {
    return state.disk().file(process.last());
  }

  /** As Store.put and Store.delete, down to LogFile.append. */
  private void write(String call, Change change) {
    int at = lastFile().cells().size();
    boolean mark = process.synced() == at || !follows(Rule.TRUE_SYNC_MARK);
    Disk disk = state.disk().with(process.last(), f -> f.append(new Cell(change, mark, true)));
    Location location = change.value() == 0 ? null : new Location(process.last(), at);
    Process next = process.with(process.keydir().with(change.key(), location));
    Past past = state.past();
    List<Change> history = Disk.plus(past.history(), change);
    Past after = past.with(history, past.promised(), past.made() + 1);
    add(call + change, new State(disk, next, after));
  }

  /** As Log.sync: fsyncs the last file, if the store does not take it for durable. */
  State synced() {
    int records = lastFile().cells().size();
    if (process.synced() == records) {
      return state;
    }
    Disk disk = state.disk().with(process.last(), StoredFile::fsync);
    return state.with(disk).with(process.withLog(process.log(), records));
  }

  /** As Log.finishLast, and LogFile.create. */
  private void nextFile() {
    State before = follows(Rule.SYNC_BEFORE_NEXT_FILE) ? synced() : state;
    Name name = Name.fresh(process.last().last() + 1);
    Disk created = before.disk().create(name, List.of(), 0);
    State next = state.with(created).with(process.withLog(Disk.plus(process.log(), name), 0));
    String action = (before == state ? "" : "fsync, ") + "begin " + name;
    if (follows(Rule.SYNC_NEW_NAME)) {
      crash(action + ", ", next);
      add(action + ", fsync directory", next.with(created.syncDirectory()));
    } else {
      add(action, next);
    }
  }

  // ======== Merge ========

  /** As Merge.run: any division of the finished files into runs of the same size. */
  private void startMerges(List<Name> finished) {
    for (int size = 1; size <= finished.size(); size++) {
      startMerge(finished, size);
    }
    if (!follows(Rule.SKIP_NO_FILE) && finished.size() > 1) {
      startMerge(finished.subList(1, finished.size()), finished.size());
    }
  }

  private void startMerge(List<Name> files, int size) {
    List<List<Name>> runs = new ArrayList<>();
    for (int from = 0; from < files.size(); from += size) {
      runs.add(List.copyOf(files.subList(from, Math.min(from + size, files.size()))));
    }
    if (!follows(Rule.OLDEST_FIRST)) {
      Collections.reverse(runs);
    }
    State next = state.with(Merge.of(List.copyOf(runs))).with(state.past().withMerge());
    String shown = runs.toString();
    add("begin a merge of " + shown.substring(1, shown.length() - 1), next);
  }

  /** As Merge.rewrite. */
  void merge(Merge merge) {
    if (merge.stage().compareTo(Stage.RENAME) <= 0) {
      Merge rest = follows(Rule.STOP_AT_FAILURE) ? null : merge.afterRun();
      add("the merge of " + merge.run() + " fails", state.with(rest));
    }
    State next = state.with(after(merge));
    switch (merge.stage()) {
      case COPY -> copyNext(merge);
      case SYNC_COPY -> add("fsync the copy", next);
      case SYNC_LAST ->
          add("fsync the last file", synced().with(synced().process().with(after(merge))));
      case RENAME -> {
        List<Cell> cells = merge.copies().stream().map(Copy::cell).toList();
        Disk disk = state.disk().create(merge.output(), cells, merge.durable());
        add("rename the copy to " + merge.output(), next.with(disk));
      }
      case SYNC_DIRECTORY -> add("fsync the directory", next.with(state.disk().syncDirectory()));
      case REPOINT -> repointNext(merge);
      case DELETE -> {
        Name input = merge.run().get(merge.at());
        boolean more = merge.at() + 1 < merge.run().size();
        Merge rest = more ? merge.next(merge.copies()) : merge.afterRun();
        add("delete " + input, state.with(state.disk().delete(input)).with(rest));
      }
      default -> throw new IllegalStateException();
    }
  }

  /** Returns a merge that is done with a stage, at the beginning of the next. */
  private Merge after(Merge merge) {
    Stage next = merge.stage();
    do {
      next = Stage.values()[(next.ordinal() + 1) % Stage.values().length];
    } while (next.rule != null && !follows(next.rule));
    int durable = merge.stage() == Stage.SYNC_COPY ? merge.copies().size() : merge.durable();
    return new Merge(merge.runs(), next, 0, merge.copies(), durable);
  }

  /** As Merge.copyLive: copies the next record of the run if the keydir points at it. */
  private void copyNext(Merge merge) {
    int at = merge.at();
    for (Name name : merge.run()) {
      List<Cell> cells = state.disk().file(name).cells();
      if (at < cells.size()) {
        Location location = new Location(name, at);
        Change change = cells.get(at).change();
        boolean live = isCopied(change, location);
        Copy copy = new Copy(location, new Cell(change, true, true));
        List<Copy> copies = live ? Disk.plus(merge.copies(), copy) : merge.copies();
        add((live ? "copy " : "leave out ") + change, state.with(merge.next(copies)));
        return;
      }
      at -= cells.size();
    }
    add("write the copy", state.with(after(merge)));
  }

  boolean isCopied(Change change, Location location) {
    return location.equals(process.keydir().get(change.key()));
  }

  /** As Merge.publish: repoints the next key, or replaces the inputs if all keys are done. */
  private void repointNext(Merge merge) {
    if (merge.at() == merge.copies().size() || !follows(Rule.REPOINT)) {
      List<Name> log = new ArrayList<>(process.log());
      log.set(log.indexOf(merge.run().get(0)), merge.output());
      log.removeAll(merge.run());
      Process next = process.withLog(log, process.synced());
      add("close " + merge.run(), state.with(next.with(after(merge))));
      return;
    }
    Copy copy = merge.copies().get(merge.at());
    char key = copy.cell().change().key();
    PerKey<Location> keydir = process.keydir();
    // A key whose tombstone was copied, as only the engine does, has no entry.
    boolean isPut = copy.cell().change().value() > 0;
    if (copy.original().equals(keydir.get(key)) || isPut && !follows(Rule.REPOINT_IF_UNCHANGED)) {
      keydir = keydir.with(key, new Location(merge.output(), merge.at()));
    }
    add("repoint " + key, state.with(process.with(keydir).with(merge.next(merge.copies()))));
  }

  // ======== Crashes ========

  /** After kill -9 every put that returned must be there, after a power loss what was promised. */
  void crash(String before, State at) {
    if (at.past().crashes() < bounds.crashes()) {
      Past killed = at.past().withCrash(at.past().history().size());
      add(before + "kill -9", new State(at.disk(), null, killed));
      for (Disk disk : at.disk().afterPowerLoss()) {
        Past past = at.past().withCrash(at.past().promised());
        State left = new State(disk, null, past);
        steps.add(new Step(before + "the power fails", left, null, at.disk()));
      }
    }
  }

  /** As Store.open. */
  void open() {
    Recovery found = new Recovery(state.disk(), rules).run();
    Past past = state.past();
    int prefix = Promise.prefix(past, found.contents);
    if (found.refusal != null || prefix < 0) {
      steps.add(new Step("open", state, Promise.brokenByOpen(past, found), null));
      return;
    }
    Disk disk = state.disk();
    List<Name> log = found.log;
    if (log.isEmpty()) {
      log = List.of(Name.fresh(1));
      disk = disk.create(log.get(0), List.of(), 0).syncDirectory();
    }
    disk = disk.with(log.get(log.size() - 1), file -> file.cut(found.end));
    for (Name name : follows(Rule.OPEN_SYNCS_FILES) ? log : List.<Name>of()) {
      disk = disk.with(name, StoredFile::fsync);
    }
    disk = follows(Rule.OPEN_SYNCS_DIRECTORY) ? disk.syncDirectory() : disk;
    for (Name name : found.covered) {
      disk = disk.delete(name);
    }
    Process next = new Process(List.copyOf(log), found.keydir, found.end, null, null);
    List<Change> history = List.copyOf(past.history().subList(0, prefix));
    add("open", new State(disk, next, past.with(history, prefix, past.made())));
  }
}
