/*
 * WHAT THIS FILE IS
 *
 * The store as its users see it. Here are the promises: what a call returns, what is safe when
 * it has returned, and what happens on bad input. How they are kept is in the other files.
 *
 * COMPARED WITH STEP 5
 *
 * A read takes no lock and no system call, and the keys are not in memory (see KeyDir). A put is a
 * copy into memory (see Segment); one that is far ahead of a merge waits for it (see Merge).
 * Threads that wait for the disk share the wait (see GroupCommit). An open reads hints instead of
 * values (see HintFile). An interrupt does no harm (see Uninterruptible).
 *
 * PICTURE: the same few puts go through all steps and the engine
 *
 *     put("os", "mac")  put("editor", "vim")  put("os", "linux")  delete("editor")
 *
 *     data/LOCK                      held while the store is open (see DirectoryLock)
 *     data/000001-000003.1.data      three segments that were merged
 *     data/000001-000003.1.hint      what the keydir needs to know of them
 *     data/000004-000004.0.data      the segment that is written to
 *
 *     | KVSTEPS 2 | ... | seal |   | KVSTEPS 2 | P os mac | P editor vim | P os linux | D editor |
 *                                                                             ^
 *     keydir:  hash(os) ------------------------------------------------------'
 *
 * A copy of the store can be made while it is in use (see Snapshot), and a copy that must not be
 * changed can be read. A store of steps 1 to 4 is imported when it is opened (see Import).
 *
 * WHO HOLDS WHAT
 *
 *     the log's lock        whoever changes log or keydir: put, delete, a merge that repoints
 *     a merge's turn        whoever merges or writes hints; taken before the log's lock
 *     group commit's lead   whoever fsyncs the active segment; never taken with the log's lock
 *     the merge's files     a merge that deletes its inputs, a snapshot that links segments; taken
 *                           before the log's lock, and never with a merge's turn by a snapshot
 *     nothing               get, containsKey; forEach, but for a moment at its start
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
 * Several changes that happen together or not at all, and reads from one moment over several
 * calls. Both need more than one version of a key to be live, and that is another engine.
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
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * A store of keys and values, arrays of any bytes, in a log of many segments.
 *
 * <p>Keys have 0 to 65,535 bytes, values 0 to 512 MiB. Thread-safe: readers run beside each other
 * and beside everything else, writers take turns. A thread may be interrupted at any time: its call
 * is completed, and it finds its interrupt flag set.
 *
 * <p>A store has one or two daemon threads, which {@link #close()} ends. It keeps 21 to 43 bytes of
 * memory for each key, more for a moment when its index is rebuilt, and maps its files: of the
 * machine's memory it takes, as its cache, what nobody else wants.
 */
public final class Store implements Closeable {
  /** The longest key, in bytes: 65,535. */
  public static final int MAX_KEY_LENGTH = Record.MAX_KEY_LENGTH;

  /** The longest value, in bytes: 512 MiB. */
  public static final int MAX_VALUE_LENGTH = Record.MAX_VALUE_LENGTH;

  /** The name of the log in steps 1 to 4. */
  static final String OLD_FILE_NAME = "store.data";

  /** Returned by an append that had nothing to delete. */
  private static final long NOTHING = -1;

  private final DirectoryLock lock;
  private final Log log;
  private final KeyDir keydir;
  private final Merge merge;
  private final Options options;

  private Store(DirectoryLock lock, Log log, KeyDir keydir, Options options) {
    this.lock = lock;
    this.log = log;
    this.keydir = keydir;
    this.options = options;
    this.merge = new Merge(log, keydir, options);
  }

  // ======== Opening ========

  /** Opens the store in a directory as {@link #open(Path, Options)}, with the default options. */
  public static Store open(Path directory) throws IOException {
    return open(directory, Options.DEFAULT);
  }

