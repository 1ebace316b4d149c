/*
 * WHAT THIS FILE IS
 *
 * How a full segment becomes durable while the next one is written. An fsync of 64 MiB can take a
 * tenth of a second; no put waits for it, because a thread of the store's own, kv-seal, does.
 *
 * PICTURE
 *
 *     put      ... 3 |S| 4  4  4  4  4  4  4  4  4  4  4 |S| 5  5 ...      S: append the seal
 *     kv-seal         |== fsync 3 ==| 3 is sealed         |== fsync 4 ==|
 *
 * So the last two segments may not be durable. If 4 is full before 3 is durable, writers wait:
 * there are never three.
 *
 * WHAT A POWER LOSS LEAVES
 *
 * Any part of 3, and any part of 4. If 3 is whole, 4 follows it. If 3 is torn, recovery drops all
 * of 4 (see Recovery): its records are newer, and what is left must be a prefix of history. No
 * promise is broken, because nothing in 4 is acknowledged as durable before 3 is: a group commit
 * makes both durable, in this order.
 *
 *     3 is torn, and 4 has a sync mark or a seal, or 5 exists     3 was durable: it is corrupt
 *     3 is torn, and nothing in 4 says that                       4 is dropped
 *
 * The seal of a full segment is written before its records are durable. Then it has no sync mark,
 * and only says where the segment ends.
 *
 * INVARIANTS
 *
 * I3   Sealed segments never change; only the last two may be unsealed.
 * I6   What was acknowledged with a sync is durable, bytes and directory entry both.
 */
package kv.engine;

import java.io.IOException;

/** Makes full segments durable. */
final class Sealer {
  private final Log log;

  /** Held during the fsync. It is taken after the log's lock. */
  private final Object syncLock = new Object();

  /** A full segment that is not sealed yet, or null. Written under the log's lock. */
  private volatile SegmentWriter full;

  /** The position of the log at its end. Guarded by: the log's lock. */
  private long end;

  /** Whether it is durable. Guarded by: syncLock. */
  private boolean durable;

  private Thread thread;

  Sealer(Log log) {
    this.log = log;
  }

  // ======== Opening ========

  /** Starts the thread. */
  void start() {
    thread = Uninterruptible.start("kv-seal", this::run);
  }

  private void run() {
    while (awaitFull()) {
      try {
        settle();
      } catch (IOException | RuntimeException | Error e) {
        // The log has noted it, and every further write throws it.
        return;
      }
    }
  }

  /** Waits for a full segment. Returns false if the store is being closed. */
  private boolean awaitFull() {
    synchronized (log) {
      Uninterruptible.await(log, () -> log.isClosed() || full != null);
      return !log.isClosed();
    }
  }

  // ======== Writing ========

  /** Returns whether a full segment is not sealed yet. Requires: the log's lock. */
  boolean isBusy() {
    return full != null;
  }

  /**
   * Takes over a full segment that has its seal; the next one was created. Requires: the log's
   * lock, and that no other is being sealed.
   *
   * @param position the position of the log at its end
   */
  void take(SegmentWriter writer, long position) {
    synchronized (syncLock) {
      durable = false;
    }
    end = position;
    full = writer;
    log.notifyAll();
  }

  /**
   * Makes the full segment durable and sealed, if there is one, and the next one's directory entry
   * durable. Waits for another thread that does so. Requires: no lock, or the log's.
   *
   * @throws IOException if that failed; the log can no longer be written (I12)
   */
  void settle() throws IOException {
    SegmentWriter writer = full;
    if (writer == null) {
      return;
    }
    try {
      synchronized (syncLock) {
        if (writer == full && !durable) {
          makeDurable(writer);
        }
      }
      synchronized (log) {
        if (writer == full) {
          // In this order: a segment that is in neither would be lost in a merge.
          log.addSealed(writer.segment(), end);
          full = null;
          log.notifyAll();
        }
      }
    } catch (Throwable e) {
      log.fail(e);
      synchronized (log) {
        log.notifyAll();
      }
      throw e;
    }
  }

  /** Requires: syncLock. */
  private void makeDurable(SegmentWriter writer) throws IOException {
    try {
      log.requireHealthy();
      writer.finish();
      log.directory().sync();
      durable = true;
    } catch (Throwable e) {
      // Before another thread takes the lock: nothing of this is tried again.
      log.fail(e);
      throw e;
    }
  }

  // ======== Reading ========

  /** Returns the full segment that is not sealed yet, or null. Requires: the log's lock. */
  Segment segment() {
    return full == null ? null : full.segment();
  }

  // ======== Closing ========

  /** Ends the thread, after a running fsync. Requires: no lock. */
  void close() {
    if (thread != null) {
      Uninterruptible.join(thread);
    }
  }

  /** Closes the file of a full segment that could not be sealed. Requires: the log's lock. */
  void closeFile() throws IOException {
    if (full != null) {
      full.close();
    }
  }
}
