/*
 * WHAT THIS FILE IS
 *
 * The dump of a log or a segment: a file header, and records.
 *
 * LAYOUT: the file header
 *
 *     OFFSET  SIZE  FIELD
 *     0       7     KVSTEPS
 *     7       1     version: 1 of a log, 2 of a segment
 *     8       4     version 2: salt
 *     12      4     version 2: CRC32C of bytes 0 to 11
 *
 * LAYOUT: a record
 *
 *     OFFSET  SIZE  FIELD
 *     0       1     type: 'P' put, 'D' delete, 'S' seal (only in a segment)
 *     1       1     flags: bit 0 is the sync mark
 *     2       2     key length, unsigned
 *     4       4     value length, up to 512 MiB
 *     8       4     body checksum: CRC32C of the key and the value
 *     12      4     header checksum: CRC32C of bytes 0 to 11; in version 2 XOR (salt + offset)
 *     16      ..    key, then value
 *
 *     the value of a seal: the number of records before it (4), and the CRC32C of their header
 *     checksums, in order (4)
 *
 * VERDICTS: torn or damaged, where there is anything but a whole record
 *
 *     fewer than 16 bytes, or a type byte of 0                          torn
 *     a valid header, and a body that runs past the end of the file     torn
 *     a wrong checksum, and a sector of the record was not written      torn
 *     a wrong checksum otherwise                                        damaged
 *     torn, but a record with the sync mark follows                     damaged
 *     torn, in a segment that a merge wrote                             damaged
 *
 * A store judges by the same rules (Recovery of step 2 gives the reasons), but only the first such
 * place: there it cuts off the end, or refuses the file. A fault after a torn place can be either.
 *
 * COST
 *
 * O(bytes in the file) time and O(1) memory, for any number of damaged places. A search for a sync
 * mark can lead to the end of the file, so the mark that was found is remembered: it is the answer
 * for each place before it.
 */
package kv.workshop;

import java.io.IOException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Shows the records of one file. */
final class LogDump {
  private static final String MOVING_END =
      "the file has grown during the dump: another process writes here";

  private final Dump dump;
  private final FileBytes bytes;
  private final RecordScan scan;
  private final Faults faults;
  private final RecordLines lines;
  private final Verdicts verdicts;

  /** Whether the file header says version 1: step 5 writes no seals in it. */
  private boolean needsNoSeal;

  private long puts;
  private long deletes;

  /** Running checksum of the header checksums, for the seal. */
  private final CRC32C headerChecksums = new CRC32C();

  private boolean sealed;

  LogDump(Dump dump, FileBytes bytes, String fileName) {
    this.dump = dump;
    this.bytes = bytes;
    this.scan = new RecordScan(bytes, fileName);
    this.faults = new Faults(bytes, scan);
    this.lines = new RecordLines(dump, bytes);
    this.verdicts = new Verdicts(dump, scan);
  }

  // ======== The file ========

  /** Returns whether a file without a file header can still be a log. */
  boolean mayBeLog() throws IOException {
    return scan.mayBeLog();
  }

  /** Shows the file. Returns 1 if something is damaged, otherwise 0. */
  int run() throws IOException {
    if (scan.isTooLong()) {
      verdict(faults.tooLong());
      dump.summary(summary());
      return 1;
    }
    long at = fileHeader();
    while (at < bytes.size()) {
      at = record(at);
    }
    if (scan.isMerged() && !sealed && !needsNoSeal) {
      String fault = "there is no seal, and the output of a merge always has one";
      verdict(new Faults.Fault(bytes.size(), false, fault, bytes.size()));
    }
    dump.summary(summary());
    return verdicts.foundDamage() ? 1 : 0;
  }

  /** Shows the file header, and returns the offset of the first record. */
  private long fileHeader() throws IOException {
    int length = scan.readFileHeader();
    if (length == 0) {
      return badFileHeader();
    }
    dump.line(0, Dump.fileHeader(bytes.copy(0, length)));
    needsNoSeal = scan.version() == 1;
    String salt = needsNoSeal ? "" : ", salt " + hex(scan.salt()) + ", checksum matches";
    dump.note("file header: KVSTEPS, version " + scan.version() + salt);
    return length;
  }

  /** Shows a file header that is not valid, and returns the offset of the first record. */
  private long badFileHeader() throws IOException {
    Faults.Fault fault = faults.fileHeader();
    int length = (int) Math.min(fault.next(), RecordScan.SALTED_SIZE);
    if (fault.canBeTorn()) {
      length = Math.min(length, Dump.LOG_HEADER.length);
    }
    if (length > 0) {
      dump.line(0, Dump.fileHeader(bytes.copy(0, length)));
    }
    if (fault.canBeTorn()) {
      verdicts.reportTorn(0, fault.message());
      return fault.next();
    }
    verdict(fault);
    if (scan.version() == 2) {
      dump.note("the records are those of a file with the salt " + hex(scan.salt()));
    }
    return fault.next();
  }

