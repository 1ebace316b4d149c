/*
 * WHAT THIS FILE IS
 *
 * The store's directory, held open. The second half of a step must not need anything that can be
 * missing for a moment: a new segment is created and then its name is made durable, a merge's
 * output is renamed and then the rename is made durable, and between the two there is no way back.
 * So the descriptor that fsyncs the directory is there before the first half begins, from the
 * store's opening to its end.
 *
 * A few more descriptors are held in reserve, and given back to the process when a new segment
 * cannot be opened for lack of them. A process that has run out of descriptors can still put.
 *
 * NOT HERE, AND WHY
 *
 * Windows cannot open a directory, and has no limit that a process would run into.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** The directory of an open store. Guarded by: the log's lock; {@link #sync} needs no lock. */
final class DirectoryHandle implements Closeable {
  /**
   * Descriptors held in reserve: two for a segment's file, one while it is mapped, and two for the
   * hint file that is written at the same time.
   */
  private static final int RESERVE = 5;

  private final Path path;

  /** The lock of the directory; null if it is only read. */
  private final DirectoryLock lock;

  /** For fsyncs of the directory; null on Windows, and if the directory is only read. */
  private final AsynchronousFileChannel channel;

  private final Deque<AsynchronousFileChannel> reserve = new ArrayDeque<>();

  private DirectoryHandle(Path path, DirectoryLock lock, AsynchronousFileChannel channel) {
    this.path = path;
    this.lock = lock;
    this.channel = channel;
  }

  // ======== Opening ========

  /** Opens a directory that was locked. */
  static DirectoryHandle open(Path path, DirectoryLock lock) throws IOException {
    DirectoryHandle handle = new DirectoryHandle(path, lock, Directories.open(path));
    handle.fillReserve();
    return handle;
  }

  /** A directory that is only read, for which nothing is opened. */
  static DirectoryHandle readOnly(Path path) {
    return new DirectoryHandle(path, null, null);
  }

  /** Opens the descriptors that are missing in the reserve, if there are any to be had. */
  private void fillReserve() {
    while (channel != null && reserve.size() < RESERVE) {
      try {
        reserve.push(Directories.open(path));
      } catch (IOException e) {
        // The process has none left now. The next segment tries again.
        return;
      }
    }
  }

  // ======== Writing ========

  /** Something that opens files. */
  interface Opening<T> {
    T open() throws IOException;
  }

  /**
   * Opens files, with the descriptors of the reserve if that fails without them.
   *
   * @throws IOException if that fails as well
   */
  <T> T open(Opening<T> opening) throws IOException {
    fillReserve();
    try {
      return opening.open();
    } catch (IOException e) {
      if (reserve.isEmpty()) {
        throw e;
      }
      closeReserve();
      return opening.open();
    } finally {
      fillReserve();
    }
  }

  /**
   * Checks that the path still leads to the directory that was locked: to be called before a file
   * is created, renamed or deleted.
   *
   * @throws IOException if the directory was moved or deleted
   */
  void requireInPlace() throws IOException {
    lock.requireInPlace();
  }

  /** Makes the names in the directory durable. */
  void sync() throws IOException {
    Directories.sync(path, channel);
  }

  /** The directory's path. */
  Path path() {
    return path;
  }

  // ======== Closing ========

  private void closeReserve() throws IOException {
    while (!reserve.isEmpty()) {
      reserve.pop().close();
    }
  }

  /** Closes the descriptors. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    closeReserve();
  }
}
