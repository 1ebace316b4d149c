/*
 * WHAT THIS FILE IS
 *
 * Durable directory entries. A file's name is not stored in the file: it is an entry in a
 * directory, and the operating system writes the directory to the disk independently. A program
 * that creates a file, writes it and fsyncs it, and then loses power, may find every byte of the
 * file on the disk, but no name. So a program that creates a name must fsync the directory that
 * contains it.
 *
 *     create  data                 the new entry is in memory
 *     fsync   .                    it is on the disk
 *     create  data/file            the new entry is in memory
 *     fsync   data/file            the bytes are on the disk
 *     fsync   data                 the entry is on the disk
 *
 * COMPARED WITH STEP 5
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
 * call. There, sync does nothing. Some file systems refuse the fsync of a directory: folders that
 * a virtual machine shares with its host, some network mounts. There, sync logs once for each
 * directory that new names may not survive a power loss, and the store works without that promise.
 */
package kv.engine;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Creates directories and makes their entries durable. */
final class Directories {
  /** Messages of file systems that cannot fsync a directory, in English. */
  private static final Set<String> REFUSALS =
      Set.of("Invalid argument", "Operation not supported", "Function not implemented");

  /** Directories whose fsync was refused. */
  private static final Set<Path> REFUSED = ConcurrentHashMap.newKeySet();

  private Directories() {}

  /**
   * Creates a directory and the missing ones above it, and makes its entry and theirs durable.
   *
   * @throws IOException if the directory cannot be created, or if there is a file in its place
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
      // Another thread or process may have created the directory, which is as good.
      if (!Files.isDirectory(absolute)) {
        throw new IOException(
            absolute + " is not a directory: move it away, or open another directory", e);
      }
    }
    sync(parent);
  }

  /** Syncs the parent of an existing directory: its creator may have died before the fsync. */
  private static void syncFound(Path parent) {
    try {
      if (parent != null) {
        sync(parent);
      }
    } catch (IOException e) {
      // The process may not be allowed to read the parent. Then it creates no directories there.
    }
  }

  /** Opens a directory for fsyncs. Returns null on Windows, which cannot. */
  static AsynchronousFileChannel open(Path directory) throws IOException {
    return Disk.WINDOWS ? null : AsynchronousFileChannel.open(directory, StandardOpenOption.READ);
  }

  /**
   * Makes the entries of a directory durable: the names of its files, not their bytes.
   *
   * @throws IOException naming the directory, if the fsync failed; not if the file system cannot
   *     fsync directories
   */
  static void sync(Path directory) throws IOException {
    try (AsynchronousFileChannel channel = open(directory)) {
      sync(directory, channel);
    }
  }

  /** Makes the entries of a directory durable that was opened before. */
  static void sync(Path directory, AsynchronousFileChannel channel) throws IOException {
    if (Disk.WINDOWS) {
      return;
    }
    try {
      FailPoint.SYNC.hit(directory);
      channel.force(true);
    } catch (IOException e) {
      if (!isRefusal(e.getMessage(), directory)) {
        throw new IOException("the fsync of the directory " + directory + " failed: " + e, e);
      }
      report(directory, e.getMessage());
    }
    FailPoint.DIRECTORY_SYNCED.hit(directory);
  }

  /** Returns whether the message of a failed fsync means that directories cannot be fsynced. */
  private static boolean isRefusal(String message, Path directory) {
    if (message == null) {
      return false;
    }
    return REFUSALS.contains(message) || message.equals(refusalOfADevice(directory));
  }

  /**
   * Returns the message of an fsync that every system refuses, that of /dev/null. Java passes on
   * the C library's message, which is in the user's language, without the error number. So this is
   * the same refusal in the same language.
   */
  private static String refusalOfADevice(Path directory) {
    try (AsynchronousFileChannel device = open(directory.resolve("/dev/null"))) {
      device.force(true);
      return null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private static void report(Path directory, String refusal) {
    if (REFUSED.add(directory.toAbsolutePath())) {
      String message =
          directory
              + " is on a file system that cannot fsync a directory ("
              + refusal
              + "): a power loss may undo the creation and the renaming of files there, even after"
              + " a sync; use a local disk if that matters";
      System.getLogger(Directories.class.getName()).log(System.Logger.Level.WARNING, message);
    }
  }
}
