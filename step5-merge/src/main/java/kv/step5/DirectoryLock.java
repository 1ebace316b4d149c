/*
 * WHAT THIS FILE IS
 *
 * One writer. Two stores that append to one log would write over each other, each at the offset
 * that it takes for the end. So an open store holds a lock on its directory: the operating
 * system's lock on a file named LOCK, which is gone when the process is, however it died. The
 * file itself stays: if a closing store deleted it, a second process could lock the deleted file
 * while a third creates and locks a new one.
 *
 * That keeps other processes out, but not this one. POSIX locks belong to the process, not to
 * the open file, and close() on *any* descriptor of a file drops all of the process's locks on
 * it. A second open in this process must therefore be turned away before it opens LOCK: its own
 * failure would close LOCK, and with it unlock the first store.
 *
 *     open A  ->  LOCK opened, locked
 *     open A  ->  LOCK opened, found locked, closed     <- the naive way: now nobody has a lock
 *
 * INVARIANTS
 *
 * At most one DirectoryLock is held for a directory, over all processes of this machine.
 *
 * NOT HERE, AND WHY
 *
 * Several class loaders. The set of what this process has locked is a static field, and each class
 * loader that loads this class has its own. An open by another one is still refused, since Java
 * knows of the lock; but nothing is safe while one of them closes and another opens.
 *
 * Network file systems: whether a lock there holds on every machine is for the file system to say.
 */
package kv.step5;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The right to use a directory, held by one open store. */
final class DirectoryLock implements Closeable {
  /** The file that is locked, in the store's directory. Empty, created once, kept. */
  static final String FILE_NAME = "LOCK";

  /** The real paths of the directories that this class has locked. */
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  /** Channels that must not be closed, by what they would have locked: see {@link #lock}. */
  static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  private final Path real;
  private final FileChannel channel;

  private DirectoryLock(Path real, FileChannel channel) {
    this.real = real;
    this.channel = channel;
  }

  // ======== Opening ========

  /**
   * Locks a directory, which must exist.
   *
   * @throws IOException naming the directory, if a store has it open, here or in another process
   */
  static DirectoryLock acquire(Path directory) throws IOException {
    // The real path, because one directory can be reached by many names.
    Path real = directory.toRealPath();
    if (!LOCKED.add(real)) {
      throw openHere(directory);
    }
    try {
      return new DirectoryLock(real, lock(real.resolve(FILE_NAME), directory));
    } catch (Throwable e) {
      LOCKED.remove(real);
      throw e;
    }
  }

  private static FileChannel lock(Path file, Path directory) throws IOException {
    FileChannel channel = KEPT_OPEN.remove(file);
    if (channel == null) {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
    try {
      if (channel.tryLock() == null) {
        throw new IOException(
            "the store in " + directory + " is open in another process: only one may use it");
      }
      return channel;
    } catch (OverlappingFileLockException e) {
      // The lock is this process's all the same: this class was loaded twice, or another step has
      // the directory open. To close the channel would be to unlock them.
      KEPT_OPEN.put(file, channel);
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

  /** Gives the directory free. The file stays. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      // Only now: whoever finds the directory free here may open LOCK and close it again.
      LOCKED.remove(real);
    }
  }
}
