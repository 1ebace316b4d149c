/*
 * WHAT THIS FILE IS
 *
 * Group commit: threads that wait for the disk at the same time share one fsync. An fsync takes as
 * long for a hundred records as for one, so the more threads wait, the less each record costs.
 *
 * PICTURE: three threads put, each waits until its record is durable
 *
 *     thread 1   put |== leads: fsync ==|                        group 1: itself
 *     thread 2     put |.... waits .....|== leads: fsync ==|     group 2: itself and thread 3
 *     thread 3        put |... waits ...|..... waits ......|
 *
 * Threads that arrive while an fsync runs form the next group, because that fsync may not cover
 * their records. The first of them leads the group. When the running fsync ends, the leader closes
 * its group, notes the end of the log, and syncs up to it without the log's lock, so that other
 * threads can append: they form the group after that. Then it wakes its group, and the leader of
 * the next one.
 *
 * So each thread is woken once. (With one monitor for all, every fsync would wake all threads, and
 * most would go back to sleep.)
 *
 * The idea is from main-memory databases of the 1980s (DeWitt et al., 1984; IBM's IMS Fast Path).
 *
 * With the policy EVERY_SECOND, a thread of the store's own also syncs once a second.
 *
 * NOT HERE, AND WHY
 *
 * Syncing continuously in the background, so that little is left to write when a caller syncs. To
 * write a mapped page to the disk, the operating system first removes it from the other processors'
 * page tables, one page at a time. Measured: a sync waits half as long, and all other puts take
 * twice the time.
 *
 * A CompletableFuture for each group. A thread of a ForkJoinPool that waits for one may run other
 * tasks first (in JDK 17 in the common pool, in JDK 25 in every pool). If such a task puts, it
 * joins the group that this thread is about to lead, and waits for it on top of the leader, for
 * ever. A thread that waits for a latch runs nothing else.
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

/** Makes the log durable for many threads at a time. */
final class GroupCommit {
  /** Interval of the fsyncs in the background. */
  private static final long INTERVAL_MILLIS = 1000;

  /** The log, as a group commit needs it. */
  interface Syncable {
    /** Returns the bytes appended so far. Requires: no lock. */
    long position();

    /** Makes all bytes up to a position that was read before durable. Requires: no lock. */
    void syncActive() throws IOException;

    /** Refuses all further writes. Requires: no lock. */
    void fail(Throwable cause);

    /** Throws the exception of a failure, if there was one. Requires: no lock. */
    void requireHealthy() throws IOException;
  }

  private final Syncable log;

  /** Everything before this position of the log is durable. */
  private volatile long durable;

  /** The group that was closed last: its fsync runs or has ended. Guarded by: this. */
  private CountDownLatch closed = new CountDownLatch(0);

  /** The group that waits for the end of that fsync, or null. Guarded by: this. */
  private CountDownLatch waiting;

  /** The thread that syncs once a second; null with the other policies. */
  private Thread thread;

  /** Opened by {@link #close}: ends the thread. */
  private final CountDownLatch closing = new CountDownLatch(1);

  GroupCommit(Syncable log) {
    this.log = log;
  }

  // ======== Opening ========

  /** Starts the thread that syncs every second. */
  void start() {
    thread = Uninterruptible.start("kv-sync", this::syncEverySecond);
  }

  private void syncEverySecond() {
    try {
      while (!closing.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
        syncTo(log.position());
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      // Every further write throws it.
      log.fail(e);
    }
  }

  // ======== Writing ========

  /** Returns whether everything before a position of the log is durable. */
  boolean covers(long position) {
    return durable >= position;
  }

  /** Notes that everything before a position of the log is durable. */
  synchronized void advance(long position) {
    durable = Math.max(durable, position);
  }

  /**
   * Makes everything before a position of the log durable. Requires: no lock, or only the merge
   * lock.
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

  /** Waits for the group before, closes this group, syncs the log, and wakes this group. */
  private void lead(CountDownLatch group, CountDownLatch before) throws IOException {
    try {
      Uninterruptible.await(before);
      synchronized (this) {
        closed = group;
        waiting = null;
      }
      log.requireHealthy();
      // First the position, then the segment: if a rotation comes in between, everything before the
      // new segment is durable.
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

  /** Ends the thread, after a running fsync. */
  void close() {
    closing.countDown();
    if (thread != null) {
      Uninterruptible.join(thread);
    }
  }
}
