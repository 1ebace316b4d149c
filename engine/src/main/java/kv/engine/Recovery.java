/*
 * WHAT THIS FILE IS
 *
 * The judge. A process may die, or the power fail, at any byte of a write, so the end of the log
 * may contain anything. Recovery reads one segment, finds where its whole records end, and decides
 * whether the rest is torn or corrupt.
 *
 * Torn    the remains of a write that a crash interrupted. It was not acknowledged as durable. It
 *         is cut off before anything is appended after it.
 * Corrupt everything else: bytes that were written have changed. The open is refused.
 *
 * Only the last two segments can be torn (see Sealer). If the last but one is, nothing in the last
 * was acknowledged, and all of it is dropped, whole or not: its records are newer than those that
 * are missing.
 *
 * COMPARED WITH STEP 5
 *
 * A file ends in its seal, and without one, it must be the last. The exception, files of step 5,
 * is the business of Takeover. The actions that follow from the verdict are in LogOpener.
 *
 * LAYOUT: torn and corrupt ends of the last two segments (for all files: docs/FORMAT.md)
 *
 *     FOUND AT THE END OF THE LOG                                       VERDICT
 *     nothing                                                           the clean end
 *     fewer than 16 bytes, or a type byte of 0                          torn
 *     a valid header, and a body that runs past the end of the file     torn
 *     a wrong checksum, and a sector of the record was not written      torn
 *     a wrong checksum otherwise                                        corrupt
 *     torn, but a record with the sync mark follows                     corrupt
 *     torn, and in the segment after it a record has the sync mark,     corrupt
 *     or there is a seal, or a third segment
 *
 *     In all other segments, anything but whole records, the seal, and zeros is corrupt. (In a file
 *     of step 5, anything but whole records.)
 *
 * A disk writes sectors of 512 bytes, in any order. Assumed: a sector that was being written keeps
 * its old content or gets its new one. A sector that was never written reads as zeros. So if a
 * crash kept a sector from the disk, the record is zero from the beginning of that sector to its
 * end. A flipped bit does not look like that. (The sector in which the record itself begins is not
 * examined: if it were missing, the type byte would be 0.)
 *
 *     512          1024         1536         2048
 *     |............|............|............|
 *         | header, key, value .... |               as intended
 *         | header, 0000000000000 . |               torn: sector 1024 was not written
 *
 * A value may itself contain a sector of zeros, and then a flipped bit beside it looks torn too.
 * The sync mark resolves this case: if a record after the damage says that everything before it
 * was durable, then it was not a crash that kept the sector from the disk.
 *
 * A value that is the copy of a log does not look like such a record: its bytes were written for
 * another file, or for another offset (see FileHeader). In version 1 it does. There the search
 * follows the lengths from header to header for as long as that is possible.
 *
 * Records after a torn one are cut off with it, though they may be whole. They were never synced:
 * a sync would have written the torn record to the disk as well. So the rest is a prefix of the
 * written records, and contains everything that was synced.
 *
 * INVARIANTS
 *
 * I10  What is recovered is a prefix of history that contains everything synced.
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Finds the end of a segment after a crash. Writes nothing. */
final class Recovery {
  private Recovery() {}

  // ======== Opening ========

  /**
   * Reads and verifies a whole segment, and sets the offset at which its last whole record ends.
   * The rest is the seal, or torn, or, in a file of step 5, the beginning of a seal.
   *
   * @param mayBeTorn whether its end may be torn
   * @param last whether no other segment follows
   * @param takeover decides about files of step 5 that have no seal
   * @param visitor called for every record
   * @return whether the segment has a seal
   * @throws CorruptStoreException if anything else is found
   */
  static boolean findEnd(
      Segment segment,
      boolean mayBeTorn,
      boolean last,
      Takeover takeover,
      KeyDirLoader.Visitor visitor)
      throws IOException {
    LogReader log = segment.reader();
    int size = log.size();
    boolean mayHaveNoSeal = !last && takeover.mayHaveNoSeal(segment);
    SealTally tally = new SealTally();
    int at = log.fileHeader().size();
    while (size - at >= Record.HEADER_SIZE && !log.isZero(at, at + 1)) {
      if (mayHaveNoSeal && Takeover.isUnfinishedSeal(log, at, tally)) {
        break;
      }
      if (!log.readHeader(at)) {
        requireTorn(mayBeTorn, log, at + Record.HEADER_SIZE, LogReader.NO_HEADER);
        break;
      }
      // Less than 0: valid lengths can add up with the offset to more than an int holds.
      if (log.nextOffset() < 0 || log.nextOffset() > size) {
        break;
      }
      if (!log.bodyMatches()) {
        requireTorn(mayBeTorn, log, log.nextOffset(), LogReader.WRONG_BODY);
        break;
      }
      if (log.type() == Record.SEAL) {
        requireSealAt(log, at, tally);
        segment.setContents(at, tally.count(), tally.checksum());
        return true;
      }
      visitor.visit(log.type(), log.key(), at, log.length());
      tally.add(log, at);
      at = log.nextOffset();
    }
    if (!mayBeTorn && !(mayHaveNoSeal && takeover.acceptsEnd(log, at, tally))) {
      throw log.corrupt(at, Takeover.NO_SEAL);
    }
    requireNoSyncMark(log, at);
    segment.setContents(at, tally.count(), tally.checksum());
    return false;
  }