  /**
   * Opens the store in a directory, and creates what is missing: the directory, and those above it.
   * On return everything found in the log is durable, unless an fsync had failed before (see {@link
   * #sync()}). What a crash has left of an unfinished write is cut off, and what it has left of a
   * merge is deleted. Takes O(bytes in the hint files) time, and reads a segment without one whole,
   * as the last is after a crash. If merges are automatic and there are 16 small segments or more
   * at the end of the log, they are joined first.
   *
   * <p>The log of a store of steps 1 to 4 is imported: it is copied into segments and then deleted.
   * That takes O(bytes in it) time, and as much disk space again. No earlier step opens the
   * directory afterwards.
   *
   * <p>With {@link Options#readOnly()}, nothing is created, repaired, deleted, synced or locked:
   * everything is as durable as it was. A torn end is ignored, and reported to the system logger.
   * So a copy can be read that belongs to another user, or is on a read-only file system. Only a
   * directory that no store has open for writing should be opened so. If one has, its changes are
   * not seen, and a merge that runs beside the open can make it fail.
   *
   * @throws NullPointerException if the directory or the options are null
   * @throws CorruptStoreException if a file is damaged, missing, or no segment of this version; no
   *     file was changed then
   * @throws IOException if a store has the directory open, in this process or another, or if the
   *     directory or the files cannot be created; with readOnly, if there is no such directory, or
   *     if it has a log of steps 1 to 4, since an import changes it
   */
  public static Store open(Path directory, Options options) throws IOException {
    Objects.requireNonNull(options);
    boolean readOnly = options.readOnly();
    if (!readOnly) {
      Directories.create(directory);
    } else if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory + ", which is to be opened read-only");
    }
    // One directory to the end, also if a link in the path is changed.
    Path real = directory.toRealPath();
    DirectoryLock lock = readOnly ? null : DirectoryLock.acquire(real);
    DirectoryHandle handle = null;
    Store store = null;
    try {
      int lastKnown = readOnly ? DirectoryLock.lastSegmentOf(real) : lock.lastSegment();
      if (readOnly) {
        Import.requireDone(real);
      } else {
        Import.run(real, options.segmentSize(), lastKnown);
      }
      handle = readOnly ? DirectoryHandle.readOnly(real) : DirectoryHandle.open(real, lock);
      Log log = new Log(handle, options);
      SecureRandom random = new SecureRandom();
      SipHash hash = new SipHash(random.nextLong(), random.nextLong());
      KeyDir keydir = new KeyDir(log, hash::hash);
      Recovery.run(real, readOnly, lastKnown, log, keydir);
      store = new Store(lock, log, keydir, options);
      if (!readOnly) {
        lock.noteLastSegment(log.lastNumber());
        store.start();
      }
      return store;
    } catch (InternalError e) {
      // How the JVM tells of a mapped page that the disk cannot give: see Log.unreadable.
      closeAfter(e, store, handle, lock);
      throw Log.unreadable(e);
    } catch (Throwable e) {
      closeAfter(e, store, handle, lock);
      throw e;
    }
  }

  /** Starts what goes on in the background. */
  private void start() throws IOException {
    merge.start();
    if (options.sync() == Options.SyncPolicy.EVERY_SECOND) {
      log.commit().start();
    }
  }

  /** After an open that has failed: ends its threads, if it had any, and releases the directory. */
  private static void closeAfter(
      Throwable failure, Store store, DirectoryHandle handle, DirectoryLock lock) {
    try {
      if (store != null) {
        // It closes the others, and another store may have the directory by then.
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
   * Sets a key to a value; both arrays are copied. On return the record is the operating system's:
   * it survives the death of this process ({@code kill -9}), but not power loss, until {@link
   * #sync()} has returned, or the sync policy's own fsync. Takes O(key + value) time, however much
   * is stored. For records of up to 32 KiB there is one write call for every 128 KiB, or after an
   * fsync one for every 4 KiB; a larger one takes two. With the policy ALWAYS there is an fsync for
   * each. A put that comes to the end of a segment waits for the disk, and for a running merge if
   * writers are far ahead of it; and now and then one waits for the index to be rebuilt.
   *
   * @throws NullPointerException if the key or the value is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes or the value longer
   *     than 512 MiB; nothing is written then
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the record could not be written. On a full disk, for example, the store
   *     is as it was before the call, and puts succeed again when there is space: {@link #delete}
   *     and {@link #merge()} can give some back. If {@link #failure()} is not null, as after a
   *     failed fsync now or before, the store cannot be written any longer, and the record may be
   *     there when it is opened again, or not.
   */
  public void put(byte[] key, byte[] value) throws IOException {
    Record.requireKey(key);
    Record.requireValue(value);
    write(Record.PUT, key, value);
  }

  /**
   * Takes a key away: true if it was there. An absent key writes nothing. Durable as a {@link
   * #put} is, and takes as long as one without a value. Succeeds on a full disk, too, as long as
   * there is space in reserve: a sixteenth of the log, and at most the size of a segment.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the tombstone could not be written, with what {@link #put} says of that
   */
  public boolean delete(byte[] key) throws IOException {
    Record.requireKey(key);
    return write(Record.DELETE, key, new byte[0]);
  }

  /**
   * Makes every put and delete before this call durable: on return they survive power loss. Waits
   * for the disk, for tens of microseconds to tens of milliseconds; costs nothing if there is
   * nothing to do. Threads that wait at the same time share the wait. The promise is as good as the
   * file system's fsync; where that cannot be done for a directory, which is logged, the names of
   * new files need not survive, and so neither what is in them.
   *
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if the disk failed. What is durable is then unknown, and every further
   *     write throws: an fsync that failed is never tried again, because the second would report
   *     success and mean nothing. For the same reason a store that is opened again shows what the
   *     operating system remembers, and not what is on the disk, until the machine is restarted.
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
          "the store was opened read-only: open it without that to change it");
    }
  }

  /** Appends a record, and then tells the keydir (I2): false if there is nothing to delete. */
  private boolean write(byte type, byte[] key, byte[] value) throws IOException {
    requireWritable();
    ByteBuffer record = Record.encode(type, false, key, value);
    // Of the copy: the caller may change the array meanwhile.
    byte[] ownKey =
        Arrays.copyOfRange(record.array(), Record.HEADER_SIZE, Record.HEADER_SIZE + key.length);
    long hash = keydir.hash(ownKey);
    long end;
    synchronized (log) {
      end = append(type, record, ownKey, hash);
    }
    if (end == NOTHING) {
      return false;
    }
    if (options.sync() == Options.SyncPolicy.ALWAYS) {
      syncTo(end);
    }
    return true;
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
   * @return where the log ends now, or {@link #NOTHING} if there is nothing to delete
   */
  private long append(byte type, ByteBuffer record, byte[] key, long hash) throws IOException {
    while (true) {
      try {
        return tryToAppend(type, record, key, hash);
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

  private long tryToAppend(byte type, ByteBuffer record, byte[] key, long hash) throws IOException {
    log.requireOpen();
    if (type == Record.DELETE && keydir.find(hash, key) < 0) {
      return NOTHING;
    }
    // May begin a segment, which an absent key must not; and may let go of the lock to wait for a
    // merge, so that the key has to be looked for again.
    log.makeRoom(record.limit());
    int slot = keydir.find(hash, key);
    if (type == Record.DELETE && slot < 0) {
      return NOTHING;
    }
    // Negative: the slot that the key would get, unless the table is rebuilt.
    if (slot < 0 && keydir.reserve()) {
      slot = keydir.find(hash, key);
    }
    long location = log.append(record);
    follow(type, slot, hash, location, record.limit());
    merge.wake();
    return log.position();
  }

  /** Tells the keydir and the accounting of a record, which the log has already. */
  private void follow(byte type, int slot, long hash, long location, int length) {
    try {
      long before = keydir.apply(type, slot, hash, location);
      log.account(location, type == Record.PUT ? length : 0, before);
    } catch (Throwable e) {
      // The accounting reads the old record's length from its map, and the disk may fail then. What
      // is in memory may not say what the log says now; a reopened store will.
      log.fail(e);
      throw e;
    }
  }

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. Takes O(key + value) time, no lock,
   * and no system call; if the record is not in the operating system's memory, waits for the disk.
   *
   * @throws NullPointerException if the key is null
   * @throws IllegalArgumentException if the key is longer than 65,535 bytes
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if the record is damaged: no wrong value is returned
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
   * Passes every live pair to a consumer once, in the order of their last puts, as the store was
   * when this method was called. The consumer may use the store, and so may other threads. Takes
   * O(keys + bytes in the log) time, and 16 bytes of memory for each key. Writers wait while the
   * keydir is copied.
   *
   * @throws NullPointerException if the consumer is null
   * @throws IllegalStateException if the store is closed, or gets closed in the meantime
   * @throws CorruptStoreException if a record in the log is damaged
   * @throws IOException if the log could not be read
   */
  public void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException {
    Objects.requireNonNull(consumer);
    List<Segment> segments;
    long[] locations;
    synchronized (log) {
      log.requireNotClosed();
      // What a merge drops from now on stays readable as long as it is in this list.
      segments = log.segments();
      locations = keydir.locations();
    }
    LogReader records = null;
    int place = -1;
    for (long location : inLogOrder(locations, segments)) {
      byte[] key;
      byte[] value;
      try {
        log.requireNotClosed();
        if (place != Log.id(location)) {
          place = Log.id(location);
          records = segments.get(place).reader();
        }
        records.moveTo(Log.offset(location));
        key = records.key();
        value = records.value();
      } catch (InternalError e) {
        throw Log.unreadable(e);
      }
      consumer.accept(key, value);
    }
  }

  /**
   * Sorts locations, and makes places in a list of their segments' numbers in memory: a merged
   * segment's number is not its place in the log.
   */
  private static long[] inLogOrder(long[] locations, List<Segment> segments) {
    Map<Integer, Integer> places = new HashMap<>();
    for (Segment segment : segments) {
      places.put(segment.id(), places.size());
    }
    for (int i = 0; i < locations.length; i++) {
      locations[i] = Log.location(places.get(Log.id(locations[i])), Log.offset(locations[i]));
    }
    return RadixSort.sort(locations);
  }

  /**
   * Tells whether a key is there. Takes O(key) time, no lock, and no system call.
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
   * Returns how many keys there are. Takes O(1) time, and its turn with the writers.
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
   * Returns how many keys there are, how much of the log is live and dead, and what merges have
   * done. Takes O(segments) time, and its turn with the writers.
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
          log.liveBytes(),
          log.deadBytes(),
          merge.merges(),
          merge.mergedBytes(),
          segments,
          merge.merging());
    }
  }

  /**
   * Returns the exception that every further write throws, or null if the store can be written. A
   * store that has failed can still be read; to write, close it and open it again. Takes O(1) time,
   * and no lock.
   */
  public IOException failure() {
    return log.failure();
  }

  /**
   * Makes a copy of the store in another directory, which opens as a store: with everything that
   * was put before this call, and maybe some of what is put while it runs. Takes O(files) time
   * where hard links can be made, and no space until merges replace the files; otherwise copies the
   * files. On return the copy is durable. Writers wait while the active segment is sealed, for one
   * or two fsyncs; merges wait until the end.
   *
   * @param directory one that does not exist or is empty
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
      merge.snapshot(directory);
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /** Is everything as it should be? Tests ask, after whatever they have done. */
  void checkInvariants() throws IOException {
    synchronized (merge.turn()) {
      merge.awaitObsolete();
      synchronized (log) {
        Invariants.check(log, keydir);
      }
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites every segment that has dead records, and joins small neighbours. On return what was
   * dead at the call is gone from the directory, except on Windows, which deletes the files at the
   * next open. All other calls go on meanwhile, but for puts that are far ahead of it. Takes
   * O(bytes in those segments) time; disk space for a quarter of the live bytes, or for what is
   * live in one segment; and 20 to 60 bytes of memory for each record of the largest output. If a
   * merge is running, waits for its end first. The system gets the space back when the garbage
   * collector has run, which is called after each 256 MiB and when the disk is full: do not use the
   * JVM's option {@code -XX:+DisableExplicitGC}. On a full disk it takes the space in reserve, and
   * begins with the segment that has the fewest live bytes: it gives space back if those fit.
   *
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed, or gets closed in the meantime
   * @throws CorruptStoreException if a record is damaged; the store is as it was
   * @throws IOException if there is no space for the copy, and the store is as it was; or if the
   *     disk failed after the inputs were replaced. Then every further call throws, and nothing
   *     is lost: the store must be closed and opened again.
   */
  public void merge() throws IOException {
    requireWritable();
    try {
      merge.mergeAll();
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /**
   * Removes all keys at one moment. On return that survives power loss: with every sync policy,
   * an open finds all keys or none. Takes a few fsyncs, while writers wait, and two pages of disk
   * space, however large the store is; on a full disk, takes the space in reserve for that. A
   * running merge is given up, or waited for if it is about to end. The files are deleted soon
   * afterwards, in the background, or by the next open; the system gets their space back as after
   * {@link #merge()}. What a {@link #forEach} or {@link #get} reads that has begun before is not
   * affected.
   *
   * @throws UnsupportedOperationException if the store was opened read-only
   * @throws IllegalStateException if the store is closed
   * @throws IOException if there is no space, and the store is as it was; or if the disk failed.
   *     Then every further write throws, and all keys may be there, or none, when it is opened again
   */
  public void clear() throws IOException {
    requireWritable();
    try {
      merge.clear();
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  // ======== Closing ========

  /**
   * Syncs, seals the log, and gives the directory free for another open. A merge is given up, or
   * completed if it is about to be. If that was done before, does nothing; if another thread is
   * about it, waits for that.
   *
   * @throws IOException if the sync failed, or the store had failed before; it is closed all the
   *     same
   */
  @Override
  public synchronized void close() throws IOException {
    synchronized (log) {
      if (!log.startClosing()) {
        return;
      }
    }
    try (lock) {
      merge.close();
      log.commit().close();
      synchronized (log) {
        log.close();
        if (options.readOnly()) {
          return;
        }
        lock.noteLastSegment(log.lastNumber());
      }
      merge.writeHints();
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }
}
