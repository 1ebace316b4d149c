package kv.workshop;

import java.io.IOException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the records of one file, also after a damaged place: a valid header is recognised by its
 * checksum. Knows the version and the salt that the records are read with.
 */
public final class RecordScan {
  /** Size of a file header of version 2, in bytes. */
  public static final int SALTED_SIZE = 16;

  /** Offset of the salt in a file header of version 2. */
  static final int SALT = 8;

  /** Longest segment that a store maps, in bytes: its seal of 24 bytes must still fit. */
  public static final long MAX_SEGMENT_SIZE = Integer.MAX_VALUE - 24;

  private static final int SECTOR_SIZE = 512;

  /** Number of places that are tried as the first record after a file header that is damaged. */
  private static final int MOST_GUESSES = 1 << 20;

  /** The name of a segment, with its generation. */
  private static final Pattern SEGMENT = Pattern.compile("\\d{6,9}-\\d{6,9}\\.(\\d{1,9})\\.data.*");

  private final FileBytes bytes;
  private final boolean merged;

  /** Whether the name or the version says that the file is a segment; otherwise it is a log. */
  private boolean segment;

  /** The version with which the records are read. */
  private int version = 1;

  /** The salt of version 2. */
  private int salt;

  /** Offset of the record with a sync mark that {@link #syncMarkAfter} found last, or -1. */
  private long knownMark = -1;

  /** Reads a file, whose name says whether it is a segment. */
  public RecordScan(FileBytes bytes, String fileName) {
    this.bytes = bytes;
    Matcher name = SEGMENT.matcher(fileName);
    this.segment = name.matches();
    this.merged = segment && !name.group(1).equals("0");
  }

  /** Returns whether the file is a segment; otherwise it is a log. */
  public boolean isSegment() {
    return segment;
  }

  /** Returns whether a merge wrote the file. */
  public boolean isMerged() {
    return merged;
  }

  /** Returns the version with which the records are read. */
  public int version() {
    return version;
  }

  /** Returns the salt of version 2. */
  public int salt() {
    return salt;
  }

  // ======== The file ========

  /** Returns whether a file without a file header can still be a log. */
  boolean mayBeLog() throws IOException {
    return isTooLong() || isUnfinished() || guessVersion();
  }

  /** Returns whether a segment is longer than a store maps. Files of version 1 have no limit. */
  public boolean isTooLong() throws IOException {
    return segment
        && bytes.size() > MAX_SEGMENT_SIZE
        && !Dump.isVersion1(bytes.copy(0, Dump.LOG_HEADER.length));
  }

  /**
   * Reads the file header, and takes the version and the salt from it.
   *
   * @return its length, or 0 if it is not valid
   */
  public int readFileHeader() throws IOException {
    byte[] start = bytes.copy(0, (int) Math.min(SALTED_SIZE, bytes.size()));
    if (start.length >= Dump.LOG_HEADER.length
        && Dump.isVersion1(Arrays.copyOf(start, Dump.LOG_HEADER.length))) {
      return Dump.LOG_HEADER.length;
    }
    boolean salted = start.length == SALTED_SIZE && Dump.isVersion2(start);
    if (!salted
        || RecordHeader.crc(start, RecordHeader.CHECKSUM) != bytes.intAt(RecordHeader.CHECKSUM)) {
      return 0;
    }
    useVersion2(bytes.intAt(SALT));
    return SALTED_SIZE;
  }

  /** Returns whether a crash during the creation of the file explains its contents. */
  public boolean isUnfinished() throws IOException {
    int headerSize = segment ? SALTED_SIZE : Dump.LOG_HEADER.length;
    byte[] start = bytes.copy(0, (int) Math.min(headerSize, bytes.size()));
    if (Arrays.equals(start, new byte[start.length])) {
      // A segment can have reserved space. A log is not longer than that.
      return segment ? bytes.isZero(0, bytes.size()) : bytes.size() <= headerSize;
    }
    byte[] header = Dump.LOG_HEADER.clone();
    header[7] = (byte) (segment ? 2 : 1);
    int known = Math.min(start.length, header.length);
    return bytes.size() < headerSize && Arrays.equals(start, 0, known, header, 0, known);
  }

