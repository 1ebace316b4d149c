/*
 * WHAT THIS FILE IS
 *
 * A turn of the event loop: it reads from every connection that has something to read, runs what it
 * has read, and begins anew. Replies are sent at a turn's end, and not before.
 *
 *     | client 1: SET | client 4: SET SET GET | client 7: GET | sync | replies to 1, 4, 7 |
 *     '---------------------------- one turn ---------------------------------------------'
 *
 * WHY LIKE THIS
 *
 * With --sync always, a client is told of a write when it is durable. An fsync for each write would
 * limit all clients together to as many writes as the disk can do fsyncs. One at the end of the
 * turn covers everybody's: it is group commit (see the engine's GroupCommit), without a thread that
 * waits. While it lasts, requests pile up, and the next turn has more of them. Replies to reads
 * wait as well: they may show a write that is not durable yet.
 *
 * With the other policies there is nothing to wait for, and still it is good to send all replies of
 * a connection at once.
 *
 * WHEN THE STORE HAS FAILED
 *
 * In the turn that finds the failure every reply is an error, since a write may be among them that
 * is not durable, or a read that shows one. In later turns the store refuses every write itself, so
 * the replies acknowledge nothing, and are sent: reads go on as long as the store answers them.
 * They show what was put, including writes that were answered with an error; a restart may not.
 *
 * INVARIANT
 *
 * After a sync has failed, no write is acknowledged. With everysec the store's own thread syncs,
 * and no client waits for it; so each turn's end looks.
 */
package kv.server;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import kv.engine.Store;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of each turn of the event loop. Used on the event loop only. */
final class Turn {
  /** Somebody who holds replies back. */
  interface Waiter {
    /**
     * Sends the replies, if all that was written is as durable as it has to be.
     *
     * @param failure why it is not, and nothing may be acknowledged; or null
     */
    void turnEnds(Throwable failure);

    /**
     * Closes the connection, since its replies could not be sent: those that came next would be
     * taken for them.
     *
     * @param cause what {@link #turnEnds} has thrown
     */
    void giveUp(Throwable cause);
  }

  private static final Logger LOGGER = LoggerFactory.getLogger(Turn.class);

  private final EventLoop loop;
  private final Store store;

  /** Whether a write is durable before it is acknowledged. */
  private final boolean syncs;

  /** Whether the store has failed, and a message said so. */
  private boolean failed;

  private List<Waiter> waiters = new ArrayList<>();

  /** The other list: empty between turns, and used in the next. */
  private List<Waiter> spare = new ArrayList<>();

  /** Whether the event loop will run {@link #end}. */
  private boolean scheduled;

  Turn(EventLoop loop, Store store, boolean syncs) {
    this.loop = loop;
    this.store = store;
    this.syncs = syncs;
  }

  /** Calls somebody once, when this turn ends. */
  void atEnd(Waiter waiter) {
    if (!scheduled) {
      // The event loop runs tasks when it has read from all connections.
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
        // No memory, for example. The others need not wait for their replies.
        waiter.giveUp(e);
      }
    }
    now.clear();
  }

  /** Makes all that was written as durable as it has to be: null, or why it is not. */
  private Throwable check() {
    if (failed) {
      // Since then, the store has accepted no write.
      return null;
    }
    Throwable failure = sync();
    Throwable end = store.failure();
    if (end != null) {
      failed = true;
      LOGGER.error("the store has failed, nothing more is acknowledged", end);
    }
    return failure == null ? end : failure;
  }

  private Throwable sync() {
    try {
      if (syncs) {
        // Costs nothing if nothing was written.
        store.sync();
      }
      return null;
    } catch (IOException | RuntimeException | Error e) {
      return e;
    }
  }
}
