package kv.server;

import java.nio.file.Path;
import kv.engine.Options;

/**
 * How a server is started.
 *
 * @param directory where the store is
 * @param bind the name or address of the interface to listen on
 * @param respPort the port for RESP; 0 for any that is free
 * @param httpPort the port for HTTP; 0 for any that is free
 * @param sync when a write is durable
 * @param segmentSize the size of the store's segments in bytes, see {@link Options}
 * @param snapshots where snapshots are put; null if there may be none
 * @param readOnly whether nothing in the store's directory may be changed
 */
record Settings(
    Path directory,
    String bind,
    int respPort,
    int httpPort,
    Sync sync,
    int segmentSize,
    Path snapshots,
    boolean readOnly) {
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

  /** Settings of a server that may write, and takes no snapshots. */
  Settings(Path directory, String bind, int respPort, int httpPort, Sync sync, int segmentSize) {
    this(directory, bind, respPort, httpPort, sync, segmentSize, null, false);
  }

  /** The same, with a directory for snapshots. */
  Settings withSnapshots(Path folder) {
    return new Settings(directory, bind, respPort, httpPort, sync, segmentSize, folder, readOnly);
  }

  /** The same, with a store that is only read, or not. */
  Settings withReadOnly(boolean on) {
    return new Settings(directory, bind, respPort, httpPort, sync, segmentSize, snapshots, on);
  }
}
