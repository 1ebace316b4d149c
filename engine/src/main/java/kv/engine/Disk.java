/*
 * WHAT THIS FILE IS
 *
 * The operations on files that differ from one operating system to another, or whose order makes
 * the store crash-safe: fsync, rename, and cutting a file. Each is named at the moments where a
 * crash or a failure matters, for the tests (see FailPoint). Directories has the fsync of a
 * directory, and MappedFiles the mapping.
 *
 *                  fsync covers stores      a mapped file       a directory
 *                  through a map            can be cut          can be fsynced
 *     Linux        yes                      yes                 yes
 *     macOS        not promised             yes                 yes
 *     Windows      no                       no                  no
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** File operations that depend on the operating system. An interrupt of the caller does no harm. */
final class Disk {
  private static final String OS = System.getProperty("os.name");

  static final boolean WINDOWS = OS.startsWith("Windows");

  static final boolean LINUX = OS.equals("Linux");

  private Disk() {}

  /** Opens a file for fsyncs. */
  static AsynchronousFileChannel openForSync(Path file) throws IOException {
    return AsynchronousFileChannel.open(file, StandardOpenOption.WRITE);
  }

  /** Makes a file durable, with its inode. */
  static void sync(Path file) throws IOException {
    try (AsynchronousFileChannel channel = openForSync(file)) {
      sync(file, channel, true);
    }
  }

  /** Makes a file durable that is written through a map too. */
  static void sync(
      Path file, MappedByteBuffer map, AsynchronousFileChannel channel, boolean metadata)
      throws IOException {
    if (!LINUX) {
      try {
        map.force();
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    sync(file, channel, metadata);
  }

  /**
   * Makes a file durable.
   *
   * @param metadata whether to write the whole inode: needed after the file became shorter
   */
  static void sync(Path file, AsynchronousFileChannel channel, boolean metadata)
      throws IOException {
    FailPoint.SYNC.hit(file);
    channel.force(metadata);
    FailPoint.SYNCED.hit(file);
  }

  /** Renames a file in one operation, in place of any file that has the new name. */
  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Sets the length of a mapped file, except on Windows, which does not allow that. */
  static void truncate(RandomAccessFile file, long length) throws IOException {
    if (!WINDOWS) {
      file.setLength(length);
    }
  }
}
