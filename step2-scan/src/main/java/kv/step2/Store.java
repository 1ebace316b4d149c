/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. Here are the promises: what a call returns, what is safe when
 * it has returned, and what happens on bad input. How they are kept is in the other files.
 *
 * NEW IN THIS STEP
 *
 * Reading is replaying. get goes through the log from its start, and the last record of the key
 * is the answer. delete appends a tombstone, so that there is a last record to find.
 *
 * PICTURE: the same few puts go through all steps
 *
 *     put("os", "mac")  put("editor", "vim")  put("os", "linux")  delete("editor")
 *
 *     data/LOCK         held while the store is open (see DirectoryLock)
 *     data/store.data   the log (see LogFile)
 *
 *     | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor |  <- the next put goes here
 *
 *     get("os")          o ------------------------> o ------------> linux
 *     get("editor")                    o --------------------------> o  null     (o: found one)
 *
 * INVARIANTS
 *
 * I1  The order of the log is the truth: a key's state is its last record.
 *
 * NOT HERE, AND WHY
 *
 * Stopping early. The last record of a key may be the last of the log, so every get reads to the
 * end, and reading backwards is impossible: a record's length is at its start.
 *
 * More than one thread at a time: the methods are synchronized. There is one log and one end of
 * it, so writers have to take turns anyhow; that readers wait as well is the price of simple code.
 */
package kv.step2;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * A store of keys and values, arrays of any bytes, in one log.
 *
 * <p>Keys have 0 to 65,535 bytes, values 0 to 512 MiB. Thread-safe: calls take turns. Interrupting
 * a thread while it is inside a call closes the file under the store (that is how {@code
 * FileChannel} works); every further call then throws an {@link IOException}, and the store must
 * be closed and opened again. Nothing that was put before is lost by that.
 */
public final class Store implements Closeable {
  /** The name of the log, in the store's directory. */
  static final String FILE_NAME = "store.data";

  /** The offset of a record that is not there. */
  private static final long ABSENT = -1;

  private final DirectoryLock lock;
  private final LogFile log;

  /** Goes through the log for every get: kept, because its buffer is. */
  private final LogReader reader;

  private boolean closed;

  /** A store on a log that was opened already, as {@link #open} does it and tests may. */
  Store(DirectoryLock lock, LogFile log) {
    this.lock = lock;
    this.log = log;
    this.reader = log.reader();
  }

  // ======== Opening ========

  /**
   * Opens the store in a directory, and creates what is missing: the directory, those above it, and
   * the store's files. On return all of that is durable, and so is everything found in the log.
   * What a crash has left of an unfinished write is cut off. Reads the whole log: takes O(bytes in
   * the log) time.
   *
   * @throws CorruptStoreException if {@code store.data} is damaged, or is no log; nothing was
   *     changed then
   * @throws IOException if a store has the directory open, in this process or another, if the
   *     directory or the files cannot be created, or if the directory has files of a later step, and
   *     then nothing was created
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
   * Takes a key away: true if it was there. An absent key writes nothing. Durable as a {@link
   * #put} is. Takes the time of a {@link #get}, and one system call to write.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if a record in the log is damaged
   * @throws IOException if the tombstone could not be written, with what {@link #put} says of that
   */
  public synchronized boolean delete(byte[] key) throws IOException {
    Record.requireKey(key);
    requireOpen();
    if (find(key) == ABSENT) {
      return false;
    }
    log.append(Record.DELETE, key, new byte[0]);
    return true;
  }

  /**
   * Makes every put and delete before this call durable: on return they survive power loss. Waits
   * for the disk, for tens of microseconds to tens of milliseconds; costs nothing if there is
   * nothing to do.
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

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. Takes O(bytes in the log) time, and
   * no memory but the value's.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if a record in the log is damaged: no wrong value is returned
   * @throws IOException if the log could not be read
   */
  public synchronized byte[] get(byte[] key) throws IOException {
    Record.requireKey(key);
    requireOpen();
    long offset = find(key);
    if (offset == ABSENT) {
      return null;
    }
    reader.moveTo(offset);
    return reader.value();
  }

  /**
   * Passes every live pair to a consumer once, in the order of their last puts, as the store was
   * when this method was called. The consumer may use the store, and so may other threads. Takes
   * O(bytes in the log) time, and O(all keys) memory.
   *
   * @throws NullPointerException if the consumer is null
   * @throws IllegalStateException if the store is closed, or gets closed in the meantime
   * @throws CorruptStoreException if a record in the log is damaged
   * @throws IOException if the log could not be read, or the directory was moved away
   */
  public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
    Objects.requireNonNull(consumer);
    LogReader own;
    long[] offsets;
    synchronized (this) {
      requireOpen();
      offsets = lastPuts();
      // The reader opens the log by its path.
      lock.requireInPlace();
      own = log.openReader();
    }
    try (own) {
      for (long offset : offsets) {
        byte[] key;
        byte[] value;
        synchronized (this) {
          requireOpen();
          own.moveTo(offset);
          key = own.key();
          value = own.value();
        }
        // Outside the lock: a consumer may wait for another thread that uses the store.
        consumer.accept(key, value);
      }
    }
  }

  /** Where a key's last record is, if that is a put; otherwise {@link #ABSENT}. */
  private long find(byte[] key) throws IOException {
    long found = ABSENT;
    reader.rewind(log.end());
    while (reader.next()) {
      if (reader.keyIs(key)) {
        found = reader.type() == Record.PUT ? reader.offset() : ABSENT;
      }
    }
    return found;
  }

  /** Where the last put of every live key is, in log order. One replay for all of them. */
  private long[] lastPuts() throws IOException {
    Map<ByteBuffer, Long> last = new HashMap<>();
    reader.rewind(log.end());
    while (reader.next()) {
      ByteBuffer key = ByteBuffer.wrap(reader.key());
      if (reader.type() == Record.PUT) {
        last.put(key, reader.offset());
      } else {
        last.remove(key);
      }
    }
    return last.values().stream().mapToLong(Long::longValue).sorted().toArray();
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
