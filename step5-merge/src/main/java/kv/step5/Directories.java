/*
 * WHAT THIS FILE IS
 *
 * Making directory entries durable. A file's name does not live in the file: it is an entry in a
 * directory, and the directory is written to the disk in its own time. Who creates a file, fills
 * it and fsyncs it, and then loses power, can come back to a disk that has every byte of the file
 * and no name to find them by. So whoever creates a name fsyncs the directory that holds it.
 *
 *     create  data                 the new entry is in memory
 *     fsync   .                    it is on the disk
 *     create  data/file            the new entry is in memory
 *     fsync   data/file            the bytes are on the disk
 *     fsync   data                 the entry is on the disk
 *
 * NEW IN THIS STEP
 *
 * An interrupt of the calling thread does no harm.
 *
 * INVARIANTS
 *
 * I6  What was acknowledged with a sync is durable, bytes and directory entry both.
 *
 * NOT HERE, AND WHY
 *
 * Windows cannot fsync a directory: NTFS keeps a journal of its entries, and there is nothing to
 * call. There, sync does nothing.
 */
package kv.step5;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Creates directories and makes their entries durable. */
final class Directories {
  static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

  private Directories() {}

  /**
   * Creates a directory and the missing ones above it, and makes its entry and theirs durable.
   *
   * @throws IOException if it cannot be created, or if there is a file in its place
   */
  static void create(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath();
    Path parent = absolute.getParent();
    if (Files.isDirectory(absolute)) {
      syncFound(parent);
      return;
    }
    if (parent != null) {
      create(parent);
    }
    try {
      Files.createDirectory(absolute);
    } catch (FileAlreadyExistsException e) {
      // Somebody else may have created it in the meantime, which is as good.
      if (!Files.isDirectory(absolute)) {
        throw new IOException(absolute + " is no directory, and a store needs one there", e);
      }
    }
    sync(parent);
  }

  /** Syncs the parent of a directory that was there: whoever created it may have died before. */
  private static void syncFound(Path parent) {
    try {
      if (parent != null) {
        sync(parent);
      }
    } catch (IOException e) {
      // It may be closed to us, or on a file system that cannot do this: then it is not we who
      // create directories there.
    }
  }

  /** Opens a directory for fsyncs of it; null on Windows, which cannot. */
  static AsynchronousFileChannel open(Path directory) throws IOException {
    return WINDOWS ? null : AsynchronousFileChannel.open(directory, StandardOpenOption.READ);
  }

  /** Makes the entries of a directory durable: the names of its files, not their bytes. */
  static void sync(Path directory) throws IOException {
    try (AsynchronousFileChannel channel = open(directory)) {
      sync(directory, channel);
    }
  }

  /** The same, for a directory that was opened before. */
  static void sync(Path directory, AsynchronousFileChannel channel) throws IOException {
    if (WINDOWS) {
      return;
    }
    FailPoint.SYNC.hit(directory);
    channel.force(true);
    FailPoint.DIRECTORY_SYNCED.hit(directory);
  }
}
