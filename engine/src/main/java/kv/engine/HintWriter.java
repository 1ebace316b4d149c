package kv.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Writes the hint files that are missing beside sealed segments (see HintFile). A hint file only
 * saves time, so it is written when nothing more urgent is to be done, and a failure is ignored.
 */
final class HintWriter {
  private final Log log;
  private final SipHash hash;

  /** Returns whether the store is being cleared: its hint files are not needed then. */
  private final BooleanSupplier isClearing;

  /** {@link Log#changes} when hint files were last written. Guarded by: the log's lock. */
  private int changesSeen;

  HintWriter(Log log, SipHash hash, BooleanSupplier isClearing) {
    this.log = log;
    this.hash = hash;
    this.isClearing = isClearing;
  }

  /** Returns whether there may be segments without a hint file. Requires: the log's lock. */
  boolean hasWork() {
    return log.changes() != changesSeen;
  }

  /** Writes the missing hint files. Requires: the merge lock. */
  void write() {
    List<Segment> sealed;
    synchronized (log) {
      sealed = log.sealed();
      changesSeen = log.changes();
    }
    for (Segment segment : sealed) {
      if (!isClearing.getAsBoolean() && !segment.isHinted()) {
        segment.setHinted();
        write(segment);
      }
    }
  }

  private void write(Segment segment) {
    Path file = segment.name().hint(log.directory().path());
    try {
      log.directory().requireInPlace();
    } catch (IOException e) {
      // The path leads to another store's directory.
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "did not write " + file, e);
      return;
    }
    try {
      HintFile.write(segment, indexOf(segment), hash, file, isClearing);
    } catch (IOException | RuntimeException | InternalError | OutOfMemoryError e) {
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not write " + file, e);
      deleteRemains(file);
    }
  }

  /** Returns the records of a segment. If this store did not write it, reads them. */
  private RecordIndex indexOf(Segment segment) throws IOException {
    RecordIndex known = segment.takeIndex();
    return known != null ? known : RecordIndex.of(segment, hash::hash);
  }

  private static void deleteRemains(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The next open finds the file damaged, and does not use it.
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not delete " + file, e);
    }
  }
}
