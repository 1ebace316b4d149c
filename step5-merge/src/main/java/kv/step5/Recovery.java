/*
 * WHAT THIS FILE IS
 *
 * The judge. A process may die, or the power go, at any byte of a write, so an open may find
 * anything at the end of the log. Recovery reads the whole log, finds where its whole records end,
 * and says of what follows: torn, or corrupt.
 *
 * Torn    what a crash leaves of a write that never finished. Nobody was promised that it is
 *         there. It is cut off, before anything is appended behind it.
 * Corrupt everything else. Something that was written is no longer what it was. Refused.
 *
 * NEW IN THIS STEP
 *
 * The log has many files, and only the last of them can be torn: each of the others was durable
 * before the next one was created.
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
 * A disk writes sectors of 512 bytes, each wholly or not at all, and in any order. This is
 * assumed: a sector that was being written keeps its old content or gets its new one. What was
 * never written reads as zeros. So a sector that a crash kept from the disk shows as zeros from
 * where it begins in the record to where it ends, and a flipped bit does not. (The sector that the
 * record itself begins in needs no such look: were it missing, the type byte would be 0.)
 *
 *     512          1024         1536         2048
 *     |............|............|............|
 *         | header, key, value .... |               as it was meant
 *         | header, 0000000000000 . |               torn: sector 1024 was not written
 *
 * A value may itself hold a sector of zeros, and then a flipped bit beside it looks torn too.
 * That is what the sync mark is for: if anything behind the damage says that everything before
 * it was durable, then it was no crash that kept that sector from the disk.
 *
 * Where a header is missing, a value behind it that is the copy of a log looks like such a record.
 * It cannot be told from one, and is refused rather than cut.
 *
 * Records behind a torn one are cut off with it, though they may be whole. They were never synced:
 * the sync would have taken the torn one to the disk as well. So what is left is a prefix of what
 * was written, with everything in it that was synced.
 *
 * INVARIANTS
 *
 * I9   Recovery makes durable what it saw before it acts on it (LogFile does, right after this).
 * I10  What is recovered is a prefix of history that contains everything synced.
 *
 * NOT HERE, AND WHY
 *
 * Noticing that a finished file was cut off exactly between two records. What is left of it looks
 * whole, since nothing says how many records there should be.
 */
package kv.step5;

import java.io.IOException;

/** Finds the end of a log that may have been left by a crash. Reads only. */
final class Recovery {
  private Recovery() {}

  // ======== Opening ========

  /**
   * Reads the whole log and returns where its last whole record ends. What follows is torn.
   *
   * @param size the length of the file
   * @param last whether no other file follows, so that its end may be torn
   * @param keydir is told of every record, after those of the files before this one
   * @throws CorruptStoreException if anything but a torn end is found
   */
  static long findEnd(LogReader log, long size, boolean last, KeyDir keydir) throws IOException {
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
    if (!last && at < size) {
      throw log.corrupt(at, "the rest of the file is torn, and the log goes on in another file");
    }
    long mark = findSyncMark(log, at, size);
    if (mark >= 0) {
      throw log.corrupt(
          at, "this part of the log had been synced, as the record at offset " + mark + " tells");
    }
    return at;
  }

  /** Tells whether a sector that begins in a part of the file is zero to its end. */
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
   * Looks for a record with the sync mark behind the last whole one: its offset, or -1.
   *
   * <p>From one header the lengths lead to the next, and what lies between them is never taken for
   * a header: a value may be the copy of a log. Behind the first place where that chain is broken,
   * no length is believed, and every byte is tried.
   */
  private static long findSyncMark(LogReader log, long end, long size) throws IOException {
    boolean chained = true;
    long at = end;
    while (size - at >= Record.HEADER_SIZE) {
      if (!log.readHeader(at)) {
        chained = false;
      } else if (log.hasSyncMark() && at > end) {
        // Not at the end itself: the torn record's own mark speaks of what is before it.
        return at;
      }
      at = chained ? log.nextOffset() : at + 1;
    }
    return -1;
  }
}
