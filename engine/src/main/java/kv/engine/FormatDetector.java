/*
 * WHAT THIS FILE IS
 *
 * Finds the version and the salt of a file whose file header may be damaged.
 *
 *     FILE HEADER                  VERSION AND SALT
 *     valid, version 2             the stored ones
 *     starts as version 1          version 1
 *     damaged, salt intact         the stored salt, which a record confirms
 *     damaged, salt damaged        the salt that the records imply (see RecordMatcher)
 *     damaged, no implied salt     version 1
 */
package kv.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Finds the format of a damaged file. Not thread-safe. */
final class FormatDetector {
  private final FileWindow file;
  private final RecordMatcher matcher;
  private final RecordSearch search;
  private final boolean segment;
  private final long size;

  /**
   * Creates a detector.
   *
   * @param segment true for a segment, false for a log of steps 1 to 4
   */
  FormatDetector(FileWindow file, RecordMatcher matcher, RecordSearch search, boolean segment) {
    this.file = file;
    this.matcher = matcher;
    this.search = search;
    this.segment = segment;
    this.size = file.size();
  }

  // ======== Opening ========

  /** Returns whether the creation of the file did not finish: it contains no record. */
  boolean isUnfinished() throws IOException {
    if (segment) {
      return FileHeader.isUnfinished(start()) && (size < FileHeader.SIZE || file.isZero(0, size));
    }
    byte[] start = file.copy(0, (int) Math.min(OldLog.FILE_HEADER.length, size));
    return OldLog.isUnfinishedHeader(start, size);
  }

  /**
   * Finds the version and the salt, and sets them in the matcher. Returns whether the file header
   * is intact.
   */
  boolean detect() throws IOException {
    byte[] start = start();
    if (segment && FileHeader.version(start) == FileHeader.VERSION && FileHeader.isValid(start)) {
      matcher.useSalt(storedSalt(start));
      return true;
    }
    int oldSize = OldLog.FILE_HEADER.length;
    if (start.length >= oldSize
        && Arrays.equals(start, 0, oldSize, OldLog.FILE_HEADER, 0, oldSize)) {
      return true;
    }
    if (segment && size >= FileHeader.SIZE + Record.HEADER_SIZE) {
      // The damage may be elsewhere in the header. If it is in the salt, no record matches.
      matcher.useSalt(storedSalt(start));
      if (search.nextHeader(FileHeader.SIZE) == size) {
        findSalt();
      }
    }
    return false;
  }

  /** Returns the bytes that a file header of version 2 occupies, or fewer if the file is short. */
  private byte[] start() throws IOException {
    return file.copy(0, (int) Math.min(FileHeader.SIZE, size));
  }

  private static int storedSalt(byte[] start) {
    return ByteBuffer.wrap(start).getInt(FileHeader.SALT_OFFSET);
  }

  /**
   * Finds the salt that the records imply. The first record and the seal have known places, where
   * no copy in a value can be, so they are tried first. If neither implies a salt that another
   * record confirms, the majority of the records decides. If no two records imply the same salt,
   * the file is read as version 1, unless it contains only one record.
   */
  private void findSalt() throws IOException {
    for (long at : new long[] {FileHeader.SIZE, size - Record.SEAL_SIZE}) {
      if (useSaltOf(at) && search.nextHeader(search.nextHeader(FileHeader.SIZE) + 1) < size) {
        return;
      }
    }
    if (!useSaltOfMost() && !useSaltOf(FileHeader.SIZE)) {
      matcher.useVersion1();
    }
  }

  /** Uses the salt that the record at an offset implies. Returns false if there is no record. */
  private boolean useSaltOf(long at) throws IOException {
    RecordMatcher.Header header = matcher.plausibleHeader(at);
    if (header == null || !matcher.bodyMatches(at, header)) {
      return false;
    }
    matcher.useSalt(header.impliedSalt(at));
    return true;
  }

  /**
   * Uses the salt that most pairs of adjacent records imply. Returns false if no salt has a
   * majority.
   */
  private boolean useSaltOfMost() throws IOException {
    int found = 0;
    long votes = 0;
    for (long at = FileHeader.SIZE; at <= size - Record.HEADER_SIZE; ) {
      long next = at + 1;
      RecordMatcher.Header header = matcher.plausibleHeader(at);
      long end = header == null ? size : at + header.length();
      if (end <= size - Record.HEADER_SIZE) {
        int implied = header.impliedSalt(at);
        RecordMatcher.Header after = matcher.peek(end);
        if (after != null && after.impliedSalt(end) == implied) {
          // Boyer and Moore's majority vote: a vote for another salt cancels one for this salt.
          // The salt of more than half of the pairs remains, without a list of all salts.
          found = votes == 0 ? implied : found;
          votes += found == implied ? 1 : -1;
          next = end;
        }
      }
      at = next;
    }
    matcher.useSalt(found);
    return votes > 0;
  }
}
