package kv.workshop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The faults of one file. Says for each place without a whole record what is wrong there, and
 * whether a crash can explain it. {@link LogDump} shows the rules.
 */
public final class Faults {
  /**
   * A fault.
   *
   * @param at offset of the place
   * @param canBeTorn whether a crash explains it, unless a sync mark follows
   * @param next offset at which the next record is looked for
   */
  public record Fault(long at, boolean canBeTorn, String message, long next) {}

  private static final String SEAL_LENGTHS = "a seal has no key, and a value of 8 bytes";

  private final FileBytes bytes;
  private final RecordScan scan;

  /** Describes the faults of the file that a scan reads. */
  public Faults(FileBytes bytes, RecordScan scan) {
    this.bytes = bytes;
    this.scan = scan;
  }

  // ======== The file ========

  /** Returns the fault of a file that is longer than a store maps. */
  public Fault tooLong() {
    long limit = RecordScan.MAX_SEGMENT_SIZE;
    String message = "a segment has at most " + Dump.count(limit, "byte") + ": not read";
    return new Fault(limit, false, message, bytes.size());
  }

  /**
   * Returns the fault of a file header that is not valid. Finds the version and the salt from the
   * records, if there are any.
   */
  public Fault fileHeader() throws IOException {
    byte[] start = bytes.copy(0, (int) Math.min(RecordScan.SALTED_SIZE, bytes.size()));
    boolean salted = start.length == RecordScan.SALTED_SIZE && Dump.isVersion2(start);
    boolean unfinished = scan.isUnfinished();
    boolean known = !unfinished && scan.guessVersion();
    if (unfinished && !scan.isMerged()) {
      return new Fault(
          0,
          true,
          "no file header. A crash during the creation of a file can leave this; a store writes"
              + " the file header again.",
          bytes.size());
    }
    boolean longer = known ? scan.version() == 2 : salted;
    long next = longer ? start.length : Math.min(Dump.LOG_HEADER.length, start.length);
    if (!salted) {
      String expected = Dump.expectedHeader(scan.version());
      return new Fault(0, false, "a file header is " + expected, next);
    }
    String stored = "the checksum says " + hex(bytes.intAt(RecordHeader.CHECKSUM));
    String given = hex(RecordHeader.crc(start, RecordHeader.CHECKSUM));
    return new Fault(0, false, stored + ", the file header gives " + given, next);
  }

  // ======== The end of the file ========

  /** Returns the fault of a file that ends inside a header. */
  public Fault partOfHeader(long at) {
    long left = bytes.size() - at;
    return new Fault(
        at, true, "a header has 16 bytes, and the file ends after " + left, bytes.size());
  }

  /** Returns the fault of zeros from an offset to the end of a log. */
  public Fault zeros(long at) {
    String zeros = Dump.count(bytes.size() - at, "zero byte");
    return new Fault(
        at, true, zeros + ": the file had grown, and nothing was written there", bytes.size());
  }

  /** Returns the fault of a file that ends inside a body. */
  public Fault partOfBody(long at, RecordHeader header) {
    String missing = Dump.count(at + header.length() - bytes.size(), "byte");
    return new Fault(
        at, true, "the file ends " + missing + " before the record does", bytes.size());
  }

  // ======== A record ========

  /** Returns the fault of a header that is not valid. */
  public Fault header(long at, RecordHeader header) throws IOException {
    RecordHeader finished = header.finished();
    if (finished.isValid()) {
      String type = HexFormat.of().toHexDigits((byte) finished.type());
      return new Fault(
          at,
          true,
          "a record of "
              + Dump.count(finished.length(), "byte")
              + " that was not finished: its type, "
              + type
              + ", is written last",
          Math.min(at + finished.length(), bytes.size()));
    }
    long next = scan.nextHeader(at + 1);
    if (header.type() == 0) {
      return new Fault(at, true, "the type is 00: nothing was finished here", next);
    }
    long sector = scan.missingSector(at, at + RecordHeader.SIZE);
    return new Fault(at, sector >= 0, header.fault() + unwritten(sector), next);
  }

  /** Returns the fault of a body with another checksum than its header says. */
  public Fault body(long at, RecordHeader header, int computed) throws IOException {
    long sector = scan.missingSector(at, at + header.length());
    String stored = "the body checksum says " + hex(header.body());
    return new Fault(
        at,
        sector >= 0,
        stored + ", the body gives " + hex(computed) + unwritten(sector),
        at + header.length());
  }

  /**
   * Returns the faults of a seal and of the bytes after it.
   *
   * @param records the number of records before it
   * @param headerChecksums the checksum of their header checksums
   */
  public List<Fault> seal(long at, RecordHeader header, long records, int headerChecksums)
      throws IOException {
    List<Fault> faults = new ArrayList<>();
    String fault = header.hasLengthsOfSeal() ? count(at, records, headerChecksums) : SEAL_LENGTHS;
    long end = at + header.length();
    if (!fault.isEmpty()) {
      faults.add(new Fault(at, false, fault, end));
    }
    long after = bytes.skipZeros(end, bytes.size());
    if (after < bytes.size()) {
      String found = HexFormat.of().toHexDigits(bytes.at(after));
      String message = "only zeros may follow a seal, but offset " + after + " has " + found;
      faults.add(new Fault(at, false, message, end));
    }
    return faults;
  }

  private String count(long at, long records, int headerChecksums) throws IOException {
    long count = Integer.toUnsignedLong(bytes.intAt(at + RecordHeader.SIZE));
    int checksum = bytes.intAt(at + RecordHeader.SIZE + Integer.BYTES);
    if (count != records) {
      return "the seal counts " + count + " records before it, but there are " + records;
    }
    return checksum == headerChecksums
        ? ""
        : "the seal checksum says "
            + hex(checksum)
            + ", the records before it give "
            + hex(headerChecksums);
  }

  private static String unwritten(long sector) {
    return sector < 0 ? "" : "; the sector at offset " + sector + " is zero: it was not written";
  }

  private static String hex(int number) {
    return HexFormat.of().toHexDigits(number);
  }
}
