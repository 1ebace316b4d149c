/*
 * WHAT THIS FILE IS
 *
 * When segments are merged, and by which thread. A thread of the store's own, kv-merge, merges when
 * enough bytes are dead, and writes the missing hint files otherwise. Callers can ask for a merge,
 * a clear, or a snapshot at any time.
 *
 * WHEN A MERGE BEGINS BY ITSELF
 *
 * When half of the bytes in sealed segments are dead (or the fraction in the options). Then a pass
 * writes at most as many bytes as it reclaims, so merges write at most one byte for each byte that
 * callers put. After a failure, the next begins a minute later, or after 64 MiB more of dead bytes.
 *
 * Every open seals one more segment, which may be tiny. When there are many at the end of the log,
 * an open joins them before it returns.
 *
 * LOCKS
 *
 * The merge lock is held by the thread that merges, clears, or writes hint files, so these exclude
 * each other. It is taken before the log's lock. A clear makes a running merge give up first.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs merges in the background and for callers. */
final class MergeScheduler {
  /** No merge begins by itself if the dead bytes are less than this fraction of a segment. */
  private static final int MIN_DEAD_FRACTION = 16;

  /** More dead bytes after which a failed merge is tried again. */
  private static final long RETRY_DEAD_BYTES = 64 << 20;

  /** Time after which a failed merge is tried again. */
  private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Interval at which a waiting thread looks at the clock. */
  private static final long POLL_MILLIS = 1000;

  private final Log log;
  private final Options options;
  private final ObsoleteFiles obsolete;
  private final HintWriter hints;
  private final Merge merge;
  private final Clear clear;

  /** Held by the thread that merges, clears, or writes hint files. */
  private final Object mergeLock = new Object();

  /** Number of running calls of {@link #clear}: merges give up, and none begins by itself. */
  private volatile int clearing;

  /** Whether the thread waits for something to do. Guarded by: the log's lock. */
  private boolean idle;

  /** After a failure, the dead bytes at which to try again. Guarded by: the log's lock. */
  private long retryAtDeadBytes;

  private Thread thread;

  MergeScheduler(Log log, KeyDir keydir, SipHash hash, Options options) {
    this.log = log;
    this.options = options;
    Replacement replacement = new Replacement(log);
    obsolete = new ObsoleteFiles(log);
    hints = new HintWriter(log, hash, () -> clearing > 0);
    clear = new Clear(log, keydir, replacement, obsolete);
    merge =
        new Merge(
            log,
            keydir,
            options.segmentSize(),
            replacement,
            obsolete,
            () -> log.isClosed() || clearing > 0);
  }

  // ======== Opening ========

  /** Joins small segments left by many opens, and starts the thread. */
  void start() throws IOException {
    if (options.automaticMerge()) {
      try {
        merge.pass(MergePlan.smallest(log.sealed(), options.segmentSize()));
      } catch (IOException | OutOfMemoryError | InternalError e) {
        report(e);
        log.requireHealthy();
      }
    }
    thread = Uninterruptible.start("kv-merge", this::runInBackground);
  }

  private void runInBackground() {
    while (awaitWork()) {
      try {
        // First what reclaims space: a segment that is merged needs no hint file.
        if (obsolete.delete()) {
          synchronized (log) {
            log.dropped().unmapIfMany();
          }
        }
        if (isDueNow()) {
          mergeSealed();
        } else {
          writeHints();
        }
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        report(e);
        // The segments stay for a while, and the next open needs their hint files.
        writeHints();
        pause();
      }
    }
  }

  /** Waits until there is something to do. Returns false if the store is being closed. */
  private boolean awaitWork() {
    synchronized (log) {
      idle = true;
      Uninterruptible.await(log, () -> log.isClosed() || clearing == 0 && hasWork());
      idle = false;
      return !log.isClosed();
    }
  }

  /** After a failure, waits for a minute, for more dead bytes, or for files to delete. */
  private void pause() {
    synchronized (log) {
      retryAtDeadBytes = log.space().sealedDeadBytes() + RETRY_DEAD_BYTES;
      long end = System.nanoTime() + RETRY_NANOS;
      Uninterruptible.await(
          log,
          () -> log.isClosed() || isDue() || obsolete.isToDelete() || System.nanoTime() - end > 0,
          POLL_MILLIS);
      retryAtDeadBytes = 0;
    }
  }

