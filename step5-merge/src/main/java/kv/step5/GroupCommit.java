/*
 * WHAT THIS FILE IS
 *
 * Group commit: threads that wait for the disk at the same time share one fsync. An fsync takes as
 * long for a hundred records as for one, so the more wait, the cheaper each.
 *
 * PICTURE: three threads put, each waits until its record is durable
 *
 *     thread 1   put |== leads: fsync ==|
 *     thread 2     put |.... waits .....|== leads: fsync ==|     for its own record, and for
 *     thread 3        put |... waits ...|..... waits ......|     that of thread 3
 *
 * The first one that has to wait becomes the leader. It notes how far the log goes, and syncs that
 * without holding the lock for appending, so that others can append meanwhile. When it is through,
 * it publishes how far the log is durable and wakes the others. Those whose records are covered go
 * home; of the rest, one leads the next.
 *
 * The idea is from main-memory databases of the 1980s (DeWitt et al., 1984; IBM's IMS Fast Path).
 *
 * Besides, with the policy EVERY_SECOND, a thread of the store's own does that every second.
 *
 * NOT HERE, AND WHY
 *
 * Syncing all the time in the background, so that there is little left to do when a segment is full
 * and a put has to wait for its fsync. To write a mapped page to the disk, the operating system
 * first takes it from the other processors, one page at a time. Measured: what a put waits for at
 * the end of a segment becomes half as long, and all others take twice the time.
 *
 * INVARIANTS
 *
 * I12  After a failed fsync nothing is acknowledged again. An fsync is never tried again, because
 *      the second would report success and mean nothing.
 */
package kv.step5;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Makes the log durable, for many at a time. */
final class GroupCommit {
  /** How long the thread waits between two fsyncs, in milliseconds. */
  private static final long SECOND = 1000;

  private final Log log;

  /** Everything before this position of the log is durable. */
  private volatile long durable;

  /** Whether somebody is leading. Guarded by this object's monitor. */
  private boolean leading;

  /** The thread that syncs by itself, and what it waits for. */
  private Thread thread;

  private final CountDownLatch closing = new CountDownLatch(1);

  GroupCommit(Log log) {
    this.log = log;
  }

  // ======== Opening ========

  /** Starts the thread that syncs every second. */
  void start() {
    thread = Uninterruptible.start("kv-sync", this::syncEverySecond);
  }

  private void syncEverySecond() {
    try {
      while (!closing.await(SECOND, TimeUnit.MILLISECONDS)) {
        syncTo(log.position());
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      // Every further call tells of it.
      log.fail(e);
    }
  }

  // ======== Writing ========

  /** Tells whether everything before a position of the log is durable. */
  boolean covers(long position) {
    return durable >= position;
  }

  /** Notes that everything before a position of the log was made durable otherwise. */
  synchronized void advance(long position) {
    durable = Math.max(durable, position);
  }

  /**
   * On return everything before a position of the log is durable.
   *
   * @throws IOException if an fsync has failed, in this thread or another (I12)
   */
  void syncTo(long position) throws IOException {
    while (awaitTurn(position)) {
      try {
        // The position first: if the log goes on in another segment meanwhile, then all before
        // that segment is durable already.
        long end = log.position();
        log.syncActive();
        advance(end);
      } catch (Throwable e) {
        log.fail(e);
        throw e;
      } finally {
        handOver();
      }
    }
  }

  /** Waits until a position is durable: false; or until this thread has to lead: true. */
  private synchronized boolean awaitTurn(long position) throws IOException {
    Uninterruptible.await(this, () -> covers(position) || !leading);
    if (covers(position)) {
      return false;
    }
    log.requireHealthy();
    leading = true;
    return true;
  }

  /**
   * Ends the lead of this thread, and wakes those who wait: they are through, or one leads next.
   */
  private synchronized void handOver() {
    leading = false;
    notifyAll();
  }

  // ======== Closing ========

  /** Ends the thread, after what it is doing. */
  void close() {
    closing.countDown();
    if (thread != null) {
      Uninterruptible.join(thread);
    }
  }
}
