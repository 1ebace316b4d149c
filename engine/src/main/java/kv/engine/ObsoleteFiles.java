/*
 * WHAT THIS FILE IS
 *
 * The files of segments that were replaced, until they are deleted. They are deleted at once if
 * possible. While a snapshot links segments into another directory, no file is deleted; afterwards
 * the merge thread deletes what has gathered. A file that cannot be deleted (on Windows, as long as
 * it is mapped) is deleted by the next open.
 *
 * LOCKS
 *
 * The file lock is held while a snapshot links segments and while files are deleted, so the
 * segments that a snapshot found in the log still have their files. It is taken before the log's
 * lock. A snapshot can take minutes, so no thread waits for the file lock while it holds the merge
 * lock.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** Deletes the files of replaced segments. */
final class ObsoleteFiles {
  private final Log log;
  private final ReentrantLock fileLock = new ReentrantLock();

  /** The segments whose files are to be deleted. Guarded by: the log's lock. */
  private List<SegmentName> names = List.of();

  /** Whether a snapshot links segments. Guarded by: the log's lock. */
  private boolean kept;

  ObsoleteFiles(Log log) {
    this.log = log;
  }

  /** Notes segments that were dropped from the log. Requires: the log's lock. */
  void add(List<SegmentName> dropped) {
    names = Stream.concat(names.stream(), dropped.stream()).toList();
  }

  /** Returns whether there are files that can be deleted. Requires: the log's lock. */
  boolean isToDelete() {
    return !names.isEmpty() && !kept;
  }

  /**
   * Deletes the files, with their hint files. Does nothing while a snapshot runs or another thread
   * deletes: the merge thread does it later. Requires: no lock but the merge lock.
   *
   * @return whether there were any
   */
  boolean delete() throws IOException {
    if (!fileLock.tryLock()) {
      return false;
    }
    try {
      return deleteAll();
    } finally {
      fileLock.unlock();
    }
  }

  /**
   * Deletes the files, after the end of a running snapshot. Requires: no lock but the merge lock.
   */
  void awaitDeleted() throws IOException {
    fileLock.lock();
    try {
      deleteAll();
    } finally {
      fileLock.unlock();
    }
  }

  /** Requires: the file lock. */
  private boolean deleteAll() throws IOException {
    List<SegmentName> toDelete;
    synchronized (log) {
      toDelete = names;
      names = List.of();
    }
    Path directory = log.directory().path();
    for (SegmentName name : toDelete) {
      for (Path file : List.of(name.data(directory), name.hint(directory))) {
        delete(file);
        FailPoint.DELETED.hit(file);
      }
    }
    if (toDelete.isEmpty()) {
      return false;
    }
    trimBallast();
    return true;
  }

  private void delete(Path file) {
    try {
      log.directory().requireInPlace();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not delete " + file, e);
    }
  }

  private void trimBallast() {
    synchronized (log) {
      try {
        log.trimBallast();
      } catch (IOException e) {
        // The ballast stays a little larger than it should be.
        Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not shorten the ballast", e);
      }
    }
  }

  /** Keeps all files until {@link #release}. Waits for a running deletion. Requires: no lock. */
  void keep() {
    fileLock.lock();
    synchronized (log) {
      kept = true;
    }
  }

  /** Allows deletions again, after {@link #keep}. Requires: the file lock, and no other. */
  void release() {
    // Before the unlock: another snapshot may set it directly after.
    synchronized (log) {
      kept = false;
    }
    fileLock.unlock();
  }
}
