/*
 * WHAT THIS FILE IS
 *
 * Merging: rewriting old segments without their dead records, while all other calls go on. A run of
 * neighbours becomes one segment in the same place of the log, so neither readers nor writers need
 * to know. The idea is Bitcask's. Here the output takes its inputs' place in the order of the log,
 * not a place of its own; so deletes come out right.
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
 * A pass rewrites the runs of a plan (see MergePlan), oldest first, and stops at the first that
 * fails. Each run has six steps:
 *
 *     1  read the inputs in order; copy a put if the keydir points at this very record
 *     2  seal the output, fsync it
 *     3  sync the active segment: it may hold the newer records that made others dead, and if power
 *        failed before they are durable, both would be lost
 *     4  rename the output, which is the commit; fsync the directory (see Replacement)
 *     5  add the output to the log, beside the inputs; point the keydir at the copies, a few at a
 *        time; remove the inputs from the log
 *     6  delete the inputs (see ObsoleteFiles)
 *
 * WHY IT IS RIGHT
 *
 * Removing a record that is not its key's last one changes nothing (I1). Removing a tombstone
 * changes nothing if no older record of its key exists (I8; see MergePlan, and why the accounting
 * must be exact).
 *
 * A copy never wins against a put made while it is copied: the copy precedes that put in the log,
 * and the keydir is pointed at a copy only if it still points at the original.
 *
 * Before the rename an open sees the inputs, and after it the output, which covers them.
 *
 * WHEN THE DISK IS FULL
 *
 * An output needs space before its inputs give any back. If a pass fails for lack of space, the
 * merge borrows the ballast (see Ballast) and rewrites segments one at a time, the one with the
 * fewest live bytes first:
 *
 *     free   | ballast |              full: a whole run does not fit
 *     free   |         |              the ballast is lent
 *     free   | out |   |              the smallest segment is rewritten,
 *     free   | out |   |  input   |   and its input deleted: a larger one fits now
 *
 * Each segment is rewritten once: a plan for one segment copies tombstones, which are dead at once,
 * so a segment can have dead bytes again when it was just rewritten. Then the ballast is filled,
 * and the pass is tried once more.
 *
 * The system frees the input's space when the garbage collector has unmapped it. So a merge keeps
 * no reference to a segment that it has replaced, and waits for the unmapping between two segments.
 *
 * INVARIANTS
 *
 * I3   Sealed segments never change.
 * I7   No file is deleted until its replacement's rename, and everything that justified a drop, is
 *      durable.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Rewrites segments without their dead records. Requires: the merge lock, and no other. */
final class Merge {
  /** Number of records whose slots are touched together: see KeyDir.touch. */
  private static final int BATCH_RECORDS = 128;

  private final Log log;
  private final KeyDir keydir;
  private final long segmentBytes;
  private final Replacement replacement;
  private final ObsoleteFiles obsolete;

  /** Returns whether a merge is to stop, because the store is being closed or cleared. */
  private final BooleanSupplier isToGiveUp;

  /** The output being written, and its name; null if there is none. */
  private volatile MergeOutput output;

  private volatile SegmentName outputName;

  /** Number of runs rewritten. Guarded by: the log's lock. */
  private long merges;

  /** Bytes of their outputs' records. Guarded by: the log's lock. */
  private long mergedBytes;

  Merge(
      Log log,
      KeyDir keydir,
      long segmentBytes,
      Replacement replacement,
      ObsoleteFiles obsolete,
      BooleanSupplier isToGiveUp) {
    this.log = log;
    this.keydir = keydir;
    this.segmentBytes = segmentBytes;
    this.replacement = replacement;
    this.obsolete = obsolete;
    this.isToGiveUp = isToGiveUp;
  }

  // ======== Reclaiming space ========

  /**
   * Runs a full pass. On a full disk, first reclaims some space for it with the ballast.
   *
   * @throws IOException if it failed, and the store is as it was or refuses all writes
   */
  void run() throws IOException {
    try {
      pass(plan());
    } catch (CorruptStoreException e) {
      throw e;
    } catch (IOException e) {
      if (!makeRoom()) {
        throw e;
      }
      pass(plan());
    }
  }