  /** Reads the records that follow as those of a segment with this salt. */
  public void useVersion2(int salt) {
    this.version = 2;
    this.salt = salt;
    this.segment = true;
  }

  /**
   * Finds the version and the salt of a file with a damaged header, from its records. A record of
   * version 2 is recognised by the salt in the header, or by a salt that two neighbouring records
   * have in common.
   *
   * @return whether a record was found
   */
  public boolean guessVersion() throws IOException {
    boolean named = segment;
    if (bytes.size() >= SALTED_SIZE) {
      useVersion2(bytes.intAt(SALT));
      if (nextHeader(SALTED_SIZE) < bytes.size() || guessSalt()) {
        return true;
      }
    }
    version = 1;
    segment = named;
    return nextHeader(0) < bytes.size();
  }

  /** Finds the salt from two neighbouring records, of which the first is among the first headers. */
  private boolean guessSalt() throws IOException {
    long last = bytes.size() - RecordHeader.SIZE;
    int guesses = 0;
    for (long at = SALTED_SIZE;
        at <= last && guesses < MOST_GUESSES;
        at = bytes.skipZeros(at + 1, bytes.size())) {
      if (!RecordHeader.isType(bytes.at(at))) {
        continue;
      }
      RecordHeader header = header(at);
      long next = at + header.length();
      if (header.isPlausible() && next <= last) {
        guesses++;
        useVersion2(header.impliedSalt(at));
        byte[] following = bytes.peek(next, RecordHeader.SIZE);
        if (RecordHeader.of(following, salt + (int) next, true).isValid()) {
          return true;
        }
      }
    }
    return false;
  }

  // ======== Records ========

  /** Returns the header at an offset, valid or not. */
  public RecordHeader header(long at) throws IOException {
    int mask = version == 1 ? 0 : salt + (int) at;
    return RecordHeader.of(bytes.copy(at, RecordHeader.SIZE), mask, segment);
  }

  /** Returns the offset of the next valid header, or the file's size. Tries every byte. */
  public long nextHeader(long from) throws IOException {
    long at = bytes.skipZeros(from, bytes.size());
    while (at <= bytes.size() - RecordHeader.SIZE) {
      byte type = bytes.at(at);
      if (RecordHeader.isType(type) && header(at).isValid()) {
        return at;
      }
      at = type == 0 ? bytes.skipZeros(at, bytes.size()) : at + 1;
    }
    return bytes.size();
  }

  /** Returns the offset of a record with the sync mark after a faulty place, or -1. */
  public long syncMarkAfter(long from) throws IOException {
    if (knownMark <= from) {
      knownMark = findSyncMark(from);
    }
    return knownMark;
  }

  /**
   * Searches for a sync mark. In version 1 the lengths lead from header to header, and every byte is
   * tried only where they do not. In version 2 every byte can be tried from the start: a copy of a
   * record at another offset is not valid there.
   */
  private long findSyncMark(long from) throws IOException {
    boolean chained = version == 1;
    long at = from;
    while (at <= bytes.size() - RecordHeader.SIZE) {
      RecordHeader header = header(at);
      if (at == from && !header.isValid()) {
        header = header.finished();
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

  /** Returns the first sector that begins in a range and is zero to its end, or -1. */
  public long missingSector(long from, long to) throws IOException {
    long sector = (from + SECTOR_SIZE - 1) / SECTOR_SIZE * SECTOR_SIZE;
    for (; sector < to; sector += SECTOR_SIZE) {
      if (bytes.isZero(sector, Math.min(sector + SECTOR_SIZE, bytes.size()))) {
        return sector;
      }
    }
    return -1;
  }
}
