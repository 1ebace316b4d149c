package kv.server;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import kv.step5.Store;

/** The end of each turn of the event loop. Used on the event loop only. */
final class Turn {
  /** Somebody who holds replies back. */
  interface Waiter {
    /**
     * Sends the replies, if all that was written in this turn is as durable as it has to be.
     *
     * @param failure why it is not, and nothing may be acknowledged; or null
     */
    void turnEnds(Exception failure);
  }

  private final EventLoop loop;
  private final Store store;

  /** Whether a write is durable before it is acknowledged. */
  private final boolean syncs;

  private boolean written;
  private List<Waiter> waiters = new ArrayList<>();

  Turn(EventLoop loop, Store store, boolean syncs) {
    this.loop = loop;
    this.store = store;
    this.syncs = syncs;
  }

  /** Notes that the store was changed. */
  void wrote() {
    written = true;
  }

  /** Calls somebody once, when this turn ends. */
  void atEnd(Waiter waiter) {
    if (waiters.isEmpty()) {
      // A task runs when all connections that were readable have been read from.
      loop.execute(this::end);
    }
    waiters.add(waiter);
  }

  private void end() {
    Exception failure = null;
    if (syncs && written) {
      try {
        store.sync();
      } catch (IOException | RuntimeException e) {
        failure = e;
      }
    }
    written = false;
    List<Waiter> now = waiters;
    waiters = new ArrayList<>();
    for (Waiter waiter : now) {
      waiter.turnEnds(failure);
    }
  }
}
