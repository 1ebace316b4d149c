/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. This file states the promises: the result of each call, what is
 * safe when it returns, and the response to bad input. The other files keep these promises.
 *
 * NEW IN THIS STEP
 *
 * Reading is replaying. get reads the log from its start, and the last record of the key is the
 * answer. delete appends a tombstone, which then is the key's last record.
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
 * end. Reading backwards is impossible, because a record's length is at its start.
 *
 * More than one thread at a time: the methods are synchronized. The log has only one end, so
 * writers have to take turns anyway. Readers wait too, which is the price of simple code.
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
 * A store of keys and values, both arrays of any bytes, in one log.
 *
 * <p>Keys are 0 to 65,535 bytes long, values 0 to 512 MiB. Thread-safe: calls take turns.
 * Interrupting a thread inside a call closes the store's file (a property of {@code FileChannel});
 * every further call then throws an {@link IOException}, and the store must be closed and opened
 * again. This loses no earlier put.
 */
public final class Store implements Closeable {
  /** The name of the log, in the store's directory. */
  static final String FILE_NAME = "store.data";

  /** Stands for the offset of a record that does not exist. */
  private static final long ABSENT = -1;

  private final DirectoryLock lock;
  private final LogFile log;

  /** Reads the log for every get. Kept, because its buffer is expensive. */
  private final LogReader reader;

  private boolean closed;

  /** Creates a store on an open log, for {@link #open} and for tests. */
  Store(DirectoryLock lock, LogFile log) {
    this.lock = lock;
    this.log = log;
    this.reader = log.reader();
  }

  // ======== Opening ========

  /**
   * Opens the store in a directory, and creates everything that is missing: the directory, its
   * parents and the store's files. On return all of these are durable, and so is the whole log.
   * The remains of an unfinished write are cut off. Reads the whole log: takes O(bytes in the log)
   * time.
   *
   * @throws CorruptStoreException if {@code store.data} is damaged, or is not a log; nothing was
   *     changed then
   * @throws IOException if a store in this process or another has the directory open, if the
   *     directory or the files cannot be created, or if the directory contains files of a later
   *     step; in the last case nothing was created
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
   * Deletes a key, and returns whether it was present. An absent key writes nothing. The tombstone
   * is as durable as a {@link #put}. Takes the time of a {@link #get}, and one system call to
   * write.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if a record in the log is damaged
   * @throws IOException if the tombstone could not be written, with the consequences described at
   *     {@link #put}
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
   * for the disk, for tens of microseconds to tens of milliseconds; costs nothing if everything is
   * durable already.
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

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. Takes O(bytes in the log) time, and
   * no memory except the value's.
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
   * Passes every live pair to a consumer once, in the order of their last puts, as of the time of
   * this call. The consumer may use the store, and so may other threads. Takes O(bytes in the log)
   * time, and O(all keys) memory.
   *
   * @throws NullPointerException if the consumer is null
   * @throws IllegalStateException if the store is closed, now or while this method runs
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

  /** Returns the offset of a key's last record if that is a put; otherwise {@link #ABSENT}. */
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

  /** Returns the offset of every live key's last put, in log order, from a single replay. */
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
