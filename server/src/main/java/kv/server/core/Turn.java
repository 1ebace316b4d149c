/*
 * WHAT THIS FILE IS
 *
 * A turn of the event loop: the loop reads from every connection that has input, runs the requests,
 * and starts again. Replies are sent at the end of a turn, and not before.
 *
 *     | client 1: SET | client 4: SET SET GET | client 7: GET | sync | replies to 1, 4, 7 |
 *     '---------------------------- one turn ---------------------------------------------'
 *
 * WHY LIKE THIS
 *
 * With --sync always, the server acknowledges a write when it is durable. One fsync for each write
 * would limit all clients together to the number of fsyncs that the disk can do. One fsync at the
 * end of the turn covers the writes of all clients. It is group commit (see the engine's
 * GroupCommit) without a thread that waits. During the fsync requests pile up, and the next turn
 * has more of them. Replies to reads wait as well: they may show a write that is not durable yet.
 *
 * With the other policies there is nothing to wait for. It still pays to send all replies of a
 * connection at once.
 *
 * WHEN THE STORE FAILS
 *
 * In the turn that finds the failure every reply is an error, since the turn may contain a write
 * that is not durable, or a read that shows one. In later turns the store itself refuses every
 * write, so the replies acknowledge nothing, and are sent: reads go on as long as the store answers
 * them. Reads show every put, including writes that were answered with an error; after a restart
 * those writes may be missing.
 *
 * INVARIANT
 *
 * After a failed sync, no write is acknowledged. With everysec the store's own thread syncs, and no
 * client waits for it. So the end of each turn checks for a failure.
 */
package kv.server.core;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of each turn of the event loop. Used on the event loop only. */
public final class Turn {
  /** A connection that holds its replies back. */
  public interface Waiter {
    /**
     * Sends the replies, or errors instead.
     *
     * @param failure the reason why nothing may be acknowledged; null if all writes are as durable
     *     as the policy demands
     */
    void turnEnds(Throwable failure);

    /**
     * Closes the connection, since its replies could not be sent: the client would take later
     * replies for them.
     *
     * @param cause the exception that {@link #turnEnds} threw
     */
    void giveUp(Throwable cause);
  }

  private static final Logger LOGGER = LoggerFactory.getLogger(Turn.class);

  private final EventLoop loop;
  private final ServedStore store;

  /** Whether a write is durable before it is acknowledged. */
  private final boolean syncs;

  /** Whether the store failed, and the failure was logged. */
  private boolean failed;

  private List<Waiter> waiters = new ArrayList<>();

  /** The other list: empty between turns, and used in the next. */
  private List<Waiter> spare = new ArrayList<>();

  /** Whether the event loop will run {@link #end}. */
  private boolean scheduled;

  Turn(EventLoop loop, ServedStore store, boolean syncs) {
    this.loop = loop;
    this.store = store;
    this.syncs = syncs;
  }

  /** Calls a waiter once, when this turn ends. */
  public void atEnd(Waiter waiter) {
    if (!scheduled) {
      // The event loop runs tasks after it has read from all connections.
      loop.execute(this::end);
      scheduled = true;
    }
    waiters.add(waiter);
  }

  private void end() {
    scheduled = false;
    List<Waiter> now = waiters;
    waiters = spare;
    spare = now;
    Throwable failure = check();
    for (Waiter waiter : now) {
      try {
        waiter.turnEnds(failure);
      } catch (RuntimeException | Error e) {
        // Out of memory, for example. The other connections still get their replies.
        waiter.giveUp(e);
      }
    }
    now.clear();
  }

  /** Makes the turn's writes as durable as the policy demands; returns null, or the failure. */
  private Throwable check() {
    if (failed) {
      // The store has accepted no write since the failure.
      return null;
    }
    Throwable failure = sync();
    Throwable storeFailure = store.failure();
    if (storeFailure != null) {
      failed = true;
      LOGGER.error("the store failed: no further write is acknowledged", storeFailure);
    }
    return failure == null ? storeFailure : failure;
  }

  private Throwable sync() {
    try {
      if (syncs) {
        // Free if there was no write.
        store.sync();
      }
      return null;
    } catch (IOException | RuntimeException | Error e) {
      return e;
    }
  }
}
