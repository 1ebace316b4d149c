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
 *     8       4     version 2: salt, a random number
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
 *     the value of a seal: how many records are before it (4), and the CRC32C of their header
 *     checksums, one after the other (4)
 *
 * LAYOUT: what tells torn from damaged, where anything but a whole record is
 *
 *     fewer than 16 bytes, or a type byte of 0                          torn
 *     a valid header, and a body that runs past the end of the file     torn
 *     a wrong checksum, and a sector of the record was not written      torn
 *     a wrong checksum otherwise                                        damaged
 *     torn, but a record with the sync mark follows                     damaged
 *     torn, in a segment that a merge has written                       damaged
 *
 * A store judges so as well (Recovery of step 2 says why), but only of the first such place: there
 * it cuts off the end, or refuses the file. What is wrong behind a torn place may be either.
 *
 * COST
 *
 * O(bytes in the file) time and O(1) memory, however many places are damaged. A search for a sync
 * mark may lead to the end of the file, so the mark that was found is remembered: it answers for
 * each place before it.
 */
package kv.workshop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** Shows the records of one file. */
final class LogDump {
  private static final int HEADER_SIZE = 16;

  /** Bytes of a file header of version 2. */
  static final int SALTED_SIZE = 16;

  /** Where the fields of a header start. */
  private static final List<Integer> FIELDS = List.of(0, 1, 2, 4, 8, 12);

  private static final int MAX_VALUE_LENGTH = 512 << 20;
  private static final int SECTOR_SIZE = 512;

  /** A seal: no key, and eight bytes. */
  private static final int SEAL_VALUE_LENGTH = 8;

  /**
   * The longest body in which a flipped bit is searched, in bytes. In a much longer one, some bit
   * or other would explain any damage.
   */
  private static final int MAX_FLIP_SEARCH = 4096;

  /** CRC32C's polynomial, with its highest power in the lowest bit. */
  private static final int POLYNOMIAL = 0x82f63b78;

  /** The longest segment, in bytes. */
  private static final long MAX_SEGMENT_SIZE = Integer.MAX_VALUE;

  /** The name of a segment, with its generation. */
  private static final Pattern SEGMENT = Pattern.compile("\\d{6,9}-\\d{6,9}\\.(\\d{1,9})\\.data.*");

  private final Dump dump;
  private final FileBytes bytes;
  private final boolean merged;

  /** Whether the name or the version says that the file is a segment, and no log. */
  private boolean segment;

  /** The version that the records are read in, and the salt of version 2. */
  private int version = 1;

  private int salt;

  /** Whether the file header says version 1, which has no seals in step 5. */
  private boolean needsNoSeal;

  private long puts;
  private long deletes;
  private final CRC32C headerChecksums = new CRC32C();
  private boolean sealed;

  /** Where the first torn place is, or -1. */
  private long torn = -1;

  /** Where the first damaged place and the last one are, or -1, and how many there are. */
  private long firstDamaged = -1;

  private long lastDamaged = -1;
  private long damages;

  /** The record with a sync mark that {@link #syncMarkBehind} found last, or -1. */
  private long knownMark = -1;

  LogDump(Dump dump, FileBytes bytes, String fileName) {
    this.dump = dump;
    this.bytes = bytes;
    Matcher name = SEGMENT.matcher(fileName);
    this.segment = name.matches();
    this.merged = segment && !name.group(1).equals("0");
  }

