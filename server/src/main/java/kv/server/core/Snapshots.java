/*
 * WHAT THIS FILE IS
 *
 * Snapshots of the running store: POST /snapshot, SAVE, BGSAVE. A snapshot is a directory that
 * opens as a store of its own, with the contents of the store at one moment of the call.
 *
 *     --snapshots /backup     /backup/monday
 *                             /backup/20261128-033015-201     without a name: the time, in UTC
 *
 * WHERE A CLIENT MAY WRITE
 *
 * The person who starts the server chooses the directory, and a client chooses one name in it.
 * Without --snapshots there are no snapshots: a client that could choose a path could create files
 * wherever the server may write. A name is one directory, with no separator, and no dot at its
 * start. A name is used only once, so no snapshot is overwritten.
 *
 * NOT HERE, AND WHY
 *
 * Deleting and restoring snapshots. Both work on files, and are done by a person who can see the
 * directory. To restore a snapshot, start a server on a copy of it.
 */
package kv.server.core;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes snapshots of a store, on the worker's thread. */
public final class Snapshots {
  /** The error of a server without a directory for snapshots. */
  static final String OFF = "snapshots are off: start the server with --snapshots DIRECTORY";

  /** The error for a malformed name. */
  public static final String BAD_NAME =
      "a snapshot's name has 1 to 100 of the characters A-Z a-z 0-9 . _ - and begins with a letter"
          + " or a digit";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss-SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final Logger LOGGER = LoggerFactory.getLogger(Snapshots.class);

  private final ServedStore store;
  private final Path directory;

  /** The last snapshot; until the first one, the start of the server, with an empty name. */
  private volatile Taken last = new Taken("", Instant.now().getEpochSecond());

  /** The reason why the last attempt failed, or null. */
  private volatile String failure;

  /**
   * A snapshot.
   *
   * @param name its directory's name
   * @param time the time of its completion, in seconds since 1970
   */
  public record Taken(String name, long time) {}

  /**
   * Snapshots in a directory.
   *
   * @param directory null for none
   */
  Snapshots(ServedStore store, Path directory) {
    this.store = store;
    this.directory = directory;
  }

  /** Returns the reason why no snapshot can be taken, or null if it can. */
  public String refusal() {
    String refusal = store.snapshotRefusal();
    return refusal == null && directory == null ? OFF : refusal;
  }

  /** Returns whether a text can be the name of a snapshot. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Returns the name of a snapshot taken now: the time, in UTC. */
  public static String nameNow() {
    return TIME.format(Instant.now());
  }

  /**
   * Takes a snapshot. Other calls of the store continue; writers wait for a moment.
   *
   * @throws FileAlreadyExistsException if there is a snapshot of this name
   * @throws IOException if it could not be written
   */
  public Taken take(String name) throws IOException {
    long start = System.nanoTime();
    Path target = directory.resolve(name);
    try {
      if (Files.exists(target) && !isEmpty(target)) {
        throw new FileAlreadyExistsException(name, null, "there is a snapshot of this name");
      }
      store.snapshot(target);
    } catch (IOException e) {
      LOGGER.error("cannot take the snapshot {}: {}", target, e.getMessage());
      failure = e.getMessage();
      throw e;
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    LOGGER.info("took the snapshot {} in {} ms", target, millis);
    failure = null;
    last = new Taken(name, Instant.now().getEpochSecond());
    return last;
  }

  /** Returns whether a directory is empty, as a failed attempt may leave it. */
  private static boolean isEmpty(Path target) throws IOException {
    try (Stream<Path> files = Files.list(target)) {
      return files.findAny().isEmpty();
    } catch (NotDirectoryException e) {
      return false;
    }
  }

  /** Returns the last snapshot; the start of the server, with an empty name, if there is none. */
  public Taken last() {
    return last;
  }

  /** Returns the reason why the last attempt failed, or null. */
  public String failure() {
    return failure;
  }
}
