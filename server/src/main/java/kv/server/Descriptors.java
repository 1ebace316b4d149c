/*
 * WHAT THIS FILE IS
 *
 * The number of connections that the process has file descriptors for. Each connection takes one,
 * and so does each file that the store has open: a new segment, the output of a merge, a hint. A
 * store that gets no descriptor cannot write. So the limit for connections leaves some descriptors
 * free, and one client too many is refused instead.
 *
 *     ulimit -n    |## open at start ##|.......... connections ..........|-- 32 --|-- 16 --|
 *                                                                        refused   the store
 *
 * A refused connection has a descriptor too, until it is closed. Each of the two ports accepts at
 * most 16 connections at a time.
 *
 * On systems that do not report the limit, Windows for example, it is far above 10,000.
 */
package kv.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The limit of file descriptors. */
final class Descriptors {
  /** The most connections, over both ports, even with more descriptors. */
  private static final int MAX_CONNECTIONS = 10_000;

  /** Descriptors reserved for refused connections. */
  private static final int REFUSED = 32;

  /** Descriptors reserved for the store, in addition to those open at the start. */
  private static final int STORE = 16;

  private Descriptors() {}

  /** Returns the most connections, given the descriptors that are open now: at least 1. */
  static int maxConnections() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      return maxConnections(
          system.getMaxFileDescriptorCount(), system.getOpenFileDescriptorCount());
    }
    return MAX_CONNECTIONS;
  }

  /** As above, for a limit and a number of open descriptors; each is negative if unknown. */
  static int maxConnections(long limit, long open) {
    if (limit < 0 || open < 0) {
      return MAX_CONNECTIONS;
    }
    return (int) Math.max(1, Math.min(MAX_CONNECTIONS, limit - open - REFUSED - STORE));
  }
}
