/*
 * WHAT THIS FILE IS
 *
 * The dump of a hint file, which lists the records of its segment.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       8     KVHINTS and the version, 1
 *     8       4     end of the segment's last record
 *     12      4     number of its records
 *     16      4     its seal checksum
 *     20      ..    for each record, in order:
 *                   type (1), key length (2), offset (4), record length (4), key
 *     end-4   4     CRC32C of all before
 *
 * The records of a segment follow each other without gaps, so each entry also says where the next
 * one must point, and the last entry where the records end.
 *
 * No fault is torn here, all are damage: a store replaces a hint file that it cannot use.
 */
package kv.workshop;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/** Shows the entries of one hint file. */
final class HintDump {
  private static final int START_SIZE = 20;
  private static final int ENTRY_SIZE = 11;
  private static final int CHECKSUM_SIZE = 4;

  private final Dump dump;
  private final FileBytes bytes;

  /** Offset of the checksum, after the last entry. */
  private final long end;

  private long puts;
  private long deletes;

  /** Offset of the next record in the segment. */
  private long nextRecord = RecordScan.SALTED_SIZE;

  /** Offset of the first damaged place, or -1. */
  private long damaged = -1;

  private long damages;

  HintDump(Dump dump, FileBytes bytes) {
    this.dump = dump;
    this.bytes = bytes;
    this.end = bytes.size() - CHECKSUM_SIZE;
  }

  /** Shows the file. Returns 1 if something is damaged, otherwise 0. */
  int run() throws IOException {
    if (end < START_SIZE) {
      byte[] all = bytes.copy(0, (int) bytes.size());
      dump.line(0, HexFormat.of().formatHex(all));
      damage(0, "a hint file has at least " + (START_SIZE + CHECKSUM_SIZE) + " bytes");
    } else {
      start();
      long at = START_SIZE;
      while (at < end) {
        at = entry(at);
      }
      checkEntries();
      checksum();
    }
    String summary = Dump.count(puts + deletes, "record") + ": ";
    summary += Dump.count(puts, "put") + ", " + Dump.count(deletes, "delete") + "; ";
    dump.summary(summary + (damages == 0 ? "the end is clean" : "damaged at " + damaged));
    return damages > 0 ? 1 : 0;
  }

  private void start() throws IOException {
    HexFormat hex = HexFormat.of();
    byte[] header = bytes.copy(0, Dump.HINT_HEADER.length);
    boolean right = Arrays.equals(header, Dump.HINT_HEADER);
    byte[] rest = bytes.copy(header.length, START_SIZE - header.length);
    String fields = hex.formatHex(rest, 0, 4) + " " + hex.formatHex(rest, 4, 8);
    dump.line(0, Dump.fileHeader(header) + " " + fields + " " + hex.formatHex(rest, 8, 12));
    dump.note(
        (right ? "KVHINTS, version 1; segment: end " : "segment: end ")
            + unsigned(8)
            + ", "
            + Dump.count(unsigned(12), "record")
            + ", seal checksum "
            + hex.formatHex(rest, 8, 12));
    if (!right) {
      damage(0, "a hint file starts with " + Dump.fileHeader(Dump.HINT_HEADER));
    }
  }

  /** Shows an entry, and returns the offset of the next one. */
  private long entry(long at) throws IOException {
    int length = (int) Math.min(ENTRY_SIZE, end - at);
    byte[] fixed = bytes.copy(at, length);
    int keyLength =
        length < ENTRY_SIZE ? 0 : Byte.toUnsignedInt(fixed[1]) << 8 | Byte.toUnsignedInt(fixed[2]);
    boolean known = fixed[0] == 'P' || fixed[0] == 'D';
    if (!known || length < ENTRY_SIZE || at + length + keyLength > end) {
      dump.line(at, HexFormat.of().formatHex(fixed));
      damage(at, "not an entry of a hint file; " + Dump.count(end - at, "byte") + " passed over");
      return end;
    }
    HexFormat hex = HexFormat.of();
    String fields =
        String.join(
                " ",
                hex.formatHex(fixed, 0, 1),
                hex.formatHex(fixed, 1, 3),
                hex.formatHex(fixed, 3, 7),
                hex.formatHex(fixed, 7, 11))
            + "  ";
    byte[] key = bytes.copy(at + ENTRY_SIZE, Math.min(keyLength, Shown.MOST));
    long record = unsigned(at + 3);
    long size = unsigned(at + 7);
    String where = " at offset " + record + ", " + Dump.count(size, "byte");
    String type = fixed[0] == 'P' ? "put " : "delete ";
    int columns = dump.columns() - type.length() - where.length();
    dump.line(at, (fields + Shown.hex(key, keyLength, dump.columns() - fields.length())).strip());
    dump.note(type + Shown.text(key, keyLength, columns) + where);
    if (record != nextRecord) {
      damage(at, "the record before it ends at offset " + nextRecord);
    }
    nextRecord = record + size;
    puts += fixed[0] == 'P' ? 1 : 0;
    deletes += fixed[0] == 'D' ? 1 : 0;
    return at + ENTRY_SIZE + keyLength;
  }

  /** Compares the entries with the counts at the start of the file. */
  private void checkEntries() throws IOException {
    if (puts + deletes != unsigned(12)) {
      damage(
          12,
          "the start counts "
              + unsigned(12)
              + " records, but there are entries for "
              + (puts + deletes));
    } else if (nextRecord != unsigned(8)) {
      damage(8, "the segment's end is " + unsigned(8) + ", but the last record's " + nextRecord);
    }
  }

  private void checksum() throws IOException {
    HexFormat hex = HexFormat.of();
    int stored = bytes.intAt(end);
    int computed = bytes.checksum(0, end);
    dump.line(end, hex.toHexDigits(stored));
    dump.note("checksum of all before" + (stored == computed ? ": matches" : ""));
    if (stored != computed) {
      damage(
          end,
          "the checksum says "
              + hex.toHexDigits(stored)
              + ", the bytes before it give "
              + hex.toHexDigits(computed));
    }
  }

  private void damage(long at, String fault) throws IOException {
    damaged = damages == 0 ? at : damaged;
    damages++;
    dump.note("DAMAGED: " + fault);
  }

  private long unsigned(long offset) throws IOException {
    return Integer.toUnsignedLong(bytes.intAt(offset));
  }
}
