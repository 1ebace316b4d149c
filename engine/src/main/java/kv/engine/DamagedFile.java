/*
 * WHAT THIS FILE IS
 *
 * A file of a store that may be damaged anywhere. A store stops at the first fault. This class goes
 * on after it: it finds every record whose two checksums are right, in order, and reports each part
 * of the file that it passed over, and why.
 *
 * PICTURE: a file in which the second record's header and the third record's body are damaged
 *
 *     | file header | record | ?????? | header, ????????? | record | seal |
 *                            ^        ^                   ^
 *                            |        the next header,    the end of the third record, which its
 *                            damage   found at some byte  own header tells
 *
 * WHERE THE NEXT RECORD IS
 *
 * Version 2. After a damaged header every byte is tried as the start of the next one. A header that
 * matches the file's salt and its own offset was written there, so nothing else is taken for one.
 *
 * If the salt itself is damaged, the records give it back: a header checksum is the CRC XOR (salt +
 * offset), so that each record implies a salt, and the records of one file imply the same.
 *
 * Version 1. A value that is the copy of a log has records in it that cannot be told from those of
 * the file. As long as each record's end is known, no value is looked into. After a damaged header,
 * its end is looked for by the record's own body checksum: the body ends where that matches and a
 * record begins. If it never matches, because that checksum or the body is damaged too, every byte
 * is tried, and a record that is found so may be a copy. It is taken, and counted as doubtful. But
 * if the bytes before it have the start of a log in them, a copy is more likely than a record:
 * then the rest of the file is left out.
 *
 * COST
 *
 * O(bytes in the file) time, and memory for the largest record. The searches of version 1 may read
 * bytes again, which a crafted file could make them do without end: together they read at most
 * eight times the file.
 */
package kv.engine;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Finds the records of a file that may be damaged. Reads only. Not thread-safe. */
final class DamagedFile implements Closeable {
  /** The file header of version 1. */
  static final byte[] OLD_FILE_HEADER = {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1};

  /** Bytes of the window. */
  private static final int WINDOW_SIZE = 64 << 10;

  /** Bytes that are read at a time where the disk fails: the unit in which most disks do. */
  private static final int PAGE_SIZE = 4 << 10;

  private static final byte[] ZEROS = new byte[WINDOW_SIZE];

  /** How many times the file may be read again in searches of version 1. */
  private static final int PATIENCE = 8;

  /**
   * Reads bytes at an offset, as {@link FileChannel#read(ByteBuffer, long)} does. Tests have some
   * that fail as disks do.
   */
  interface Input {
    int read(ByteBuffer target, long offset) throws IOException;
  }

  /** Receives the contents of a file, in order. */
  interface Visitor {
    /** Called for each put and delete whose checksums are right. */
    default void record(Found record) throws IOException {}

    /** Called if the file header is damaged. The records can be found without it. */
    default void headerDamaged() throws IOException {}

    /**
     * Called for each part that was left out, before any record after it.
     *
     * @param from the offset of its first byte
     * @param to the offset of the first byte after it; the same if something is missing there
     */
    default void leftOut(long from, long to, String reason) throws IOException {}
  }

  /**
   * A record that was found.
   *
   * @param bytes all bytes of the record, as they are in the file
   */
  record Found(byte type, byte[] key, byte[] value, byte[] bytes) {}

  /**
   * What may be a header.
   *
   * @param checksum the header checksum, as stored
   * @param crc the CRC32C of the bytes before it
   */
  private record Header(
      byte type, int keyLength, int valueLength, int bodyChecksum, int checksum, int crc) {
    long length() {
      return Record.HEADER_SIZE + (long) keyLength + valueLength;
    }

    /** The salt of the file if this header is right, and at this offset. */
    int impliedSalt(long at) {
      return (checksum ^ crc) - (int) at;
    }
  }

  private final Input input;

  /** Closed with this. */
  private final Closeable file;