  private String summary() {
    String seal = sealed ? "; sealed" : scan.isSegment() && !needsNoSeal ? "; no seal" : "";
    return Dump.count(puts + deletes, "record")
        + ": "
        + Dump.count(puts, "put")
        + ", "
        + Dump.count(deletes, "delete")
        + seal
        + verdicts.summary();
  }

  // ======== Records ========

  /** Shows the record at an offset, or the fault there. Returns the offset to continue at. */
  private long record(long at) throws IOException {
    long left = bytes.size() - at;
    if (bytes.isZero(at, bytes.size())) {
      zeros(at, left);
      return bytes.size();
    }
    if (left < RecordHeader.SIZE) {
      dump.line(at, RecordHeader.fields(bytes.copy(at, (int) left)));
      if (bytes.hasGrown()) {
        dump.note(MOVING_END);
        return bytes.size();
      }
      verdict(faults.partOfHeader(at));
      return bytes.size();
    }
    RecordHeader header = scan.header(at);
    if (header.type() == 0 && wasFinished(at)) {
      return at;
    }
    if (!header.isValid()) {
      return badHeader(at, header);
    }
    if (header.length() > left) {
      lines.show(at, header, left, "", Tone.PLAIN);
      if (bytes.hasGrown()) {
        dump.note(MOVING_END);
        return bytes.size();
      }
      verdict(faults.partOfBody(at, header));
      return bytes.size();
    }
    wholeRecord(at, header);
    return at + header.length();
  }

  /**
   * Returns whether a record without a type has one now. A store writes the type last, and can
   * finish this record and a later one with a sync mark during the dump.
   */
  private boolean wasFinished(long at) throws IOException {
    boolean canBeTorn = !sealed && verdicts.canBeTorn();
    return canBeTorn && scan.syncMarkAfter(at) > at && bytes.hasChanged(at);
  }

  private void wholeRecord(long at, RecordHeader header) throws IOException {
    int computed = bytes.checksum(at + RecordHeader.SIZE, at + header.length());
    boolean right = computed == header.body();
    boolean counts = right && !verdicts.foundTorn() && header.type() != 'S';
    Tone life = counts ? dump.life(at, header) : Tone.PLAIN;
    lines.show(at, header, header.length(), right ? "checksums match" : "", life);
    if (!right) {
      badBody(at, header, computed);
    }
    if (header.type() == 'S') {
      checkSeal(at, header);
      sealed = true;
    } else {
      puts += header.type() == 'P' ? 1 : 0;
      deletes += header.type() == 'D' ? 1 : 0;
      headerChecksums.update(header.bytes(), RecordHeader.CHECKSUM, Integer.BYTES);
    }
  }

  /** Shows zeros up to the end of the file. */
  private void zeros(long at, long count) throws IOException {
    byte[] start = bytes.copy(at, (int) Math.min(count, Shown.MOST));
    dump.line(at, Fields.unknown(Shown.hex(start, count, 2 * RecordHeader.SIZE)));
    String zeros = Dump.count(count, "zero byte");
    if (sealed) {
      dump.note(zeros + " after the seal: space that was reserved, and not used");
    } else if (scan.isSegment()) {
      dump.note(zeros + ": space that is reserved for the next records");
    } else {
      verdict(faults.zeros(at));
    }
  }

  // ======== Faults ========

  private void badBody(long at, RecordHeader header, int computed) throws IOException {
    verdict(faults.body(at, header, computed));
    int length = header.length() - RecordHeader.SIZE;
    if (length <= FlippedBit.MAX_SEARCH) {
      explain(at + RecordHeader.SIZE, FlippedBit.find(computed ^ header.body(), length));
    }
  }

  /** Shows a header that is not valid, and returns the offset to continue at. */
  private long badHeader(long at, RecordHeader header) throws IOException {
    dump.line(at, RecordHeader.fields(header.bytes()));
    Faults.Fault fault = faults.header(at, header);
    verdict(fault);
    if (header.finished().isValid()) {
      return fault.next();
    }
    if (header.type() != 0) {
      explain(at, header.flippedBit());
    }
    boolean none = fault.next() == bytes.size();
    dump.note(
        Dump.count(fault.next() - at, "byte")
            + " passed over, "
            + (none ? "up to the end: no valid header in them" : "up to the next valid header"));
    return fault.next();
  }

  private void checkSeal(long at, RecordHeader header) throws IOException {
    int checksum = (int) headerChecksums.getValue();
    for (Faults.Fault fault : faults.seal(at, header, puts + deletes, checksum)) {
      verdict(fault);
    }
  }

  /** Reports a fault. Nothing is appended to a sealed file, so nothing in it can be torn. */
  private void verdict(Faults.Fault fault) throws IOException {
    verdicts.report(fault.at(), fault.canBeTorn() && !sealed, fault.message());
  }

  /** Says which flipped bit after an offset explains a fault, unless it is -1. */
  private void explain(long from, int bit) throws IOException {
    if (bit >= 0) {
      long at = from + bit / 8;
      verdicts.explainFlip(at, bit % 8, bytes.at(at));
    }
  }

  private static String hex(int number) {
    return HexFormat.of().toHexDigits(number);
  }
}
