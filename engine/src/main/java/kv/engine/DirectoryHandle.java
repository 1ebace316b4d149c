/*
 * WHAT THIS FILE IS
 *
 * The store's directory, kept open. Some operations have two halves: a new segment is created, and
 * then its name is made durable; a merge's output is renamed, and then the rename is made durable.
 * Between the halves there is no way back, so the second must not need a resource that can be
 * temporarily exhausted. Therefore the descriptor for fsyncs of the directory stays open as long as
 * the store.
 *
 * A few more descriptors are kept in reserve. They are released when a new segment cannot be
 * opened for lack of descriptors. So a process that has run out of descriptors can still put.
 *
 * NOT HERE, AND WHY
 *
 * Descriptors on Windows: it cannot open a directory, and has no low limit on open files.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** The directory of an open store. Requires: the log's lock, except for {@link #sync}. */
final class DirectoryHandle implements Closeable {
  /**
   * Number of descriptors in reserve: two for a segment's file, one while it is mapped, two for the
   * segment before it, which is open until it is durable, and two for the hint file that is written
   * at the same time.
   */
  private static final int RESERVE = 7;

  private final Path path;

  /** The lock of the directory; null if the store is read-only. */
  private final DirectoryLock lock;

  /** For fsyncs of the directory; null on Windows, and if the store is read-only. */
  private final AsynchronousFileChannel channel;

  /** Descriptors in reserve. Guarded by: the log's lock. */
  private final Deque<AsynchronousFileChannel> reserve = new ArrayDeque<>();

  private DirectoryHandle(Path path, DirectoryLock lock, AsynchronousFileChannel channel) {
    this.path = path;
    this.lock = lock;
    this.channel = channel;
  }

  // ======== Opening ========

  /** Opens a locked directory. */
  static DirectoryHandle open(Path path, DirectoryLock lock) throws IOException {
    DirectoryHandle handle = new DirectoryHandle(path, lock, Directories.open(path));
    handle.fillReserve();
    return handle;
  }

  /** Returns a handle without descriptors, for a read-only store. */
  static DirectoryHandle readOnly(Path path) {
    return new DirectoryHandle(path, null, null);
  }

  /** Opens the descriptors that are missing in the reserve, as far as possible. */
  void fillReserve() {
    while (channel != null && reserve.size() < RESERVE) {
      try {
        reserve.push(Directories.open(path));
      } catch (IOException e) {
        // The process has no descriptors left. The next open tries again.
        return;
      }
    }
  }

  // ======== Writing ========

  /** Opens files. */
  interface Opening<T> {
    T open() throws IOException;
  }

  /**
   * Opens files. If that fails, releases the reserve and tries again.
   *
   * @throws IOException if the second attempt fails too
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
   * Checks that the path still leads to the directory that was locked. Must be called before a file
   * is created, renamed or deleted.
   *
   * @throws IOException if the directory was moved or deleted
   */
  void requireInPlace() throws IOException {
    lock.requireInPlace();
  }

  /** Makes the names in the directory durable. Requires: no lock. */
  void sync() throws IOException {
    Directories.sync(path, channel);
  }

  /** Returns the directory's path. */
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
