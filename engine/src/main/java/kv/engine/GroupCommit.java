/*
 * WHAT THIS FILE IS
 *
 * Group commit: threads that wait for the disk at the same time share one fsync. An fsync takes as
 * long for a hundred records as for one, so the more wait, the cheaper each.
 *
 * PICTURE: three threads put, each waits until its record is durable
 *
 *     thread 1   put |== leads: fsync ==|                        group 1: itself
 *     thread 2     put |.... waits .....|== leads: fsync ==|     group 2: itself and thread 3
 *     thread 3        put |... waits ...|..... waits ......|
 *
 * Threads that come while an fsync runs are the next group: it may not cover their records. The
 * first of them leads it. When the running fsync ends, the leader closes its group, notes how far
 * the log goes, and syncs that without holding the lock for appending, so that others can append
 * meanwhile: they are the group after that. Then it wakes its group, and the leader of the next.
 *
 * So each thread is woken once. (With one monitor for all, every fsync would wake everybody, and
 * one after the other would look and go to sleep again.)
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
 * A CompletableFuture for each group. A thread of a ForkJoinPool that waits for one may carry out
 * tasks of other CompletableFutures first (in JDK 17 in the common pool, in JDK 25 in every pool).
 * A task that puts would join the group that this very thread is about to lead, and wait for it on
 * top of it, forever. A thread that waits for a latch does nothing else.
 *
 * INVARIANTS
 *
 * I12  After a failed fsync nothing is acknowledged again. An fsync is never tried again, because
 *      the second would report success and mean nothing.
 */
package kv.engine;

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

  /** The group that was closed last: it has its fsync, or had it, and is let go after that. */
  private CountDownLatch closed = new CountDownLatch(0);

  /** The group that waits for the end of that; null if nobody does. This monitor guards both. */
  private CountDownLatch waiting;

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
    CountDownLatch group;
    CountDownLatch before;
    boolean leads;
    synchronized (this) {
      if (covers(position)) {
        return;
      }
      leads = waiting == null;
      if (leads) {
        waiting = new CountDownLatch(1);
      }
      group = waiting;
      before = closed;
    }
    if (leads) {
      lead(group, before);
    } else {
      Uninterruptible.await(group);
      if (!covers(position)) {
        log.requireHealthy();
      }
    }
  }

  /**
   * Waits for the group before, closes this one, makes everything durable that was appended until
   * then, and wakes this group.
   */
  private void lead(CountDownLatch group, CountDownLatch before) throws IOException {
    try {
      Uninterruptible.await(before);
      synchronized (this) {
        closed = group;
        waiting = null;
      }
      log.requireHealthy();
      // The position first: if a rotation comes in between, everything before the new segment is
      // durable already.
      long end = log.position();
      // The fsync of the previous group may have covered this one as well.
      if (!covers(end)) {
        log.syncActive();
        advance(end);
      }
    } catch (Throwable e) {
      log.fail(e);
      throw e;
    } finally {
      // Also after a failure: a thread that wakes up and is not covered throws.
      group.countDown();
    }
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
