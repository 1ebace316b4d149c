/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. Here are the promises: what a call returns, what is safe when
 * it has returned, and what happens on bad input. How they are kept is in the other files.
 *
 * NEW IN THIS STEP
 *
 * The log has many files, and space is given back while the store is used: when most of the log is
 * dead, a thread copies the live records to new files (see Merge). A put starts that thread, and
 * does not wait for it.
 *
 * PICTURE: the same few puts go through all steps
 *
 *     put("os", "mac")  put("editor", "vim")  put("os", "linux")  delete("editor")
 *
 *     data/LOCK                   held while the store is open (see DirectoryLock)
 *     data/000001-000001.0.data   the log: a file that is finished, and the last one (see Log)
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
 * I2  The keydir entry of a key is its last put. A key has none exactly if its last record is a
 *     tombstone, or it has no record.
 *
 * NOT HERE, AND WHY
 *
 * Space in reserve for a full disk. A delete appends a record and a merge writes a copy, so both
 * fail when no space is left, and nothing is lost. Free some space elsewhere on the disk, about as
 * much as the live records take, and merge; or close the store and move it to a larger disk.
 *
 * More than one caller at a time: the methods are synchronized. There is one log and one end of
 * it, so writers have to take turns anyhow. Readers wait as well, also for a put that waits for the
 * disk, and a get is a system call.
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
 * A store of keys and values, arrays of any bytes, in a log of many files.
 *
 * <p>Keys have 0 to 65,535 bytes, values 0 to 512 MiB. Thread-safe: calls take turns. Interrupting
 * a thread while it is inside a call closes a file under the store (that is how {@code FileChannel}
 * works); every further call that needs this file then throws an {@link IOException}, and the store
 * must be closed and opened again. Nothing that was put before is lost by that.
 */
public final class Store implements Closeable {
  /** The size of the log's files in bytes. */
  static final long FILE_SIZE = 32 << 20;

  /** How many files of this size a merge makes into one. */
  private static final int FILES_PER_RUN = 16;

  /** The fewest dead bytes that start a merge, so that a small store is not always at it. */
  static final long MIN_DEAD_BYTES = 10 << 20;

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final DirectoryLock lock;
  private final Log log;

  /** Where each key's last put is (I2). */
  private final KeyDir keydir;

  private final Merge merge;

  private boolean closed;

  /** Dead bytes at which a merge is started: after one that failed, not with every put again. */
  private long mergeAt = MIN_DEAD_BYTES;

  /** A store on a log that was opened already, as {@link #open} does it and tests may. */
  Store(DirectoryLock lock, Log log, KeyDir keydir, long fileSize) {
    this.lock = lock;
    this.log = log;
    this.keydir = keydir;
    this.merge = new Merge(lock, log, keydir, FILES_PER_RUN * fileSize, this);
  }

  // ======== Opening ========

  /**
   * Opens the store in a directory, and creates what is missing: the directory, those above it, and
   * the store's files. On return all of that is durable, and so is everything found in the log.
   * What a crash has left of an unfinished write is cut off, and what it has left of a merge is
   * deleted. Reads the whole log: takes O(bytes in the log) time, and O(all keys) memory as long as
   * the store is open. A store of steps 1 to 4 can be opened; from then on those steps refuse it.
   *
   * @throws CorruptStoreException if a file of the log is damaged or missing, or is no log; nothing
   *     was changed then
   * @throws IOException if a store has the directory open, in this process or another, if the
   *     directory or the files cannot be created, or if the directory has files of a later step, and
   *     then nothing was created
   */
  public static Store open(Path directory) throws IOException {
    return open(directory, FILE_SIZE);
  }

