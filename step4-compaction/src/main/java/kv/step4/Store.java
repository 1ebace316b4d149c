/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. This file states the promises: the result of each call, what is
 * safe when it returns, and the response to bad input. The other files keep these promises.
 *
 * NEW IN THIS STEP
 *
 * Space is reclaimed. When half of the log is dead, its live records are copied to a new file that
 * replaces it (see Compaction). The put that crosses this limit runs the compaction.
 *
 * PICTURE: the same few puts go through all steps
 *
 *     put("os", "mac")  put("editor", "vim")  put("os", "linux")  delete("editor")
 *
 *     data/LOCK         held while the store is open (see DirectoryLock)
 *     data/store.data   the log (see LogFile)
 *
 *     | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor |  <- the next put goes here
 *                                              ^
 *     keydir:  os -----------------------------'
 *
 *     | KVSTEPS 1 | P os linux |  after compact()
 *
 * INVARIANTS
 *
 * I1  The order of the log is the truth: a key's state is its last record.
 * I2  The keydir entry of a key is its last put. A key has no entry exactly if its last record is a
 *     tombstone, or it has no record.
 *
 * NOT HERE, AND WHY
 *
 * Reclaiming space in the background. Every call waits while a compaction runs, for a time that
 * grows with the live records, however few records are dead.
 *
 * Reserving space for a full disk. A delete appends a record and a compaction writes a copy, so
 * both fail on a full disk; no record is lost. Free some space elsewhere on the disk, about the
 * size of the live records, and compact; or close the store and move it to a larger disk.
 *
 * More than one thread at a time: the methods are synchronized. The log has only one end, so
 * writers have to take turns anyway. Readers wait too, which is the price of simple code.
 */
package kv.step4;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
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

  /** Fewest dead bytes that start a compaction: a small store should not compact all the time. */
  static final long MIN_DEAD_BYTES = 10 << 20;

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final DirectoryLock lock;
  private final LogFile log;

  /** Maps each key to the location of its last put (I2). */
  private KeyDir keydir;

  private boolean closed;

  /** Dead bytes at which a put compacts. Raised after a failure, to space the retries. */
  private long compactAt = MIN_DEAD_BYTES;

  /** Creates a store on an open log, for {@link #open} and for tests. */
  Store(DirectoryLock lock, LogFile log, KeyDir keydir) {
    this.lock = lock;
    this.log = log;
    this.keydir = keydir;
  }

  // ======== Opening ========

  /**
   * Opens the store in a directory, and creates everything that is missing: the directory, its
   * parents and the store's files. On return all of these are durable, and so is the whole log.
   * The remains of an unfinished write are cut off. Reads the whole log: takes O(bytes in the log)
   * time, and O(all keys) memory as long as the store is open.
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
      Path file = directory.resolve(FILE_NAME);
      Compaction.requireOriginal(file);
      KeyDir keydir = new KeyDir();
      LogFile log = LogFile.open(file, keydir);
      // Last: no file is deleted before all files have been verified.
      Compaction.deleteLeftover(file);
      return new Store(lock, log, keydir);
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
   * MiB, regardless of the size of the store, except that it runs a {@link #compact()} when at
   * least 10 MiB and half of the log are dead. A failed compaction is logged, and tried again
   * after another 10 MiB; but if it fails after the old file was replaced, or the directory was
   * moved, every further call throws.
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
    compactIfWorthwhile();
  }

  /**
   * Deletes a key, and returns whether it was present. An absent key writes nothing. The tombstone
   * is as durable as a {@link #put}. Takes O(key) time, and one system call; may run a {@link
   * #compact()} like put.
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
    compactIfWorthwhile();
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
    return location == null ? null : log.read(location, key);
  }

  /**
   * Passes every live pair to a consumer once, in the order of their last puts, as of the time of
   * this call. The consumer may use the store, and so may other threads. Takes O(n log n + bytes
   * in the log) time for n keys, and 8 bytes of memory for each.
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
      offsets = keydir.offsets();
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
    return new Stats(keydir.size(), 1, keydir.liveBytes(), deadBytes());
  }

  private long deadBytes() {
    return log.end() - LogFile.FILE_HEADER.length - keydir.liveBytes();
  }

  /** Checks that the keydir equals a replay of the log (I2). For tests. */
  synchronized void checkInvariants() throws IOException {
    KeyDir replayed = new KeyDir();
    try (LogReader reader = log.openReader()) {
      reader.rewind(log.end());
      while (reader.next()) {
        replayed.apply(reader.type(), reader.key(), reader.location());
      }
    }
    if (!keydir.agreesWith(replayed)) {
      throw new IllegalStateException("I2: the keydir differs from a replay of the log");
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites the log without its dead records. On return they are gone from the disk, and all data
   * in the store is durable. Takes O(bytes in the log) time, and temporarily as much disk space as
   * the live records and as much memory as the keydir. All other calls wait. A running {@link
   * #forEach} keeps the old file, and its space, until it ends. Windows does not replace an open
   * file, so there this method throws while a forEach runs, and changes nothing.
   *
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if a record in the log is damaged; the store is unchanged
   * @throws IOException if there is no space for the copy, and the store is unchanged; or if the
   *     disk failed after the old file was replaced, or the directory was moved away, or its LOCK
   *     deleted. Then every further call throws, and nothing is lost: the store must be closed and
   *     opened again.
   */
  public synchronized void compact() throws IOException {
    requireOpen();
    // If it fails, a put tries again only after as many dead bytes again.
    compactAt = deadBytes() + MIN_DEAD_BYTES;
    keydir = Compaction.run(lock, log, keydir);
    compactAt = MIN_DEAD_BYTES;
  }

  /**
   * Compacts if that reclaims at least half of the log, and at least 10 MiB. Rewriting a log each
   * time it has doubled costs at most one copied byte for every byte put.
   */
  private void compactIfWorthwhile() {
    if (deadBytes() < compactAt || 2 * deadBytes() < log.end()) {
      return;
    }
    try {
      compact();
    } catch (IOException | OutOfMemoryError e) {
      // Not the caller's failure: its record is in the log.
      LOGGER.log(System.Logger.Level.WARNING, "compaction of " + log.file() + " failed", e);
    }
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
