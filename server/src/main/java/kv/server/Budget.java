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
 * When the limit is reached, the connection is closed that has held much for long: bytes times
 * time. If it were the one that wants more, then a few clients that fill the budget, and keep it
 * full, would have everybody else turned away. If it were the one that holds the most (Redis does
 * that, see maxmemory-clients), then many that hold a little each would have everybody turned away
 * who wants a little more. But who wants it for a request that is done in a moment is not closed as
 * long as there is somebody who keeps something. Time is not measured in seconds: the clock counts
 * how often anybody has taken something.
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

  /** How often something was taken, by anybody. */
  private long clock;

  /** How many connections were closed. */
  private long evictions;

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

    /** When this account was empty last. */
    private long since;

    private Account(Channel channel) {
      this.channel = channel;
    }

    /**
     * Takes some bytes. If that is too much, a connection that keeps much is closed, and the next,
     * until it is not.
     *
     * @return false if this connection is, or was, closed for that: nothing may be kept for it
     */
    boolean take(long bytes) {
      if (closed) {
        return false;
      }
      if (held == 0) {
        since = clock;
      }
      clock++;
      held += bytes;
      used += bytes;
      while (used > limit) {
        evict();
      }
      return !closed;
    }

    /** The bytes that the connection holds now. */
    long held() {
      return held;
    }

    /** Gives some bytes back that were taken. */
    void give(long bytes) {
      if (!closed) {
        held -= bytes;
        used -= bytes;
      }
    }

    /**
     * Takes or gives the difference, where something grows or shrinks. To give back all that it had
     * and take it anew would look like holding nothing for a moment.
     */
    void change(long from, long to) {
      if (to > from) {
        take(to - from);
      } else {
        give(from - to);
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

  /** How many connections were closed because all together held too much. */
  long evictions() {
    return evictions;
  }

  private void evict() {
    Account worst = null;
    double most = -1;
    for (Account account : accounts) {
      double heldForLong = (double) account.held * (clock - account.since);
      if (heldForLong > most) {
        worst = account;
        most = heldForLong;
      }
    }
    if (evictions == 0) {
      LOGGER.warn(
          "closed the connection of {}, which held {} bytes: all together may hold {}. The next"
              + " ones are not logged, INFO counts them",
          worst.channel.remoteAddress(),
          worst.held,
          limit);
    }
    evictions++;
    worst.close();
    worst.channel.close();
  }
}
