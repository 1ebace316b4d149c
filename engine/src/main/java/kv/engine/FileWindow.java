/*
 * WHAT THIS FILE IS
 *
 * The bytes of a file whose disk may be failing. A window of 64 KiB moves over the file, so that
 * byte-by-byte searches are fast. Where the disk cannot be read, the bytes are zeros, and the
 * pages concerned are reported.
 *
 * PICTURE
 *
 *     file    |....................................................|
 *     window             |..............|
 *                        ^ windowOffset ^ windowOffset + window.limit()
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

/** Reads bytes of a file that may be partly unreadable. Not thread-safe. */
final class FileWindow implements Closeable {
  /** Size of the window in bytes. */
  private static final int WINDOW_SIZE = 64 << 10;

  /** Bytes read at a time where the disk fails: the unit in which most disks fail. */
  private static final int PAGE_SIZE = 4 << 10;

  private static final byte[] ZEROS = new byte[WINDOW_SIZE];

  /**
   * Reads bytes at an offset, as {@link FileChannel#read(ByteBuffer, long)} does. Tests pass inputs
   * that fail as disks do.
   */
  interface Input {
    int read(ByteBuffer target, long offset) throws IOException;
  }

  /** Receives the parts of the file that could not be read. */
  interface FaultListener {
    void unreadable(long from, long to, IOException cause) throws IOException;
  }

  private final Input input;

  /** Closed with this window. */
  private final Closeable file;

  /** Size of the file in bytes when it was opened. */
  private final long size;

  private FaultListener faults = (from, to, cause) -> {};

  /** A part of the file. Its limit is the number of bytes that were read. */
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW_SIZE).limit(0);

  /** Offset of the window in the file. */
  private long windowOffset;

  /** End of the last unreadable page that was reported: some pages are read more than once. */
  private long reportedEnd;

  // ======== Opening ========

  /** Opens a file for reading. Reads nothing yet. */
  static FileWindow open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new FileWindow(channel::read, channel, channel.size());
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Creates a window over an input.
   *
   * @param file closed with this window
   * @param size length of the file in bytes
   */
  FileWindow(Input input, Closeable file, long size) {
    this.input = input;
    this.file = file;
    this.size = size;
  }

  /** Sets the receiver of unreadable parts. */
  void setFaultListener(FaultListener faults) {
    this.faults = faults;
  }

  // ======== Reading ========

  /** Returns the size of the file in bytes. */
  long size() {
    return size;
  }

  /** Returns the byte at an offset. */
  byte byteAt(long offset) throws IOException {
    return window.get(find(offset, 1));
  }

  /**
   * Returns a copy of a part of the file. Moves the window there, unless the part is larger than
   * the window.
   */
  byte[] copy(long from, int length) throws IOException {
    if (length > WINDOW_SIZE) {
      return peek(from, length);
    }
    byte[] copy = new byte[length];
    window.get(find(from, length), copy);
    return copy;
  }

  /** Returns a copy of a part of the file that may be far away. Does not move the window. */
  byte[] peek(long from, int length) throws IOException {
    byte[] copy = new byte[length];
    readFully(ByteBuffer.wrap(copy), from);
    return copy;
  }

  /** Returns the CRC32C of a part of the file. */
  int checksum(long from, long to) throws IOException {
    CRC32C checksum = new CRC32C();
    for (long at = from; at < to; ) {
      int start = find(at, 1);
      int piece = (int) Math.min(window.limit() - start, to - at);
      checksum.update(window.array(), start, piece);
      at += piece;
    }
    return (int) checksum.getValue();
  }

  /** Returns whether a part of the file is all zeros. */
  boolean isZero(long from, long to) throws IOException {
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

  /** Returns the index in the window of a part of the file. Moves the window if needed. */
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

  /** Fills a buffer from the file. Replaces unreadable pages by zeros, and reports them. */
  private void readFully(ByteBuffer target, long from) throws IOException {
    try {
      readAll(target, from);
    } catch (ClosedChannelException e) {
      // An interrupt, not a fault of the disk.
      throw e;
    } catch (IOException e) {
      // Again, page by page: only the pages that fail are lost.
      while (target.hasRemaining()) {
        long at = from + target.position();
        int length = (int) Math.min(target.remaining(), PAGE_SIZE - at % PAGE_SIZE);
        ByteBuffer page = target.slice(target.position(), length);
        try {
          readAll(page, at);
        } catch (IOException cause) {
          page.put(new byte[page.remaining()]);
          report(at, at + length, cause);
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

  /** Reports an unreadable page once. */
  private void report(long from, long to, IOException cause) throws IOException {
    if (to > reportedEnd) {
      faults.unreadable(Math.max(from, reportedEnd), to, cause);
      reportedEnd = to;
    }
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    file.close();
  }
}
