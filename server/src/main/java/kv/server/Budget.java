/*
 * WHAT THIS FILE IS
 *
 * The memory of all connections together. A client can make the server hold something for it: by
 * a request that it does not finish, and by replies that it does not read. A limit for each
 * connection is not enough, since there can be thousands, and too much, since most hold nothing. So
 * there is one limit for all, and each connection has an account of what it holds.
 *
 *     limit    |##### 3 #####|# 7 #|1|2|4|                     |   what 1, 2, 3, 4, 7 hold
 *
 * When the limit is reached, the connection that holds the most is closed, whoever it was that
 * wanted more. If it were the one that wants more, then a few clients that fill the budget, and
 * keep it full, would have everybody else turned away. Redis does the same, as maxmemory-clients.
 *
 * What is counted is about what the JVM takes, not exactly that. So the limit is a quarter of it.
 *
 * NOT HERE, AND WHY
 *
 * What a request or reply takes while it is being dealt with: there is one at a time, and its size
 * is limited by what has been counted for it before.
 */
package kv.server;

import io.netty.channel.Channel;
import io.netty.util.internal.PlatformDependent;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that all connections together may hold, for requests that are not finished and replies
 * that were not read. Used on the event loop only.
 */
final class Budget {
  private static final Logger LOGGER = LoggerFactory.getLogger(Budget.class);

  private final long limit;
  private long used;
  private final Set<Account> accounts = new HashSet<>();

  /** A budget of so many bytes. */
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
    LOGGER.warn(
        "closed the connection of {}, which held {} bytes: all together may hold {}",
        largest.channel.remoteAddress(),
        largest.held,
        limit);
    largest.close();
    largest.channel.close();
  }
}
