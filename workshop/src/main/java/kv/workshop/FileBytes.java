package kv.workshop;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The bytes of a file, through a window of 64 KiB: memory does not grow with the file. Offsets are
 * in bytes from the start of the file, and must be in it.
 */
public final class FileBytes implements Closeable {
  private static final int WINDOW_SIZE = 64 * 1024;

  /** A window of zeros, to compare with. */
  private static final byte[] ZEROS = new byte[WINDOW_SIZE];

  private final FileChannel channel;
  private final long size;
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW_SIZE).limit(0);

  /** Offset of the window in the file. */
  private long windowOffset;

  /** The end of the file, if a read found it before the size; otherwise the size. */
  private long end;

  /**
   * Opens a file as far as a size. It can grow while it is read: the rest is not seen.
   *
   * @throws java.nio.file.NoSuchFileException if there is no such file
   */
  public FileBytes(Path file, long size) throws IOException {
    this.channel = FileChannel.open(file, StandardOpenOption.READ);
    this.size = size;
    this.end = size;
  }

  /** Returns the size. */
  public long size() {
    return size;
  }

  /** Returns the byte at an offset. */
  public byte at(long offset) throws IOException {
    return window.get(find(offset, 1));
  }

  /** Returns the big-endian number in the four bytes from an offset on. */
  public int intAt(long offset) throws IOException {
    return window.getInt(find(offset, Integer.BYTES));
  }

  /** Returns a copy of a range of up to 64 KiB. */
  public byte[] copy(long from, int length) throws IOException {
    byte[] copy = new byte[length];
    window.get(find(from, length), copy);
    return copy;
  }

  /** Returns a copy of a few bytes that may be far away: the window does not move. */
  public byte[] peek(long from, int length) throws IOException {
    ByteBuffer copy = ByteBuffer.allocate(length);
    read(copy, from, length);
    return copy.array();
  }

  /** Returns whether the file is longer now than the size. */
  public boolean hasGrown() throws IOException {
    return channel.size() > size;
  }

  /** Returns whether a byte is different now. If so, the window is read again. */
  boolean hasChanged(long offset) throws IOException {
    boolean changed = at(offset) != peek(offset, 1)[0];
    if (changed) {
      window.limit(0);
    }
    return changed;
  }

  /** Returns whether a range is all zeros. */
  public boolean isZero(long from, long to) throws IOException {
    return skipZeros(from, to) == to;
  }

  /**
   * Returns the offset of the first byte of a range that is not zero, or the end of the range.
   * Compares a window at a time, so a hole of gigabytes costs no more than reading it; the part that
   * another process cut off costs nothing.
   */
  public long skipZeros(long from, long to) throws IOException {
    for (long at = from; at < Math.min(to, end); ) {
      int start = find(at, 1);
      int piece = (int) Math.min(window.limit() - start, to - at);
      int other = Arrays.mismatch(window.array(), start, start + piece, ZEROS, 0, piece);
      if (other >= 0) {
        return at + other;
      }
      at += piece;
    }
    return to;
  }

  /** Returns the CRC32C of a range. */
  public int checksum(long from, long to) throws IOException {
    CRC32C checksum = new CRC32C();
    for (long at = from; at < to; at += WINDOW_SIZE) {
      int piece = (int) Math.min(WINDOW_SIZE, to - at);
      checksum.update(window.array(), find(at, piece), piece);
    }
    return (int) checksum.getValue();
  }

  /** Returns the index of a range in the window. Moves the window if the range is not in it. */
  private int find(long from, int length) throws IOException {
    if (from < windowOffset || from + length > windowOffset + window.limit()) {
      window.clear();
      read(window, from, length);
      window.flip();
      windowOffset = from;
    }
    return (int) (from - windowOffset);
  }

  /**
   * Reads bytes from an offset on: at least a number of them, at most as many as fit. Where another
   * process made the file shorter there are zeros, up to the size: a store cuts off only reserved
   * zeros, and an end that was torn.
   */
  private void read(ByteBuffer target, long from, int atLeast) throws IOException {
    while (target.position() < atLeast) {
      if (channel.read(target, from + target.position()) < 0) {
        end = Math.min(end, from + target.position());
        long zeros = Math.max(atLeast, size - from) - target.position();
        target.put(new byte[(int) Math.min(target.remaining(), zeros)]);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