  /** The size of the file when it was opened, in bytes. */
  private final long size;

  /** Whether the file is a segment, and not a log of steps 1 to 4: only segments have seals. */
  private final boolean segment;

  /** A part of the file. Its limit is how much of it was read. */
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW_SIZE).limit(0);

  /** Where the window starts in the file. */
  private long windowOffset;

  /** The version of the format, and the salt if that is 2. */
  private int version = 1;

  private int salt;

  private Visitor visitor;

  /** Up to where unreadable pages were reported: some are read more than once. */
  private long unreadable;

  /**
   * Bytes that the searches of version 1 may still read in vain: to find the end of a damaged
   * record, and to find that what looks like a record has the wrong body.
   */
  private long patienceForEnds;

  private long patienceForBodies;

  /** Records that were passed to the visitor. */
  private long records;

  /** Parts that were left out, and where the last of them ends. */
  private long leftOut;

  private long leftOutEnd;

  /** Whether the seal was found. */
  private boolean sealed;

  /**
   * Whether some record of version 1 was found only by trying every byte. From there on each may be
   * a copy: the end of a copied log in a value is also the start of the next record, so that
   * following the lengths leads out of a copy as smoothly as it leads through the file.
   */
  private boolean chainBroken;

  /** Records that were found since. */
  private long doubtful;

  /** What is known about a file's seal before the file is read. */
  enum Seal {
    /** The file had one. */
    YES,
    /** If it has version 2, the file had one. (Step 5, which writes version 1, knows no seals.) */
    IN_VERSION_2,
    /** It may not have had one. */
    UNKNOWN
  }

  // ======== Opening ========

  /** Opens a file to be read. Nothing is read yet. */
  static DamagedFile open(Path path, boolean segment) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new DamagedFile(channel::read, channel, channel.size(), segment);
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  /**
   * A file that is read through an input.
   *
   * @param file what to close in the end
   * @param size the length of the file in bytes
   * @param segment whether the file is a segment, and not the log of a store of steps 1 to 4
   */
  DamagedFile(Input input, Closeable file, long size, boolean segment) {
    this.input = input;
    this.file = file;
    this.size = size;
    this.segment = segment;
    this.patienceForEnds = PATIENCE * size;
    this.patienceForBodies = PATIENCE * size;
  }

  /** Finds the version and the salt: false if the file header does not tell them. */
  private boolean readFileHeader() throws IOException {
    byte[] start = copy(0, (int) Math.min(FileHeader.SIZE, size));
    if (segment && FileHeader.version(start) == FileHeader.VERSION && FileHeader.isValid(start)) {
      useSalt(ByteBuffer.wrap(start).getInt(8));
      return true;
    }
    if (start.length >= 8 && Arrays.equals(start, 0, 8, OLD_FILE_HEADER, 0, 8)) {
      return true;
    }
    if (segment && size >= FileHeader.SIZE + Record.HEADER_SIZE) {
      // The damage may be elsewhere in the header. If it is not, no record matches this salt.
      useSalt(ByteBuffer.wrap(start).getInt(8));
      if (nextHeader(FileHeader.SIZE) == size) {
        findSalt();
      }
    }
    return false;
  }

  /** Whether the file was being created when the process died: nothing was written to it. */
  private boolean isUnfinished() throws IOException {
    if (segment) {
      return FileHeader.isUnfinished(copy(0, (int) Math.min(FileHeader.SIZE, size)))
          && (size < FileHeader.SIZE || isZero(0, size));
    }
    byte[] start = copy(0, (int) Math.min(OLD_FILE_HEADER.length, size));
    return size <= OLD_FILE_HEADER.length
        && (isZero(0, size) || Arrays.equals(start, Arrays.copyOf(OLD_FILE_HEADER, start.length)));
  }

  private void useSalt(int salt) {
    this.version = 2;
    this.salt = salt;
  }

  /**
   * Finds the salt that the records imply. The first record and the seal are where they must be, so
   * they are asked first: no copy in a value is there. If neither has a salt that another record
   * confirms, the majority decides. If no two records imply the same salt, the file is taken for
   * one of version 1, unless it has one record only.
   */
  private void findSalt() throws IOException {
    for (long at : new long[] {FileHeader.SIZE, size - Record.SEAL_SIZE}) {
      if (useSaltOf(at) && nextHeader(nextHeader(FileHeader.SIZE) + 1) < size) {
        return;
      }
    }
    if (!useSaltOfMost() && !useSaltOf(FileHeader.SIZE)) {
      version = 1;
    }
  }

  /** Uses the salt that a record implies, if one is at an offset: false if not. */
  private boolean useSaltOf(long at) throws IOException {
    Header header = plausibleHeader(at);
    if (header == null || !bodyMatches(at, header)) {
      return false;
    }
    useSalt(header.impliedSalt(at));
    return true;
  }

  /** Uses the salt that a record and the one after it imply, if most such pairs imply the same. */
  private boolean useSaltOfMost() throws IOException {
    int found = 0;
    long votes = 0;
    for (long at = FileHeader.SIZE; at <= size - Record.HEADER_SIZE; ) {
      long next = at + 1;
      Header header = plausibleHeader(at);
      long end = header == null ? size : at + header.length();
      if (end <= size - Record.HEADER_SIZE) {
        int implied = header.impliedSalt(at);
        Header after = peek(end);
        if (after != null && after.impliedSalt(end) == implied) {
          // Boyer and Moore's majority vote: a vote for another salt takes one away, so that the
          // salt of more than half of the pairs is left over, without a list of all salts.
          found = votes == 0 ? implied : found;
          votes += found == implied ? 1 : -1;
          next = end;
        }
      }
      at = next;
    }
    useSalt(found);
    return votes > 0;
  }

  // ======== Reading ========

  /**
   * Passes all records to a visitor, and all parts that are left out. To be called once.
   *
   * @param seal whether the file had a seal, so that records may be missing if it has none
   */
  void read(Seal seal, Visitor visitor) throws IOException {
    this.visitor = visitor;
    if (!isUnfinished()) {
      boolean hasHeader = readFileHeader();
      long start = Math.min(size, version == 2 ? FileHeader.SIZE : OLD_FILE_HEADER.length);
      if (!hasHeader && start < size) {
        visitor.headerDamaged();
      } else if (!hasHeader) {
        leaveOut(0, size, "the file ends in the middle of the file header");
      }
      readRecords(start);
    }
    boolean hadSeal = seal == Seal.YES || seal == Seal.IN_VERSION_2 && version == 2;
    if (hadSeal && !sealed && (leftOut == 0 || leftOutEnd < size)) {
      leaveOut(size, size, "there is no seal: records may be missing after the last one");
    }
  }

  /**
   * Goes from record to record, and past what is damaged. Each step starts at an offset where a
   * record should be: after another one, or where a search has found one.
   */
  private void readRecords(long start) throws IOException {
    CRC32C headerChecksums = new CRC32C();
    long at = start;
    while (at < size && !isZero(at, size)) {
      Header header = header(at);
      if (header == null) {
        at = afterDamage(at);
        continue;
      }
      long end = at + header.length();
      if (!bodyMatches(at, header)) {
        at = afterBadBody(at, end);
        continue;
      }
      if (header.type != Record.SEAL) {
        visitor.record(found(at, header));
        records++;
        doubtful += chainBroken ? 1 : 0;
        headerChecksums.update(ByteBuffer.allocate(4).putInt(0, header.checksum));
      } else if (!chainBroken) {
        // After a broken chain it may be a copy as well, and is passed over.
        sealed = true;
        checkSeal(at, (int) headerChecksums.getValue());
        if (!isZero(end, size)) {
          leaveOut(end, size, "there are bytes after the seal");
        }
        return;
      }
      at = end;
    }
    if (at < size && !segment) {
      leaveOut(at, size, "zeros: nothing was written there");
    }
  }

  /**
   * Compares the seal at an offset with the records before it. If some of them were left out, it
   * cannot match, and says nothing new.
   */
  private void checkSeal(long at, int sealChecksum) throws IOException {
    ByteBuffer seal = ByteBuffer.wrap(copy(at + Record.HEADER_SIZE, 8));
    long count = Integer.toUnsignedLong(seal.getInt());
    if (leftOut == 0 && (count != records || seal.getInt() != sealChecksum)) {
      leaveOut(
          at, at, "the seal is for " + count + " records, and is not that of the ones before it");
    }
  }

  /** Reports a part that has no record, or none that is whole. */
  private void leaveOut(long from, long to, String reason) throws IOException {
    leftOut++;
    leftOutEnd = to;
    visitor.leftOut(from, to, reason);
  }

  /**
   * Reports a record whose header is right and whose body is not, and returns where to go on: at
   * its end, since the header has a checksum of its own and can be believed (I5). If the record may
   * be a copy, its end may be in the middle of a real one, and every byte is tried.
   */
  private long afterBadBody(long at, long end) throws IOException {
    String reason =
        end > size
            ? "the file ends " + (end - size) + " bytes before the record does"
            : "the key and the value do not match their checksum";
    long next = chainBroken ? nextRecord(at + 1) : Math.min(end, size);
    leaveOut(at, next, reason);
    return next;
  }

  /**
   * Reports what is at an offset where no header is, and returns where the next record is.
   *
   * <pre>
   * all but the type is right      the length is known: a process died while it wrote this
   * version 2                      the next header, at whatever byte
   * version 1, body is right       the end of the body
   * version 1, anything else       the next record, at whatever byte; or nothing more, if there
   *                                is a copy of a log in between
   * </pre>
   */
  private long afterDamage(long at) throws IOException {
    if (size - at < Record.HEADER_SIZE) {
      leaveOut(at, size, "the file ends in the middle of a record's header");
      return size;
    }
    Header unfinished = unfinished(at);
    if (unfinished != null) {
      long end = Math.min(size, at + unfinished.length());
      leaveOut(at, end, "a record that was not finished: its type, written last, is missing");
      return end;
    }
    if (version == 2) {
      long next = nextHeader(at + 1);
      leaveOut(at, next, "there is no valid record header");
      return next;
    }
    long end = endByBody(at);
    if (end >= 0) {
      leaveOut(at, end, "the record's header is damaged");
      return end;
    }
    long next = nextRecord(at + 1);
    if (next < size && hasLogStart(at, next)) {
      leaveOut(at, size, "a header is damaged, and a copy of a log follows: no end can be found");
      return size;
    }
    leaveOut(at, next, "there is no valid record header");
    chainBroken = true;
    return next;
  }

  /** Returns the header of a record that has everything but its type, or null. */
  private Header unfinished(long at) throws IOException {
    byte[] bytes = copy(at, Record.HEADER_SIZE);
    if (bytes[0] == 0) {
      for (byte type : new byte[] {Record.PUT, Record.DELETE, Record.SEAL}) {
        bytes[0] = type;
        Header header = header(bytes);
        if (header != null && isRight(at, header)) {
          return header;
        }
      }
    }
    return null;
  }

  /** Returns the first valid header from an offset on, or the file's size. */
  private long nextHeader(long from) throws IOException {
    for (long at = from; at <= size - Record.HEADER_SIZE; at++) {
      if (header(at) != null) {
        return at;
      }
    }
    return size;
  }

  /**
   * Returns the first whole record from an offset on, or the file's size. A header alone is not
   * enough here: in version 1 it may be the remains of a copy whose body was cut.
   */
  private long nextRecord(long from) throws IOException {
    long at = nextHeader(from);
    while (at < size && patienceForBodies > 0) {
      Header header = header(at);
      if (bodyMatches(at, header)) {
        return at;
      }
      patienceForBodies -= header.length();
      at = nextHeader(at + 1);
    }
    return size;
  }

  /**
   * Returns where the record at an offset ends whose header is damaged, but not its body nor its
   * body checksum; or -1. It ends where the checksum matches, and a record begins, or zeros, or the
   * file ends. That both are there by chance is as likely as one in 2 to the 64th.
   */
  private long endByBody(long at) throws IOException {
    int expected = ByteBuffer.wrap(copy(at + 8, 4)).getInt();
    CRC32C checksum = new CRC32C();
    for (long end = at + Record.HEADER_SIZE; end <= size && patienceForEnds > 0; end++) {
      if ((int) checksum.getValue() == expected
          && (end == size || header(end) != null || isZero(end, size))) {
        return end;
      }
      if (end < size) {
        checksum.update(byteAt(end));
        patienceForEnds--;
      }
    }
    return -1;
  }

  /** Returns whether a part of the file has the file header of a log in it. */
  private boolean hasLogStart(long from, long to) throws IOException {
    int matched = 0;
    for (long at = from; at < to; at++) {
      byte found = byteAt(at);
      // No proper prefix of the header is also a suffix of it: "K" is only its first byte.
      matched = found == OLD_FILE_HEADER[matched] ? matched + 1 : found == 'K' ? 1 : 0;
      if (matched == OLD_FILE_HEADER.length) {
        return true;
      }
    }
    return false;
  }

  /** Returns the header at an offset, or null if none is there. */
  private Header header(long at) throws IOException {
    Header header = plausibleHeader(at);
    return header != null && isRight(at, header) ? header : null;
  }

  /** The same, whether its checksum is right or not. */
  private Header plausibleHeader(long at) throws IOException {
    if (at > size - Record.HEADER_SIZE) {
      return null;
    }
    byte type = byteAt(at);
    boolean known = type == Record.PUT || type == Record.DELETE || type == Record.SEAL;
    return known ? header(copy(at, Record.HEADER_SIZE)) : null;
  }

  /** The same for an offset that may be far away: the window stays where it is. */
  private Header peek(long at) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Record.HEADER_SIZE);
    readFully(bytes, at);
    return header(bytes.array());
  }

  /** Returns the header that some bytes are, whether its checksum is right or not; or null. */
  private Header header(byte[] bytes) {
    ByteBuffer fields = ByteBuffer.wrap(bytes);
    byte type = fields.get();
    int keyLength = Short.toUnsignedInt(fields.getShort(2));
    int valueLength = fields.getInt(4);
    boolean plausible =
        type == Record.SEAL
            ? segment && keyLength == 0 && valueLength == Record.SEAL_SIZE - Record.HEADER_SIZE
            : (type == Record.PUT || type == Record.DELETE)
                && 0 <= valueLength
                && valueLength <= Record.MAX_VALUE_LENGTH;
    if (!plausible) {
      return null;
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 12);
    return new Header(
        type, keyLength, valueLength, fields.getInt(8), fields.getInt(12), (int) crc.getValue());
  }

  /** Returns whether the checksum of a header is right, at an offset of this file. */
  private boolean isRight(long at, Header header) {
    return version == 2 ? header.impliedSalt(at) == salt : header.checksum == header.crc;
  }

  /** Returns the record at an offset, with copies of its key and value. */
  private Found found(long at, Header header) throws IOException {
    byte[] bytes = copy(at, (int) header.length());
    int keyEnd = Record.HEADER_SIZE + header.keyLength;
    return new Found(
        header.type,
        Arrays.copyOfRange(bytes, Record.HEADER_SIZE, keyEnd),
        Arrays.copyOfRange(bytes, keyEnd, bytes.length),
        bytes);
  }

  /** Returns whether the body after a header is all there and has the right checksum. */
  private boolean bodyMatches(long at, Header header) throws IOException {
    long end = at + header.length();
    if (end > size) {
      return false;
    }
    CRC32C checksum = new CRC32C();
    for (long from = at + Record.HEADER_SIZE; from < end; ) {
      int start = find(from, 1);
      int piece = (int) Math.min(window.limit() - start, end - from);
      checksum.update(window.array(), start, piece);
      from += piece;
    }
    return (int) checksum.getValue() == header.bodyChecksum;
  }

  /** Returns the byte at an offset. */
  private byte byteAt(long offset) throws IOException {
    return window.get(find(offset, 1));
  }

  /** Returns a copy of a part of the file. One that is larger than the window is not kept in it. */
  private byte[] copy(long from, int length) throws IOException {
    byte[] copy = new byte[length];
    if (length <= WINDOW_SIZE) {
      window.get(find(from, length), copy);
    } else {
      readFully(ByteBuffer.wrap(copy), from);
    }
    return copy;
  }

  /** Returns whether a part of the file is all zeros. */
  private boolean isZero(long from, long to) throws IOException {
    for (long at = from; at < to; ) {
      int start = find(at, 1);
      int piece = (int) Math.min(window.limit() - start, to - at);
      if (Arrays.mismatch(window.array(), start, start + piece, ZEROS, 0, piece) >= 0) {
        return false;
      }
      at += piece;
    }
    return true;
  }

  /** Returns the index in the window of a part of the file, after moving the window if needed. */
  private int find(long from, int length) throws IOException {
    if (from < windowOffset || from + length > windowOffset + window.limit()) {
      window.limit(0);
      ByteBuffer moved = window.duplicate().clear().limit((int) Math.min(WINDOW_SIZE, size - from));
      readFully(moved, from);
      windowOffset = from;
      window.limit(moved.limit());
    }
    return (int) (from - windowOffset);
  }

  /** Fills a buffer from the file. Where the disk fails, leaves zeros, and says so. */
  private void readFully(ByteBuffer target, long from) throws IOException {
    try {
      readAll(target, from);
    } catch (ClosedChannelException e) {
      // An interrupt, and no fault of the disk.
      throw e;
    } catch (IOException e) {
      // Once more, page by page: only those that fail are lost.
      while (target.hasRemaining()) {
        long at = from + target.position();
        int length = (int) Math.min(target.remaining(), PAGE_SIZE - at % PAGE_SIZE);
        ByteBuffer page = target.slice(target.position(), length);
        try {
          readAll(page, at);
        } catch (IOException cause) {
          page.put(new byte[page.remaining()]);
          reportUnreadable(at, at + length, cause);
        }
        target.position(target.position() + length);
      }
    }
  }

  /** Fills a buffer from the file. */
  private void readAll(ByteBuffer target, long from) throws IOException {
    while (target.hasRemaining()) {
      if (input.read(target, from + target.position()) < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
    }
  }

  /** Reports a page that the disk cannot give, unless it was reported before. */
  private void reportUnreadable(long from, long to, IOException cause) throws IOException {
    if (to > unreadable) {
      leaveOut(Math.max(from, unreadable), to, "it could not be read: " + cause.getMessage());
      unreadable = to;
    }
  }

  /** How many bytes the file has. */
  long size() {
    return size;
  }

  /** The version of the format, once the file was read. */
  int version() {
    return version;
  }

  /** How many records were found, without the seal. */
  long records() {
    return records;
  }

  /** How many parts were left out. */
  long leftOut() {
    return leftOut;
  }

  /** How many of the records may be from the copy of a log in a value. */
  long doubtful() {
    return doubtful;
  }

  /** Whether the file has its seal. */
  boolean isSealed() {
    return sealed;
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    file.close();
  }
}
