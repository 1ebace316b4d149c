/*
 * WHAT THIS FILE IS
 *
 * Everything that can happen next in the engine. Merges and crashes are those of step 5 (see
 * Actions); here is the rest.
 *
 * PICTURE: the operations of a rotation, and of a sync. Each can have others before and after it
 *
 *     put          seal n, begin n+1
 *     kv-seal      fsync n, fsync the directory
 *     sync         note the end of the log, and the active segment
 *                  make the full segment durable as kv-seal does, if there is one
 *                  fsync the segment that was noted
 *                  return
 *     kv-merge     write the hint file of a sealed segment
 *     close        seal the active segment, fsync it, write the index
 *
 * Neither hint files nor the index are fsynced, so a power loss can tear both later.
 *
 * NOT HERE, AND WHY
 *
 * Callers that wait for a group commit. A caller that waits, and then leads, has the same effect as
 * one that comes when the fsync before has ended.
 *
 * The file header. A segment that lost its header is one that lost all its records.
 *
 * The number in LOCK, the names of unfinished files, snapshots and clear.
 */
package kv.workshop.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import kv.workshop.model.Disk.Cell;
import kv.workshop.model.Disk.Change;
import kv.workshop.model.Disk.StoredFile;
import kv.workshop.model.Flight.Sync;
import kv.workshop.model.State.Location;
import kv.workshop.model.State.Merge;
import kv.workshop.model.State.Past;
import kv.workshop.model.State.Process;
import kv.workshop.model.State.Stage;

/** The actions of the engine and of its surroundings. */
final class EngineActions extends Actions {
  private final EngineRule without;

  EngineActions(EngineRule without, Bounds bounds) {
    super(EngineRule.sharedWithout(without), bounds);
    this.without = without;
  }

  private boolean follows(EngineRule rule) {
    return rule != without;
  }

  /** Returns the state of a new store: an empty directory. */
  @Override
  State start() {
    Process process = new Process(List.of(), new PerKey<>(null, null), 0, null, Flight.NONE);
    return new State(new Disk(List.of()), process, new Past(List.of(), 0, 0, 0, 0));
  }

  private static Process with(Process memory, Flight flight) {
    return new Process(memory.log(), memory.keydir(), memory.synced(), memory.merge(), flight);
  }

  /** Returns the end of the log: the number of puts and deletes. Process.synced counts them too. */
  private int position() {
    return state.past().history().size();
  }

  private Name full() {
    return process.log().get(process.log().size() - 2);
  }

  private List<Name> sealed() {
    int inFlight = (process.flight().active() ? 1 : 0) + (process.flight().full() ? 1 : 0);
    return process.log().subList(0, process.log().size() - inFlight);
  }

  // ======== Calls of the store, and its threads ========

  @Override
  void calls() {
    Flight flight = process.flight();
    if (flight.failed() && follows(EngineRule.NO_SECOND_FSYNC)) {
      return;
    }
    if (flight.active()) {
      writes();
      rotate();
    } else {
      begin();
    }
    if (flight.full()) {
      add("kv-seal: fsync " + full() + ", fsync directory", settled());
    }
    sync(flight.sync());
    if (process.merge() == null && state.past().merges() < bounds.merges()) {
      startMerges();
      writeHints();
      close();
    }
  }

  private void writes() {
    int made = state.past().made();
    for (char key : PerKey.KEYS.toCharArray()) {
      if (made < bounds.changes()) {
        write("put ", new Change(key, made + 1));
      }
      if (made < bounds.changes() && process.keydir().get(key) != null) {
        write("", new Change(key, 0));
      }
    }
  }

