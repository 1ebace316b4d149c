package kv.server;

import java.nio.file.Path;
import kv.step5.Options;

/**
 * How a server is started.
 *
 * @param directory where the store is
 * @param bind the name or address of the interface to listen on
 * @param respPort the port for RESP; 0 for any that is free
 * @param httpPort the port for HTTP; 0 for any that is free
 * @param sync when a write is durable
 * @param segmentSize the size of the store's segments in bytes, see {@link Options}
 */
record Settings(
    Path directory, String bind, int respPort, int httpPort, Sync sync, int segmentSize) {
  /**
   * When a write is durable: Redis's names for it, in {@code appendfsync}. They are spelled as they
   * are on the command line, so that {@code --sync always} names its constant.
   */
  enum Sync {
    /** Before it is acknowledged. */
    always,
    /** Within about a second. */
    everysec,
    /** When the operating system likes. */
    no
  }
}
