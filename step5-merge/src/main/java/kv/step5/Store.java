/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. This file states the promises: the result of each call, what is
 * safe when it returns, and the response to bad input. The other files keep these promises.
 *
 * NEW IN THIS STEP
 *
 * The log has many files, and space is reclaimed while the store is used: when half of the log is
 * dead, a thread copies the live records to new files (see Merge). The put that crosses this limit
 * starts the thread, and does not wait for it.
 *
 * PICTURE: the same few puts go through all steps
 *
 *     put("os", "mac")  put("editor", "vim")  put("os", "linux")  delete("editor")
 *
 *     data/LOCK                   held while the store is open (see DirectoryLock)
 *     data/000001-000001.0.data   the log: a finished file, and the last one (see Log)
 *     data/000002-000002.0.data
 *
 *     | KVSTEPS 1 | P os mac | P editor vim |
 *     | KVSTEPS 1 | P os linux | D editor |  <- the next put goes here
 *                   ^
 *     keydir:  os --'
 *
 *     data/000001-000002.1.data   after merge()
 *     data/000003-000003.0.data
 *
 *     | KVSTEPS 1 | P os linux |
 *     | KVSTEPS 1 |  <- the next put goes here
 *
 * INVARIANTS
 *
 * I1  The order of the log is the truth: a key's state is its last record.
 * I2  The keydir entry of a key is its last put. A key has no entry exactly if its last record is a
 *     tombstone, or it has no record.
 *
 * NOT HERE, AND WHY
 *
 * Reserving space for a full disk. A delete appends a record and a merge writes a copy, so both
 * fail on a full disk; no record is lost. Free some space elsewhere on the disk, about the size of
 * the live records, and merge; or close the store and move it to a larger disk.
 *
 * More than one caller at a time: the methods are synchronized. The log has only one end, so
 * writers have to take turns anyway. Readers wait too, even for a put that waits for the disk, and
 * a get is a system call.
 */
package kv.step5;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * A store of keys and values, both arrays of any bytes, in a log of many files.
 *
 * <p>Keys are 0 to 65,535 bytes long, values 0 to 512 MiB. Thread-safe: calls take turns.
 * Interrupting a thread inside a call closes one of the store's files (a property of {@code
 * FileChannel}); every further call that needs this file then throws an {@link IOException}, and
 * the store must be closed and opened again. This loses no earlier put.
 */
public final class Store implements Closeable {
  /** The size of the log's files in bytes. */
  static final long FILE_SIZE = 32 << 20;

  /** Number of files of this size that a merge combines into one. */
  private static final int FILES_PER_RUN = 16;

  /** Fewest dead bytes that start a merge: a small store should not merge all the time. */
  static final long MIN_DEAD_BYTES = 10 << 20;

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final DirectoryLock lock;
  private final Log log;

  /** Maps each key to the location of its last put (I2). */
  private final KeyDir keydir;

  private final Merge merge;

  private boolean closed;

  /** Dead bytes at which a put starts a merge. Raised after a failure, to space the retries. */
  private long mergeAt = MIN_DEAD_BYTES;

  /** Creates a store on an open log, for {@link #open} and for tests. */
  Store(DirectoryLock lock, Log log, KeyDir keydir, long fileSize) {
    this.lock = lock;
    this.log = log;
    this.keydir = keydir;
    this.merge = new Merge(lock, log, keydir, FILES_PER_RUN * fileSize, this);
  }

  // ======== Opening ========

  /**
   * Opens the store in a directory, and creates everything that is missing: the directory, its
   * parents and the store's files. On return all of these are durable, and so is the whole log.
   * The remains of an unfinished write are cut off, and the leftovers of a merge are deleted.
   * Reads the whole log: takes O(bytes in the log) time, and O(all keys) memory as long as the
   * store is open. Opens a store of steps 1 to 4 too; from then on those steps refuse it.
   *
   * @throws CorruptStoreException if a file of the log is damaged or missing, or is not a log;
   *     nothing was changed then
   * @throws IOException if a store in this process or another has the directory open, if the
   *     directory or the files cannot be created, or if the directory contains files of a later
   *     step; in the last case nothing was created
   */
  public static Store open(Path directory) throws IOException {
    return open(directory, FILE_SIZE);
  }

