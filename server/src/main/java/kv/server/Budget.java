package kv.server;

import io.netty.channel.Channel;
import io.netty.util.internal.PlatformDependent;
import java.util.HashSet;
import java.util.Set;

/**
 * The memory that all connections together may hold, for requests that are not finished and replies
 * that were not read. Used on the event loop only.
 */
final class Budget {
  private final long limit;
  private long used;
  private final Set<Account> accounts = new HashSet<>();

  Budget(long limit) {
    this.limit = limit;
  }

  /** A quarter of what the JVM may take, in bytes. */
  static long defaultLimit() {
    return Math.min(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory()) / 4;
  }

  /** What one connection holds. */
  final class Account {
    private final Channel channel;
    private long held;
    private boolean closed;

    private Account(Channel channel) {
      this.channel = channel;
    }

    /**
     * Takes some bytes. If that is too much, the connection that holds the most is closed, and the
     * next, until it is not.
     *
     * @return false if this connection is, or was, closed for that: nothing may be kept for it
     */
    boolean take(long bytes) {
      if (closed) {
        return false;
      }
      held += bytes;
      used += bytes;
      while (used > limit) {
        evictLargest();
      }
      return !closed;
    }

    /** Gives some bytes back that were taken. */
    void give(long bytes) {
      if (!closed) {
        held -= bytes;
        used -= bytes;
      }
    }

    /** Gives all bytes back, for good. Called when the connection has been closed. */
    void close() {
      if (!closed) {
        closed = true;
        used -= held;
        accounts.remove(this);
      }
    }
  }

  /** Opens an account for a connection, and closes it with the connection. */
  Account open(Channel channel) {
    Account account = new Account(channel);
    accounts.add(account);
    channel.closeFuture().addListener(closed -> account.close());
    return account;
  }

  /** The bytes that are held now. */
  long used() {
    return used;
  }

  /** The most bytes that can be held. */
  long limit() {
    return limit;
  }

  private void evictLargest() {
    Account largest = null;
    for (Account account : accounts) {
      if (largest == null || account.held > largest.held) {
        largest = account;
      }
    }
    largest.close();
    largest.channel.close();
  }
}
