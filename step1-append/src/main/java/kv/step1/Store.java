/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. Here are the promises: what a call returns, what is safe when
 * it has returned, and what happens on bad input. How they are kept is in the other files.
 *
 * NEW IN THIS STEP
 *
 * Writing is appending. put adds a record behind the last one and changes nothing that is
 * already there.
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
 * Both values of "os" are there. The second put did not look for the first; it would have had to
 * read for that.
 *
 * INVARIANTS
 *
 * I1  The order of the log is the truth: a key's state is its last record.
 *
 * NOT HERE, AND WHY
 *
 * Reading: this store can only be written. Everything that reading needs is in the file already.
 *
 * More than one thread at a time: the methods are synchronized. There is one log and one end of
 * it, so writers have to take turns anyhow.
 */
package kv.step1;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A store of keys and values, arrays of any bytes, in one log.
 *
 * <p>Keys have 0 to 65,535 bytes, values 0 to 512 MiB. Thread-safe: calls take turns. Interrupting
 * a thread while it is inside a call closes the file under the store (that is how {@code
 * FileChannel} works); every further call then throws an {@link IOException}, and the store must
 * be closed and opened again. Nothing that was put before is lost by that. But a record that was
 * being written may be left torn, and what is put behind a torn record cannot be found.
 */
public final class Store implements Closeable {
  /** The name of the log, in the store's directory. */
  static final String FILE_NAME = "store.data";

  private final DirectoryLock lock;
  private final LogFile log;
  private boolean closed;

  /** A store on a log that was opened already, as {@link #open} does it and tests may. */
  Store(DirectoryLock lock, LogFile log) {
    this.lock = lock;
    this.log = log;
  }

  // ======== Opening ========

  /**
   * Opens the store in a directory, and creates what is missing: the directory, those above it, and
   * the store's files. On return all of that is durable. Takes O(files in the directory) time.
   *
   * @throws IOException if a store has the directory open, in this process or another, if the
   *     directory or the files cannot be created, if {@code store.data} is not a log, or if the
   *     directory has files of a later step, and then nothing was created
   */
  public static Store open(Path directory) throws IOException {
    Directories.create(directory);
    DirectoryContents.check(directory);
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      // Again, because until now another store may have been at work in the directory.
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
   * Sets a key to a value; both arrays are copied. On return the record is the operating system's:
   * it survives the death of this process ({@code kill -9}), but not power loss, until {@link
   * #sync()} has returned. Takes O(key + value) time and one system call for a record of up to 1
   * MiB, however much is stored.
   *
   * @throws NullPointerException if the key or the value is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes or the value longer
   *     than 512 MiB; nothing is written then
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the record could not be written. On a full disk, for example, the store
   *     is as it was before the call. If the store cannot be used any more, as after an interrupt,
   *     the record may be there when it is opened again, or not.
   */
  public synchronized void put(byte[] key, byte[] value) throws IOException {
    Record.requireKey(key);
    Record.requireValue(value);
    requireOpen();
    log.append(Record.PUT, key, value);
  }

  /**
   * Makes every put before this call durable: on return they survive power loss. Waits for the
   * disk, for tens of microseconds to tens of milliseconds; costs nothing if there is nothing to
   * do.
   *
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the disk failed. What is durable is then unknown, and every further call
   *     throws: an fsync that failed is never tried again, because the second would report success
   *     and mean nothing. For the same reason a store that is opened again shows what the operating
   *     system remembers, and not what is on the disk, until the machine is restarted.
   */
  public synchronized void sync() throws IOException {
    requireOpen();
    log.sync();
  }

  // ======== Closing ========

  /**
   * Syncs, closes the files and gives the directory free. A second call does nothing; any other
   * call afterwards throws {@link IllegalStateException}.
   *
   * @throws IOException if the sync failed, now or before, or could not be done because a thread
   *     was interrupted; the directory is free all the same
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

  /** Checks that the store is open, before anything is done. */
  private void requireOpen() throws IOException {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
    log.requireUsable();
  }
}
