/*
 * WHAT THIS FILE IS
 *
 * A cursor over one segment. It points at one record at a time, and verifies that record before it
 * returns anything of it.
 *
 * COMPARED WITH STEP 5
 *
 * The window is a copy out of memory: a segment is mapped, so all of it is accessible like an
 * array. Where step 5 makes a system call for every 64 KiB, the processor's memory management does
 * the work here. A record at a random place is copied alone. When records are read one after
 * another, each copy is twice as long as the one before, up to 64 KiB, as in the read-ahead of
 * operating systems.
 *
 * Checksums are computed of copies, never of the map itself. When the disk cannot read a page, a
 * copy out of it ends in an InternalError, which can be caught. A checksum in the JVM's own
 * machine code would end the process.
 *
 * PICTURE
 *
 *     | KVSTEPS 2 | P os mac | P editor vim | P os linux | D editor | ...
 *                            ^ offset       ^ next()
 *
 * The cursor moves to a record's end by its length, and stops at the end of the segment's last
 * record. That may be before the end of the file: the seal and zeros follow.
 *
 * INVARIANTS
 *
 * I5  A length is used only after its checksum has been verified. A flipped bit in a length must
 *     not make a reader allocate gigabytes, or continue in the middle of another record.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Reads the records of a segment, one after another. Not thread-safe. */
final class LogReader {
  /** Maximum size of the window. */
  private static final int MAX_WINDOW = 64 << 10;

  static final String NO_HEADER = "there is no valid record header";

  static final String WRONG_BODY = "the key and the value do not match their checksum";

  private final Path file;
  private final ByteBuffer map;
  private final FileHeader fileHeader;
  private final int readable;

  /** The window: a part of the file. */
  private byte[] window = new byte[Record.HEADER_SIZE];

  /** Offset of the window in the file. */
  private int windowStart;

  /** Offset at which the window ends. */
  private int windowEnd;

  /** Whether bytes were copied since {@link #surfaceFaults}. */
  private boolean hasLoaded;

  private final CRC32C checksum = new CRC32C();

  /** Offset of the record under the cursor. */
  private int offset;

  private Record.Header header;

  /** End of the record under the cursor: where {@link #next} moves. */
  private int nextOffset;

  /** Offset at which {@link #next} stops. */
  private int end;

  /**
   * Creates a reader of a mapped file.
   *
   * @param readable number of bytes that may be read ahead of a record that is requested: the map
   *     of a segment that is written is longer than its file
   */
  LogReader(Path file, ByteBuffer map, FileHeader fileHeader, int readable) {
    this.file = file;
    this.map = map;
    this.fileHeader = fileHeader;
    this.readable = readable;
  }

  // ======== Reading ========

  /** Moves before the first record of a segment whose last record ends at an offset. */
  void rewind(int end) {
    nextOffset = fileHeader.size();
    this.end = end;
  }

  /**
   * Moves to the next record. Returns false if there is none.
   *
   * @throws CorruptStoreException if the next record is not whole
   */
  boolean next() throws CorruptStoreException {
    if (nextOffset == end) {
      return false;
    }
    moveTo(nextOffset);
    return true;
  }

  /**
   * Moves to the record at an offset, and verifies both of its checksums.
   *
   * @throws CorruptStoreException if there is no whole record at this offset
   */
  void moveTo(int offset) throws CorruptStoreException {
    if (!readHeader(offset)) {
      throw corrupt(offset, NO_HEADER);
    }
    if (!bodyMatches()) {
      throw corrupt(offset, WRONG_BODY);
    }
  }

  /** Moves to an offset. Returns whether there is a valid header. Does not read the body. */
  boolean readHeader(int offset) {
    this.offset = offset;
    load(offset, Record.HEADER_SIZE);
    ByteBuffer bytes = ByteBuffer.wrap(window).position(offset - windowStart);
    header = Record.decodeHeader(bytes, fileHeader, offset);
    if (header != null) {
      nextOffset = offset + header.recordLength();
    }
    return header != null;
  }