  /** Opens the store in a directory, with files of the given size. Tests use small files. */
  static Store open(Path directory, long fileSize) throws IOException {
    Directories.create(directory);
    DirectoryContents.check(directory);
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      // Again, because another store may have used the directory until now.
      DirectoryContents.check(directory);
      lock.requireInPlace();
      KeyDir keydir = new KeyDir();
      Log log = Log.open(directory, lock, fileSize, keydir);
      return new Store(lock, log, keydir, fileSize);
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
   * MiB, regardless of the size of the store, except that a put which finishes a file, every 32
   * MiB, waits for the disk. Starts a {@link #merge()} on another thread when at least 10 MiB and
   * half of the log are dead. A failed merge is logged, and tried again after another 10 MiB; but
   * if it fails after its output was renamed, or the directory was moved, every further call
   * throws.
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
    write(Record.PUT, key, value);
    mergeIfWorthwhile();
  }

  /**
   * Deletes a key, and returns whether it was present. An absent key writes nothing. The tombstone
   * is as durable as a {@link #put}. Takes O(key) time, and one system call; may start a {@link
   * #merge()} like put.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the tombstone could not be written, with the consequences described at
   *     {@link #put}
   */
  public synchronized boolean delete(byte[] key) throws IOException {
    Record.requireKey(key);
    requireOpen();
    if (keydir.get(key) == null) {
      return false;
    }
    write(Record.DELETE, key, new byte[0]);
    mergeIfWorthwhile();
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

  /** Appends a record, then updates the keydir: if the append fails, nothing has changed (I2). */
  private void write(byte type, byte[] key, byte[] value) throws IOException {
    KeyDir.Location location = log.append(type, key, value);
    try {
      keydir.apply(type, key, location);
    } catch (Throwable e) {
      // Out of memory: the keydir may differ from the log. A reopened store rebuilds it.
      log.fail(e);
      throw e;
    }
  }

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. Takes O(key + value) time, and one
   * system call for a record of up to 1 MiB, or none if the key is absent.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if the record is damaged: no wrong value is returned
   * @throws IOException if the log could not be read
   */
  public synchronized byte[] get(byte[] key) throws IOException {
    Record.requireKey(key);
    requireOpen();
    KeyDir.Location location = keydir.get(key);
    return location == null ? null : location.file().read(location, key);
  }

  /**
   * Passes every live pair to a consumer once, in the order of their last puts, as of the time of
   * this call. The consumer may use the store, and so may other threads. Takes O(n log n + bytes
   * in the log) time for n keys, and 8 bytes of memory for each, and opens the files of the log
   * once more.
   *
   * @throws NullPointerException if the consumer is null
   * @throws IllegalStateException if the store is closed, now or while this method runs
   * @throws CorruptStoreException if a record in the log is damaged
   * @throws IOException if the log could not be read, or the directory was moved away
   */
  public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
    Objects.requireNonNull(consumer);
    // Readers that keep their files open, so that a file stays readable even if a merge deletes
    // it.
    Map<LogFile, LogReader> readers = new HashMap<>();
    List<KeyDir.Location> locations;
    try {
      synchronized (this) {
        requireOpen();
        locations = keydir.inLogOrder();
        // The readers open the files by their paths.
        lock.requireInPlace();
        for (LogFile file : locations.stream().map(KeyDir.Location::file).distinct().toList()) {
          readers.put(file, file.openReader());
        }
      }
      for (KeyDir.Location location : locations) {
        LogReader own = readers.get(location.file());
        byte[] key;
        byte[] value;
        synchronized (this) {
          requireOpen();
          own.moveTo(location.offset());
          key = own.key();
          value = own.value();
        }
        // Outside the lock: a consumer may wait for another thread that uses the store.
        consumer.accept(key, value);
      }
    } finally {
      for (LogReader reader : readers.values()) {
        reader.close();
      }
    }
  }

  /**
   * Returns whether a key is present. Takes O(key) time, and no system call.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the store failed before
   */
  public synchronized boolean containsKey(byte[] key) throws IOException {
    Record.requireKey(key);
    requireOpen();
    return keydir.get(key) != null;
  }

  /**
   * Returns the number of keys. Takes O(1) time.
   *
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the store failed before
   */
  public synchronized long size() throws IOException {
    requireOpen();
    return keydir.size();
  }

  /**
   * Returns the number of keys, and how much of the log is live and dead. Takes O(1) time.
   *
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the store failed before
   */
  public synchronized Stats stats() throws IOException {
    requireOpen();
    return new Stats(keydir.size(), log.files().size(), keydir.liveBytes(), deadBytes());
  }

  private long deadBytes() {
    return log.bytes() - keydir.liveBytes();
  }

  /** Checks that the keydir equals a replay of the log (I2). For tests, while no merge runs. */
  synchronized void checkInvariants() throws IOException {
    KeyDir replayed = new KeyDir();
    for (LogFile file : log.files()) {
      try (LogReader reader = file.openReader()) {
        reader.rewind(file.end());
        while (reader.next()) {
          replayed.apply(reader.type(), reader.key(), reader.location());
        }
      }
    }
    if (!keydir.agreesWith(replayed)) {
      throw new IllegalStateException("I2: the keydir differs from a replay of the log");
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites the log, up to its end at the time of this call, without its dead records. On return
   * they are gone from the disk, and all data that was in the store at the call is durable. Takes
   * O(bytes in the log) time, and for each 512 MiB in turn as much disk space as its live records,
   * and memory for their keys. Other calls continue. If a merge is running, waits for its end
   * first. A running {@link #forEach} keeps the old files, and their space, until it ends. Windows
   * does not delete an open file, so there the next open deletes them.
   *
   * @throws IllegalStateException if the store is closed, now or while this method runs
   * @throws CorruptStoreException if a record in the log is damaged; the store is unchanged
   * @throws IOException if there is no space for a copy, and the store is unchanged; or if the
   *     disk failed after a copy had replaced the old files, or the directory was moved away, or
   *     its LOCK deleted. Then every further call throws, and nothing is lost: the store must be
   *     closed and opened again.
   */
  public void merge() throws IOException {
    merge.run();
    synchronized (this) {
      mergeAt = MIN_DEAD_BYTES;
      // For the records that died during the merge, if no put follows.
      mergeIfWorthwhile();
    }
  }

  /**
   * Starts a merge if that reclaims at least half of the log, and at least 10 MiB. Rewriting a log
   * each time it has doubled costs at most one copied byte for every byte put.
   */
  private void mergeIfWorthwhile() {
    if (deadBytes() < mergeAt || 2 * deadBytes() < log.bytes()) {
      return;
    }
    // No other merge starts before this one ends.
    mergeAt = Long.MAX_VALUE;
    Thread thread = new Thread(this::mergeInBackground, "merge of " + log.directory());
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      // A thread may be available later.
      mergeFailed(e);
    }
  }

  private void mergeInBackground() {
    try {
      merge();
    } catch (IllegalStateException e) {
      // The store is being closed: the next open continues from the existing files.
    } catch (IOException | OutOfMemoryError e) {
      mergeFailed(e);
    }
  }

  /** Logs a failure that is not a caller's: all records are in the log. */
  private synchronized void mergeFailed(Throwable failure) {
    // The next merge starts only after as many dead bytes again.
    mergeAt = deadBytes() + MIN_DEAD_BYTES;
    LOGGER.log(System.Logger.Level.WARNING, "a merge of " + log.directory() + " failed", failure);
  }

  // ======== Closing ========

  /**
   * Syncs, closes the files and releases the directory. A running merge ends without a result,
   * unless it is almost done. A second call does nothing; any other call after this one throws
   * {@link IllegalStateException}.
   *
   * @throws IOException if the sync failed, now or before, or was prevented by an interrupt; the
   *     directory is released anyway
   */
  @Override
  public void close() throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    merge.stop();
    // Waits for the end of a running merge.
    synchronized (merge) {
      synchronized (this) {
        try {
          log.close();
        } finally {
          lock.close();
        }
      }
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