  private MergePlan plan() {
    synchronized (log) {
      return MergePlan.full(log.sealed(), log.space().liveBytes(), segmentBytes);
    }
  }

  /**
   * Rewrites the segments that fit into the ballast's space, each alone and once, the one with the
   * fewest live bytes first. Returns whether any was rewritten.
   */
  private boolean makeRoom() throws IOException {
    // Names only: a segment that is referenced here is not unmapped, and its space is not freed.
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
          DroppedSegments.awaitUnmapped();
        }
      }
    } finally {
      synchronized (log) {
        log.takeBallastBack();
      }
    }
    return rewritten;
  }

  /** Rewrites one segment. Returns false if it does not fit, or if the merge gave up. */
  private boolean rewriteAlone(SegmentName name) throws IOException {
    MergePlan plan;
    synchronized (log) {
      log.requireHealthy();
      plan = MergePlan.single(log.sealed(), name);
    }
    try {
      pass(plan);
      return !isToGiveUp.getAsBoolean();
    } catch (CorruptStoreException e) {
      throw e;
    } catch (IOException e) {
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "no space to merge " + name, e);
      return false;
    }
  }

  /**
   * Rewrites the runs of a plan, oldest first, and removes them from it. Stops at the first run
   * that fails, or when the store is being closed or cleared.
   */
  void pass(MergePlan plan) throws IOException {
    try {
      while (!plan.runs().isEmpty()) {
        List<Segment> run = plan.runs().remove();
        // If an earlier run failed after its commit, log and files differ.
        log.requireHealthy();
        setOutputBytes(run.stream().mapToLong(Segment::liveBytes).sum());
        if (!rewrite(run, plan.dropsTombstones())) {
          return;
        }
        // Otherwise the garbage collector would find the inputs here.
        run = null;
        synchronized (log) {
          log.dropped().unmapIfMany();
        }
      }
    } finally {
      setOutputBytes(-1);
    }
  }

  private void setOutputBytes(long bytes) {
    synchronized (log) {
      log.setMergeOutputBytes(bytes);
    }
  }

  /** Puts one segment in the place of a run. Returns false if the merge gave up. */
  private boolean rewrite(List<Segment> run, boolean dropsTombstones) throws IOException {
    List<SegmentName> names = run.stream().map(Segment::name).toList();
    SegmentName name = SegmentName.merged(names).requireReadable();
    boolean done =
        replacement.run(
            name,
            unfinished -> write(run, name, unfinished, dropsTombstones),
            finished -> publish(run, name, finished));
    if (done) {
      synchronized (log) {
        obsolete.add(names);
      }
      obsolete.delete();
    }
    return done;
  }

  /** Writes the output, and makes durable what justified its drops. Returns null to give up. */
  private MergeOutput write(
      List<Segment> run, SegmentName name, Path unfinished, boolean dropsTombstones)
      throws IOException {
    try (MergeOutput copy = new MergeOutput(unfinished)) {
      outputName = name;
      output = copy;
      FailPoint.RUN_STARTED.hit(unfinished);
      for (Segment input : run) {
        if (isToGiveUp.getAsBoolean() || !copyLive(input, copy, dropsTombstones)) {
          return null;
        }
      }
      // A body is read a second time to be copied, and its checksum is not compared again.
      LateFaults.surface();
      copy.finish();
      // Under NEVER too: a put is left out because a newer record is in the log, which may be in
      // memory only. All such records are before this position. Otherwise a power loss after the
      // rename could take the newer record, when the older one is already gone (I7).
      log.syncAll();
      return copy;
    } finally {
      output = null;
    }
  }

  /** Copies an input's live records. Returns false if the merge gave up. */
  private boolean copyLive(Segment input, MergeOutput copy, boolean dropsTombstones)
      throws IOException {
    LogReader records = input.reader();
    Batch batch = new Batch();
    long copied = 0;
    while (batch.fill(records)) {
      keydir.touch(batch.hashes, batch.count);
      for (int i = 0; i < batch.count; i++) {
        long location = Location.of(input, batch.offsets[i]);
        // Without the log's lock: once the keydir no longer points at a record, it never will
        // again. If it does now and a newer put comes, the copy will be dead, which is allowed.
        boolean isCopied =
            batch.types[i] == Record.PUT
                ? keydir.pointsAt(batch.hashes[i], location)
                : !dropsTombstones;
        if (isCopied) {
          copied += batch.types[i] == Record.PUT ? batch.lengths[i] : 0;
          copy.add(
              records,
              batch.offsets[i],
              batch.lengths[i],
              location,
              batch.keyLengths[i],
              batch.hashes[i]);
        }
      }
      if (isToGiveUp.getAsBoolean()) {
        return false;
      }
    }
    requireAllLive(input, copied);
    return true;
  }

  /**
   * Checks that the live records of an input were copied: more of them cannot have become live. If as
   * many bytes die during the copy, a loss is not seen here, and the drop of the input fails (I2).
   *
   * @throws CorruptStoreException if the keydir points at a record that is not of its key, as a
   *     crafted hint file can make it do: without the input, that record would be lost
   */
  private void requireAllLive(Segment input, long copied) throws CorruptStoreException {
    synchronized (log) {
      if (input.liveBytes() > copied) {
        throw CorruptStoreException.ofOtherKeys(input.file(), input.liveBytes() - copied);
      }
    }
  }

  /** Some records of an input, one after another. */
  private final class Batch {
    private final byte[] types = new byte[BATCH_RECORDS];
    private final int[] offsets = new int[BATCH_RECORDS];
    private final int[] lengths = new int[BATCH_RECORDS];
    private final int[] keyLengths = new int[BATCH_RECORDS];
    private final long[] hashes = new long[BATCH_RECORDS];
    private int count;

    /** Reads and verifies the next records. Returns false if there are none. */
    boolean fill(LogReader records) throws IOException {
      count = 0;
      while (count < BATCH_RECORDS && records.next()) {
        types[count] = records.type();
        offsets[count] = records.offset();
        lengths[count] = records.length();
        keyLengths[count] = records.keyLength();
        hashes[count] = keydir.hash(records.key());
        count++;
      }
      return count > 0;
    }
  }

  /** Adds the output to the log and the keydir, and removes the inputs. */
  private void publish(List<Segment> run, SegmentName name, MergeOutput finished)
      throws IOException {
    Segment merged;
    synchronized (log) {
      // The log has both from here on, so a reader that is sent to either finds it.
      merged = log.publish(name, finished, run.get(0));
    }
    repoint(merged, finished);
    synchronized (log) {
      // A reader that was sent to an input before finds nothing, and asks the keydir again.
      log.drop(run);
      merges++;
      mergedBytes += merged.size();
    }
    FailPoint.DROPPED.hit(merged.file());
  }

  /** Points the keydir at the copies, a few at a time, so that no put waits long. */
  private void repoint(Segment merged, MergeOutput copies) throws IOException {
    long[] hashes = new long[BATCH_RECORDS];
    for (int done = 0; done < merged.count(); done += BATCH_RECORDS) {
      int batchEnd = Math.min(done + BATCH_RECORDS, merged.count());
      for (int i = done; i < batchEnd; i++) {
        hashes[i - done] = copies.hash(i);
      }
      synchronized (log) {
        keydir.touch(hashes, batchEnd - done);
        for (int i = done; i < batchEnd; i++) {
          long original = copies.original(i);
          long copy = Location.of(merged, copies.offset(i));
          // If the keydir has another location, a newer record was appended: the copy stays dead.
          if (keydir.replace(hashes[i - done], original, copy)) {
            log.moveLive(original, copy, copies.offset(i + 1) - copies.offset(i));
          }
        }
      }
      FailPoint.REPOINTED.hit(merged.file());
    }
  }

  // ======== Reading ========

  /** Returns the output being written, or null. Requires: no lock. */
  Stats.Merging merging() {
    MergeOutput current = output;
    return current == null ? null : new Stats.Merging(outputName.toString(), current.written());
  }

  /** Returns the number of runs rewritten. Requires: the log's lock. */
  long merges() {
    return merges;
  }

  /** Returns the bytes that merges wrote. Requires: the log's lock. */
  long mergedBytes() {
    return mergedBytes;
  }
}
