/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. Here are the promises: the result of each call, its safety on
 * return, and the errors on bad input. The other files keep them.
 *
 * COMPARED WITH STEP 5
 *
 * A read takes no lock and no system call, and the keys are not in memory (see KeyDir). A put is a
 * copy into memory (see SegmentWriter); a put that is far ahead of a merge waits for it (see
 * BackPressure). Threads that wait for the disk share one fsync (see GroupCommit), and a full
 * segment is made durable while the next one is written (see Sealer). An open reads hints instead
 * of values (see HintFile). An interrupt does no harm (see Uninterruptible).
 *
 * PICTURE: the same few puts go through all steps and the engine
 *
 *     put("os", "mac")  put("editor", "vim")  put("os", "linux")  delete("editor")
 *
 *     data/LOCK                      held while the store is open (see DirectoryLock)
 *     data/000001-000003.1.data      three segments that were merged
 *     data/000001-000003.1.hint      their keys and places, for the next open
 *     data/000004-000004.0.data      the active segment
 *
 *     | KVSTEPS 2 | ... | seal |   | KVSTEPS 2 | P os mac | P editor vim | P os linux | D editor |
 *                                                                             ^
 *     keydir:  hash(os) ------------------------------------------------------'
 *
 * A copy of the store can be made while it is in use (see Snapshot), and a copy that must not be
 * changed can be opened read-only. A store of steps 1 to 4 is imported when it is opened (see
 * Import).
 *
 * LOCKS, in the order in which they are taken
 *
 *     the merge lock     held by the thread that merges, clears, or writes hint files
 *     the file lock      held while replaced files are deleted, and while a snapshot links files; a
 *                        snapshot does not take the merge lock
 *     the log's lock     held by a thread that changes the log or the keydir: put, delete, a merge
 *                        that repoints
 *     none               get, containsKey; forEach and forEachKey, except for a moment at their
 *                        start; the leader of a group commit during its fsync
 *
 * INVARIANTS
 *
 * I1   The order of the log is the truth: a key's state is its last record.
 * I2   The keydir entry of a key is its last put. A key has none exactly if its last record is a
 *      tombstone, or it has no record.
 * I11  A reader takes no lock.
 *
 * NOT HERE, AND WHY
 *
 * Several changes that happen together or not at all, and reads from one moment over several calls.
 * Both need more than one live version of a key, and that is another engine.
 *
 * Keys in order, and ranges of them: see KeyDir.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * A store of keys and values, which are arrays of any bytes, in a log of many segments.
 *
 * <p>Keys have 0 to 65,535 bytes, values 0 to 512 MiB. Thread-safe: readers run beside each other
 * and beside all other calls, and writers take turns. A thread may be interrupted at any time: its
 * call completes, and its interrupt flag is set.
 *
 * <p>A store has two or three daemon threads, and one more while it merges, which {@link #close()}
 * ends. It takes 23 bytes of memory for each key, on average, and 14 bytes for each record of
 * a segment whose hint file is not written yet. Its files are mapped: the operating system caches
 * them in memory that no program uses.
 */
public final class Store implements Closeable {
  /** The longest key, in bytes: 65,535. */
  public static final int MAX_KEY_LENGTH = Record.MAX_KEY_LENGTH;

  /** The longest value, in bytes: 512 MiB. */
  public static final int MAX_VALUE_LENGTH = Record.MAX_VALUE_LENGTH;

  /** The end of the log after a delete of an absent key, which appends nothing. */
  private static final long NOTHING = -1;

  private final DirectoryLock lock;
  private final Log log;
  private final KeyDir keydir;
  private final SipHash hash;
  private final MergeScheduler merges;
  private final Options options;

  private Store(DirectoryLock lock, Log log, LogOpener opener, Options options) {
    this.lock = lock;
    this.log = log;
    this.keydir = opener.keydir();
    this.hash = opener.hash();
    this.options = options;
    this.merges = new MergeScheduler(log, keydir, hash, options);
  }

  // ======== Opening ========

  /** Opens the store in a directory as {@link #open(Path, Options)}, with the default options. */
  public static Store open(Path directory) throws IOException {
    return open(directory, Options.DEFAULT);
  }

  /**
   * Opens the store in a directory, and creates the directory and its parents if they are missing.
   * On return every record found in the log is durable, unless an fsync failed before (see {@link
   * #sync()}). The remains of an unfinished write are cut off, and those of an unfinished merge
   * deleted. After a close, takes O(keys) time. Otherwise takes O(bytes in the hint files) time,
   * and reads a segment without a hint file entirely, as the last two segments after a crash; while
   * it does, their keys take up to 128 MiB of memory more, or those of one segment. If merges are
   * automatic and the log ends in 16 or more small segments, they are joined first.
   *
   * <p>The log of a store of steps 1 to 4 is imported: it is copied into segments and then deleted.
   * That takes O(bytes in it) time, and as much disk space again. No earlier step opens the
   * directory afterwards.
   *
   * <p>With {@link Options#readOnly()}, nothing is created, repaired, deleted, synced or locked. A
   * torn end is ignored, and reported to the system logger. So a copy can be read that belongs to
   * another user, or is on a read-only file system. Open a directory so only if no store has it
   * open for writing: the writer's changes would not be seen, and a merge beside the open can make
   * the open fail.
   *
   * @throws NullPointerException if the directory or the options are null
   * @throws CorruptStoreException if a file is damaged, missing, or not a segment of this version;
   *     no file was changed
   * @throws IOException if a store has the directory open, in this process or another, or if the
   *     directory or the files cannot be created; with readOnly, if there is no such directory, or
   *     if it has a log of steps 1 to 4, which only an import can open
   */
  public static Store open(Path directory, Options options) throws IOException {
    Objects.requireNonNull(options);
    boolean readOnly = options.readOnly();
    if (!readOnly) {
      Directories.create(directory);
    } else if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(
          directory + " is not a directory; a read-only open does not create it");
    }
    // The same directory until the end, even if a link in the path is changed.
    Path real = directory.toRealPath();
    DirectoryLock lock = readOnly ? null : DirectoryLock.acquire(real);
    DirectoryHandle handle = null;
    Store store = null;
    try {
      int lastKnown = readOnly ? DirectoryLock.lastSegmentOf(real) : lock.lastSegment();
      importOldLog(real, lastKnown, options);
      handle = readOnly ? DirectoryHandle.readOnly(real) : DirectoryHandle.open(real, lock);
      Log log = new Log(handle, options);
      LogOpener opener = LogOpener.run(real, readOnly, lastKnown, log);
      store = new Store(lock, log, opener, options);
      if (!readOnly) {
        lock.noteLastSegment(log.lastNumber());
        store.start();
      }
      return store;
    } catch (InternalError e) {
      // The JVM's report of a mapped page that the disk could not read.
      closeAfter(e, store, handle, lock);
      throw Log.unreadable(e);
    } catch (Throwable e) {
      closeAfter(e, store, handle, lock);
      throw e;
    }
  }

  /** Imports a log of steps 1 to 4, if there is one. A read-only open refuses it. */
  private static void importOldLog(Path directory, int lastKnown, Options options)
      throws IOException {
    if (options.readOnly()) {
      Import.requireDone(directory);
    } else {
      Import.run(directory, options.segmentSize(), lastKnown);
    }
  }

  /** Starts the threads. */
  private void start() throws IOException {
    log.sealer().start();
    merges.start();
    if (options.sync() == Options.SyncPolicy.EVERY_SECOND) {
      log.commit().start();
    }
  }

  /** After a failed open, ends its threads and releases the directory. */
  private static void closeAfter(
      Throwable failure, Store store, DirectoryHandle handle, DirectoryLock lock) {
    try {
      if (store != null) {
        // It closes handle and lock too; another store may have the directory by then.
        store.close();
        return;
      }
      try (lock) {
        if (handle != null) {
          handle.close();
        }
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  // ======== Writing ========

  /**
   * Sets a key to a value; both arrays are copied. On return the record is in the operating
   * system's memory: it survives the death of this process ({@code kill -9}), but power loss only
   * after {@link #sync()}, or after the fsync of the sync policy. Takes O(key + value) time,
   * however much is stored. Records of up to 32 KiB cost one write call for every 128 KiB, or one
   * for every 4 KiB after an fsync; a longer record costs two. With the policy ALWAYS each put
   * costs an fsync. A put that fills a segment creates the next one, and waits for the disk only if
   * the segment before is not durable yet, and for a running merge if writers are far ahead of it.
   * A put of a new key can wait until one of the index's 256 tables is copied.
   *
   * @throws NullPointerException if the key or the value is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes or the value longer
   *     than 512 MiB; nothing is written
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the record could not be written. On a full disk, for example, the store
   *     is as it was before the call, and puts succeed again when there is space: {@link #delete}
   *     and {@link #merge()} can reclaim some. If {@link #failure()} is not null, as after a failed
   *     fsync, the store can no longer be written, and the record may exist or not when the store
   *     is opened again.
   */
  public void put(byte[] key, byte[] value) throws IOException {
    Record.requireKey(key);
    Record.requireValue(value);
    write(Record.PUT, key, value);
  }

  /**
   * Deletes a key. Returns true if it was there; an absent key writes nothing. As durable as a
   * {@link #put}, and takes as long as one without a value. Succeeds on a full disk too, as long as
   * there is space in reserve: a sixteenth of the log, and at most the size of a segment.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the tombstone could not be written, as in {@link #put}
   */
  public boolean delete(byte[] key) throws IOException {
    Record.requireKey(key);
    return write(Record.DELETE, key, new byte[0]);
  }

  /**
   * Makes every put and delete before this call durable: on return they survive power loss. Waits
   * for the disk, tens of microseconds to tens of milliseconds; costs nothing if everything is
   * durable. Threads that wait at the same time share one fsync. The promise is as good as the file
   * system's fsync. Where a directory cannot be fsynced, which is logged, new files and their
   * records need not survive.
   *
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the disk failed. It is then unknown which records are durable, and every
   *     further write throws. A failed fsync is never retried, because the second would report
   *     success and mean nothing. For the same reason a store that is opened again shows the
   *     operating system's memory, not the disk, until the machine is restarted.
   */
  public void sync() throws IOException {
    requireWritable();
    log.requireOpen();
    syncTo(log.position());
  }

  /** Checks that the store was not opened read-only. */
  private void requireWritable() {
    if (options.readOnly()) {
      throw new UnsupportedOperationException(
          "the store was opened read-only; open it without that option to change it");
    }
  }

  /** Appends a record, and follows it in the keydir. Returns false if there is no key to delete. */
  private boolean write(byte type, byte[] key, byte[] value) throws IOException {
    requireWritable();
    ByteBuffer record = Record.encode(type, false, key, value);
    // From the copy: the caller may change the array concurrently.
    byte[] ownKey =
        Arrays.copyOfRange(record.array(), Record.HEADER_SIZE, Record.HEADER_SIZE + key.length);
    long hash = keydir.hash(ownKey);
    long known = locate(hash, ownKey);
    long end;
    synchronized (log) {
      end = append(type, record, ownKey, hash, known);
    }
    if (end == NOTHING) {
      return false;
    }
    if (options.sync() == Options.SyncPolicy.ALWAYS) {
      syncTo(end);
    }
    return true;
  }

  /**
   * Returns where a key is before a write of it, or {@link KeyDir#NONE}. The answer may be outdated
   * as soon as it is there. It is asked for because the index and the old record are usually not in
   * the processor's cache: here, without the lock, no other writer waits until they are.
   */
  private long locate(long hash, byte[] key) throws IOException {
    log.requireOpen();
    try {
      return keydir.locate(hash, key);
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  private void syncTo(long position) throws IOException {
    try {
      log.commit().syncTo(position);
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /**
   * Appends a record. A delete that finds the disk full gets space from the ballast. Requires: the
   * log's lock.
   *
   * @param known where the key was before the lock was taken, or {@link KeyDir#NONE}
   * @return the end of the log, or {@link #NOTHING} if there is no key to delete
   */
  private long append(byte type, ByteBuffer record, byte[] key, long hash, long known)
      throws IOException {
    while (true) {
      try {
        return tryToAppend(type, record, key, hash, known);
      } catch (InternalError e) {
        log.fail(e);
        throw Log.unreadable(e);
      } catch (IOException e) {
        if (type != Record.DELETE || log.failure() != null || !log.releaseBallast()) {
          throw e;
        }
      }
    }
  }

  private long tryToAppend(byte type, ByteBuffer record, byte[] key, long hash, long known)
      throws IOException {
    log.requireOpen();
    // An absent key must not begin a segment, which makeRoom may do.
    if (type == Record.DELETE && keydir.findAgain(hash, key, known) < 0) {
      return NOTHING;
    }
    log.makeRoom(record.limit());
    // Only now: makeRoom may have released the lock to wait for a merge.
    int slot =
        type == Record.DELETE
            ? keydir.findAgain(hash, key, known)
            : keydir.reserve(hash, key, known);
    if (type == Record.DELETE && slot < 0) {
      return NOTHING;
    }
    long location = log.append(record, hash);
    follow(type, slot, hash, location, record.limit());
    merges.wake();
    return log.position();
  }

  /** Follows a record, which is in the log, in the keydir (I2) and in the accounting. */
  private void follow(byte type, int slot, long hash, long location, int length) {
    try {
      long before = keydir.apply(type, slot, hash, location);
      log.account(location, type == Record.PUT ? length : 0, before);
    } catch (Throwable e) {
      // The accounting reads the old record's length from its map, and the disk may fail then.
      // Memory may then differ from the log; the next open reads the log.
      log.fail(e);
      throw e;
    }
  }

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. Takes O(key + value) time, no lock,
   * and no system call. Waits for the disk if the record is not in the operating system's memory.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if the record is damaged; a wrong value is never returned
   * @throws IOException if the log could not be read
   */
  public byte[] get(byte[] key) throws IOException {
    Record.requireKey(key);
    log.requireNotClosed();
    try {
      return keydir.get(key);
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /**
   * Passes every live pair to a consumer once, in the order of their last puts, as of this call.
   * The consumer and other threads may use the store. Takes O(keys + bytes in the log) time, and 16
   * bytes of memory for each key. Writers wait while the keydir is copied. {@link #forEachKey} is
   * faster if no values are needed.
   *
   * @throws NullPointerException if the consumer is null
   * @throws IllegalStateException if the store is closed, before or during the call
   * @throws CorruptStoreException if a record in the log is damaged
   * @throws IOException if the log could not be read
   */
  public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
    Objects.requireNonNull(consumer);
    Walk walk = Walk.start(log, keydir);
    while (walk.next()) {
      consumer.accept(walk.key(), walk.value());
    }
  }

  /**
   * Passes every live key to a consumer once, in no particular order, as of this call, until the
   * consumer returns false. The consumer and other threads may use the store; the walk does not see
   * their changes. Takes O(keys) time to start, and 16 bytes of memory for each key; then O(bytes
   * in the hint files) time, and O(bytes in the segment) for a segment without one, as the active
   * one. Writers wait while the keydir is copied.
   *
   * @param consumer receives a copy of each key, and returns whether to go on
   * @return whether the consumer returned true for every key; true if there is none
   * @throws NullPointerException if the consumer is null
   * @throws IllegalStateException if the store is closed, before or during the call
   * @throws CorruptStoreException if a record in the log is damaged; a wrong key is never passed
   * @throws IOException if the log could not be read
   */
  public boolean forEachKey(Predicate<byte[]> consumer) throws IOException {
    Objects.requireNonNull(consumer);
    return Walk.start(log, keydir).forEachKey(consumer);
  }

  /**
   * Returns whether a key is there. Takes O(key) time, no lock, and no system call.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if the record is damaged
   * @throws IOException if the log could not be read
   */
  public boolean containsKey(byte[] key) throws IOException {
    Record.requireKey(key);
    log.requireNotClosed();
    try {
      return keydir.contains(key);
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /**
   * Returns the number of keys. Takes O(1) time, and waits for its turn with the writers.
   *
   * @throws IllegalStateException if the store is closed
   */
  public long size() {
    synchronized (log) {
      log.requireNotClosed();
      return keydir.size();
    }
  }

  /**
   * Returns the number of keys, the live and dead bytes of the log, and the number of merges. Takes
   * O(segments) time, and waits for its turn with the writers.
   *
   * @throws IllegalStateException if the store is closed
   */
  public Stats stats() {
    synchronized (log) {
      log.requireNotClosed();
      List<Stats.Segment> segments =
          log.segments().stream()
              .map(
                  s ->
                      new Stats.Segment(
                          s.name().toString(), s.isSealed(), s.liveBytes(), s.deadBytes()))
              .toList();
      return new Stats(
          keydir.size(),
          segments.size(),
          log.space().liveBytes(),
          log.space().deadBytes(),
          merges.merge().merges(),
          merges.merge().mergedBytes(),
          segments,
          merges.merge().merging());
    }
  }

  /**
   * Returns the exception that every further write throws, or null if the store can be written. A
   * failed store can still be read; to write, close it and open it again. Takes O(1) time, and no
   * lock.
   */
  public IOException failure() {
    return log.failure();
  }

  /**
   * Makes a copy of the store in another directory, which opens as a store. It has every record put
   * before this call, and may have some put during it. Takes O(files) time where hard links can be
   * made, and no space until merges replace the files; otherwise copies the files. On return the
   * copy is durable. Writers wait for one or two fsyncs while the active segment is sealed; merges
   * wait for the end of this call to delete their inputs.
   *
   * @param directory a directory that does not exist or is empty
   * @throws NullPointerException if the directory is null
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the directory is not empty, if the files could not be written there, or
   *     if the store has failed before; the store is as it was
   */
  public void snapshot(Path directory) throws IOException {
    Objects.requireNonNull(directory);
    requireWritable();
    try {
      merges.snapshot(directory);
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /** Checks the invariants. For tests. */
  void checkInvariants() throws IOException {
    synchronized (merges.mergeLock()) {
      merges.awaitDeleted();
      synchronized (log) {
        Invariants.check(log, keydir);
      }
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites every segment that has dead records, and joins small neighbours. On return every
   * record that was dead at the call is gone from the directory, except on Windows, which deletes
   * the files at the next open. All other calls run concurrently, but puts that are far ahead of
   * the merge wait. Takes O(bytes in those segments) time; disk space for a quarter of the live
   * bytes, or for the live bytes of one segment; and 20 to 60 bytes of memory for each record of
   * the largest output. Waits for a running merge first. The system frees the space after a garbage
   * collection, which the store asks for after each 256 MiB and when the disk is full: do not use
   * the JVM's option {@code -XX:+DisableExplicitGC}. On a full disk this uses the space in reserve,
   * and begins with the segment that has the fewest live bytes: it reclaims space if those fit.
   *
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed, before or during the call
   * @throws CorruptStoreException if a record is damaged, or a hint file has it under another key;
   *     the store is as it was
   * @throws IOException if there is no space for the copy, and the store is as it was; or if the
   *     disk failed after the inputs were replaced. Then every further write throws, and nothing is
   *     lost: close the store and open it again.
   */
  public void merge() throws IOException {
    requireWritable();
    try {
      merges.mergeAll();
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /**
   * Removes all keys at one moment. On return that survives power loss, with every sync policy: an
   * open finds all keys or none. Takes a few fsyncs, while writers wait, and two pages of disk
   * space, however large the store is; on a full disk, uses the space in reserve. A running merge
   * is given up, or waited for if it has committed. The files are deleted soon afterwards, in the
   * background or by the next open; the system frees their space as after {@link #merge()}. A
   * {@link #forEach} or {@link #get} that began before is not affected.
   *
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if there is no space, and the store is as it was; or if the disk failed.
   *     Then every further write throws, and the next open finds all keys or none.
   */
  public void clear() throws IOException {
    requireWritable();
    try {
      merges.clear();
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  // ======== Closing ========

  /**
   * Syncs and seals the log, and releases the directory. Writes a file of 12 bytes a key, if there
   * are 10,000 keys or more and there is space, which makes the next open fast. A running merge is
   * given up, or completed if it has committed. Does nothing if the store is closed; waits for
   * another thread that is closing it.
   *
   * @throws IOException if the sync failed, or the store had failed before; it is closed anyway
   */
  @Override
  public synchronized void close() throws IOException {
    synchronized (log) {
      if (!log.startClosing()) {
        return;
      }
    }
    try (lock) {
      merges.close();
      log.commit().close();
      log.sealer().close();
      synchronized (log) {
        log.close();
        if (options.readOnly()) {
          return;
        }
        lock.noteLastSegment(log.lastNumber());
      }
      merges.writeHints();
      saveIndex();
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /** Writes the index for the next open. It only saves time, so a failure is ignored. */
  private void saveIndex() {
    List<Segment> segments = log.sealed();
    if (keydir.size() < SavedIndex.MIN_KEYS
        || segments.stream().anyMatch(segment -> segment.fileHeader().isOld())) {
      return;
    }
    try {
      log.directory().requireInPlace();
      SavedIndex.write(log.directory().path(), segments, keydir, hash);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "could not write the index", e);
    }
  }
}
