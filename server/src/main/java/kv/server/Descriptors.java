/*
 * WHAT THIS FILE IS
 *
 * How many connections the process has file descriptors for. Each connection takes one, and so does
 * each file that the store has open: a new segment, a merge's output, a hint. A store that needs a
 * descriptor and gets none cannot write; so the limit for connections leaves some over, and a
 * client too many is turned away instead.
 *
 *     ulimit -n    |## open at start ##|.......... connections ..........|-- 32 --|-- 16 --|
 *                                                                        refused   the store
 *
 * A connection that is refused has a descriptor too, for the moment until it is closed. At most 16
 * are accepted at a time on each of the two ports.
 *
 * Where the limit cannot be found out, on Windows for example, it is far above 10,000.
 */
package kv.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The limit of file descriptors. */
final class Descriptors {
  /** The most connections, over both ports, however many descriptors there are. */
  private static final int MAX_CONNECTIONS = 10_000;

  /** Descriptors for connections that are refused: see above. */
  private static final int REFUSED = 32;

  /** Descriptors that the store may need at the same time, besides those open at the start. */
  private static final int STORE = 16;

  private Descriptors() {}

  /** Returns how many connections may be open, given what the process has open now: at least 1. */
  static int maxConnections() {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      return maxConnections(
          system.getMaxFileDescriptorCount(), system.getOpenFileDescriptorCount());
    }
    return MAX_CONNECTIONS;
  }

  /** The same for a given limit and count of open descriptors, each negative if unknown. */
  static int maxConnections(long limit, long open) {
    if (limit < 0 || open < 0) {
      return MAX_CONNECTIONS;
    }
    return (int) Math.max(1, Math.min(MAX_CONNECTIONS, limit - open - REFUSED - STORE));
  }
}