  /**
   * The 16 bytes before a body.
   *
   * @param mask a number that the header's CRC32C is XORed with
   * @param seals whether a seal may be there
   */
  private record Header(
      byte[] bytes,
      int mask,
      boolean seals,
      char type,
      int flags,
      int keyLength,
      int valueLength,
      int body,
      int checksum) {
    static Header of(byte[] bytes, int mask, boolean seals) {
      ByteBuffer fields = ByteBuffer.wrap(bytes);
      return new Header(
          bytes,
          mask,
          seals,
          (char) fields.get(),
          fields.get(),
          Short.toUnsignedInt(fields.getShort()),
          fields.getInt(),
          fields.getInt(),
          fields.getInt());
    }

    /** The checksum that would be right. */
    int computed() {
      return crc(bytes, HEADER_SIZE - 4) ^ mask;
    }

    boolean isValid() {
      return isPlausible() && computed() == checksum;
    }

    /** Whether all is right but perhaps the checksum. */
    boolean isPlausible() {
      return (type == 'P' || type == 'D' || type == 'S' && seals)
          && 0 <= valueLength
          && valueLength <= MAX_VALUE_LENGTH;
    }

    /** The salt of the file, if the header is right and at this offset. */
    int impliedSalt(long at) {
      return (checksum ^ crc(bytes, HEADER_SIZE - 4)) - (int) at;
    }

    boolean syncMark() {
      return (flags & 1) != 0;
    }

    /** With the key and the value. */
    int length() {
      return HEADER_SIZE + keyLength + valueLength;
    }

    /** What is wrong with it. */
    String fault() {
      if (computed() != checksum) {
        return "the header checksum says "
            + LogDump.hex(checksum)
            + ", the header gives "
            + LogDump.hex(computed());
      }
      if (valueLength < 0 || valueLength > MAX_VALUE_LENGTH) {
        return "the checksum is right, but a value has at most 512 MiB";
      }
      return type == 'S'
          ? "the checksum is right, but a log has no seal: only a segment has"
          : "the checksum is right, but there is no such type";
    }

    /** With another byte in one place. */
    Header with(int index, int value) {
      byte[] changed = bytes.clone();
      changed[index] = (byte) value;
      return of(changed, mask, seals);
    }
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, length);
    return (int) checksum.getValue();
  }

  /** The header at an offset, valid or not. */
  private Header header(long at) throws IOException {
    int mask = version == 1 ? 0 : salt + (int) at;
    return Header.of(bytes.copy(at, HEADER_SIZE), mask, segment);
  }

  // ======== The file ========

  /** Whether a file that does not start with a file header may be a log all the same. */
  boolean mayBeLog() throws IOException {
    return isTooLong() || isUnfinished() || guessVersion();
  }

  /** Whether no segment is as long as this one. Files of version 1 have no limit. */
  private boolean isTooLong() throws IOException {
    return segment
        && bytes.size() > MAX_SEGMENT_SIZE
        && !Dump.isVersion1(bytes.copy(0, Dump.LOG_HEADER.length));
  }

  /** Whether a crash may have left this, while it was creating the file. */
  private boolean isUnfinished() throws IOException {
    int headerSize = segment ? SALTED_SIZE : Dump.LOG_HEADER.length;
    byte[] start = bytes.copy(0, (int) Math.min(headerSize, bytes.size()));
    if (Arrays.equals(start, new byte[start.length])) {
      // Of a segment, space may have been reserved. A log is not longer than that.
      return segment ? bytes.isZero(0, bytes.size()) : bytes.size() <= headerSize;
    }
    byte[] header = Dump.LOG_HEADER.clone();
    header[7] = (byte) (segment ? 2 : 1);
    int known = Math.min(start.length, header.length);
    return bytes.size() < headerSize && Arrays.equals(start, 0, known, header, 0, known);
  }

  /** Shows all: 1 if anything is damaged, or else 0. */
  int run() throws IOException {
    if (isTooLong()) {
      verdict(
          MAX_SEGMENT_SIZE,
          false,
          "a segment has at most " + Dump.count(MAX_SEGMENT_SIZE, "byte") + ": not read");
      dump.summary(summary());
      return 1;
    }
    long at = fileHeader();
    while (at < bytes.size()) {
      at = record(at);
    }
    if (merged && !sealed && !needsNoSeal) {
      verdict(bytes.size(), false, "there is no seal, and a merge's output never was without one");
    }
    dump.summary(summary());
    return damages == 0 ? 0 : 1;
  }

  /** Shows the file header, and returns where the first record is. */
  private long fileHeader() throws IOException {
    byte[] start = bytes.copy(0, (int) Math.min(SALTED_SIZE, bytes.size()));
    boolean salted = start.length == SALTED_SIZE && Dump.isVersion2(start);
    byte[] shown = salted ? start : Arrays.copyOf(start, Math.min(8, start.length));
    if (Dump.isVersion1(shown)) {
      dump.line(0, Dump.fileHeader(shown));
      dump.note("file header: KVSTEPS, version 1");
      needsNoSeal = true;
      return shown.length;
    }
    if (salted && crc(start, SALTED_SIZE - 4) == bytes.intAt(SALTED_SIZE - 4)) {
      useVersion2(bytes.intAt(8));
      dump.line(0, Dump.fileHeader(start));
      dump.note("file header: KVSTEPS, version 2, salt " + hex(salt) + ", checksum matches");
      return SALTED_SIZE;
    }
    boolean unfinished = isUnfinished();
    if (!unfinished && guessVersion()) {
      shown = Arrays.copyOf(start, Math.min(version == 2 ? SALTED_SIZE : 8, start.length));
    }
    if (shown.length > 0) {
      dump.line(0, Dump.fileHeader(shown));
    }
    if (unfinished && !merged) {
      torn = 0;
      dump.note(
          "TORN: no file header. A crash can leave this of a file that was being created; a store"
              + " writes it anew.");
      return bytes.size();
    }
    if (salted) {
      String wrong = "the checksum says " + hex(bytes.intAt(SALTED_SIZE - 4));
      verdict(0, false, wrong + ", the file header gives " + hex(crc(start, SALTED_SIZE - 4)));
    } else {
      verdict(0, false, "a file header is " + Dump.expectedHeader(version));
    }
    if (version == 2) {
      dump.note("the records are those of a file with the salt " + hex(salt));
    }
    return shown.length;
  }

  private void useVersion2(int salt) {
    this.version = 2;
    this.salt = salt;
    this.segment = true;
  }

  /**
   * Finds the version and the salt of a file whose header does not tell them, from its records:
   * false if no record is found in any way. A record of version 2 is recognised by the salt that
   * the header has, or by the one that two records after each other have in common.
   */
  private boolean guessVersion() throws IOException {
    boolean named = segment;
    if (bytes.size() >= SALTED_SIZE) {
      useVersion2(bytes.intAt(8));
      if (nextHeader(SALTED_SIZE) < bytes.size()) {
        return true;
      }
      for (long at = SALTED_SIZE; at <= bytes.size() - HEADER_SIZE; at++) {
        Header header = header(at);
        long next = at + header.length();
        if (header.isPlausible() && next <= bytes.size() - HEADER_SIZE) {
          useVersion2(header.impliedSalt(at));
          if (Header.of(bytes.peek(next, HEADER_SIZE), salt + (int) next, true).isValid()) {
            return true;
          }
        }
      }
    }
    version = 1;
    segment = named;
    return nextHeader(0) < bytes.size();
  }

  private String summary() {
    StringBuilder summary = new StringBuilder();
    summary.append(Dump.count(puts + deletes, "record")).append(": ");
    summary.append(Dump.count(puts, "put")).append(", ").append(Dump.count(deletes, "delete"));
    if (sealed || segment && !needsNoSeal) {
      summary.append(sealed ? "; sealed" : "; no seal");
    }
    if (torn < 0 && damages == 0) {
      return summary.append("; the end is clean").toString();
    }
    if (damages > 0) {
      long more = damages - 1;
      summary.append("; damaged at ").append(firstDamaged);
      summary.append(more > 0 ? ", and in " + Dump.count(more, "more place") : "");
    }
    return summary.append(torn < 0 ? "" : "; torn at " + torn).toString();
  }

  // ======== Records ========

  /** Shows what is at an offset, and returns where to go on. */
  private long record(long at) throws IOException {
    long left = bytes.size() - at;
    if (bytes.isZero(at, bytes.size())) {
      zeros(at, left);
      return bytes.size();
    }
    if (left < HEADER_SIZE) {
      dump.line(at, fields(bytes.copy(at, (int) left)));
      verdict(at, true, "a header has 16 bytes, and the file ends after " + left);
      return bytes.size();
    }
    Header header = header(at);
    if (!header.isValid()) {
      return badHeader(at, header);
    }
    if (header.length() > left) {
      show(at, header, left, "");
      String missing = Dump.count(header.length() - left, "byte");
      verdict(at, true, "the file ends " + missing + " before the record does");
      return bytes.size();
    }
    int computed = bytes.checksum(at + HEADER_SIZE, at + header.length());
    show(at, header, header.length(), computed == header.body ? "checksums match" : "");
    if (computed != header.body) {
      badBody(at, header, computed);
    }
    if (header.type == 'S') {
      checkSeal(at, header);
      sealed = true;
    } else {
      puts += header.type == 'P' ? 1 : 0;
      deletes += header.type == 'D' ? 1 : 0;
      headerChecksums.update(header.bytes, HEADER_SIZE - 4, 4);
    }
    return at + header.length();
  }

  /** Shows zeros up to the end of the file. */
  private void zeros(long at, long count) throws IOException {
    byte[] start = bytes.copy(at, (int) Math.min(count, Shown.MOST));
    dump.line(at, Shown.hex(start, count, 2 * HEADER_SIZE));
    String zeros = Dump.count(count, "zero byte");
    if (sealed) {
      dump.note(zeros + " behind the seal: space that was reserved, and not used");
    } else if (segment) {
      dump.note(zeros + ": space that is reserved for the next records");
    } else {
      verdict(at, true, zeros + ": the file had grown, and nothing was written there");
    }
  }

  /**
   * Shows a record's bytes, and what they mean.
   *
   * @param length how much of the record is there, in bytes
   * @param checked what is known of its checksums
   */
  private void show(long at, Header header, long length, String checked) throws IOException {
    long keyLength = Math.min(header.keyLength, length - HEADER_SIZE);
    long valueLength = length - HEADER_SIZE - keyLength;
    byte[] key = bytes.copy(at + HEADER_SIZE, (int) Math.min(keyLength, Shown.MOST));
    byte[] value =
        bytes.copy(at + HEADER_SIZE + keyLength, (int) Math.min(valueLength, Shown.MOST));
    String fields = fields(header.bytes) + "  ";
    String marks = header.syncMark() ? "sync mark" : "";
    marks += marks.isEmpty() || checked.isEmpty() ? checked : ", " + checked;
    marks = marks.isEmpty() ? "" : "   " + marks;
    if (header.type == 'S' && keyLength == 0 && valueLength == SEAL_VALUE_LENGTH) {
      ByteBuffer seal = ByteBuffer.wrap(value);
      String count = Dump.count(Integer.toUnsignedLong(seal.getInt()), "record");
      String checksum = hex(seal.getInt());
      dump.line(at, fields + HexFormat.of().formatHex(value, 0, 4) + " " + checksum);
      dump.note("seal of " + count + ", seal checksum " + checksum + marks);
      return;
    }
    String what = header.type == 'P' ? "put " : header.type == 'D' ? "delete " : "seal ";
    boolean pair = header.type == 'P' || valueLength > 0;
    int columns = dump.columns() - fields.length() - 1;
    int keyColumns = keyColumns(2 * keyLength, 2 * valueLength, columns);
    String left = Shown.hex(key, keyLength, keyColumns);
    String right = Shown.hex(value, valueLength, columns - left.length());
    dump.line(at, (fields + left + " " + right).strip());
    columns = dump.columns() - what.length() - " = ".length() - marks.length();
    int wanted = Shown.text(value, valueLength, columns).length();
    keyColumns = keyColumns(2 * keyLength, pair ? wanted : 0, columns);
    left = Shown.text(key, keyLength, keyColumns);
    right = Shown.text(value, valueLength, columns - left.length());
    dump.note(what + left + (pair ? " = " + right : "") + marks);
  }

  /**
   * How many columns a key may take: what its value leaves, but not less than two thirds, or half
   * if it is cut off anyhow.
   */
  private static int keyColumns(long key, long value, int columns) {
    int most = columns - columns / 3;
    int least = key > most ? columns / 2 : most;
    return (int) Math.max(least, columns - value);
  }

  /** A header in hex, field by field, or as much of it as there is. */
  private static String fields(byte[] header) {
    String hex = HexFormat.of().formatHex(header);
    StringBuilder fields = new StringBuilder();
    for (int at = 0; at < hex.length(); at++) {
      fields
          .append(at > 0 && FIELDS.contains(at / 2) && at % 2 == 0 ? " " : "")
          .append(hex.charAt(at));
    }
    return fields.toString();
  }

  private static String hex(int number) {
    return HexFormat.of().toHexDigits(number);
  }

  // ======== What is wrong ========

  private void badBody(long at, Header header, int computed) throws IOException {
    long end = at + header.length();
    long sector = missingSector(at, end);
    verdict(
        at,
        sector >= 0,
        "the body checksum says "
            + hex(header.body)
            + ", the body gives "
            + hex(computed)
            + unwritten(sector));
    int length = header.length() - HEADER_SIZE;
    int bit = length > MAX_FLIP_SEARCH ? -1 : flippedBit(computed ^ header.body, length);
    if (bit >= 0) {
      explainFlip(at + HEADER_SIZE + bit / 8, bit % 8);
    }
  }

  private long badHeader(long at, Header header) throws IOException {
    dump.line(at, fields(header.bytes));
    if (header.type == 0) {
      for (char type : new char[] {'P', 'D', 'S'}) {
        Header unfinished = header.with(0, type);
        if (unfinished.isValid()) {
          verdict(
              at,
              true,
              "a record of "
                  + Dump.count(unfinished.length(), "byte")
                  + " that was not finished: its type, "
                  + HexFormat.of().toHexDigits((byte) type)
                  + ", is written last");
          return Math.min(at + unfinished.length(), bytes.size());
        }
      }
      verdict(at, true, "the type is 00: nothing was finished here");
    } else {
      long sector = missingSector(at, at + HEADER_SIZE);
      verdict(at, sector >= 0, header.fault() + unwritten(sector));
      int bit = flippedBit(header);
      if (bit >= 0) {
        explainFlip(at + bit / 8, bit % 8);
      }
    }
    long next = nextHeader(at + 1);
    String passed = Dump.count(next - at, "byte") + " passed over, ";
    boolean none = next == bytes.size();
    dump.note(
        passed + (none ? "up to the end: no valid header in them" : "up to the next valid header"));
    return next;
  }

  private void checkSeal(long at, Header header) throws IOException {
    long end = at + header.length();
    if (header.keyLength != 0 || header.valueLength != SEAL_VALUE_LENGTH) {
      verdict(at, false, "a seal has no key, and a value of 8 bytes");
    } else {
      long count = Integer.toUnsignedLong(bytes.intAt(at + HEADER_SIZE));
      int checksum = bytes.intAt(at + HEADER_SIZE + 4);
      int computed = (int) headerChecksums.getValue();
      if (count != puts + deletes) {
        verdict(
            at, false, "before it there are not " + count + " records, but " + (puts + deletes));
      } else if (checksum != computed) {
        verdict(
            at,
            false,
            "the seal checksum says "
                + hex(checksum)
                + ", the records before it give "
                + hex(computed));
      }
    }
    for (long behind = end; behind < bytes.size(); behind++) {
      if (bytes.at(behind) != 0) {
        verdict(
            at,
            false,
            "only zeros may follow a seal, but offset "
                + behind
                + " has "
                + HexFormat.of().toHexDigits(bytes.at(behind)));
        return;
      }
    }
  }

  /** Says that something is wrong at an offset, and whether it is torn or damaged. */
  private void verdict(long at, boolean looksTorn, String what) throws IOException {
    if (torn >= 0) {
      dump.note("TORN OR DAMAGED: " + what);
      return;
    }
    long mark = looksTorn && !merged && !sealed ? syncMarkBehind(at) : at;
    if (mark < 0) {
      torn = at;
      dump.note("TORN: " + what);
      return;
    }
    if (at != lastDamaged) {
      firstDamaged = damages == 0 ? at : firstDamaged;
      lastDamaged = at;
      damages++;
    }
    dump.note("DAMAGED: " + what);
    if (mark > at) {
      dump.note("it is not torn: it had been synced, as the sync mark at offset " + mark + " says");
    }
  }

  /**
   * The single bit of some bytes, counted from their start, that changes their CRC32C by a
   * difference when it is flipped; or -1. A CRC is linear: what a flipped bit changes depends only
   * on how far it is from the end, and one bit further is one step of the CRC more.
   */
  private static int flippedBit(int difference, int length) {
    int change = POLYNOMIAL;
    for (int bit = 8 * length - 1; bit >= 0; bit--) {
      if (change == difference) {
        return bit;
      }
      change = change >>> 1 ^ ((change & 1) == 0 ? 0 : POLYNOMIAL);
    }
    return -1;
  }

  /** The bit of a header that makes it valid when it is flipped, or -1. */
  private static int flippedBit(Header header) {
    int difference = header.computed() ^ header.checksum;
    int bit = flippedBit(difference, HEADER_SIZE - 4);
    if (Integer.bitCount(difference) == 1) {
      // In the checksum itself, whose highest bits come first.
      int power = Integer.numberOfTrailingZeros(difference);
      bit = 8 * (HEADER_SIZE - 1 - power / 8) + power % 8;
    }
    boolean valid =
        bit >= 0 && header.with(bit / 8, header.bytes[bit / 8] ^ 1 << bit % 8).isValid();
    return valid ? bit : -1;
  }

  /** Says which bit was flipped. */
  private void explainFlip(long at, int bit) throws IOException {
    HexFormat hex = HexFormat.of();
    byte found = bytes.at(at);
    dump.note(
        "one flipped bit explains it: offset "
            + at
            + " has "
            + hex.toHexDigits(found)
            + " instead of "
            + hex.toHexDigits((byte) (found ^ 1 << bit)));
  }

  /** The first sector that begins in a part of the file and is zero to its end, or -1. */
  private long missingSector(long from, long to) throws IOException {
    long sector = (from + SECTOR_SIZE - 1) / SECTOR_SIZE * SECTOR_SIZE;
    for (; sector < to; sector += SECTOR_SIZE) {
      if (bytes.isZero(sector, Math.min(sector + SECTOR_SIZE, bytes.size()))) {
        return sector;
      }
    }
    return -1;
  }

  private static String unwritten(long sector) {
    return sector < 0 ? "" : "; the sector at offset " + sector + " is zero: it was not written";
  }

  /** The offset of the next valid header, found by trying every byte, or the file's size. */
  private long nextHeader(long from) throws IOException {
    for (long at = from; at <= bytes.size() - HEADER_SIZE; at++) {
      byte type = bytes.at(at);
      if ((type == 'P' || type == 'D' || type == 'S') && header(at).isValid()) {
        return at;
      }
    }
    return bytes.size();
  }

  /** The offset of a record with the sync mark after a place where something is wrong, or -1. */
  private long syncMarkBehind(long from) throws IOException {
    if (knownMark <= from) {
      knownMark = findSyncMark(from);
    }
    return knownMark;
  }

  /**
   * The same, searched for. In version 1 the lengths lead from header to header; where they do not,
   * every byte is tried. In version 2 that can be done from the start: no copy of a record passes
   * for one.
   */
  private long findSyncMark(long from) throws IOException {
    boolean chained = version == 1;
    long at = from;
    while (at <= bytes.size() - HEADER_SIZE) {
      Header header = header(at);
      for (char type : at == from && header.type == 0 ? "PDS".toCharArray() : new char[0]) {
        header = header.isValid() ? header : header.with(0, type);
      }
      if (!header.isValid()) {
        chained = false;
        at = nextHeader(at + 1);
        continue;
      }
      if (header.syncMark() && at > from) {
        return at;
      }
      at += chained ? header.length() : 1;
    }
    return -1;
  }
}