  /** Logs a failure: no caller waits for a merge in the background. */
  private void report(Throwable failure) {
    synchronized (log) {
      log.dropped().unmap();
    }
    try {
      Logs.LOGGER.log(
          System.Logger.Level.WARNING,
          "could not merge in " + log.directory().path() + ", will try again later",
          failure);
    } catch (RuntimeException | Error e) {
      // A logger may fail too, for lack of a descriptor: that must not end this thread.
      failure.addSuppressed(e);
    }
  }

  // ======== Reclaiming space ========

  /** Wakes the thread if there is something to do. Requires: the log's lock. */
  void wake() {
    if (idle && hasWork()) {
      log.notifyAll();
    }
  }

  private boolean hasWork() {
    return obsolete.isToDelete() || hints.hasWork() || isDue();
  }

  /** Returns whether enough bytes are dead to merge. Requires: the log's lock. */
  private boolean isDue() {
    long dead = log.space().sealedDeadBytes();
    return options.automaticMerge()
        && dead >= options.mergeThreshold() * log.space().sealedBytes()
        && dead >= Math.max(retryAtDeadBytes, options.segmentSize() / MIN_DEAD_FRACTION);
  }

  private boolean isDueNow() {
    synchronized (log) {
      return isDue();
    }
  }

  /**
   * Merges all sealed segments.
   *
   * @throws IOException if it failed, and the store is as it was or refuses all writes
   */
  private void mergeSealed() throws IOException {
    synchronized (mergeLock) {
      if (log.isClosed()) {
        // Another store may have the directory open already.
        return;
      }
      try {
        merge.run();
      } catch (InternalError e) {
        throw Log.unreadable(e);
      }
    }
  }

  /**
   * Merges all segments. The active segment is sealed for that if it has dead bytes. On return the
   * replaced files are deleted.
   *
   * @throws IOException if it failed, and the store is as it was or refuses all writes
   */
  void mergeAll() throws IOException {
    // First the full segment: until it is sealed, its dead bytes look like those of the active one,
    // which would be sealed without need.
    log.sealer().settle();
    synchronized (log) {
      log.requireOpen();
      if (log.space().deadBytes() > log.space().sealedDeadBytes()) {
        log.sealActive();
        wake();
      }
    }
    mergeSealed();
    obsolete.awaitDeleted();
    log.requireOpen();
  }

  /**
   * Removes all keys, after a running merge has given up. On return that is durable.
   *
   * @throws IOException if it failed, and the store is as it was or refuses all writes
   */
  void clear() throws IOException {
    synchronized (log) {
      log.requireOpen();
      clearing++;
    }
    try {
      synchronized (mergeLock) {
        synchronized (log) {
          clear.run();
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

  /** Writes the missing hint files. */
  void writeHints() {
    synchronized (mergeLock) {
      hints.write();
    }
  }

  /**
   * Seals the log, and links it into another directory. Writers wait for the sealing; deletions of
   * files wait for the links.
   *
   * @throws IOException if it failed
   */
  void snapshot(Path directory) throws IOException {
    obsolete.keep();
    try {
      List<Segment> segments;
      synchronized (log) {
        log.requireOpen();
        log.directory().requireInPlace();
        log.sealActive();
        wake();
        segments = log.uncovered();
      }
      Snapshot.write(segments, directory);
    } finally {
      obsolete.release();
      synchronized (log) {
        wake();
      }
    }
  }

  // ======== Reading ========

  /** Returns the merge, for its statistics. */
  Merge merge() {
    return merge;
  }

  /** While a thread holds this lock, no merge or clear is half done. */
  Object mergeLock() {
    return mergeLock;
  }

  /** Deletes the files of replaced segments, after the end of a running snapshot. */
  void awaitDeleted() throws IOException {
    obsolete.awaitDeleted();
  }

  // ======== Closing ========

  /** Waits until no merge runs. A running one sees that the log is closed, and gives up. */
  void close() {
    if (thread != null) {
      Uninterruptible.join(thread);
    }
    synchronized (mergeLock) {
      // Only to wait for a caller that merges.
    }
    try {
      // And for a snapshot: another store may delete the files once the directory is released.
      obsolete.awaitDeleted();
    } catch (IOException e) {
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not delete files; the next open will", e);
    }
  }
}
