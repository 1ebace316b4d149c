/*
 * WHAT THIS FILE IS
 *
 * Reserve space for a full disk. Before a log can reclaim space, it needs some: a delete appends a
 * tombstone, and a merge writes its output before it deletes its inputs. A store that filled its
 * disk to the last byte could only be copied elsewhere. So a file of useless bytes, BALLAST, is
 * kept beside the segments. When a delete or a merge finds the disk full, the file is shortened,
 * and the operation is tried again. Puts do not get this space: before a put takes more space, the
 * ballast is filled up again.
 *
 * The idea and the word come from operators who keep such a file on their databases' disks.
 * CockroachDB creates one by itself.
 *
 * SIZE
 *
 * A sixteenth of the log, and at most the size of a segment, 64 MiB by default. A log of less than
 * 4 MiB has no ballast. A close keeps the file, so that it exists when the store is opened on a
 * full disk. It shrinks when merges make the log smaller.
 *
 * Deletes get half of it. So on a full disk a merge can rewrite a segment whose live records and
 * tombstones fit into the other half, and then others in the space that it reclaims. A store
 * without such a segment can delete until it has one.
 *
 * The bytes are random: a file system that compresses files would reserve no space for zeros.
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A file that reserves space for a full disk. Requires: the log's lock. */
final class Ballast {
  static final String FILE_NAME = "BALLAST";

  /** The ballast has one byte for this many bytes of the log. */
  private static final int PART_OF_LOG = 16;

  /** Number of bytes by which the file grows and shrinks. */
  private static final int STEP = 256 << 10;

  private static final byte[] BYTES = new byte[STEP];

  static {
    new SplittableRandom().nextBytes(BYTES);
  }

  private final DirectoryHandle directory;
  private final Path file;
  private final long maxBytes;

  /**
   * Length of the file in bytes, or less if the exact length is not known. Guarded by: the log's
   * lock.
   */
  private long bytes;

  /** Whether a merge uses the space, so that puts must not. Guarded by: the log's lock. */
  private boolean lent;

  /**
   * Creates the ballast of a directory, in which the file may exist already.
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
   * Fills the ballast up to its size. Takes O(missing bytes) time, one comparison if it is full.
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
        // A part of the step may have been written, and is useless.
        shortenAfter(e);
        throw e;
      }
      bytes += STEP;
    }
  }

  /** Shortens the file to its size if the log has become smaller. */
  void trim(long logBytes) throws IOException {
    if (bytes > target(logBytes)) {
      shorten(target(logBytes));
    }
  }

  private long target(long logBytes) {
    return Math.min(maxBytes, logBytes / PART_OF_LOG) / STEP * STEP;
  }

  /**
   * Releases some bytes for a tombstone. Returns false if none are left for that: half of the
   * ballast is kept for merges.
   *
   * @throws IOException if the file could not be shortened
   */
  boolean release(long logBytes) throws IOException {
    if (lent || bytes - STEP < target(logBytes) / 2) {
      return false;
    }
    shorten(bytes - STEP);
    return true;
  }

  /**
   * Releases all bytes for a merge, and stays empty until {@link #takeBack}. Returns false if the
   * ballast is empty already.
   *
   * @throws IOException if the file could not be shortened
   */
  boolean lend() throws IOException {
    if (bytes == 0) {
      return false;
    }
    shorten(0);
    lent = true;
    return true;
  }

  /** Ends the loan. The ballast is empty, and may be filled again. */
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
      // Opening a pipe would wait for a program at its other end.
      throw new IOException(file + " is not a regular file: move it away");
    }
    return directory.open(() -> new RandomAccessFile(file.toFile(), "rw"));
  }
}
