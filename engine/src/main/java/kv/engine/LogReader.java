/*
 * WHAT THIS FILE IS
 *
 * A cursor over one segment. It stands on one record at a time, and has verified that record
 * before it gives away anything of it.
 *
 * COMPARED WITH STEP 5
 *
 * There is no window: a segment is mapped, so all of it is there, as if it were an array. What is
 * a system call for every 64 KiB there is the processor's memory management here.
 *
 * Nothing is computed on the map itself, but on copies. When the disk cannot read a page, a copy
 * out of it ends in an InternalError, which can be caught; a checksum in the JVM's own machine code
 * would end the process.
 *
 * PICTURE
 *
 *     | KVSTEPS 2 | P os mac | P editor vim | P os linux | D editor | ...
 *                            ^ offset       ^ next()
 *
 * The cursor goes to a record's end by its length, and stops where the segment says that its last
 * record ends. That may be before the end of the file: behind it are the seal, and zeros.
 *
 * INVARIANTS
 *
 * I5  A length is used only after its checksum has been verified. A flipped bit in a length must
 *     not make a reader allocate gigabytes, or walk off into the middle of another record.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Reads the records of a segment, one after the other. Not thread-safe. */
final class LogReader {
  /** Bytes that are copied at a time, to compute a checksum of them. */
  private static final int BUFFER_SIZE = 16 * 1024;

  private final Path file;
  private final ByteBuffer map;
  private final FileHeader fileHeader;
  private final byte[] buffer = new byte[BUFFER_SIZE];
  private final CRC32C checksum = new CRC32C();

  /** The record under the cursor. */
  private int offset;

  private Record.Header header;

  /** Where {@link #next} goes, and where it stops. */
  private int nextOffset;

  private int end;

  /** A reader of a file that is mapped. */
  LogReader(Path file, ByteBuffer map, FileHeader fileHeader) {
    this.file = file;
    this.map = map;
    this.fileHeader = fileHeader;
  }

  // ======== Reading ========

  /** Puts the cursor before the first record of a segment whose last one ends at an offset. */
  void rewind(int end) {
    nextOffset = fileHeader.size();
    this.end = end;
  }

  /**
   * Moves to the next record: false if there is none.
   *
   * @throws CorruptStoreException if there is no whole record there
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
   * @throws CorruptStoreException if there is no whole record there
   */
  void moveTo(int offset) throws CorruptStoreException {
    if (!readHeader(offset)) {
      throw corrupt(offset, "there is no valid record header");
    }
    if (!bodyMatches()) {
      throw corrupt(offset, "the key and the value do not match their checksum");
    }
  }

  /** Moves to an offset: false if no valid header is there. The body is not looked at. */
  boolean readHeader(int offset) {
    this.offset = offset;
    // If the copy fails and the JVM tells of it late, then there is no header either.
    Arrays.fill(buffer, 0, Record.HEADER_SIZE, (byte) 0);
    map.get(offset, buffer, 0, Record.HEADER_SIZE);
    header = Record.decodeHeader(ByteBuffer.wrap(buffer), fileHeader, offset);
    if (header != null) {
      nextOffset = offset + header.recordLength();
    }
    return header != null;
  }

  /** Reads the record's key and value: true if they match the header. */
  boolean bodyMatches() {
    // The header may be valid, and tell of more than there is: the end of the file is missing.
    if (nextOffset > map.capacity()) {
      return false;
    }
    checksum.reset();
    int piece;
    for (int at = offset + Record.HEADER_SIZE; at < nextOffset; at += piece) {
      piece = Math.min(BUFFER_SIZE, nextOffset - at);
      map.get(at, buffer, 0, piece);
      checksum.update(buffer, 0, piece);
    }
    return (int) checksum.getValue() == header.bodyChecksum();
  }

  // The rest is of the record under the cursor, and asks nothing of the file but keys and values.

  /** Where the record starts in the file. */
  int offset() {
    return offset;
  }

  /** Where the record ends. */
  int nextOffset() {
    return nextOffset;
  }

  /** {@link Record#PUT}, {@link Record#DELETE} or {@link Record#SEAL}. */
  byte type() {
    return header.type();
  }

  /** Bytes of the record, with its header. */
  int length() {
    return header.recordLength();
  }

  /** Whether everything before the record was durable when it was written. */
  boolean hasSyncMark() {
    return header.syncMark();
  }

  /** A copy of the key. */
  byte[] key() {
    return body(0, header.keyLength());
  }

  /** A copy of the value, of up to 512 MiB. */
  byte[] value() {
    return body(header.keyLength(), header.valueLength());
  }

  /** A copy of a part of the body, which {@link #bodyMatches} has read. */
  private byte[] body(int from, int length) {
    if (header.recordLength() - Record.HEADER_SIZE <= BUFFER_SIZE) {
      return Arrays.copyOfRange(buffer, from, from + length);
    }
    byte[] copy = copy(offset + Record.HEADER_SIZE + from, length);
    // These bytes are read for a second time, and no checksum is compared again.
    LateFaults.surface();
    return copy;
  }

  /** A copy of a part of the file. The caller sees to it that the file has it. */
  byte[] copy(int from, int length) {
    byte[] copy = new byte[length];
    map.get(from, copy);
    return copy;
  }

  /** Tells whether a part of the file is all zeros. */
  boolean isZero(int from, int to) {
    for (int at = from; at < to; at++) {
      if (map.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The file header of the file. */
  FileHeader fileHeader() {
    return fileHeader;
  }

  /** The length of the file. */
  int size() {
    return map.capacity();
  }

  /**
   * The exception that says what is wrong at an offset of this file.
   *
   * @throws InternalError if the bytes are not what they were because the disk could not be read
   */
  CorruptStoreException corrupt(int offset, String found) {
    LateFaults.surface();
    return new CorruptStoreException(file, offset, found);
  }
}
