/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. This file states the promises: the result of each call, what is
 * safe when it returns, and the response to bad input. The other files keep these promises.
 *
 * NEW IN THIS STEP
 *
 * Writing is appending. put adds a record after the last one and changes no earlier record.
 *
 * PICTURE: the same few puts go through all steps
 *
 *     put("os", "mac")  put("editor", "vim")  put("os", "linux")
 *
 *     data/LOCK         held while the store is open (see DirectoryLock)
 *     data/store.data   the log (see LogFile)
 *
 *     | KVSTEPS 1 | P os mac | P editor vim | P os linux |  <- the next put goes here
 *
 * Both values of "os" are in the log. The second put did not look for the first: that would have
 * cost a read.
 *
 * INVARIANTS
 *
 * I1  The order of the log is the truth: a key's state is its last record.
 *
 * NOT HERE, AND WHY
 *
 * Reading: this store can only be written. The file already contains everything that reading
 * needs.
 *
 * More than one thread at a time: the methods are synchronized. The log has only one end, so
 * writers have to take turns anyway.
 */
package kv.step1;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A store of keys and values, both arrays of any bytes, in one log.
 *
 * <p>Keys are 0 to 65,535 bytes long, values 0 to 512 MiB. Thread-safe: calls take turns.
 * Interrupting a thread inside a call closes the store's file (a property of {@code FileChannel});
 * every further call then throws an {@link IOException}, and the store must be closed and opened
 * again. This loses no earlier put. But a record that was being written may be torn, and records
 * put after a torn record cannot be found.
 */
public final class Store implements Closeable {
  /** The name of the log, in the store's directory. */
  static final String FILE_NAME = "store.data";

  private final DirectoryLock lock;
  private final LogFile log;
  private boolean closed;

  /** Creates a store on an open log, for {@link #open} and for tests. */
  Store(DirectoryLock lock, LogFile log) {
    this.lock = lock;
    this.log = log;
  }

  // ======== Opening ========

  /**
   * Opens the store in a directory, and creates everything that is missing: the directory, its
   * parents and the store's files. On return all of these are durable. Takes O(files in the
   * directory) time.
   *
   * @throws IOException if a store in this process or another has the directory open, if the
   *     directory or the files cannot be created, if {@code store.data} is not a log, or if the
   *     directory contains files of a later step; in the last case nothing was created
   */
  public static Store open(Path directory) throws IOException {
    Directories.create(directory);
    DirectoryContents.check(directory);
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      // Again, because another store may have used the directory until now.
      DirectoryContents.check(directory);
      lock.requireInPlace();
      return new Store(lock, LogFile.open(directory.resolve(FILE_NAME)));
    } catch (Throwable e) {
      lock.close();
      throw e;
    }
  }

  // ======== Writing ========

  /**
   * Sets a key to a value; both arrays are copied. On return the operating system holds the
   * record: it survives the death of this process ({@code kill -9}), but not power loss, until
   * {@link #sync()} returns. Takes O(key + value) time and one system call for a record of up to 1
   * MiB, regardless of the size of the store.
   *
   * @throws NullPointerException if the key or the value is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes or the value longer
   *     than 512 MiB; nothing is written then
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the record could not be written. On a full disk, for example, the store
   *     is as it was before the call. If the store can no longer be used, as after an interrupt,
   *     the record may or may not be there when the store is opened again.
   */
  public synchronized void put(byte[] key, byte[] value) throws IOException {
    Record.requireKey(key);
    Record.requireValue(value);
    requireOpen();
    log.append(Record.PUT, key, value);
  }

  /**
   * Makes every put before this call durable: on return they survive power loss. Waits for the
   * disk, for tens of microseconds to tens of milliseconds; costs nothing if everything is durable
   * already.
   *
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the disk failed. It is then unknown which records are durable, and
   *     every further call throws: a failed fsync is never retried, because the second would
   *     report success and prove nothing. For the same reason a store that is opened again shows
   *     the operating system's copy of the file, not the disk's, until the machine is restarted.
   */
  public synchronized void sync() throws IOException {
    requireOpen();
    log.sync();
  }

  // ======== Closing ========

  /**
   * Syncs, closes the files and releases the directory. A second call does nothing; any other call
   * after this one throws {@link IllegalStateException}.
   *
   * @throws IOException if the sync failed, now or before, or was prevented by an interrupt; the
   *     directory is released anyway
   */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      log.close();
    } finally {
      lock.close();
    }
  }

  /** Checks that the store can be used, before a call changes anything. */
  private void requireOpen() throws IOException {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
    log.requireUsable();
  }
}