  /** As Log.append, and SegmentWriter.storeToMap. */
  private void write(String call, Change change) {
    boolean typeLast = follows(EngineRule.TYPE_LAST);
    Past past = state.past();
    if (past.crashes() < bounds.crashes()) {
      Disk disk = appended(new Cell(typeLast ? change : EngineFiles.HALF, false, !typeLast));
      add(
          "half of " + call + change + ", kill -9",
          new State(disk, null, past.withCrash(position())));
    }
    boolean covered = process.synced() == position();
    boolean mark = covered && (!process.flight().full() || !follows(EngineRule.MARK_COUNTS_SEAL));
    mark |= !follows(Rule.TRUE_SYNC_MARK);
    int at = lastFile().cells().size();
    Location location = change.value() == 0 ? null : new Location(process.last(), at);
    Process next = process.with(process.keydir().with(change.key(), location));
    List<Change> history = Disk.plus(past.history(), change);
    Past after = past.with(history, past.promised(), past.made() + 1);
    add(call + change, new State(appended(new Cell(change, mark, true)), next, after));
  }

  private Disk appended(Cell cell) {
    return state.disk().with(process.last(), file -> file.append(cell));
  }

  /** As Log.begin. */
  private void begin() {
    int number = process.log().isEmpty() ? 1 : process.last().last() + 1;
    Name name = Name.fresh(number);
    if (number <= bounds.files() && !EngineFiles.exists(state.disk(), name)) {
      State next = created(state.disk(), name, process.flight().withSegments(true, false));
      boolean syncs = follows(Rule.SYNC_NEW_NAME);
      crash("begin " + name + ", ", next);
      String action = "begin " + name + (syncs ? ", fsync directory" : "");
      add(action, syncs ? next.with(next.disk().syncDirectory()) : next);
    }
  }

  /** As Log.rotate. */
  private void rotate() {
    Name name = Name.fresh(process.last().last() + 1);
    boolean mayBegin = name.last() <= bounds.files() && !EngineFiles.exists(state.disk(), name);
    boolean waits = process.flight().full() && follows(EngineRule.TWO_IN_FLIGHT);
    if (mayBegin && !waits && !lastFile().cells().isEmpty()) {
      boolean mark = process.synced() == position() || !follows(EngineRule.TRUE_SEAL_MARK);
      Disk sealed = appended(EngineFiles.seal(mark));
      String action = "seal " + process.last() + ", ";
      crash(action, state.with(sealed));
      Flight flight = process.flight().withSegments(true, true);
      add(action + "begin " + name, created(sealed, name, flight));
    }
  }

  private State created(Disk disk, Name name, Flight flight) {
    Process next = process.withLog(Disk.plus(process.log(), name), process.synced());
    return new State(disk.create(name, List.of(), 0), with(next, flight), state.past());
  }

  /** As Sealer.settle: the full segment becomes durable, and the name of the next one. */
  private State settled() {
    if (!process.flight().full()) {
      return state;
    }
    Disk disk = state.disk().with(full(), StoredFile::fsync);
    disk = follows(EngineRule.SYNC_NEXT_NAME) ? disk.syncDirectory() : disk;
    int end = Math.max(process.synced(), position() - lastFile().cells().size());
    Process next = process.withLog(process.log(), end);
    return state.with(disk).with(with(next, next.flight().withSegments(true, false)));
  }

  /** As GroupCommit.syncTo, and the next step of GroupCommit.lead. */
  private void sync(Sync sync) {
    Past past = state.past();
    if (sync == null && past.promised() < position()) {
      if (process.synced() == position()) {
        add("sync", state.with(past.with(past.history(), position(), past.made())));
      } else {
        sync("note the end", state, new Sync(position(), process.last(), Flight.Step.SETTLE_FULL));
      }
    } else if (sync != null) {
      if (sync.end() < position() && !follows(EngineRule.WAIT_FOR_NEXT)) {
        sync("one more joins", state, new Sync(position(), sync.active(), sync.next()));
      }
      continueSync(sync);
    }
  }

