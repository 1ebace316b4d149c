/*
 * WHAT THIS FILE IS
 *
 * Merging: old segments are rewritten without their dead records, while everything else goes on.
 * A run of neighbours becomes one segment in the same place of the log, so neither readers nor
 * writers need to know. The idea is Bitcask's; that the output takes its inputs' place in the
 * order, and not one of its own, is what makes deletes come out right here.
 *
 * PICTURE: put os=mac, put vi=1 | put os=linux, put sh=2 | delete vi, put ed=3 |
 *
 *     000001-000001.0.data      000002-000002.0.data      000003-000003.0.data
 *     | P os mac | P vi 1 |     | P os linux | P sh 2 |   | D vi | P ed 3 |      active
 *         dead       dead                                   dead
 *     '------------------- one run -------------------------------------'
 *     000001-000003.1.data
 *     | P os linux | P sh 2 | P ed 3 |                                           active
 *
 * A run is some neighbours that become one; a pass is some runs. A pass takes the segments that are
 * sealed when it begins, oldest first, and rewrites every one that has a dead byte. It stops at the
 * first run that fails. A run goes like this:
 *
 *     1  read the inputs in order; copy a put if the keydir points at this very record
 *     2  seal the output, fsync it
 *     3  sync the active segment: the newer records that made others dead may be there, and if
 *        the power went now, both would be gone
 *     4  rename the output, the commit; fsync the directory; no way back from here
 *     5  put the output into the log, beside the inputs; point the keydir at the copies, a few at
 *        a time; take the inputs out of the log
 *     6  delete the inputs
 *
 * WHY IT IS RIGHT
 *
 * Removing a record that is not its key's last one changes nothing (I1).
 *
 * Removing a tombstone changes nothing if no older record of its key exists (I8). The older ones
 * are dead, so where they were is a segment with a dead byte, in this run or before it. If all of
 * those before it are rewritten in this pass, or have no dead byte, then none is left. If a pass
 * leaves one out, tombstones are copied. Therefore the accounting must be exact, and a pass must
 * stop where it fails.
 *
 *     000001             000002             000003
 *     | P vi 1 |         | P os mac |       | D vi |
 *       a dead byte:       none: may be       may go, since no put of vi
 *       rewritten first    left out           can be left in a segment before
 *
 * Copies never win against a put that comes while they are made: they are below it in the log, and
 * the keydir is pointed at a copy only if it still points at the original.
 *
 * Before the rename an open sees the inputs, and after it the output, which covers them.
 *
 * WHEN
 *
 * When half of what is sealed is dead (or as the options say). The next time is after at least as
 * many bytes were put as this pass writes: with a half, merging writes no more than the callers do.
 *
 * Besides, every open seals one more segment, maybe a tiny one. When there are many, an open joins
 * them before it returns.
 *
 * WHEN THE DISK IS FULL
 *
 * An output needs space before its inputs give any back. If a pass fails for lack of it, the merge
 * borrows the ballast (see Ballast), and rewrites segments one at a time, the one with the fewest
 * live bytes first:
 *
 *     free   | ballast |              full: a whole run does not fit
 *     free   |         |              the ballast is lent
 *     free   | out |   |              the smallest segment is rewritten,
 *     free   | out |   |  input   |   and its input deleted: there is space for a larger one
 *
 * Each segment is rewritten once. Older segments are left out, so tombstones are copied, and a
 * copied tombstone is dead at once: a segment can have dead bytes again when it has just been
 * rewritten. Then the ballast is filled up, and the pass is tried once more.
 *
 * The input's space comes back when the garbage collector has unmapped it. So a merge keeps no
 * reference to a segment that it has replaced, and waits for that between two segments.
 *
 * CLEARING
 *
 * Removing all keys is a merge that copies nothing. The active segment is sealed first. The output
 * is an empty segment that covers all others, and its rename is the commit: an open before it finds
 * all keys, and an open after it finds none.
 *
 *     000001-000004.1.data   000005-000005.0.data   000006-000006.0.data
 *     '------------------------- all ------------------------------------'
 *     000001-000006.2.data   (empty)
 *
 * Writers wait from the seal to the commit, since the output would cover their puts; the next put
 * begins a new active segment, here 000007. It takes a few fsyncs and two pages of space, however
 * large the store is. A running merge is given up first.
 *
 * INVARIANTS
 *
 * I3   Sealed segments never change.
 * I7   No file is deleted until its replacement's rename, and everything that justified a drop, is
 *      durable.
 * I8   A tombstone is dropped only when no older record of its key exists.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** Rewrites segments without their dead records. Runs by itself, and for whoever asks. */
