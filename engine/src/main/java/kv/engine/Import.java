/*
 * WHAT THIS FILE IS
 *
 * The conversion of a store of steps 1 to 4 into a store of the engine. Its log, store.data, is
 * copied into segments, record by record and in the same order, and then deleted.
 *
 * THE ORDER OF OPERATIONS, and the directory after a crash during each
 *
 *     1  read and verify store.data             a store of steps 1 to 4
 *     2  write each segment, fsync it,          the same, and the first segments of the copy
 *        rename it, fsync the directory
 *     3  delete all other files of a store      the same, and the complete copy
 *     4  delete store.data: the commit          a store of the engine
 *
 * As long as store.data exists, it is the store. An open that finds segments beside it compares
 * them with the log from the start. If they are the beginning of its copy, they are kept, and the
 * import continues after them. (The boundaries between segments do not matter: they depend on the
 * options, which may differ from one open to the next.) Otherwise the directory contains two
 * stores, and the open is refused.
 *
 * PICTURE: a crash in the middle, with segments of two records
 *
 *     store.data                     | P os mac | P editor vim | P os linux | D editor |
 *     000001-000001.0.data           | P os mac | P editor vim | seal |
 *     000002-000002.0.data.tmp       | P os li
 *
 * INVARIANTS
 *
 * I7  No file is deleted until its replacement's rename, and everything that justified a drop, is
 *     durable.
 */
package kv.engine;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;

/** Copies the log of a store of steps 1 to 4 into segments. */
final class Import {
  /** Maximum number of segments that an import creates, unless they would exceed the size limit. */
  private static final int MAX_SEGMENTS = 1000;

  /** Bytes written at a time. */
  private static final int BUFFER_SIZE = 1 << 20;

  private final Path directory;
  private final Path file;

  /** The unfinished copy of the log that a crash in step 4's compaction leaves. */
  private final Path compaction;

  private Import(Path directory) {
    this.directory = directory;
    this.file = directory.resolve(OldLog.FILE_NAME);
    this.compaction = directory.resolve(OldLog.FILE_NAME + ".tmp");
  }

  // ======== Opening ========

  /**
   * Imports the log of steps 1 to 4 in a directory, if there is one with records. On return the
   * segments are durable. Takes O(bytes in the log) time and as much disk space again, and memory
   * for the largest record.
   *
   * @param segmentSize the size in bytes at which the next segment is begun
   * @param lastKnown the number of a segment that existed, according to LOCK, or 0
   * @throws CorruptStoreException if the log is damaged or missing, or if there are segments that
   *     are not the beginning of its copy; then nothing was changed
   */
  static void run(Path directory, int segmentSize, int lastKnown) throws IOException {
    Import step = new Import(directory);
    if (!step.hasLog()) {
      return;
    }
    Listing listing = Listing.of(directory);
    try (OldLog log = OldLog.open(step.file)) {
      if (log.isEmpty() && listing.log(lastKnown).size() > 0) {
        // A store of steps 1 to 4 was opened here by mistake. Its log contains nothing.
        return;
      }
      int done = step.requireBeginning(log, listing, lastKnown);
      long parts = (log.end() + MAX_SEGMENTS - 1) / MAX_SEGMENTS;
      step.copyRest(log, done, (int) Math.min(Segment.MAX_SIZE, Math.max(segmentSize, parts)));
    }
    step.deleteAllElse(listing);
    step.delete(step.file);
  }

