/*
 * WHAT THIS FILE IS
 *
 * How one file takes the place of several, so that a crash at any point leaves the store as it was
 * before or as it is after. A merge and a clear both end here.
 *
 *     1  write the output under a temporary name, seal it, fsync it; make durable what it relies on
 *     2  rename it to its name: the commit
 *     3  fsync the directory
 *     4  publish it in memory
 *
 * Before step 2, an open finds the inputs, and deletes the output. After it, an open finds the
 * output, whose name covers the inputs'. Between 2 and 3 a power loss can lead to either. There is
 * no way back after step 2: a failure from there on ends writing, and the next open decides.
 *
 * INVARIANTS
 *
 * I7   No file is deleted until its replacement's rename, and everything that justified a drop, is
 *      durable.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Replaces segments by one output. */
final class Replacement {
  private final Log log;

  Replacement(Log log) {
    this.log = log;
  }

  /** Writes an output. */
  interface Writing {
    /** Returns the output, durable with everything that it relies on; or null to give up. */
    MergeOutput write(Path unfinished) throws IOException;
  }

  /** Publishes an output in memory. */
  interface Publication {
    void publish(MergeOutput output) throws IOException;
  }

  /**
   * Writes an output, commits it, and publishes it. Returns false if the writing was given up;
   * there is no file then. On return the output and its name are durable.
   *
   * @throws IOException if it failed. Before the commit, nothing has changed; after it, the log can
   *     no longer be written
   */
  boolean run(SegmentName name, Writing writing, Publication publication) throws IOException {
    Path unfinished = name.unfinished(log.directory().path());
    log.directory().requireInPlace();
    MergeOutput output;
    try {
      output = writing.write(unfinished);
      if (output == null) {
        Files.deleteIfExists(unfinished);
        return false;
      }
      FailPoint.OUTPUT_DURABLE.hit(unfinished);
      log.directory().requireInPlace();
    } catch (Throwable e) {
      deleteAfter(e, unfinished);
      throw e;
    }
    // CRASH HERE: the inputs are the store, and the next open deletes the output.
    rename(unfinished, name.data(log.directory().path()));
    try {
      FailPoint.RENAMED.hit(unfinished);
      // CRASH HERE: after a power loss either may be the store, and each is complete.
      log.directory().sync();
      FailPoint.COMMITTED.hit(unfinished);
      publication.publish(output);
    } catch (Throwable e) {
      log.fail(e);
      throw e;
    }
    return true;
  }

  /** Commits: from now on an open takes the output, and deletes the inputs. */
  private void rename(Path unfinished, Path data) throws IOException {
    try {
      Disk.rename(unfinished, data);
    } catch (Throwable e) {
      if (Files.exists(data)) {
        // The rename happened anyway, as far as a program can tell.
        log.fail(e);
      } else {
        deleteAfter(e, unfinished);
      }
      throw e;
    }
  }

  /** Deletes the output after a failure, so that it does not fill a full disk. */
  private void deleteAfter(Throwable failure, Path unfinished) {
    try {
      log.directory().requireInPlace();
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      // The next merge overwrites the file, or the next open deletes it.
      if (e != failure) {
        failure.addSuppressed(e);
      }
    }
  }
}
