/*
 * WHAT THIS FILE IS
 *
 * Makes directory entries durable. A file's name is not stored in the file: it is an entry in a
 * directory, and the operating system writes directories to the disk in its own time. A program
 * that creates a file, fills it and fsyncs it, and then loses power, may find every byte of the
 * file on the disk and no name to reach them by. So a program that creates a name also fsyncs the
 * directory that contains the name.
 *
 *     create  data                 the new entry is in memory
 *     fsync   .                    it is on the disk
 *     create  data/store.data      the new entry is in memory
 *     fsync   data/store.data      the bytes are on the disk
 *     fsync   data                 the entry is on the disk
 *
 * INVARIANTS
 *
 * I6  What was acknowledged with a sync is durable, bytes and directory entry both.
 */
package kv.step1;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Creates directories and makes their entries durable. */
final class Directories {
  private Directories() {}

  /**
   * Creates a directory and its missing parents, and makes all their entries durable.
   *
   * @throws IOException if the directory cannot be created, or if its path names a file
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
    createOne(absolute);
    sync(parent);
  }

  /**
   * Makes the entries of a directory durable: the names of its files, not their bytes.
   *
   * @throws IOException naming the directory, if the fsync failed; not if the file system does not
   *     support it
   */
  static void sync(Path directory) throws IOException {
    if (WINDOWS) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      requireRefusal(e, directory);
    }
  }

  // ======== For a second reading ========

  /*
   * NOT HERE, AND WHY
   *
   * Windows cannot fsync a directory: NTFS keeps a journal of its entries, and there is no call to
   * make. On Windows, sync does nothing. Some file systems refuse to fsync a directory: folders
   * that a virtual machine shares with its host, some network mounts. On these, sync logs once per
   * directory that new names may not survive a power loss, and the store works without that
   * promise.
   */

  private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

  /** English messages of an fsync that the file system does not support. */
  private static final Set<String> REFUSALS =
      Set.of("Invalid argument", "Operation not supported", "Function not implemented");

  /** The directories whose fsync was refused. */
  private static final Set<Path> REFUSED = ConcurrentHashMap.newKeySet();

  /** Syncs the parent of an existing directory: its creator may have crashed before the fsync. */
  private static void syncFound(Path parent) {
    try {
      if (parent != null) {
        sync(parent);
      }
    } catch (IOException e) {
      // Without permission to open the parent, this process cannot have created the directory.
    }
  }

  private static void createOne(Path absolute) throws IOException {
    try {
      Files.createDirectory(absolute);
    } catch (FileAlreadyExistsException e) {
      // Another thread or process may have created it in the meantime: the result is the same.
      if (!Files.isDirectory(absolute)) {
        throw new IOException(
            absolute + " is not a directory: move it away, or open another directory", e);
      }
    }
  }

  /**
   * Handles the failure of an fsync of a directory.
   *
   * @throws IOException unless it means that the file system does not support the fsync
   */
  private static void requireRefusal(IOException e, Path directory) throws IOException {
    if (!isRefusal(e.getMessage(), directory)) {
      throw new IOException("the fsync of the directory " + directory + " failed: " + e, e);
    }
    report(directory, e.getMessage());
  }

  /**
   * Returns whether this error means that the file system does not support fsync of a directory.
   */
  private static boolean isRefusal(String message, Path directory) {
    if (message == null) {
      return false;
    }
    return REFUSALS.contains(message) || message.equals(refusalOfADevice(directory));
  }

  /**
   * Returns the message of an fsync of a device, which no system supports, or null if the fsync
   * succeeds. Java passes on the C library's message, in the user's language and without an error
   * number, so this is the same refusal in the same language.
   */
  private static String refusalOfADevice(Path directory) {
    try (FileChannel device =
        FileChannel.open(directory.resolve("/dev/null"), StandardOpenOption.READ)) {
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