final class Merge {
  /** What the name of an output ends in while it is not finished. */
  static final String UNFINISHED = SegmentName.DATA + ".tmp";

  /** No merge starts by itself with less dead than one part in so many of a segment. */
  private static final int MIN_DEAD_PART = 16;

  /** A run's output takes at most one part in so many of what is live, or one segment. */
  private static final int RUN_PART = 4;

  /** After a failure, a merge waits for so many more dead bytes, or so many nanoseconds. */
  private static final long MORE_DEAD_BYTES = 64 << 20;

  private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

  /** How often that is looked at, in milliseconds. */
  private static final long PAUSE_STEP = 1000;

  /** So many segments at the end of the log that fit into one are joined by an open. */
  private static final int MANY = 16;

  /** How many records are repointed before writers get the lock again. */
  private static final int BATCH = 128;

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final Log log;
  private final KeyDir keydir;
  private final Options options;

  /** Held by who merges, or writes hints: one at a time. */
  private final Object turn = new Object();

  /**
   * Held while a snapshot links segments, and while files are deleted: so that what a snapshot has
   * seen in the log is still there. Taken before the log's lock. A snapshot can take minutes, so no
   * thread waits for this lock while it holds the turn.
   */
  private final ReentrantLock files = new ReentrantLock();

  /** The output that is being written, and its name; null if there is none. */
  private volatile MergeOutput output;

  private volatile SegmentName outputName;

  /** Whether the thread has nothing to do, and waits. Guarded by the log's lock, as all below. */
  private boolean idle;

  /**
   * The log's count of changes when the hints were last written: another count means that there may
   * be something to do.
   */
  private int hinted;

  /** After a failure, the dead bytes with which to try again. */
  private long retryAt;

  private long merges;
  private long mergedBytes;

  /** How many calls of {@link #clear} there are: merges give up, and none begins by itself. */
  private volatile int clearing;

  /** The segments that are out of the log, and whose files have to be deleted. */
  private List<SegmentName> obsolete = List.of();

  /** Whether a snapshot links segments: no file is deleted until it has ended. */
  private boolean linking;

  private Thread thread;

  Merge(Log log, KeyDir keydir, Options options) {
    this.log = log;
    this.keydir = keydir;
    this.options = options;
  }

  // ======== Opening ========

  /** Joins the small segments that many opens have left, and starts the thread. */
  void start() throws IOException {
    if (options.automaticMerge()) {
      try {
        joinSmall();
      } catch (IOException | OutOfMemoryError | InternalError e) {
        report(e);
        log.requireHealthy();
      }
    }
    thread = Uninterruptible.start("kv-merge", this::mergeNowAndThen);
  }

  /** Joins the segments at the end of the log that fit into one, if there are many. */
  private void joinSmall() throws IOException {
    List<Segment> all = log.sealed();
    long size = 0;
    int first = all.size();
    while (first > 0 && size + all.get(first - 1).size() <= options.segmentSize()) {
      first--;
      size += all.get(first).size();
    }
    if (all.size() - first >= MANY) {
      boolean clean = all.subList(0, first).stream().allMatch(older -> older.deadBytes() == 0);
      pass(new ArrayDeque<>(List.of(all.subList(first, all.size()))), clean);
    }
  }

  // ======== Reclaiming space ========

