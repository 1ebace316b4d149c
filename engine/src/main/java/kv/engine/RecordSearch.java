/*
 * WHAT THIS FILE IS
 *
 * The search for the next record after damage. DamagedFile decides which search is needed; this
 * class performs it.
 *
 * VERSION 2: a header that matches the file's salt and its own offset was written there. So the
 * first matching header, at any byte, is the next record.
 *
 * VERSION 1: a value that is the copy of a log contains records that look like those of the file.
 * Two searches reduce the risk:
 *
 *     end by body    the damaged record ends where its body checksum matches and a record begins
 *     next record    every byte is tried, and the body must match as well
 *
 * COST
 *
 * A crafted file could make the searches of version 1 read the same bytes again and again. So each
 * of the two may read at most eight times the size of the file in vain, over all its calls.
 */
package kv.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Finds the next record of a damaged file. Not thread-safe. */
final class RecordSearch {
  /** Limit of repeated reads, as a multiple of the file's size. */
  private static final int PATIENCE = 8;

  private final FileWindow file;
  private final RecordMatcher matcher;
  private final long size;

  /** Bytes that the searches for the end of a damaged record may still read. */
  private long patienceForEnds;

  /** Bytes of non-matching bodies that the searches for a whole record may still read. */
  private long patienceForBodies;

  RecordSearch(FileWindow file, RecordMatcher matcher) {
    this.file = file;
    this.matcher = matcher;
    this.size = file.size();
    this.patienceForEnds = PATIENCE * size;
    this.patienceForBodies = PATIENCE * size;
  }

  // ======== Reading ========

  /** Returns the offset of the first valid header from an offset on, or the file's size. */
  long nextHeader(long from) throws IOException {
    for (long at = from; at <= size - Record.HEADER_SIZE; at++) {
      if (matcher.header(at) != null) {
        return at;
      }
    }
    return size;
  }

  /**
   * Returns the offset of the first whole record from an offset on, or the file's size. A header
   * alone is not enough here: in version 1 it may be the remains of a copy whose body was cut off.
   */
  long nextRecord(long from) throws IOException {
    long at = nextHeader(from);
    while (at < size && patienceForBodies > 0) {
      RecordMatcher.Header header = matcher.header(at);
      if (matcher.bodyMatches(at, header)) {
        return at;
      }
      patienceForBodies -= header.length();
      at = nextHeader(at + 1);
    }
    return size;
  }

  /**
   * Returns the end of the record at an offset whose header is damaged, or -1 if its body or its
   * body checksum is damaged too. The record ends where the checksum matches and a record or zeros
   * or the end of the file follow. The probability that both match by chance is 2^-64.
   */
  long endByBody(long at) throws IOException {
    int expected = ByteBuffer.wrap(file.copy(at + Record.BODY_CHECKSUM_OFFSET, 4)).getInt();
    CRC32C checksum = new CRC32C();
    for (long end = at + Record.HEADER_SIZE; end <= size && patienceForEnds > 0; end++) {
      if ((int) checksum.getValue() == expected
          && (end == size || matcher.header(end) != null || file.isZero(end, size))) {
        return end;
      }
      if (end < size) {
        checksum.update(file.byteAt(end));
        patienceForEnds--;
      }
    }
    return -1;
  }

  /** Returns whether a part of the file contains the file header of a log of version 1. */
  boolean hasLogStart(long from, long to) throws IOException {
    int matched = 0;
    for (long at = from; at < to; at++) {
      byte found = file.byteAt(at);
      // No proper prefix of the header is also a suffix of it: "K" is only its first byte.
      matched = found == OldLog.FILE_HEADER[matched] ? matched + 1 : found == 'K' ? 1 : 0;
      if (matched == OldLog.FILE_HEADER.length) {
        return true;
      }
    }
    return false;
  }
}