  /** Returns whether a sector that begins in a part of the file is zero to its end. */
  private static boolean missesASector(LogReader log, int from, int to, int size) {
    int sector = (from + Segment.SECTOR_SIZE - 1) / Segment.SECTOR_SIZE * Segment.SECTOR_SIZE;
    for (; sector < to; sector += Segment.SECTOR_SIZE) {
      if (log.isZero(sector, Math.min(sector + Segment.SECTOR_SIZE, size))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the offset of a record with the sync mark after the last whole record, or -1.
   *
   * <p>In version 2, every byte is tried as the start of a header: only a record that was written
   * at that offset of this file has the right checksum. In version 1, the lengths lead from header
   * to header for as long as that is possible, and no value in between is searched.
   */
  private static int findSyncMark(LogReader log, int end) {
    boolean chained = log.fileHeader().isOld();
    // 0 <=: two lengths and an offset can be more than an int holds.
    for (int at = end; 0 <= at && at <= log.size() - Record.HEADER_SIZE; ) {
      boolean found = log.readHeader(at);
      if (found && at > end && log.hasSyncMark()) {
        // Not at the end itself: the torn record's own mark only covers the records before it.
        return at;
      }
      chained &= found;
      at = chained ? log.nextOffset() : at + 1;
    }
    return -1;
  }

  /**
   * Checks that the record under the cursor is torn: a sector that begins before an offset was not
   * written.
   */
  private static void requireTorn(boolean mayBeTorn, LogReader log, int to, String found)
      throws CorruptStoreException {
    if (!mayBeTorn || !missesASector(log, log.offset(), to, log.size())) {
      throw log.corrupt(log.offset(), found);
    }
  }

  private static void requireNoSyncMark(LogReader log, int end) throws CorruptStoreException {
    int mark = findSyncMark(log, end);
    if (mark >= 0) {
      throw log.corrupt(
          end, "this part of the log was synced, as the mark of the record at " + mark + " shows");
    }
  }

  /**
   * Checks that the segment after a torn one, the last, may be dropped: nothing in it says that the
   * torn one was durable. Reads the file without mapping it, because Windows deletes no file that
   * is mapped. Takes O(bytes in the file) time.
   *
   * @throws CorruptStoreException if the torn segment was durable once, and is damaged
   */
  static void requireDroppable(Segment torn, SegmentName last, Path directory) throws IOException {
    Path file = last.data(directory);
    if (Hints.isIntact(last.hint(directory))) {
      throw wasDurable(torn, last.hint(directory));
    }
    try (RandomAccessFile reader = new RandomAccessFile(file.toFile(), "r");
        FileWindow window = new FileWindow(input(reader), reader, reader.length())) {
      window.setFaultListener(
          (from, to, cause) -> {
            throw cause;
          });
      if (last.generation() > 0 || hasProof(window)) {
        throw wasDurable(torn, file);
      }
    }
  }

  private static FileWindow.Input input(RandomAccessFile reader) {
    return (target, offset) -> {
      reader.seek(offset);
      int start = target.arrayOffset() + target.position();
      int length = reader.read(target.array(), start, target.remaining());
      target.position(target.position() + Math.max(length, 0));
      return length;
    };
  }

  /** Returns whether a segment has a record with the sync mark, or a seal, at any offset. */
  private static boolean hasProof(FileWindow file) throws IOException {
    if (file.size() < FileHeader.SIZE) {
      return false;
    }
    FileHeader fileHeader = FileHeader.of(ByteBuffer.wrap(file.copy(0, FileHeader.SIZE)));
    for (int at = FileHeader.SIZE; at <= file.size() - Record.HEADER_SIZE; at++) {
      if (file.byteAt(at) != 0) {
        ByteBuffer bytes = ByteBuffer.wrap(file.copy(at, Record.HEADER_SIZE));
        Record.Header header = Record.decodeHeader(bytes, fileHeader, at);
        if (header != null && (header.syncMark() || header.type() == Record.SEAL)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Returns the exception for a segment that looks torn, though a file proves that it was whole.
   */
  static CorruptStoreException wasDurable(Segment torn, Path proof) {
    return torn.reader()
        .corrupt(torn.end(), "this part of the log was synced, as a later file shows, " + proof);
  }

  private static void requireSealAt(LogReader log, int offset, SealTally tally)
      throws CorruptStoreException {
    if (!SealTally.isSealedAt(log, offset, tally.count(), tally.checksum())) {
      throw log.corrupt(offset, "the seal does not match the records before it");
    }
  }

  /**
   * Returns whether the file header is there. If not, a crash interrupted the creation of the file:
   * the header is short, or zero, and nothing follows; or its sector is the one that was not
   * written. Then the segment has no records.
   *
   * @param previous the segment before, or null
   * @throws CorruptStoreException if it is anything else
   */
  static boolean hasFileHeader(Segment segment, boolean mayBeTorn, Segment previous)
      throws CorruptStoreException {
    LogReader log = segment.reader();
    int size = log.size();
    byte[] found = log.copy(0, Math.min(FileHeader.SIZE, size));
    if (FileHeader.isValid(found)) {
      return true;
    }
    if (mayBeTorn && FileHeader.isUnfinished(found) && log.isZero(found.length, size)) {
      return false;
    }
    if (mayBeTorn && previous != null && log.isZero(0, Math.min(Segment.SECTOR_SIZE, size))) {
      // The records after it are lost with it. But were they synced? If the segment before was
      // merged, yes: a merge first syncs the log. (And its seal is not the one of then.)
      if (previous.name().generation() > 0) {
        throw log.corrupt(0, "there is no file header, though it was synced");
      }
      requireNoSyncMark(segment.readerWith(FileHeader.after(previous)), 0);
      return false;
    }
    int version = FileHeader.version(found);
    throw log.corrupt(
        0,
        version < 0 || version == FileHeader.VERSION
            ? "there is no valid file header"
            : "the file has version "
                + version
                + " of the format; this store reads versions 1 and "
                + FileHeader.VERSION);
  }
}