  /** Moves the window to a part of the file, unless it is there already. */
  private void load(int from, int length) {
    if (windowStart <= from && from + length <= windowEnd) {
      return;
    }
    int before = windowEnd - windowStart;
    boolean readsOn = windowStart <= from && from - windowEnd <= before;
    int ahead = readsOn ? Math.min(2 * before, Math.min(MAX_WINDOW, readable - from)) : 0;
    int size = Math.max(length, ahead);
    if (size > window.length) {
      window = new byte[Math.min(2 * size, MAX_WINDOW)];
    }
    windowEnd = windowStart;
    // If the copy fails and the JVM reports the error late, no old bytes must be in the window.
    Arrays.fill(window, 0, size, (byte) 0);
    map.get(from, window, 0, size);
    windowStart = from;
    windowEnd = from + size;
    hasLoaded = true;
  }

  /**
   * Throws the InternalError of an earlier read, if one is pending (see LateFaults). Costs nothing
   * if nothing was copied since the last call.
   */
  void surfaceFaults() {
    if (hasLoaded) {
      hasLoaded = false;
      LateFaults.surface();
    }
  }

  /** Reads the record's key and value. Returns whether they match their checksum. */
  boolean bodyMatches() {
    // The header may be valid although the end of the file is missing.
    if (nextOffset > map.capacity()) {
      return false;
    }
    checksum.reset();
    if (fitsInWindow()) {
      load(offset, header.recordLength());
      int start = offset + Record.HEADER_SIZE - windowStart;
      checksum.update(window, start, header.recordLength() - Record.HEADER_SIZE);
    } else {
      int piece;
      for (int at = offset + Record.HEADER_SIZE; at < nextOffset; at += piece) {
        piece = Math.min(MAX_WINDOW, nextOffset - at);
        load(at, piece);
        checksum.update(window, at - windowStart, piece);
      }
    }
    return (int) checksum.getValue() == header.bodyChecksum();
  }

  private boolean fitsInWindow() {
    return header.recordLength() <= MAX_WINDOW;
  }

  // The following methods are about the record under the cursor. Only key() and value() read.

  /** Returns the offset of the record in the file. */
  int offset() {
    return offset;
  }

  /** Returns the offset at which the record ends. */
  int nextOffset() {
    return nextOffset;
  }

  /** Returns {@link Record#PUT}, {@link Record#DELETE} or {@link Record#SEAL}. */
  byte type() {
    return header.type();
  }

  /** Returns the length of the record in bytes, header included. */
  int length() {
    return header.recordLength();
  }

  /** Returns whether everything before the record was durable when it was written. */
  boolean hasSyncMark() {
    return header.syncMark();
  }

  /** Returns a copy of the key. */
  byte[] key() {
    return body(0, header.keyLength());
  }

  /** Returns the length of the key in bytes. */
  int keyLength() {
    return header.keyLength();
  }

  /** Copies the key into an array. */
  void copyKey(byte[] target, int at) {
    if (fitsInWindow()) {
      int start = offset + Record.HEADER_SIZE - windowStart;
      System.arraycopy(window, start, target, at, header.keyLength());
    } else {
      System.arraycopy(key(), 0, target, at, header.keyLength());
    }
  }

  /** Returns a copy of the value, of up to 512 MiB. */
  byte[] value() {
    return body(header.keyLength(), header.valueLength());
  }

  /** Returns a copy of a part of the body, after {@link #bodyMatches} verified it. */
  private byte[] body(int from, int length) {
    if (fitsInWindow()) {
      int start = offset + Record.HEADER_SIZE + from - windowStart;
      return Arrays.copyOfRange(window, start, start + length);
    }
    byte[] copy = copy(offset + Record.HEADER_SIZE + from, length);
    // These bytes are read for a second time, and their checksum is not verified again.
    LateFaults.surface();
    return copy;
  }

  /** Returns a copy of a part of the file. The part must be within the file. */
  byte[] copy(int from, int length) {
    byte[] copy = new byte[length];
    map.get(from, copy);
    return copy;
  }

  /** Copies a part of the file into an array. The part must be within the file. */
  void copy(int from, byte[] target, int at, int length) {
    map.get(from, target, at, length);
  }

  /** Returns whether a part of the file is all zeros. */
  boolean isZero(int from, int to) {
    for (int at = from; at < to; at++) {
      if (map.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Returns the file header. */
  FileHeader fileHeader() {
    return fileHeader;
  }

  /** Returns the length of the file in bytes. */
  int size() {
    return map.capacity();
  }

  /**
   * Returns the exception for damage at an offset of this file.
   *
   * @throws InternalError if the disk could not be read: then the file may be undamaged
   */
  CorruptStoreException corrupt(int offset, String found) {
    LateFaults.surface();
    return new CorruptStoreException(file, offset, found);
  }
}
