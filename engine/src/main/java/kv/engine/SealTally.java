/*
 * WHAT THIS FILE IS
 *
 * The running values of a seal (see Record): the number of records so far, and the CRC32C of their
 * header checksums, one after another.
 *
 *     | P os mac, checksum a | P editor vim, checksum b | S: 2 records, CRC32C(a b) |
 *
 * A segment that was cut between two records has fewer records than its seal says. If records were
 * replaced by those of another segment, the checksum differs.
 */
package kv.engine;

import java.util.Arrays;
import java.util.zip.CRC32C;

/** The contents of a seal for the records so far: their number and the seal checksum. */
final class SealTally {
  private final CRC32C headerChecksums = new CRC32C();
  private int count;

  /** Adds a record. */
  void add(byte[] record) {
    add(record, 0);
  }

  /** Adds the record at an index of an array. */
  void add(byte[] bytes, int start) {
    headerChecksums.update(bytes, start + Record.HEADER_CHECKSUM_OFFSET, Record.CHECKSUM_SIZE);
    count++;
  }

  /** Adds the record at an offset of a segment. */
  void add(LogReader log, int offset) {
    int from = offset + Record.HEADER_CHECKSUM_OFFSET;
    headerChecksums.update(log.copy(from, Record.CHECKSUM_SIZE));
    count++;
  }

  /** Returns the number of records. */
  int count() {
    return count;
  }

  /** Returns the seal checksum: the CRC32C of the records' header checksums. */
  int checksum() {
    return (int) headerChecksums.getValue();
  }

  /** Returns the seal for an offset of a file. */
  byte[] encode(FileHeader file, int offset) {
    return Record.encodeSealAt(file, offset, count, checksum());
  }

  /** Returns whether a seal with this count and checksum is at an offset, and only zeros follow. */
  static boolean isSealedAt(LogReader log, int offset, int count, int sealChecksum) {
    int size = log.size();
    if (offset < log.fileHeader().size() || offset > size - Record.SEAL_SIZE) {
      return false;
    }
    byte[] found = log.copy(offset, Record.SEAL_SIZE);
    return (isSeal(found, log, offset, true, count, sealChecksum)
            || isSeal(found, log, offset, false, count, sealChecksum))
        && log.isZero(offset + Record.SEAL_SIZE, size);
  }

  private static boolean isSeal(
      byte[] found, LogReader log, int offset, boolean syncMark, int count, int checksum) {
    return Arrays.equals(
        found, Record.encodeSealAt(log.fileHeader(), offset, syncMark, count, checksum));
  }
}
