/*
 * WHAT THIS FILE IS
 *
 * Snapshots of the running store: POST /snapshot, SAVE, BGSAVE. A snapshot is a directory that
 * opens as a store of its own, with what the store contained at one moment of the call.
 *
 *     --snapshots /backup     /backup/monday
 *                             /backup/20261128-033015-201     no name was given: the time, in UTC
 *
 * WHERE A CLIENT MAY WRITE
 *
 * The person who starts the server chooses the directory, and a client chooses one name in it.
 * Without --snapshots there are none: a client that could name a path could have files written
 * wherever the server may write. A name is one directory: no separator, and no dot at its start. It
 * is not used twice, so no snapshot is overwritten.
 *
 * NOT HERE, AND WHY
 *
 * Deleting and restoring snapshots. Both are done with files, by a person who can see the
 * directory; to restore one is to start a server on a copy of it.
 */
package kv.server;

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
import kv.engine.Store;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes snapshots of a store, on the worker's thread. */
final class Snapshots {
  /** The error where there are none. */
  static final String OFF = "snapshots are off: start the server with --snapshots DIRECTORY";

  /** The error for a name that cannot be used. */
  static final String BAD_NAME =
      "a snapshot's name has 1 to 100 of the characters A-Z a-z 0-9 . _ - and begins with a letter"
          + " or a digit";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss-SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final Logger LOGGER = LoggerFactory.getLogger(Snapshots.class);

  private final Store store;
  private final Path directory;

  /** The last snapshot, or the start of the server with no name, as of which all is saved. */
  private volatile Taken last = new Taken("", Instant.now().getEpochSecond());

  /** Why the last attempt failed, or null. */
  private volatile String failure;

  /**
   * A snapshot.
   *
   * @param name its directory's name
   * @param time when it was complete, in seconds since 1970
   */
  record Taken(String name, long time) {}

  /**
   * Snapshots in a directory.
   *
   * @param directory null for none
   */
  Snapshots(Store store, Path directory) {
    this.store = store;
    this.directory = directory;
  }

  /** Returns whether there is a directory for snapshots. */
  boolean areOn() {
    return directory != null;
  }

  /** Returns whether a text can be the name of a snapshot. */
  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Returns a name for a snapshot that is taken now. */
  static String nameNow() {
    return TIME.format(Instant.now());
  }

  /**
   * Takes a snapshot. Other calls of the store go on; writers wait for a moment.
   *
   * @throws FileAlreadyExistsException if there is one with this name
   * @throws IOException if it could not be written
   */
  Taken take(String name) throws IOException {
    long start = System.nanoTime();
    Path target = directory.resolve(name);
    try {
      if (Files.exists(target) && !isEmpty(target)) {
        throw new FileAlreadyExistsException(name, null, "there is a snapshot of this name");
      }
      store.snapshot(target);
    } catch (IOException e) {
      LOGGER.error("no snapshot in {}: {}", target, e.getMessage());
      failure = e.getMessage();
      throw e;
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    LOGGER.info("a snapshot is in {}, after {} ms", target, millis);
    failure = null;
    last = new Taken(name, Instant.now().getEpochSecond());
    return last;
  }

  /** Returns whether this is all that an attempt that failed may have made. */
  private static boolean isEmpty(Path target) throws IOException {
    try (Stream<Path> files = Files.list(target)) {
      return files.findAny().isEmpty();
    } catch (NotDirectoryException e) {
      return false;
    }
  }

  /** The last snapshot; with an empty name, the start of the server. */
  Taken last() {
    return last;
  }

  /** Returns why the last attempt failed, or null. */
  String failure() {
    return failure;
  }
}
