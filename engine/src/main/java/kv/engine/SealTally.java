package kv.engine;

import java.util.zip.CRC32C;

/** The contents of a seal for the records so far: their number and the seal checksum. */
final class SealTally {
  private final CRC32C headerChecksums = new CRC32C();
  private int count;

  /** Adds a record. */
  void add(byte[] record) {
    headerChecksums.update(record, Record.HEADER_CHECKSUM_OFFSET, Record.CHECKSUM_SIZE);
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
}