  private void continueSync(Sync sync) {
    switch (sync.next()) {
      case SETTLE_FULL -> {
        boolean settles = process.flight().full() && follows(EngineRule.SYNC_FULL);
        String action = settles ? "fsync " + full() + ", fsync directory" : "no full segment";
        Sync next = new Sync(sync.end(), sync.active(), Flight.Step.FSYNC_ACTIVE);
        sync(action, settles ? settled() : state, next);
      }
      case FSYNC_ACTIVE -> {
        Name active = follows(EngineRule.ACTIVE_FIRST) ? sync.active() : process.last();
        Disk disk = state.disk().with(active, StoredFile::fsync);
        Sync next = new Sync(sync.end(), active, Flight.Step.RETURN);
        boolean again = process.flight().failed();
        sync("fsync " + active, again ? state : state.with(disk), next);
        if (!again && process.merge() == null) {
          Process failed = with(process, process.flight().afterFailure());
          add("sync: fsync " + active + " fails", state.with(failed));
        }
      }
      case RETURN -> {
        int end = follows(EngineRule.END_BEFORE_FSYNC) ? sync.end() : position();
        Past past = state.past();
        Past after = past.with(past.history(), Math.max(past.promised(), end), past.made());
        Process next = process.withLog(process.log(), Math.max(process.synced(), end));
        sync("return", state.with(next).with(after), null);
      }
      default -> throw new IllegalStateException();
    }
  }

  private void sync(String action, State next, Sync sync) {
    Process memory = next.process();
    add("sync: " + action, next.with(with(memory, memory.flight().with(sync))));
  }

  // ======== Hint files and the index ========

  /** As HintWriter.write. */
  private void writeHints() {
    for (Name segment : follows(EngineRule.HINT_OF_SEALED) ? sealed() : process.log()) {
      Name hint = EngineFiles.hint(segment);
      if (!EngineFiles.exists(state.disk(), hint)) {
        Disk disk = EngineFiles.create(state.disk(), hint);
        add("write " + hint, state.with(disk).with(state.past().withMerge()));
      }
    }
  }

  /** As Store.close: Log.sealActive, and SavedIndex.write. */
  private void close() {
    if (process.log().isEmpty() || process.flight().sync() != null) {
      return;
    }
    Disk disk = (follows(EngineRule.SETTLE_BEFORE_SEAL) ? settled() : state).disk();
    if (process.flight().active()) {
      Name active = process.last();
      Cell seal = EngineFiles.seal(true);
      disk = disk.with(active, file -> file.fsync().append(seal));
      crash("close: seal " + active + ", ", state.with(disk));
      disk = disk.with(active, StoredFile::fsync).syncDirectory();
    }
    disk = EngineFiles.create(disk, EngineFiles.index(process.log()));
    Past past = state.past().withMerge();
    Past after = past.with(past.history(), position(), past.made());
    add("close", new State(disk, null, after));
    crash("close, ", new State(disk, process, after));
  }

  // ======== Merge ========

  /** As MergePlan.full, and MergePlan.single. */
  private void startMerges() {
    List<Name> sealed = sealed();
    for (int size = 1; size <= sealed.size(); size++) {
      startMerge(sealed, size, false);
    }
    for (Name segment : sealed) {
      startMerge(List.of(segment), 1, follows(EngineRule.KEEP_TOMBSTONES));
    }
    if (!follows(EngineRule.SKIP_ONLY_LIVE) && sealed.size() > 1) {
      startMerge(sealed.subList(1, sealed.size()), sealed.size(), false);
    }
  }

  private void startMerge(List<Name> segments, int size, boolean keepsTombstones) {
    List<List<Name>> runs = new ArrayList<>();
    for (int from = 0; from < segments.size(); from += size) {
      List<Name> run = segments.subList(from, Math.min(from + size, segments.size()));
      if (run.size() > 1 || hasDeadRecord(run.get(0))) {
        runs.add(List.copyOf(run));
      }
    }
    if (!follows(Rule.OLDEST_FIRST)) {
      Collections.reverse(runs);
    }
    if (!runs.isEmpty()) {
      Process next = process.with(Merge.of(List.copyOf(runs)));
      Process memory = with(next, next.flight().withMerge(keepsTombstones));
      String action = "merge " + String.join(", ", runs.stream().map(List::toString).toList());
      action += keepsTombstones ? ", keep tombstones" : "";
      add(action, state.with(memory).with(state.past().withMerge()));
    }
  }

