/*
 * WHAT THIS FILE IS
 *
 * The judge of a log's end. A process may die, or the power fail, at any byte of a write, so an
 * open may find anything at the end of the log. Recovery reads the whole log, finds the end of its
 * whole records, and calls the rest either torn or corrupt.
 *
 * Torn    the remains of a write that never finished. The store never promised to keep them. They
 *         are cut off before the next record is appended.
 * Corrupt everything else: bytes that were written have changed. The store refuses to open.
 *
 * LAYOUT: what tells them apart
 *
 *     FOUND AT THE END OF THE LOG                                       VERDICT
 *     nothing                                                           the clean end
 *     fewer than 16 bytes, or a type byte of 0                          torn
 *     a valid header, and a body that runs past the end of the file     torn
 *     a wrong checksum, and a sector of the record was not written      torn
 *     a wrong checksum otherwise                                        corrupt
 *     torn, but a record with the sync mark follows                     corrupt
 *
 * The assumptions about sectors, and the reasons for each verdict: see step 2.
 *
 * INVARIANTS
 *
 * I9   Recovery makes durable what it saw before it acts on it (LogFile does, right after this).
 * I10  What is recovered is a prefix of history that contains everything synced.
 */
package kv.step4;

import java.io.IOException;

/** Finds the end of a log after a crash. Writes nothing. */
final class Recovery {
  private Recovery() {}

  // ======== Opening ========

  /**
   * Reads the whole log and returns the offset at which its last whole record ends. The rest is
   * torn.
   *
   * @param size the length of the file
   * @param keydir an empty keydir, to which every record is applied
   * @throws CorruptStoreException if the rest is anything but torn
   */
  static long findEnd(LogReader log, long size, KeyDir keydir) throws IOException {
    long at = LogFile.FILE_HEADER.length;
    while (size - at >= Record.HEADER_SIZE && !log.isZero(at, at + 1)) {
      if (!log.readHeader(at)) {
        if (!missesASector(log, at, at + Record.HEADER_SIZE, size)) {
          throw log.corrupt(at, "there is no valid record header");
        }
        break;
      }
      if (log.nextOffset() > size) {
        break;
      }
      if (!log.bodyMatches()) {
        if (!missesASector(log, at, log.nextOffset(), size)) {
          throw log.corrupt(at, "the key and the value do not match their checksum");
        }
        break;
      }
      keydir.apply(log.type(), log.key(), log.location());
      at = log.nextOffset();
    }
    long mark = findSyncMark(log, at, size);
    if (mark >= 0) {
      throw log.corrupt(
          at, "this part of the log was synced, as the mark of the record at " + mark + " shows");
    }
    return at;
  }

  /** Returns whether a sector that begins in a part of the file is zero to its end. */
  private static boolean missesASector(LogReader log, long from, long to, long size)
      throws IOException {
    long sector = (from + LogFile.SECTOR_SIZE - 1) / LogFile.SECTOR_SIZE * LogFile.SECTOR_SIZE;
    for (; sector < to; sector += LogFile.SECTOR_SIZE) {
      if (log.isZero(sector, Math.min(sector + LogFile.SECTOR_SIZE, size))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the offset of a record with the sync mark after the last whole one, or -1.
   *
   * <p>From one valid header, the lengths lead to the next; bytes in between are never taken for a
   * header, since a value may be the copy of a log. After the first invalid header no length can
   * be trusted, and every byte is tried.
   */
  private static long findSyncMark(LogReader log, long end, long size) throws IOException {
    boolean chained = true;
    long at = end;
    while (size - at >= Record.HEADER_SIZE) {
      if (!log.readHeader(at)) {
        chained = false;
      } else if (log.hasSyncMark() && at > end) {
        // Not at the end itself: the torn record's own mark only covers the records before it.
        return at;
      }
      at = chained ? log.nextOffset() : at + 1;
    }
    return -1;
  }
}
