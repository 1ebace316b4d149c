/*
 * WHAT THIS FILE IS
 *
 * A cursor over the log. It points at one record at a time, and verifies that record before it
 * returns any part of it. (It does not keep the verified bytes: it reads the beginning of a value
 * again if the value is larger than its buffer.)
 *
 * PICTURE
 *
 *     | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor | ...
 *                            ^ offset       ^ next()
 *                 |------------- buffer, 64 KiB --------------------------- ... |
 *
 * The buffer is a window of the file. A system call for every record would cost several times as
 * much as the record itself, so each call reads 64 KiB, and most records are in the buffer
 * already. A value larger than the window passes through it in pieces: memory does not grow with
 * the log.
 *
 * Reads are positional: each call passes its offset. A shared file position ("seek, then read")
 * could be moved by another reader between the two calls.
 *
 * INVARIANTS
 *
 * I5  A length is used only after its checksum has been verified. Otherwise a flipped bit in a
 *     length could make a reader allocate gigabytes, or continue in the middle of another record.
 */
package kv.step3;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Reads the records of a log in order, through one buffer. Not thread-safe. */
final class LogReader implements Closeable {
  /** Bytes read by one system call. */
  private static final int BUFFER_SIZE = 64 * 1024;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);
  private final CRC32C checksum = new CRC32C();

  /** Offset of the window in the file, and the number of bytes read into it. */
  private long windowOffset;

  private int windowLength;

  /** The record under the cursor. */
  private long offset;

  private Record.Header header;

  /** Offset of the record that {@link #next} moves to, and the offset at which it stops. */
  private long nextOffset;

  private long end;

  LogReader(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  // ======== Reading ========

  /** Moves the cursor before the first record of a log that ends at the given offset. */
  void rewind(long end) {
    nextOffset = LogFile.FILE_HEADER.length;
    this.end = end;
  }

  /**
   * Moves to the next record; returns false if there is none. Makes about one system call per 64
   * KiB of small records, and one or two per record of 64 KiB or more.
   *
   * @throws CorruptStoreException if there is no whole record at the next offset
   */
  boolean next() throws IOException {
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
  void moveTo(long offset) throws IOException {
    if (!readHeader(offset)) {
      throw corrupt(offset, "there is no valid record header");
    }
    if (!bodyMatches()) {
      throw corrupt(offset, "the key and the value do not match their checksum");
    }
  }

  /**
   * Moves to an offset; returns false if there is no valid header there. Does not read the body.
   */
  boolean readHeader(long offset) throws IOException {
    this.offset = offset;
    header = Record.decodeHeader(bytes(offset, Record.HEADER_SIZE));
    if (header != null) {
      nextOffset = offset + header.recordLength();
    }
    return header != null;
  }

  /**
   * Reads the record's body through the window; returns whether it matches the header's checksum.
   */
  boolean bodyMatches() throws IOException {
    checksum.reset();
    for (long at = offset + Record.HEADER_SIZE; at < nextOffset; at += BUFFER_SIZE) {
      checksum.update(piece(at));
    }
    return (int) checksum.getValue() == header.bodyChecksum();
  }

  /** Returns the offset at which the record starts. */
  long offset() {
    return offset;
  }

  /** Returns the offset at which the record ends. */
  long nextOffset() {
    return nextOffset;
  }

  byte type() {
    return header.type();
  }

  KeyDir.Location location() {
    return new KeyDir.Location(offset, header.recordLength());
  }

  boolean hasSyncMark() {
    return header.syncMark();
  }

  byte[] key() throws IOException {
    return copy(offset + Record.HEADER_SIZE, header.keyLength());
  }

  byte[] value() throws IOException {
    return copy(offset + Record.HEADER_SIZE + header.keyLength(), header.valueLength());
  }

  private byte[] copy(long from, int length) throws IOException {
    byte[] copy = new byte[length];
    for (int at = 0; at < length; at += BUFFER_SIZE) {
      int piece = Math.min(BUFFER_SIZE, length - at);
      bytes(from + at, piece).get(copy, at, piece);
    }
    return copy;
  }

  /** Returns the bytes of the record from an offset in the file on, at most one window of them. */
  ByteBuffer piece(long from) throws IOException {
    return bytes(from, (int) Math.min(BUFFER_SIZE, nextOffset - from));
  }

  /** Returns whether all bytes of a part of the file are zero. */
  boolean isZero(long from, long to) throws IOException {
    for (long at = from; at < to; at++) {
      if (bytes(at, 1).get() != 0) {
        return false;
      }
    }
    return true;
  }

  /** Returns the window, positioned at a part of the file; moves the window there if necessary. */
  private ByteBuffer bytes(long from, int length) throws IOException {
    if (from < windowOffset || from + length > windowOffset + windowLength) {
      moveWindow(from, length);
    }
    int start = (int) (from - windowOffset);
    return buffer.limit(start + length).position(start);
  }

  private void moveWindow(long from, int length) throws IOException {
    windowLength = 0;
    buffer.clear();
    while (buffer.position() < length) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        throw corrupt(from, "the file ends in the middle of a record");
      }
    }
    windowOffset = from;
    windowLength = buffer.position();
  }

  CorruptStoreException corrupt(long offset, String found) {
    return new CorruptStoreException(file, offset, found);
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
