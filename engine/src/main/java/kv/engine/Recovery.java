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
 * Only the last segment can be torn: a sealed segment is either whole or damaged.
 *
 * COMPARED WITH STEP 5
 *
 * A file ends in its seal, and without one, it must be the last. The exception, files of step 5,
 * is the business of Takeover. The actions that follow from the verdict are in LogOpener.
 *
 * LAYOUT: torn and corrupt ends of the last segment (for all files: docs/FORMAT.md)
 *
 *     FOUND AT THE END OF THE LOG                                       VERDICT
 *     nothing                                                           the clean end
 *     fewer than 16 bytes, or a type byte of 0                          torn
 *     a valid header, and a body that runs past the end of the file     torn
 *     a wrong checksum, and a sector of the record was not written      torn
 *     a wrong checksum otherwise                                        corrupt
 *     torn, but a record with the sync mark follows                     corrupt
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

/** Finds the end of a segment after a crash. Writes nothing. */
final class Recovery {
  private Recovery() {}

  // ======== Opening ========

  /**
   * Reads and verifies a whole segment, and sets the offset at which its last whole record ends.
   * The rest is the seal, or torn, or, in a file of step 5, the beginning of a seal.
   *
   * @param last whether no other segment follows, so that its end may be torn
   * @param takeover decides about files of step 5 that have no seal
   * @param visitor called for every record
   * @return whether the segment has a seal
   * @throws CorruptStoreException if anything else is found
   */
  static boolean findEnd(Segment segment, boolean last, Takeover takeover, HintFile.Visitor visitor)
      throws IOException {
    LogReader log = segment.reader();
    int size = log.size();
    boolean mayBeTorn = mayBeTorn(segment, last);
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
    requireNoSyncMark(log, at, size);
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
  private static int findSyncMark(LogReader log, int end, int size) {
    boolean chained = log.fileHeader().isOld();
    // 0 <=: two lengths and an offset can be more than an int holds.
    for (int at = end; 0 <= at && at <= size - Record.HEADER_SIZE; ) {
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

  private static void requireNoSyncMark(LogReader log, int end, int size)
      throws CorruptStoreException {
    int mark = findSyncMark(log, end, size);
    if (mark >= 0) {
      throw log.corrupt(
          end, "this part of the log was synced, as the mark of the record at " + mark + " shows");
    }
  }

  private static void requireSealAt(LogReader log, int offset, SealTally tally)
      throws CorruptStoreException {
    if (!SealTally.isSealedAt(log, offset, tally.count(), tally.checksum())) {
      throw log.corrupt(offset, "the seal does not match the records before it");
    }
  }

  /** Returns whether the end of a segment may be torn. */
  private static boolean mayBeTorn(Segment segment, boolean last) {
    // A merge's output had its seal before it had its name.
    return last && segment.name().generation() == 0;
  }

  /**
   * Returns whether the file header is there. If not, a crash interrupted the creation of the file:
   * the header is short, or zero, and nothing follows.
   *
   * @throws CorruptStoreException if it is anything else
   */
  static boolean hasFileHeader(Segment segment, boolean last) throws CorruptStoreException {
    LogReader log = segment.reader();
    int size = log.size();
    byte[] found = log.copy(0, Math.min(FileHeader.SIZE, size));
    if (FileHeader.isValid(found)) {
      return true;
    }
    if (mayBeTorn(segment, last)
        && FileHeader.isUnfinished(found)
        && log.isZero(found.length, size)) {
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
