/*
 * WHAT THIS FILE IS
 *
 * The log of steps 1 to 4: one file, store.data, of any length, in version 1 of the format. It is
 * only read, for the import.
 *
 * LAYOUT: how version 1 differs from version 2
 *
 *     file header     8 bytes: KVSTEPS and the version, 1; no salt
 *     record          the header checksum is the CRC32C alone, and depends on no offset
 *     seal            none: a log that was cut between two records looks whole
 *
 * Its end may be torn. The rules are Recovery's for version 1: a value can be the copy of a log,
 * whose records look like records of this one. So the search for a sync mark follows the lengths
 * from header to header for as long as that is possible.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Reads the log of a store of steps 1 to 4. Not thread-safe. */
final class OldLog implements Closeable {
  /** Name of the log of steps 1 to 4. */
  static final String FILE_NAME = "store.data";

  /** The file header: {@code KVSTEPS} and the version, 1. */
  static final byte[] FILE_HEADER = FileHeader.VERSION_1.encode();

  /** Bytes read at a time. */
  private static final int WINDOW_SIZE = 64 << 10;

  private final Path file;
  private final RandomAccessFile reader;
  private final long size;

  /** A part of the file. */
  private final byte[] window = new byte[WINDOW_SIZE];

  private long windowStart;
  private int windowLength;

  /** Offset of the record under the cursor. */
  private long offset;

  private Record.Header header;
  private long nextOffset = FILE_HEADER.length;

  /** End of the last whole record. */
  private long end = FILE_HEADER.length;

  private OldLog(Path file) throws IOException {
    this.file = file;
    this.reader = new RandomAccessFile(file.toFile(), "r");
    this.size = reader.length();
  }

  // ======== Opening ========

  /**
   * Opens a log, verifies all of it, and moves before the first record.
   *
   * @throws CorruptStoreException if the file is damaged, or is not a log
   */
  static OldLog open(Path file) throws IOException {
    OldLog log = new OldLog(file);
    try {
      if (log.hasFileHeader()) {
        log.findEnd();
      }
      log.nextOffset = FILE_HEADER.length;
      return log;
    } catch (Throwable e) {
      log.close();
      throw e;
    }
  }

  /**
   * Returns whether there is a file header. If not, a crash left a part of it, or zeros, or both.
   */
  private boolean hasFileHeader() throws IOException {
    byte[] found = bytes(0, (int) Math.min(FILE_HEADER.length, size));
    if (Arrays.equals(found, FILE_HEADER)) {
      return true;
    }
    if (isUnfinishedHeader(found, size)) {
      return false;
    }
    throw corrupt(0, "the file does not start like a log of steps 1 to 4");
  }

  /**
   * Returns whether a file is one whose creation did not finish: a part of the file header, zeros,
   * or both, and nothing else.
   *
   * @param start the first bytes of the file, at most as many as a file header has
   */
  static boolean isUnfinishedHeader(byte[] start, long size) {
    int written = Math.max(0, Arrays.mismatch(start, FILE_HEADER));
    byte[] zerosAfter = Arrays.copyOf(Arrays.copyOf(start, written), start.length);
    return size <= FILE_HEADER.length && Arrays.equals(start, zerosAfter);
  }

  /** Reads and verifies all records up to the end, or up to a torn record. */
  private void findEnd() throws IOException {
    while (size - end >= Record.HEADER_SIZE && !isZero(end, end + 1)) {
      if (!readHeader(end)) {
        if (!missesASector(end, end + Record.HEADER_SIZE)) {
          throw corrupt(end, LogReader.NO_HEADER);
        }
        break;
      }
      if (nextOffset > size) {
        break;
      }
      if (!bodyMatches()) {
        if (!missesASector(end, nextOffset)) {
          throw corrupt(end, LogReader.WRONG_BODY);
        }
        break;
      }
      end = nextOffset;
    }
    long mark = findSyncMark();
    if (mark >= 0) {
      throw corrupt(
          end, "this part of the log was synced, as the mark of the record at " + mark + " shows");
    }
  }

  /** Returns whether a sector that begins in a part of the file is zero to its end. */
  private boolean missesASector(long from, long to) throws IOException {
    long sector = (from + Segment.SECTOR_SIZE - 1) / Segment.SECTOR_SIZE * Segment.SECTOR_SIZE;
    for (; sector < to; sector += Segment.SECTOR_SIZE) {
      if (isZero(sector, Math.min(sector + Segment.SECTOR_SIZE, size))) {
        return true;
      }
    }
    return false;
  }

  /** Returns the offset of a record with the sync mark after the last whole record, or -1. */
  private long findSyncMark() throws IOException {
    boolean chained = true;
    long at = end;
    while (size - at >= Record.HEADER_SIZE) {
      if (!readHeader(at)) {
        chained = false;
      } else if (header.syncMark() && at > end) {
        return at;
      }
      at = chained ? nextOffset : at + 1;
    }
    return -1;
  }

  // ======== Reading ========

  /**
   * Moves to the next record and returns its bytes, header included; null after the last record.
   *
   * @throws CorruptStoreException if the record was there when the log was opened, and is not now
   */
  byte[] next() throws IOException {
    if (nextOffset == end) {
      return null;
    }
    if (!readHeader(nextOffset)) {
      throw corrupt(nextOffset, "the record is no longer there");
    }
    return bytes(offset, header.recordLength());
  }

  /** Moves to an offset. Returns whether there is a valid header of a put or a delete. */
  private boolean readHeader(long at) throws IOException {
    offset = at;
    header =
        Record.decodeHeader(
            ByteBuffer.wrap(bytes(at, Record.HEADER_SIZE)), FileHeader.VERSION_1, 0);
    if (header == null || header.type() == Record.SEAL) {
      return false;
    }
    nextOffset = at + header.recordLength();
    return true;
  }

  private boolean bodyMatches() throws IOException {
    CRC32C checksum = new CRC32C();
    for (long at = offset + Record.HEADER_SIZE; at < nextOffset; at += WINDOW_SIZE) {
      checksum.update(bytes(at, (int) Math.min(WINDOW_SIZE, nextOffset - at)));
    }
    return (int) checksum.getValue() == header.bodyChecksum();
  }

  private boolean isZero(long from, long to) throws IOException {
    byte[] bytes = bytes(from, (int) (to - from));
    return Arrays.equals(bytes, new byte[bytes.length]);
  }

  /** Returns a copy of a part of the file. */
  private byte[] bytes(long from, int length) throws IOException {
    byte[] bytes = new byte[length];
    if (length > WINDOW_SIZE) {
      reader.seek(from);
      reader.readFully(bytes);
      return bytes;
    }
    if (from < windowStart || from + length > windowStart + windowLength) {
      windowLength = 0;
      windowStart = from;
      reader.seek(from);
      int whole = (int) Math.min(WINDOW_SIZE, size - from);
      reader.readFully(window, 0, whole);
      windowLength = whole;
    }
    System.arraycopy(window, (int) (from - windowStart), bytes, 0, length);
    return bytes;
  }

  /** Returns whether the log contains no record. */
  boolean isEmpty() {
    return end == FILE_HEADER.length;
  }

  /** Returns the end of the last whole record. */
  long end() {
    return end;
  }

  private CorruptStoreException corrupt(long at, String found) {
    return new CorruptStoreException(file, at, found);
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
