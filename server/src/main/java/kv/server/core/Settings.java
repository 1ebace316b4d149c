package kv.server.core;

import java.nio.file.Path;
import java.util.List;
import kv.engine.Options;

/**
 * The settings that a server is started with: see {@link #of}.
 *
 * @param directory the store's directory
 * @param code the folder with the code of the reader's own store; null to serve the engine
 * @param bind the name or address of the interface to listen on
 * @param respPort the port for RESP; 0 for any free port
 * @param httpPort the port for HTTP; 0 for any free port
 * @param sync when a write is durable
 * @param segmentSize the size of the store's segments in bytes, see {@link Options}
 * @param snapshots the directory for snapshots; null if clients may take none
 * @param readOnly whether the server changes nothing in the store's directory
 * @param password the password that clients of both ports have to send; null if there is none
 * @param hosts the host names by which HTTP clients may address the server, in addition to {@code
 *     localhost}, addresses, and {@code bind}
 * @param maxValue the largest value, and the largest argument of a command, in bytes
 */
public record Settings(
    Path directory,
    Path code,
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
  /** Default limit for a value, in bytes. */
  public static final int DEFAULT_MAX_VALUE = 16 << 20;

  private static final int DEFAULT_SEGMENT_SIZE = 64 << 20;

  /**
   * When a write is durable. The names are those of Redis's {@code appendfsync}, spelled as on the
   * command line, so that {@code --sync always} names its constant.
   */
  public enum Sync {
    /** Before it is acknowledged. */
    always,
    /** Within about a second. */
    everysec,
    /** When the operating system writes it. */
    no
  }

  /** Returns the default settings for a store's directory: any free ports of this machine only. */
  public static Builder of(Path directory) {
    return new Builder(directory);
  }

  /** Settings that are being put together. A setting that is not made has its default. */
  public static final class Builder {
    private final Path directory;
    private Path code;
    private String bind = "127.0.0.1";
    private int respPort;
    private int httpPort;
    private Sync sync = Sync.everysec;
    private int segmentSize = DEFAULT_SEGMENT_SIZE;
    private Path snapshots;
    private boolean readOnly;
    private Secret password;
    private List<String> hosts = List.of();
    private int maxValue = DEFAULT_MAX_VALUE;

    private Builder(Path directory) {
      this.directory = directory;
    }

    /** Sets the folder with the code of the reader's own store; null to serve the engine. */
    public Builder code(Path folder) {
      code = folder;
      return this;
    }

    /** Sets the name or address of the interface to listen on. */
    public Builder bind(String name) {
      bind = name;
      return this;
    }

    /** Sets the port for RESP. */
    public Builder respPort(int port) {
      respPort = port;
      return this;
    }

    /** Sets the port for HTTP. */
    public Builder httpPort(int port) {
      httpPort = port;
      return this;
    }

    /** Sets when a write is durable. */
    public Builder sync(Sync when) {
      sync = when;
      return this;
    }

    /** Sets the size of the store's segments, in bytes. */
    public Builder segmentSize(int bytes) {
      segmentSize = bytes;
      return this;
    }

    /** Sets the directory for snapshots; null for none. */
    public Builder snapshots(Path folder) {
      snapshots = folder;
      return this;
    }

    /** Sets whether the server changes nothing in the store's directory. */
    public Builder readOnly(boolean on) {
      readOnly = on;
      return this;
    }

    /** Sets the password; null for none. */
    public Builder password(Secret secret) {
      password = secret;
      return this;
    }

    /** Sets further host names of this server. */
    public Builder hosts(List<String> names) {
      hosts = List.copyOf(names);
      return this;
    }

    /** Sets the largest value, in bytes. */
    public Builder maxValue(int bytes) {
      maxValue = bytes;
      return this;
    }

    /** Returns the settings. */
    public Settings build() {
      return new Settings(
          directory,
          code,
          bind,
          respPort,
          httpPort,
          sync,
          segmentSize,
          snapshots,
          readOnly,
          password,
          hosts,
          maxValue);
    }
  }
}