  /**
   * Returns whether there is a log of steps 1 to 4.
   *
   * @throws IOException if there is no regular file in its place, or only an unfinished copy of it
   */
  private boolean hasLog() throws IOException {
    for (Path path : List.of(file, compaction)) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(path)) {
        throw new IOException(
            path + " is not a regular file: move it away, or open another directory");
      }
    }
    boolean there = Files.exists(file);
    // Refused as in step 4: the unfinished copy may contain the only records left.
    if (Files.exists(compaction) && (!there || Files.size(file) < OldLog.FILE_HEADER.length)) {
      throw new CorruptStoreException(
          file, 0, "it is missing or empty, but its copy " + compaction + " exists");
    }
    return there;
  }

  /**
   * Checks that there is nothing to import.
   *
   * @throws IOException if there is a log of steps 1 to 4 with records
   */
  static void requireDone(Path directory) throws IOException {
    Import step = new Import(directory);
    if (step.hasLog()) {
      try (OldLog log = OldLog.open(step.file)) {
        if (!log.isEmpty()) {
          throw new IOException(
              step.file
                  + " is the log of a store of steps 1 to 4: open the store once without the option"
                  + " readOnly, which imports it");
        }
      }
    }
  }

  /**
   * Checks that the segments are the beginning of the log's copy, and moves the cursor past their
   * last record. Returns the number of segments.
   */
  private int requireBeginning(OldLog log, Listing listing, int lastKnown) throws IOException {
    List<SegmentName> segments = listing.log(lastKnown);
    for (SegmentName name : segments) {
      if (!name.equals(SegmentName.fresh(name.first())) || !isNext(name, log)) {
        throw new CorruptStoreException(
            directory,
            OldLog.FILE_NAME
                + " is the log of a store of steps 1 to 4, but segment "
                + name
                + " is another store's: move one of the two stores to a directory of its own");
      }
    }
    return segments.size();
  }

  /** Returns whether a segment is whole and the copy of the next records of a log. */
  private boolean isNext(SegmentName name, OldLog log) throws IOException {
    LogReader found = Segment.open(1, name, directory).reader();
    if (found.size() < FileHeader.SIZE
        || found.fileHeader().version() != FileHeader.VERSION
        || !FileHeader.isValid(found.copy(0, FileHeader.SIZE))) {
      return false;
    }
    SealTally tally = new SealTally();
    int at = FileHeader.SIZE;
    while (at < found.size() - Record.SEAL_SIZE) {
      byte[] record = log.next();
      if (record == null || record.length > found.size() - at) {
        return false;
      }
      Record.place(ByteBuffer.wrap(record), found.fileHeader(), at);
      if (!Arrays.equals(record, found.copy(at, record.length))) {
        return false;
      }
      tally.add(record);
      at += record.length;
    }
    return SealTally.isSealedAt(found, at, tally.count(), tally.checksum());
  }

  // ======== Writing ========

  /** Copies the records after the cursor into segments after the existing ones. */
  private void copyRest(OldLog log, int done, int segmentSize) throws IOException {
    byte[] record = log.next();
    for (int number = done + 1; record != null; number++) {
      SegmentName name = SegmentName.fresh(number);
      Path unfinished = name.unfinished(directory);
      try (Output output = new Output(unfinished)) {
        do {
          output.add(record);
          record = log.next();
        } while (record != null && record.length <= segmentSize - Record.SEAL_SIZE - output.end);
        output.seal();
      } catch (IOException e) {
        // On a full disk, the incomplete segment would only waste space.
        Files.deleteIfExists(unfinished);
        throw new IOException(
            "could not import "
                + file
                + ", which is unchanged: the import needs as much space again; the next open"
                + " continues it",
            e);
      }
      Disk.sync(unfinished);
      FailPoint.OUTPUT_DURABLE.hit(unfinished);
      // CRASH HERE: the next open writes this segment again.
      Files.move(unfinished, name.data(directory), StandardCopyOption.ATOMIC_MOVE);
      FailPoint.RENAMED.hit(unfinished);
      Directories.sync(directory);
      // CRASH HERE: the next open continues after this segment.
    }
  }

  /** Writes one segment. */
  private static final class Output implements Closeable {
    private final FileHeader fileHeader = FileHeader.fresh();
    private final OutputStream out;
    private final SealTally tally = new SealTally();
    private int end;

    Output(Path file) throws IOException {
      FailPoint.WRITE.hit(file);
      Files.deleteIfExists(file);
      Files.createFile(file);
      out = new BufferedOutputStream(new FileOutputStream(file.toFile()), BUFFER_SIZE);
      write(fileHeader.encode());
    }

    /** Adds a record, with a header checksum for its new place. */
    void add(byte[] record) throws IOException {
      Record.place(ByteBuffer.wrap(record), fileHeader, end);
      tally.add(record);
      write(record);
    }

    void seal() throws IOException {
      write(tally.encode(fileHeader, end));
    }

    private void write(byte[] bytes) throws IOException {
      out.write(bytes);
      end += bytes.length;
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  // ======== Reclaiming space ========

  /** Deletes the files that are useless once the whole log was verified and copied. */
  private void deleteAllElse(Listing listing) throws IOException {
    for (Path leftover : listing.leftovers(listing.log(0))) {
      delete(leftover);
    }
    // Before the log: without the log, step 4's copy would look like a proof of a missing log.
    delete(compaction);
  }

  /** Deletes a file. On return the deletion is durable. */
  private void delete(Path path) throws IOException {
    if (Files.deleteIfExists(path)) {
      FailPoint.DELETED.hit(path);
      Directories.sync(directory);
    }
  }
}
