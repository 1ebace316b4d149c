/*
 * WHAT THIS FILE IS
 *
 * Space for a full disk. To give space back, a log needs some first: a delete appends a tombstone,
 * and a merge writes its output before it deletes its inputs. A store that filled its disk to the
 * last byte could only be copied elsewhere. So a file of useless bytes, BALLAST, is kept beside the
 * segments. When a delete or a merge finds the disk full, the file is made shorter, and they try
 * again. Puts do not get this space: before a put takes more space, the ballast is filled up again.
 *
 * The idea, and the word, are from operators who keep such a file on their databases' disks;
 * CockroachDB creates one by itself.
 *
 * SIZE
 *
 * A sixteenth of the log, and at most the size of a segment, 64 MiB by default. A log of less than
 * 4 MiB has none. The file is kept when the store is closed, so that it is there when
 * the store is opened on a full disk, and it shrinks when merges have made the log smaller.
 *
 * Deletes get half of it. So on a full disk a segment can be merged whose live records and
 * tombstones fit into the other half, and others follow in the space that it gives back. A store
 * without such a segment can delete until it has one.
 *
 * The bytes are random: a file system that compresses files would keep no space for zeros.
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A file that only takes space, until the disk is full. Guarded by: the log's lock. */
final class Ballast {
  static final String FILE_NAME = "BALLAST";

  /** The ballast has one byte for this many bytes of the log. */
  private static final int PART_OF_LOG = 16;

  /** Bytes by which the file grows and shrinks. */
  private static final int STEP = 256 << 10;

  private static final byte[] BYTES = new byte[STEP];

  static {
    new SplittableRandom().nextBytes(BYTES);
  }

  private final DirectoryHandle directory;
  private final Path file;
  private final long maxBytes;

  /** Length of the file in bytes, or less if that is not known. */
  private long bytes;

  /** Whether a merge uses the space, so that a put must not. */
  private boolean lent;

  /**
   * The ballast in a directory, which may have been there before.
   *
   * @param segmentSize size of a full segment in bytes
   */
  Ballast(DirectoryHandle directory, int segmentSize) {
    this.directory = directory;
    file = directory.path().resolve(FILE_NAME);
    maxBytes = segmentSize;
    bytes = Files.isRegularFile(file) ? file.toFile().length() : 0;
  }

  /**
   * Fills the ballast up to its size. Takes a comparison if it is filled, and O(missing bytes)
   * time.
   *
   * @param logBytes bytes in the log
   * @throws IOException if the disk is full
   */
  void fill(long logBytes) throws IOException {
    long target = target(logBytes);
    if (lent && target > 0) {
      throw new IOException("the disk is full: a merge of " + directory.path() + " is making room");
    }
    while (bytes < target) {
      FailPoint.RESERVE.hit(file);
      try (RandomAccessFile writer = open()) {
        writer.seek(bytes);
        writer.write(BYTES);
      } catch (IOException e) {
        // A part of it may be there, and is no use.
        shortenAfter(e);
        throw e;
      }
      bytes += STEP;
    }
  }

  /** Makes the file shorter if the log has become so much smaller. */
  void trim(long logBytes) throws IOException {
    if (bytes > target(logBytes)) {
      shorten(target(logBytes));
    }
  }

  private long target(long logBytes) {
    return Math.min(maxBytes, logBytes / PART_OF_LOG) / STEP * STEP;
  }

  /**
   * Gives some bytes back to the disk, for a tombstone: false if there are none for that. Half of
   * the ballast is kept for merges.
   *
   * @throws IOException if the file could not be made shorter
   */
  boolean release(long logBytes) throws IOException {
    if (lent || bytes - STEP < target(logBytes) / 2) {
      return false;
    }
    shorten(bytes - STEP);
    return true;
  }

  /**
   * Gives all bytes back to the disk, for a merge, and is not filled until {@link #takeBack}: false
   * if there are none.
   *
   * @throws IOException if the file could not be made shorter
   */
  boolean lend() throws IOException {
    if (bytes == 0) {
      return false;
    }
    shorten(0);
    lent = true;
    return true;
  }

  /** Ends the loan. The ballast is empty. */
  void takeBack() {
    lent = false;
  }

  private void shortenAfter(IOException failure) {
    try {
      if (Files.isRegularFile(file)) {
        shorten(bytes);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void shorten(long rest) throws IOException {
    try (RandomAccessFile writer = open()) {
      writer.setLength(rest);
    }
    bytes = rest;
    if (rest == 0) {
      Files.deleteIfExists(file);
    }
  }

  private RandomAccessFile open() throws IOException {
    directory.requireInPlace();
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // To open a pipe would wait for a program at its other end.
      throw new IOException(file + " is not a regular file: move it away");
    }
    return directory.open(() -> new RandomAccessFile(file.toFile(), "rw"));
  }
}
