package kv.server;

import java.nio.file.Path;
import java.util.List;
import kv.engine.Options;

/**
 * How a server is started.
 *
 * @param directory the store's directory
 * @param bind the name or address of the interface to listen on
 * @param respPort the port for RESP; 0 for any that is free
 * @param httpPort the port for HTTP; 0 for any that is free
 * @param sync when a write is durable
 * @param segmentSize the size of the store's segments in bytes, see {@link Options}
 * @param snapshots the directory for snapshots; null if there may be none
 * @param readOnly whether nothing in the store's directory may be changed
 * @param password the password that clients of both ports have to send; null if there is none
 * @param hosts the host names by which HTTP clients may address the server, besides {@code
 *     localhost}, addresses, and {@code bind}
 * @param maxValue the largest value, and the largest argument of a command, in bytes
 */
record Settings(
    Path directory,
    String bind,
    int respPort,
    int httpPort,
    Sync sync,
    int segmentSize,
    Path snapshots,
    boolean readOnly,
    Secret password,
    List<String> hosts,
    int maxValue) {
  /** The default for the largest value, in bytes. */
  static final int DEFAULT_MAX_VALUE = 16 << 20;

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

  /** Settings of a server that may write, takes no snapshots, and asks for no password. */
  Settings(Path directory, String bind, int respPort, int httpPort, Sync sync, int segmentSize) {
    this(
        directory,
        bind,
        respPort,
        httpPort,
        sync,
        segmentSize,
        null,
        false,
        null,
        List.of(),
        DEFAULT_MAX_VALUE);
  }

  /** The same, with a directory for snapshots; null for none. */
  Settings withSnapshots(Path folder) {
    return new Settings(
        directory,
        bind,
        respPort,
        httpPort,
        sync,
        segmentSize,
        folder,
        readOnly,
        password,
        hosts,
        maxValue);
  }

  /** The same, with a store that is only read, or not. */
  Settings withReadOnly(boolean on) {
    return new Settings(
        directory,
        bind,
        respPort,
        httpPort,
        sync,
        segmentSize,
        snapshots,
        on,
        password,
        hosts,
        maxValue);
  }

  /** The same, with a password; null for none. */
  Settings withPassword(Secret secret) {
    return new Settings(
        directory,
        bind,
        respPort,
        httpPort,
        sync,
        segmentSize,
        snapshots,
        readOnly,
        secret,
        hosts,
        maxValue);
  }

  /** The same, with other host names. */
  Settings withHosts(List<String> names) {
    return new Settings(
        directory,
        bind,
        respPort,
        httpPort,
        sync,
        segmentSize,
        snapshots,
        readOnly,
        password,
        List.copyOf(names),
        maxValue);
  }

  /** The same, with another limit for values, in bytes. */
  Settings withMaxValue(int bytes) {
    return new Settings(
        directory,
        bind,
        respPort,
        httpPort,
        sync,
        segmentSize,
        snapshots,
        readOnly,
        password,
        hosts,
        bytes);
  }
}