  /** What the thread does: hints for what was sealed, and a pass when it is worth it. */
  private void mergeNowAndThen() {
    while (awaitWork()) {
      try {
        // First what gives space back: what is merged needs no hints.
        if (deleteObsolete()) {
          unmapManyDropped();
        }
        if (isDueNow()) {
          mergeSealed();
        } else {
          writeHints();
        }
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        report(e);
        // What a merge would have replaced stays for a while: an open will want hints for it.
        writeHints();
        pause();
      }
    }
  }

  /** Waits until there is something to do: false if the store is being closed. */
  private boolean awaitWork() {
    synchronized (log) {
      idle = true;
      Uninterruptible.await(log, () -> log.isClosed() || clearing == 0 && hasWork());
      idle = false;
      return !log.isClosed();
    }
  }

  /** After a failure, waits for a minute, for a good deal more to gain, or for files to delete. */
  private void pause() {
    synchronized (log) {
      retryAt = log.sealedDeadBytes() + MORE_DEAD_BYTES;
      long end = System.nanoTime() + PAUSE;
      Uninterruptible.await(
          log,
          () -> log.isClosed() || isDue() || isToDelete() || System.nanoTime() - end > 0,
          PAUSE_STEP);
      retryAt = 0;
    }
  }

  /** A merge that nobody has called for fails where nobody sees it, so it is logged. */
  private void report(Throwable failure) {
    synchronized (log) {
      log.unmapDropped();
    }
    try {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "could not merge in " + log.directory().path() + ", will try again later",
          failure);
    } catch (RuntimeException | Error e) {
      // A logger may fail as well, for want of a descriptor: that must not end this thread.
      failure.addSuppressed(e);
    }
  }

  /** Wakes the thread if there is something to do. Called with the log's lock, after a write. */
  void wake() {
    if (idle && hasWork()) {
      log.notifyAll();
    }
  }

  /** Returns whether there are files to delete, a segment without a hint file, or enough to merge. */
  private boolean hasWork() {
    return isToDelete() || log.changes() != hinted || isDue();
  }

  private boolean isToDelete() {
    return !obsolete.isEmpty() && !linking;
  }

  /**
   * Is enough dead? If half of what is sealed is, then a pass writes at most as much as it gives
   * back, and so merges write at most one byte for each that is put. Options says what other shares
   * cost.
   */
  private boolean isDue() {
    long dead = log.sealedDeadBytes();
    return options.automaticMerge()
        && dead >= options.mergeThreshold() * log.sealedBytes()
        && dead >= Math.max(retryAt, options.segmentSize() / MIN_DEAD_PART);
  }

  private boolean isDueNow() {
    synchronized (log) {
      return isDue();
    }
  }

  /**
   * Runs a pass over all that is sealed, when it is this thread's turn.
   *
   * @throws IOException if it could not be done, and the store is as it was or refuses further use
   */
  void mergeSealed() throws IOException {
    synchronized (turn) {
      if (log.isClosed()) {
        // Another store may have the directory open already.
        return;
      }
      try {
        passOrMakeRoom();
      } catch (InternalError e) {
        throw Log.unreadable(e);
      }
    }
  }

  /** Runs a pass; on a full disk, after some space was given back for it. */
  private void passOrMakeRoom() throws IOException {
    try {
      pass(plan(), true);
    } catch (CorruptStoreException e) {
      throw e;
    } catch (IOException e) {
      if (!makeRoom()) {
        throw e;
      }
      pass(plan(), true);
    }
  }

  /**
   * Rewrites the segments that fit into the space that the ballast gives back, each one alone and
   * once, the one with the fewest live bytes first. Tombstones are copied, since older segments are
   * left out.
   *
   * @return whether anything was rewritten
   */
  private boolean makeRoom() throws IOException {
    // Names, since a segment that is held here is not unmapped, and its space not given back.
    List<SegmentName> smallestFirst;
    synchronized (log) {
      log.requireHealthy();
      if (!log.ballast().lend()) {
        return false;
      }
      smallestFirst =
          log.sealed().stream()
              .filter(segment -> segment.deadBytes() > 0)
              .sorted(Comparator.comparingLong(Segment::liveBytes))
              .map(Segment::name)
              .toList();
    }
    boolean rewritten = false;
    try {
      for (SegmentName name : smallestFirst) {
        if (rewriteAlone(name)) {
          rewritten = true;
          log.awaitUnmapped();
        }
      }
    } finally {
      synchronized (log) {
        log.takeBallastBack();
      }
    }
    return rewritten;
  }

  /** Rewrites one segment: false if it does not fit, or if that was given up. */
  private boolean rewriteAlone(SegmentName name) throws IOException {
    Deque<List<Segment>> run = new ArrayDeque<>();
    synchronized (log) {
      log.requireHealthy();
      log.sealed().stream().filter(s -> s.name().equals(name)).map(List::of).forEach(run::add);
    }
    try {
      pass(run, false);
      return !isToGiveUp();
    } catch (CorruptStoreException e) {
      throw e;
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "no space to merge " + name, e);
      return false;
    }
  }

  /** Runs a pass over all, the active segment too if it has dead bytes: it is sealed for that. */
  void mergeAll() throws IOException {
    synchronized (log) {
      log.requireOpen();
      if (log.deadBytes() > log.sealedDeadBytes()) {
        log.sealActive();
        wake();
      }
    }
    mergeSealed();
    awaitObsolete();
    log.requireOpen();
  }

  /** Groups the sealed segments into runs of neighbours, and leaves out what is good as it is. */
  private Deque<List<Segment>> plan() {
    // What is sealed now: a tombstone that is sealed later may have its put in a segment that is
    // left out here, because it had no dead byte.
    Deque<List<Segment>> runs = new ArrayDeque<>();
    synchronized (log) {
      long limit =
          Math.min(Segment.MAX_SIZE, Math.max(options.segmentSize(), log.liveBytes() / RUN_PART));
      List<Segment> run = new ArrayList<>();
      long live = 0;
      for (Segment segment : log.sealed()) {
        boolean good = segment.deadBytes() == 0 && segment.size() > limit / 2;
        if (good || live + segment.liveBytes() > limit) {
          addIfWorthwhile(runs, run);
          run = new ArrayList<>();
          live = 0;
        }
        if (!good) {
          run.add(segment);
          live += segment.liveBytes();
        }
      }
      addIfWorthwhile(runs, run);
    }
    return runs;
  }

  /** Of one segment there has to be something dead; several are better as one. */
  private static void addIfWorthwhile(Deque<List<Segment>> runs, List<Segment> run) {
    if (run.size() > 1 || run.size() == 1 && run.get(0).deadBytes() > 0) {
      runs.add(run);
    }
  }

  /**
   * Rewrites some runs, oldest first, and stops at the first that fails, or when the store is being
   * closed. Removes them from the queue: a segment that is in it is not unmapped.
   *
   * @param clean whether every segment that is older than a run, and has a dead byte, is in a run
   *     before it: then tombstones are dropped (I8)
   */
  private void pass(Deque<List<Segment>> runs, boolean clean) throws IOException {
    try {
      while (!runs.isEmpty()) {
        List<Segment> run = runs.remove();
        // If a run before this one has failed half way, the log does not say what the files are.
        log.requireHealthy();
        setNeeds(run.stream().mapToLong(Segment::liveBytes).sum());
        if (!rewrite(run, clean)) {
          return;
        }
        // Else the garbage collector would find the inputs here.
        run = null;
        unmapManyDropped();
      }
    } finally {
      setNeeds(-1);
    }
  }

  /** Lets writers know how much disk the next run takes, or with -1 that this was the last. */
  private void setNeeds(long bytes) {
    synchronized (log) {
      log.mergeNeeds(bytes);
    }
  }

  /** Puts one segment in the place of a run of neighbours: false if that was given up. */
  private boolean rewrite(List<Segment> run, boolean clean) throws IOException {
    SegmentName name = SegmentName.merged(names(run)).requireReadable();
    Path unfinished = log.directory().path().resolve(name + UNFINISHED);
    MergeOutput output;
    log.directory().requireInPlace();
    try {
      output = copy(run, name, unfinished, clean);
      if (output == null) {
        Files.deleteIfExists(unfinished);
        return false;
      }
      // Also under NEVER: a copy is left out because a newer record is in the log, maybe in memory
      // only. All of those are before this position. Else a power loss after the rename could take
      // the newer record, and the older one is gone already (I7).
      log.commit().syncTo(log.position());
      FailPoint.OUTPUT_DURABLE.hit(unfinished);
      log.directory().requireInPlace();
    } catch (Throwable e) {
      deleteAfter(e, unfinished);
      throw e;
    }
    commit(unfinished, name, () -> replace(run, name, output));
    synchronized (log) {
      addObsolete(names(run));
    }
    deleteObsolete();
    return true;
  }

  private static List<SegmentName> names(List<Segment> segments) {
    return segments.stream().map(Segment::name).toList();
  }

  /** Copies what is live to a file, and makes it durable. Null if the merge is to be given up. */
  private MergeOutput copy(List<Segment> run, SegmentName name, Path file, boolean clean)
      throws IOException {
    try (MergeOutput output = new MergeOutput(file)) {
      outputName = name;
      this.output = output;
      FailPoint.RUN_STARTED.hit(file);
      for (Segment input : run) {
        if (isToGiveUp()) {
          return null;
        }
        LogReader records = input.reader();
        while (records.next()) {
          long hash = keydir.hash(records.key());
          long location = Log.location(input.id(), records.offset());
          // Without the lock: once the keydir does not point at a record, it never will again. If
          // it does now and something newer comes, the copy will be dead, which is no mistake.
          boolean wanted = records.type() == Record.PUT ? keydir.pointsAt(hash, location) : !clean;
          if (wanted) {
            output.add(records, location, hash);
          }
          if (isToGiveUp()) {
            return null;
          }
        }
      }
      // A body is read a second time to be copied, and its checksum is not compared again.
      LateFaults.surface();
      output.finish();
      return output;
    } finally {
      this.output = null;
    }
  }

  /** Returns whether a merge is to stop where it is: the store is being closed, or cleared. */
  private boolean isToGiveUp() {
    return log.isClosed() || clearing > 0;
  }

  /** The part of a commit that is done in memory. */
  private interface Publication {
    void run() throws IOException;
  }

  /**
   * Makes a finished output the store: on disk, and then in memory. If it fails after the rename,
   * the log cannot be used any longer.
   */
  private void commit(Path unfinished, SegmentName name, Publication publication)
      throws IOException {
    // CRASH HERE: the inputs are the store, and the next open deletes the output.
    rename(unfinished, name.data(log.directory().path()));
    try {
      FailPoint.RENAMED.hit(unfinished);
      // CRASH HERE: after a power loss either may be the store, and each is whole.
      log.directory().sync();
      FailPoint.COMMITTED.hit(unfinished);
      publication.run();
    } catch (Throwable e) {
      // There is no way back after the rename.
      log.fail(e);
      throw e;
    }
  }

  /** The commit: from now on an open takes the output, and deletes the inputs. */
  private void rename(Path unfinished, Path data) throws IOException {
    try {
      Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
    } catch (Throwable e) {
      if (Files.exists(data)) {
        // It was renamed all the same, as far as anybody can tell.
        log.fail(e);
      } else {
        deleteAfter(e, unfinished);
      }
      throw e;
    }
  }

  /** Deletes an output that has failed, so that a full disk is not full of waste. */
  private void deleteAfter(Throwable failure, Path unfinished) {
    try {
      log.directory().requireInPlace();
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      // Then it is the next merge's to overwrite, or the next open's to delete.
      if (e != failure) {
        failure.addSuppressed(e);
      }
    }
  }

  /** Brings the output into the log and the keydir, and takes the inputs out. */
  private void replace(List<Segment> run, SegmentName name, MergeOutput output) throws IOException {
    Segment merged;
    synchronized (log) {
      // Both are in the log from here on, so that whoever is sent to either finds it.
      merged = log.publish(name, output, run.get(0));
    }
    repoint(merged, output);
    synchronized (log) {
      // A reader that was sent to an input before finds nothing, and asks the keydir again.
      log.drop(run);
      merges++;
      mergedBytes += merged.size();
      // The output needs a hint file.
      wake();
    }
    FailPoint.DROPPED.hit(merged.file());
  }

  /** Points the keydir at the copies, a few at a time, so that no put has to wait for long. */
  private void repoint(Segment merged, MergeOutput output) throws IOException {
    for (int done = 0; done < merged.count(); done += BATCH) {
      int batchEnd = Math.min(done + BATCH, merged.count());
      synchronized (log) {
        for (int i = done; i < batchEnd; i++) {
          long original = output.original(i);
          long copy = Log.location(merged.id(), output.offset(i));
          // If the key is not there any more, something newer has come: the copy stays dead.
          if (keydir.replace(output.hash(i), original, copy)) {
            log.moveLive(original, copy, output.offset(i + 1) - output.offset(i));
          }
        }
      }
      FailPoint.REPOINTED.hit(merged.file());
    }
  }

  // ======== Deleting files ========

  /** Notes segments whose files are to be deleted. Requires: the log's lock. */
  private void addObsolete(List<SegmentName> names) {
    obsolete = Stream.concat(obsolete.stream(), names.stream()).toList();
  }

  /**
   * Deletes the files of segments that are out of the log, and their hints. While a snapshot runs,
   * or another thread deletes, does nothing: the merge thread does it later.
   *
   * @return whether there were any
   */
  private boolean deleteObsolete() throws IOException {
    if (!files.tryLock()) {
      return false;
    }
    try {
      return delete();
    } finally {
      files.unlock();
    }
  }

  /** Does the same after the end of a snapshot, if one runs. Requires: no lock. */
  void awaitObsolete() throws IOException {
    files.lock();
    try {
      delete();
    } finally {
      files.unlock();
    }
  }

  /** Requires: the lock of the files. */
  private boolean delete() throws IOException {
    List<SegmentName> names;
    synchronized (log) {
      names = obsolete;
      obsolete = List.of();
    }
    Path directory = log.directory().path();
    for (SegmentName name : names) {
      for (Path file : List.of(name.data(directory), name.hint(directory))) {
        try {
          log.directory().requireInPlace();
          Files.deleteIfExists(file);
        } catch (IOException e) {
          // On Windows, as long as it is mapped. The next open will delete it.
          LOGGER.log(System.Logger.Level.DEBUG, "could not delete " + file, e);
        }
        FailPoint.DELETED.hit(file);
      }
    }
    if (names.isEmpty()) {
      return false;
    }
    trimBallast();
    return true;
  }

  private void trimBallast() {
    synchronized (log) {
      try {
        log.trimBallast();
      } catch (IOException e) {
        // It takes a little more space than it should.
        LOGGER.log(System.Logger.Level.DEBUG, "could not shorten the ballast", e);
      }
    }
  }

  private void unmapManyDropped() {
    synchronized (log) {
      log.unmapManyDropped();
    }
  }

  // ======== Clearing ========

  /**
   * Removes all keys. On a full disk, takes the space in reserve for that. The files are deleted
   * afterwards, by the thread.
   *
   * @throws IOException if it could not be done, and the store is as it was or refuses further use
   */
  void clear() throws IOException {
    synchronized (log) {
      log.requireOpen();
      clearing++;
    }
    try {
      synchronized (turn) {
        synchronized (log) {
          clearOrMakeRoom();
        }
      }
    } finally {
      synchronized (log) {
        clearing--;
        // The thread waits for this.
        log.notifyAll();
      }
    }
  }

  private void clearOrMakeRoom() throws IOException {
    try {
      replaceAll();
    } catch (IOException e) {
      if (log.failure() != null || !log.ballast().lend()) {
        throw e;
      }
      try {
        replaceAll();
        // The disk is full, so it matters that the space comes back soon.
        log.unmapDropped();
      } finally {
        log.takeBallastBack();
      }
    }
  }

  /** Puts an empty segment in the place of the whole log. Requires: the log's lock. */
  private void replaceAll() throws IOException {
    log.requireOpen();
    // On return all is durable: after a power loss before the commit, nothing is missing.
    log.sealActive();
    List<Segment> all = log.sealed();
    if (log.liveBytes() + log.deadBytes() == 0) {
      return;
    }
    SegmentName name = SegmentName.merged(names(all)).requireReadable();
    Path unfinished = log.directory().path().resolve(name + UNFINISHED);
    log.directory().requireInPlace();
    MergeOutput nothing;
    try {
      nothing = new MergeOutput(unfinished);
      try (nothing) {
        nothing.finish();
      }
      FailPoint.OUTPUT_DURABLE.hit(unfinished);
      log.directory().requireInPlace();
    } catch (Throwable e) {
      deleteAfter(e, unfinished);
      throw e;
    }
    commit(unfinished, name, () -> publishEmpty(name, nothing, all));
  }

  /** Brings an empty output into the log, and takes all others out. Requires: the log's lock. */
  private void publishEmpty(SegmentName name, MergeOutput nothing, List<Segment> all)
      throws IOException {
    Segment merged = log.publish(name, nothing, all.get(0));
    keydir.clear();
    log.countDead(all);
    log.drop(all);
    addObsolete(names(all));
    FailPoint.DROPPED.hit(merged.file());
  }

  /** Writes the hint files that are missing. */
  void writeHints() {
    synchronized (turn) {
      List<Segment> sealed;
      synchronized (log) {
        sealed = log.sealed();
        hinted = log.changes();
      }
      for (Segment segment : sealed) {
        if (clearing == 0 && !segment.isHinted()) {
          segment.setHinted();
          writeHint(segment);
        }
      }
    }
  }

  /** Writes a hint file if it can. There are more important things on a full disk. */
  private void writeHint(Segment segment) {
    Path file = segment.name().hint(log.directory().path());
    try {
      log.directory().requireInPlace();
    } catch (IOException e) {
      // The path leads to another store's directory.
      LOGGER.log(System.Logger.Level.DEBUG, "did not write " + file, e);
      return;
    }
    try {
      HintFile.write(segment, file, () -> clearing > 0);
    } catch (IOException | RuntimeException | InternalError | OutOfMemoryError e) {
      // A hint file only saves time.
      LOGGER.log(System.Logger.Level.DEBUG, "could not write " + file, e);
      try {
        Files.deleteIfExists(file);
      } catch (IOException again) {
        // Then the next open will find it damaged, and not use it.
        LOGGER.log(System.Logger.Level.DEBUG, "could not delete " + file, again);
      }
    }
  }

  /** The output that is being written now, or null. May be called without a lock. */
  Stats.Merging merging() {
    MergeOutput output = this.output;
    return output == null ? null : new Stats.Merging(outputName.toString(), output.written());
  }

  /**
   * Seals the log, and links it into another directory. Writers wait for the sealing, and merges
   * for the links.
   *
   * @throws IOException if it could not be done
   */
  void snapshot(Path directory) throws IOException {
    files.lock();
    try {
      List<Segment> segments;
      synchronized (log) {
        log.requireOpen();
        log.directory().requireInPlace();
        log.sealActive();
        linking = true;
        wake();
        segments = log.uncovered();
      }
      Snapshot.write(segments, directory);
    } finally {
      files.unlock();
      synchronized (log) {
        linking = false;
        wake();
      }
    }
  }

  /** How many runs were rewritten. With the log's lock. */
  long merges() {
    return merges;
  }

  /** How many bytes were written for that. With the log's lock. */
  long mergedBytes() {
    return mergedBytes;
  }

  /** The lock of whoever merges: while it is held, no merge is half done. */
  Object turn() {
    return turn;
  }

  // ======== Closing ========

  /** Waits until no merge runs. One that does sees that the log is closed, and gives up. */
  void close() {
    if (thread != null) {
      Uninterruptible.join(thread);
    }
    synchronized (turn) {
      // Only to wait for whoever has called for a merge.
    }
    try {
      // And for a snapshot: another store may delete the files once the directory is released.
      awaitObsolete();
    } catch (IOException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "could not delete what the next open will delete", e);
    }
  }
}
