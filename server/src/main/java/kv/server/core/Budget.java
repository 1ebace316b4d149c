/*
 * WHAT THIS FILE IS
 *
 * The memory of all connections together. A client can make the server hold memory for it in two
 * ways: by a request that it does not finish, and by replies that it does not read. A limit for
 * each connection is too low, since most connections hold nothing, and too high, since there can be
 * thousands of them. So one limit covers all connections, and each connection has an account of the
 * bytes that it holds.
 *
 *     limit    |##### 3 #####|# 7 #|1|2|4|                     |   held by 1, 2, 3, 4 and 7
 *
 * When the limit is reached, the budget closes the connection with the largest product of bytes and
 * time. Two simpler rules would both be unfair:
 *
 *     close the connection that asks for more     A few clients that keep the budget full would
 *                                                 have every other client closed.
 *     close the connection that holds the most    Many clients that hold a little each would have
 *     (Redis: maxmemory-clients)                  every client closed that asks for more.
 *
 * A connection that needs memory for a request that is done in a moment is safe as long as another
 * connection keeps some. Time is not measured in seconds: the clock counts the charges to all
 * accounts.
 *
 * The counted bytes are an estimate of the JVM's use, not its exact size. So the limit is a quarter
 * of the JVM's memory.
 *
 * NOT HERE, AND WHY
 *
 * The memory of a request or reply while the server works on it. There is one at a time, and its
 * size is limited by the bytes that were charged for it before.
 */
package kv.server.core;

import io.netty.channel.Channel;
import io.netty.util.internal.PlatformDependent;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that all connections together may hold, for unfinished requests and unread replies.
 * Used on the event loop only.
 */
public final class Budget {
  /** Estimated bytes of an array in addition to its elements, with a reference to it. */
  public static final int ARRAY_COST = 32;

  private static final Logger LOGGER = LoggerFactory.getLogger(Budget.class);

  private final long limit;
  private long used;

  /** Number of charges to all accounts. */
  private long clock;

  /** Number of connections that were closed. */
  private long evictions;

  private final Set<Account> accounts = new HashSet<>();

  /** A budget with a limit in bytes. */
  public Budget(long limit) {
    this.limit = limit;
  }

  /** Returns a quarter of the memory that the JVM may use, in bytes. */
  public static long defaultLimit() {
    return Math.min(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory()) / 4;
  }

  /** The bytes that one connection holds. */
  public final class Account {
    private final Channel channel;
    private long held;
    private boolean closed;

    /** The clock when this account was last empty. */
    private long since;

    private Account(Channel channel) {
      this.channel = channel;
    }

    /**
     * Charges some bytes. While all accounts together exceed the limit, closes the connection that
     * has held much for long.
     *
     * @return false if this connection is closed, now or before: nothing may be kept for it
     */
    public boolean charge(long bytes) {
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

    /** Returns the bytes that the connection holds. */
    public long held() {
      return held;
    }

    /** Releases some bytes that were charged. */
    public void release(long bytes) {
      if (!closed) {
        held -= bytes;
        used -= bytes;
      }
    }

    /**
     * Charges or releases the difference, for an object that grows or shrinks. Releasing the old
     * size and charging the new one would make the account look empty for a moment.
     */
    public void adjust(long from, long to) {
      if (to > from) {
        charge(to - from);
      } else {
        release(from - to);
      }
    }

    /** Releases all bytes for good, since the connection is closed. */
    private void close() {
      if (!closed) {
        closed = true;
        used -= held;
        accounts.remove(this);
      }
    }
  }

  /** Returns an account outside any budget. */
  public static Account unlimited() {
    Budget own = new Budget(Long.MAX_VALUE);
    return own.new Account(null);
  }

  /** Opens an account for a connection. It closes with the connection. */
  public Account open(Channel channel) {
    Account account = new Account(channel);
    accounts.add(account);
    channel.closeFuture().addListener(closed -> account.close());
    return account;
  }

  /** Returns the bytes that all connections hold. */
  public long used() {
    return used;
  }

  /** Returns the most bytes that all connections may hold. */
  public long limit() {
    return limit;
  }

  /** Returns the number of connections that were closed because of the limit. */
  public long evictions() {
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
          "closed the connection of {}, which held {} bytes, since all connections together may"
              + " hold {}; later ones are not logged, but counted by INFO (evicted_clients)",
          worst.channel.remoteAddress(),
          worst.held,
          limit);
    }
    evictions++;
    worst.close();
    worst.channel.close();
  }
}
