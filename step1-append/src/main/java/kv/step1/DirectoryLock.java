/*
 * WHAT THIS FILE IS
 *
 * Allows one writer. Two stores that append to one log would overwrite each other's records, since
 * each writes at the offset that it takes for the end. So an open store holds a lock on its
 * directory: the operating system's lock on a file named LOCK, which ends with the process,
 * however it dies. That lock keeps other processes out, but not this one. A set keeps out a second
 * store of this process.
 *
 * INVARIANTS
 *
 * At most one DirectoryLock is held for a directory, over all processes of this machine.
 */
package kv.step1;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The right to use a directory, held by one open store. */
final class DirectoryLock implements Closeable {
  /** The file that is locked, in the store's directory. Created once and never deleted. */
  static final String FILE_NAME = "LOCK";

  /** The real paths of the directories locked by this class. */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final Path real;
  private final FileChannel channel;

  private DirectoryLock(Path directory, Path real, FileChannel channel) throws IOException {
    this.directory = directory;
    this.real = real;
    this.channel = channel;
    this.keys = keys(directory);
  }

  // ======== Opening ========

  /**
   * Locks a directory, which must exist.
   *
   * @throws IOException naming the directory, if a store in this process or another has it open
   */
  static DirectoryLock acquire(Path directory) throws IOException {
    // The real path, because different paths can lead to the same directory.
    Path real = directory.toRealPath();
    if (!LOCKED.add(real)) {
      throw openHere(directory);
    }
    try {
      return lock(directory, real);
    } catch (Throwable e) {
      LOCKED.remove(real);
      throw e;
    }
  }

  private static DirectoryLock lock(Path directory, Path real) throws IOException {
    FileChannel channel = openToLock(real);
    try {
      if (channel.tryLock() == null) {
        throw new IOException(
            "the store in " + directory + " is open in another process: close it there first");
      }
      return new DirectoryLock(directory, real, channel);
    } catch (OverlappingFileLockException e) {
      keepOpen(real, channel);
      throw openHere(directory);
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  private static IOException openHere(Path directory) {
    return new IOException(
        "the store in " + directory + " is already open in this process: close it first");
  }

  // ======== Closing ========

  /** Releases the directory. The LOCK file stays. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      // Last, because another open that finds the directory free may open LOCK and close it again.
      LOCKED.remove(real);
    }
  }

  // ======== For a second reading ========

  /*
   * WHY A SET AS WELL
   *
   * POSIX locks belong to the process, not to the open file, and close() on *any* descriptor of a
   * file drops all of the process's locks on it. So a second open in this process must fail before
   * it opens LOCK: otherwise its failure would close LOCK and unlock the first store.
   *
   *     open A  ->  LOCK opened, locked
   *     open A  ->  LOCK opened, found locked, closed     <- naive: now no store holds a lock
   *
   * The set is a static field, and each class loader that loads this class has its own. An open
   * through another class loader is still refused, since Java knows of the lock, and its channel
   * is kept open.
   *
   * WHY LOCK STAYS
   *
   * If a closing store deleted it, a second process could lock the deleted file while a third
   * creates and locks a new one. A line of text in LOCK asks people not to delete it either.
   *
   * WHY THE PLACE IS CHECKED
   *
   * The lock belongs to an open file, but the store finds its files by path. While a store is
   * open, its directory can be moved away and another directory can take its place. From then on
   * the path leads to another store's files. So before a store uses the path, it checks that the
   * path still leads to the directory and the LOCK that it locked. The operating system identifies
   * a file by a key, on Unix the numbers of the device and of the inode.
   *
   * NOT HERE, AND WHY
   *
   * Several class loaders that open and close: nothing is safe while one of them closes a store and
   * another opens it.
   *
   * Noticing at once that the directory was moved or LOCK deleted. A put writes to the open file,
   * wherever its directory is by now, and does not check the path. If LOCK is deleted, a second
   * store can be opened, and both append to one log until one of them uses the path.
   *
   * Network file systems. Whether a lock on one holds on every machine depends on the file system.
   */

  /** The content of LOCK, for people. The lock does not depend on it. */
  private static final String TEXT =
      "The lock of a key-value store. Do not delete it: two stores could then write to one log.\n";

  /** Channels that must stay open, by the path of their LOCK: see {@link #keepOpen}. */
  static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  /** The keys of the directory and of LOCK at the time LOCK was locked. */
  private final List<Object> keys;

  /** Opens LOCK, and creates it if it does not exist. */
  private static FileChannel openToLock(Path real) throws IOException {
    Path file = real.resolve(FILE_NAME);
    FileChannel channel = KEPT_OPEN.remove(file);
    return channel != null ? channel : openOrCreate(file);
  }

  private static FileChannel openOrCreate(Path file) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      return FileChannel.open(file, StandardOpenOption.WRITE);
    }
    try {
      channel.write(ByteBuffer.wrap(TEXT.getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      // A full disk has no space for the text. An empty file can be locked too.
    }
    return channel;
  }

  /**
   * Keeps a channel of LOCK open, because this process holds the lock anyway: this class was loaded
   * twice, or another step has the directory open. Closing the channel would unlock it.
   */
  private static void keepOpen(Path real, FileChannel channel) {
    KEPT_OPEN.put(real.resolve(FILE_NAME), channel);
  }

  /**
   * Checks that the directory's path still leads to the directory that was locked, and to its
   * LOCK. The store calls this before it opens, creates, renames or deletes a file by its path.
   * Notices nothing on Windows, where files have no keys; but Windows does not move a directory
   * that contains an open file.
   *
   * @throws IOException naming the directory, if the directory was moved or deleted, or its LOCK
   *     was deleted
   */
  void requireInPlace() throws IOException {
    NoSuchFileException missing = null;
    try {
      if (keys.equals(keys(directory))) {
        return;
      }
    } catch (NoSuchFileException e) {
      missing = e;
    }
    throw new IOException(
        directory
            + " is no longer the directory that this store locked, or its LOCK was deleted:"
            + " close the store, move the directory back if it was moved, and open it again",
        missing);
  }

  /** Returns the keys of the directory and of its LOCK; nulls where files have no keys. */
  private static List<Object> keys(Path directory) throws IOException {
    return Arrays.asList(key(directory), key(directory.resolve(FILE_NAME)));
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }
}