  /** Opens the store in a directory, with files of another size: tests want small ones. */
  static Store open(Path directory, long fileSize) throws IOException {
    Directories.create(directory);
    DirectoryContents.check(directory);
    DirectoryLock lock = DirectoryLock.acquire(directory);
    try {
      // Again, because until now another store may have been at work in the directory.
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
   * Sets a key to a value; both arrays are copied. On return the record is the operating system's:
   * it survives the death of this process ({@code kill -9}), but not power loss, until {@link
   * #sync()} has returned. Takes O(key + value) time and one system call for a record of up to 1
   * MiB, however much is stored, except that one that comes to the end of a file, every 32 MiB,
   * waits for the disk. Starts a {@link #merge()} on a thread of its own when 10 MiB and half of
   * the log are dead. If that fails, it is logged, and tried again after 10 MiB more; but if it
   * fails when its output has replaced the inputs already, or the directory is gone, every further
   * call throws.
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
    write(Record.PUT, key, value);
    mergeIfWorthwhile();
  }

  /**
   * Takes a key away: true if it was there. An absent key writes nothing. Durable as a {@link
   * #put} is. Takes O(key) time, and one system call; may start a {@link #merge()} as put does.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the tombstone could not be written, with what {@link #put} says of that
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

  /** Appends a record, and then tells the keydir: if the append fails, nothing has changed (I2). */
  private void write(byte type, byte[] key, byte[] value) throws IOException {
    KeyDir.Location location = log.append(type, key, value);
    try {
      keydir.apply(type, key, location);
    } catch (Throwable e) {
      // Out of memory: the keydir may not say what the log says. A reopened one will.
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
   * Passes every live pair to a consumer once, in the order of their last puts, as the store was
   * when this method was called. The consumer may use the store, and so may other threads. Takes
   * O(n log n + bytes in the log) time for n keys, and 8 bytes of memory for each, and opens the
   * files of the log once more.
   *
   * @throws NullPointerException if the consumer is null
   * @throws IllegalStateException if the store is closed, or gets closed in the meantime
   * @throws CorruptStoreException if a record in the log is damaged
   * @throws IOException if the log could not be read, or the directory was moved away
   */
  public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
    Objects.requireNonNull(consumer);
    // What a merge deletes meanwhile can be read through these, since they have opened it.
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
   * Tells whether a key is there. Takes O(key) time, and no system call.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the store has failed before
   */
  public synchronized boolean containsKey(byte[] key) throws IOException {
    Record.requireKey(key);
    requireOpen();
    return keydir.get(key) != null;
  }

  /**
   * Returns how many keys there are. Takes O(1) time.
   *
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the store has failed before
   */
  public synchronized long size() throws IOException {
    requireOpen();
    return keydir.size();
  }

  /**
   * Returns how many keys there are, and how much of the log is live and dead. Takes O(1) time.
   *
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the store has failed before
   */
  public synchronized Stats stats() throws IOException {
    requireOpen();
    return new Stats(keydir.size(), log.files().size(), keydir.liveBytes(), deadBytes());
  }

  private long deadBytes() {
    return log.bytes() - keydir.liveBytes();
  }

  /** Is the keydir what a replay of the log gives? Tests ask, while no merge runs. */
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
      throw new IllegalStateException("I2: the keydir is not what the log says");
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites all of the log so far without its dead records. On return they are gone from the disk,
   * and all that was in the store at the call is durable. Takes O(bytes in the log) time, and for
   * 512 MiB in turn the disk space of its live records once more, and memory for their keys.
   * Other calls go on. If a merge is running, waits for its end first. A {@link #forEach} that is
   * running keeps the old files, and their space, until it ends; on Windows, which does not delete
   * a file that is open, they are deleted when the store is opened the next time.
   *
   * @throws IllegalStateException if the store is closed, or gets closed in the meantime
   * @throws CorruptStoreException if a record in the log is damaged; the store is as it was
   * @throws IOException if there is no space for a copy, and the store is as it was; or if the disk
   *     failed after a copy had replaced the old files, or the directory was moved away, or its
   *     LOCK deleted. Then every further call throws, and nothing is lost: the store must be closed
   *     and opened again.
   */
  public void merge() throws IOException {
    merge.run();
    synchronized (this) {
      mergeAt = MIN_DEAD_BYTES;
    }
  }

  /**
   * Starts a merge if it gives back half of the log, and at least 10 MiB. A log that is rewritten
   * when it has doubled costs one copied byte for every byte put, at most.
   */
  private void mergeIfWorthwhile() {
    if (deadBytes() < mergeAt || 2 * deadBytes() < log.bytes()) {
      return;
    }
    // None is started before this one has ended.
    mergeAt = Long.MAX_VALUE;
    Thread thread = new Thread(this::mergeInBackground, "merge of " + log.directory());
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      // There may be threads again later.
      mergeFailed(e);
    }
  }

  private void mergeInBackground() {
    try {
      merge();
    } catch (IllegalStateException e) {
      // The store is being closed: the next open starts from what is there.
    } catch (IOException | OutOfMemoryError e) {
      mergeFailed(e);
    }
  }

  /** Reports a failure that is not a caller's: the records are in the log. */
  private synchronized void mergeFailed(Throwable failure) {
    // The next one by itself waits for as many dead bytes again.
    mergeAt = deadBytes() + MIN_DEAD_BYTES;
    LOGGER.log(System.Logger.Level.WARNING, "a merge of " + log.directory() + " failed", failure);
  }

  // ======== Closing ========

  /**
   * Syncs, closes the files and gives the directory free. A merge that is running ends without a
   * result, unless it is almost done. A second call does nothing; any other call afterwards throws
   * {@link IllegalStateException}.
   *
   * @throws IOException if the sync failed, now or before, or could not be done because a thread
   *     was interrupted; the directory is free all the same
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
    // Waits for the end of a merge that is running.
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

  /** Checks that the store is open, before anything is done. */
  private void requireOpen() throws IOException {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
    log.requireUsable();
  }
}
