/*
 * WHAT THIS FILE IS
 *
 * A cursor over the log. It stands on one record at a time, and has verified that record before
 * it gives away anything of it. (It does not keep what it verified: of a value that is larger than
 * its buffer, the beginning is read once more.)
 *
 * PICTURE
 *
 *     | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor | ...
 *                            ^ offset       ^ next()
 *                 |------------- buffer, 64 KiB --------------------------- ... |
 *
 * The buffer is a window of the file. A system call for every record would cost several times what
 * the record itself does, so each call brings in 64 KiB, and most records are there already. A
 * value larger than the window passes through it in pieces: memory does not grow with the log.
 *
 * Reads are positional: each says where it reads. A shared file position ("seek, then read")
 * belongs to whoever moved it last.
 *
 * INVARIANTS
 *
 * I5  A length is used only after its checksum has been verified. A flipped bit in a length must
 *     not make a reader allocate gigabytes, or walk off into the middle of another record.
 */
package kv.step5;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/** Reads the records of a log, one after the other, through one buffer. Not thread-safe. */
final class LogReader implements Closeable {
  /** Bytes read by one system call. */
  private static final int BUFFER_SIZE = 64 * 1024;

  private final LogFile log;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);
  private final CRC32C checksum = new CRC32C();

  /** Where the window starts in the file, and how many bytes of it are there. */
  private long windowOffset;

  private int windowLength;

  /** The record under the cursor. */
  private long offset;

  private Record.Header header;

  /** Where {@link #next} goes, and where it stops. */
  private long nextOffset;

  private long end;

  LogReader(LogFile log, FileChannel channel) {
    this.log = log;
    this.channel = channel;
  }

  // ======== Reading ========

  /** Puts the cursor before the first record of a log whose last one ends at an offset. */
  void rewind(long end) {
    nextOffset = LogFile.FILE_HEADER.length;
    this.end = end;
  }

  /**
   * Moves to the next record: false if there is none. About one system call for every 64 KiB of
   * records that are a good deal smaller than that, and one or two for each that is not.
   *
   * @throws CorruptStoreException if there is no whole record there
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
   * @throws CorruptStoreException if there is no whole record there
   */
  void moveTo(long offset) throws IOException {
    if (!readHeader(offset)) {
      throw corrupt(offset, "there is no valid record header");
    }
    if (!bodyMatches()) {
      throw corrupt(offset, "the key and the value do not match their checksum");
    }
  }

  /** Moves to an offset: false if no valid header is there. The body is not looked at. */
  boolean readHeader(long offset) throws IOException {
    this.offset = offset;
    header = Record.decodeHeader(bytes(offset, Record.HEADER_SIZE));
    if (header != null) {
      nextOffset = offset + header.recordLength();
    }
    return header != null;
  }

  /** Reads the record's key and value through the window: true if they match the header. */
  boolean bodyMatches() throws IOException {
    checksum.reset();
    for (long at = offset + Record.HEADER_SIZE; at < nextOffset; at += BUFFER_SIZE) {
      checksum.update(piece(at));
    }
    return (int) checksum.getValue() == header.bodyChecksum();
  }

  /** Where the record starts in the file. */
  long offset() {
    return offset;
  }

  /** Where the record ends. */
  long nextOffset() {
    return nextOffset;
  }

  byte type() {
    return header.type();
  }

  KeyDir.Location location() {
    return new KeyDir.Location(log, offset, header.recordLength());
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

  /** The bytes of the record from an offset in the file on, as many as one window holds. */
  ByteBuffer piece(long from) throws IOException {
    return bytes(from, (int) Math.min(BUFFER_SIZE, nextOffset - from));
  }

  /** Tells whether a part of the file is all zeros. */
  boolean isZero(long from, long to) throws IOException {
    for (long at = from; at < to; at++) {
      if (bytes(at, 1).get() != 0) {
        return false;
      }
    }
    return true;
  }

  /** The window, moved if it has to be, so that its next bytes are those of a part of the file. */
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
    return new CorruptStoreException(log.file(), offset, found);
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