  private boolean hasDeadRecord(Name segment) {
    List<Cell> cells = state.disk().file(segment).cells();
    return IntStream.range(0, cells.size())
        .filter(at -> !EngineFiles.isSeal(cells.get(at)))
        .anyMatch(at -> !super.isCopied(cells.get(at).change(), new Location(segment, at)));
  }

  /** As Merge.copyLive. */
  @Override
  boolean isCopied(Change change, Location location) {
    boolean isKept = change.value() == 0 && process.flight().keepsTombstones();
    return isKept || super.isCopied(change, location);
  }

  /** As Log.syncAll. */
  @Override
  State synced() {
    State next = follows(EngineRule.SYNC_FULL) ? settled() : state;
    if (process.flight().active()) {
      next = next.with(next.disk().with(process.last(), StoredFile::fsync));
    }
    return next.with(next.process().withLog(process.log(), position()));
  }

  /** As Merge.rewrite: an output has a seal, and inputs are deleted with their hint files. */
  @Override
  void merge(Merge merge) {
    if (merge.stage() == Stage.DELETE) {
      Name hint = EngineFiles.hint(merge.run().get(merge.at()));
      state = state.with(state.disk().delete(hint));
    }
    super.merge(merge);
    if (merge.stage() == Stage.RENAME) {
      Step rename = steps.remove(steps.size() - 1);
      Cell seal = EngineFiles.seal(true);
      boolean durable = follows(Rule.SYNC_COPY);
      Disk disk =
          rename
              .state()
              .disk()
              .with(
                  merge.output(), file -> durable ? file.append(seal).fsync() : file.append(seal));
      add(rename.action(), rename.state().with(disk));
    }
  }

  // ======== Crashes ========

  /** As Store.open, and LogOpener.run. */
  @Override
  void open() {
    EngineRecovery found = new EngineRecovery(state.disk(), without).run();
    Past past = state.past();
    int prefix = Promise.prefix(past, found.contents);
    if (found.refusal != null || prefix < 0) {
      steps.add(new Step("open", state, Promise.brokenByOpen(past, found), null));
      return;
    }
    List<Change> history = List.copyOf(past.history().subList(0, prefix));
    Past opening = past.with(history, past.promised(), past.made());
    Disk disk = withoutLeftovers(madeDurable(found.log), found);
    Name tail = found.tail;
    if (tail != null) {
      crash("open: delete leftovers, ", new State(disk, null, opening));
      Cell seal = EngineFiles.seal(true);
      disk = disk.with(tail, file -> file.cut(found.tailEnd).fsync().append(seal));
      crash("open: seal " + tail + ", ", new State(disk, null, opening));
      disk = disk.with(tail, StoredFile::fsync);
    }
    Process next = new Process(List.copyOf(found.log), found.keydir, prefix, null, Flight.NONE);
    add("open", new State(disk, next, past.with(history, prefix, past.made())));
  }

  /** As LogOpener.makeDurable. */
  private Disk madeDurable(List<Name> log) {
    Disk disk = state.disk();
    int last = !follows(Rule.OPEN_SYNCS_FILES) ? 0 : follows(EngineRule.OPEN_SYNCS_TWO) ? 2 : 1;
    for (Name name : log.subList(Math.max(log.size() - last, 0), log.size())) {
      disk = disk.with(name, StoredFile::fsync);
    }
    return follows(Rule.OPEN_SYNCS_DIRECTORY) ? disk.syncDirectory() : disk;
  }

  /** As LogOpener.deleteLeftovers. */
  private Disk withoutLeftovers(Disk found, EngineRecovery recovery) {
    Disk disk = found;
    for (Name name : found.names()) {
      boolean isOfLog = recovery.log.contains(name);
      boolean isHint = recovery.log.stream().anyMatch(n -> EngineFiles.hint(n).equals(name));
      disk = isOfLog || isHint ? disk : disk.delete(name);
    }
    boolean syncs = recovery.dropped != null && follows(EngineRule.SYNC_DROP);
    return syncs ? disk.syncDirectory() : disk;
  }
}
