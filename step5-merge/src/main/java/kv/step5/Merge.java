/*
 * WHAT THIS FILE IS
 *
 * Merging: finished files are rewritten without their dead records, into one file that replaces
 * them. A record is dead if the keydir does not point at it: a later record of its key exists, or
 * it is a tombstone. No get can ever return it again.
 *
 * NEW IN THIS STEP
 *
 * Puts and gets continue while records are copied. Looking up in the keydir whether a record is
 * live takes no lock. At the end the merge holds the store's lock for some keys at a time, to point
 * them at the copies. It does not take the lock for each record: a thread that puts without pause
 * releases the lock only for moments, and a merge that needs it a million times never finishes.
 *
 * PICTURE: os is put again while the merge runs
 *
 *     000001-000001.0.data       | P os mac | P editor vim |
 *     000002-000002.0.data       | P os linux | D editor | P shell bash |
 *     000003-000003.0.data       | P os bsd |  <- puts
 *
 *     000001-000002.1.data.tmp   | P os linux | P shell bash |  <- copied before the put of bsd
 *
 *     keydir before   os -> file 3       shell -> file 2
 *     keydir after    os -> file 3       shell -> file 1 to 2, at the copy
 *
 * The copy of "os linux" is dead, which does no harm: it is to the left of "os bsd", and a keydir
 * entry moves to a copy only if it still points at the original.
 *
 * THE ORDER OF THINGS, and the files that exist if the power fails after each
 *
 *     1  write the copy             the inputs, and a copy that may lack any part
 *     2  fsync the copy             the inputs, and a copy that is whole
 *     3  fsync the last file        the same, and the records that supersede those left out of the
 *                                   copy are durable
 *     4  rename the copy            the inputs, or the inputs and the output: the name is not on
 *                                   the disk yet
 *     5  fsync the directory        the inputs and the output, which covers them
 *     6  repoint, delete inputs     the output, and perhaps some of the inputs
 *
 * The rename is the commit. From then on the names say that the output covers the inputs (see
 * SegmentName). If a crash leaves some inputs, the next open ignores and deletes them.
 *
 * WHY IT IS RIGHT
 *
 * Removing a record that is not its key's last changes nothing, by I1. But the later record must
 * be durable first, or a power loss would lose both: hence operation 3.
 *
 * Removing a tombstone changes nothing if no older record of its key is left. All older records
 * are dead, and they are in this run or in an earlier one: a merge rewrites all finished files,
 * oldest first, and skips none. If a run fails, the merge ends there (I8).
 *
 * INVARIANTS
 *
 * I2  A keydir entry moves to a copy only if it points at the record that was copied.
 * I3  Finished files never change, so they can be read without the lock.
 * I7  No file goes before its replacement is durable, and so are all records that supersede the
 *     records left out of it.
 * I8  A tombstone goes only when no older record of its key is left.
 *
 * NOT HERE, AND WHY
 *
 * Choosing files. A merge copies all finished files, even those with few dead records.
 *
 * Reserving space for a full disk. A merge needs space for the copies of one run, at most 16
 * files.
 */
package kv.step5;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Rewrites finished files without their dead records. */
final class Merge {
  /** The suffix of the copy's name: it follows the name that the copy will have. */
  static final String COPY_SUFFIX = ".tmp";

  /** Number of keys that are pointed at their copies while the store's lock is held once. */
  private static final int REPOINTED_AT_ONCE = 10_000;

  /** Bytes collected for one write call. At least the size of {@link LogReader#piece}'s result. */
  private static final int BATCH_SIZE = 64 * 1024;

  private final DirectoryLock lock;
  private final Log log;
  private final KeyDir keydir;

  /** Maximum size in bytes of the files that one run copies, unless a single file is larger. */
  private final long runSize;

  /** The lock of the store, which all calls take. */
  private final Object storeLock;

  /** True once the store is being closed. */
  private volatile boolean stopped;

  /** The copy of one record: its key, the location of the original, and the offset of the copy. */
  private record Copy(byte[] key, KeyDir.Location original, long offset) {}

  Merge(DirectoryLock lock, Log log, KeyDir keydir, long runSize, Object storeLock) {
    this.lock = lock;
    this.log = log;
    this.keydir = keydir;
    this.runSize = runSize;
    this.storeLock = storeLock;
  }

  // ======== Opening ========

  /** Deletes the leftovers of a merge that crashed: covered files, and unfinished copies. */
  static void deleteLeftovers(Path directory, List<SegmentName> covered) throws IOException {
    List<Path> leftovers = new ArrayList<>();
    covered.forEach(name -> leftovers.add(name.in(directory)));
    DirectoryContents.segments(directory, COPY_SUFFIX)
        .forEach(name -> leftovers.add(copyOf(name.in(directory))));
    for (Path leftover : leftovers) {
      FailPoint.LEFTOVER_FOUND.hit();
      delete(leftover);
      FailPoint.LEFTOVER_DELETED.hit();
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites all finished files without the records that the keydir does not point at, in runs of
   * neighbours, oldest first. First finishes the last file if it contains a record. On return the
   * new files are durable. Takes O(bytes in the log) time, and for each run memory for its keys,
   * but not for its values.
   *
   * <p>Requires: no lock.
   *
   * @throws IllegalStateException if the merge was stopped; earlier runs stay merged
   * @throws CorruptStoreException if a record is damaged; earlier runs stay merged
   * @throws IOException if a copy could not be written (for example, on a full disk); earlier runs
   *     stay merged. Or if the rename could not be made durable, or the path leads to another
   *     directory, and the log refuses further use
   */
  synchronized void run() throws IOException {
    List<LogFile> finished;
    synchronized (storeLock) {
      requireRunning();
      log.requireUsable();
      requireInPlace();
      if (log.last().bytes() > 0) {
        log.finishLast();
      }
      finished = log.finished();
    }
    for (List<LogFile> run : runs(finished)) {
      rewrite(run);
    }
  }

  /** Divides files into runs of neighbours. */
  private List<List<LogFile>> runs(List<LogFile> files) {
    List<List<LogFile>> runs = new ArrayList<>();
    long size = runSize;
    for (LogFile file : files) {
      size += file.end();
      if (size > runSize) {
        runs.add(new ArrayList<>());
        size = file.end();
      }
      runs.get(runs.size() - 1).add(file);
    }
    return runs;
  }

  /** Replaces the files of a run by one file. */
  private void rewrite(List<LogFile> run) throws IOException {
    Path file = SegmentName.merged(run.stream().map(LogFile::name).toList()).in(log.directory());
    List<Copy> copies = commit(run, file);
    try {
      // CRASH HERE: after a power loss the output may have its name, or not yet.
      FailPoint.RENAMED.hit();
      // I7: the inputs must not be deleted before the output's name is on the disk.
      Directories.sync(log.directory());
      FailPoint.DIRECTORY_DURABLE.hit();
      publish(run, LogFile.openWritten(file), copies);
      FailPoint.PUBLISHED.hit();
    } catch (Throwable e) {
      // There is no way back after the rename: the next open ignores the inputs.
      fail(e);
      throw e;
    }
    for (LogFile input : run) {
      // CRASH HERE: the remaining inputs are covered.
      requireInPlace();
      delete(input.file());
      FailPoint.INPUT_DELETED.hit();
    }
  }

  /** Writes the copy of a run, and renames it. Returns the copied records, in log order. */
  private List<Copy> commit(List<LogFile> run, Path file) throws IOException {
    Path copy = copyOf(file);
    try {
      List<Copy> copies = writeCopy(run, copy);
      // CRASH HERE: the copy is whole, and the inputs are still the store.
      FailPoint.COPY_DURABLE.hit();
      synchronized (storeLock) {
        // I7: the records that supersede those left out.
        log.sync();
      }
      requireInPlace();
      Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
      return copies;
    } catch (Throwable e) {
      deleteAfter(e, file, copy);
      throw e;
    }
  }

  /** Points the keys at the copies, and replaces the run in the log by the output. */
  private void publish(List<LogFile> run, LogFile merged, List<Copy> copies) throws IOException {
    // The rename is durable, and this file is the copy, only if the path still leads here.
    requireInPlace();
    for (int from = 0; from < copies.size(); from += REPOINTED_AT_ONCE) {
      int to = Math.min(from + REPOINTED_AT_ONCE, copies.size());
      synchronized (storeLock) {
        for (Copy copy : copies.subList(from, to)) {
          int length = copy.original().length();
          // I2: a key that was put or deleted during the merge keeps its entry.
          keydir.repoint(
              copy.key(), copy.original(), new KeyDir.Location(merged, copy.offset(), length));
        }
      }
    }
    synchronized (storeLock) {
      log.replace(run, merged);
    }
  }

  /** Writes the copy of a run, and makes it durable. Returns the copied records, in log order. */
  private List<Copy> writeCopy(List<LogFile> run, Path copy) throws IOException {
    FileAttribute<?>[] permissions = permissions(run.get(0).file());
    // Deletes an existing copy rather than overwrite it, because it may be a link to another file.
    Files.deleteIfExists(copy);
    try (FileChannel output =
        FileChannel.open(
            copy, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions)) {
      for (FileAttribute<?> permission : permissions) {
        // Again, because the process's umask removes some permissions from a new file.
        Files.setAttribute(copy, permission.name(), permission.value());
      }
      FailPoint.COPY_STARTED.hit();
      List<Copy> copies = copyLive(run, output);
      // CRASH HERE: the copy is written, but may not be on the disk.
      FailPoint.COPY_WRITTEN.hit();
      output.force(true);
      return copies;
    }
  }

  /**
   * Writes a file header, and after it a copy of each record of a run that the keydir points at.
   * Returns the copied records, in log order. On return the operating system holds all bytes, but
   * none need be durable.
   *
   * @throws CorruptStoreException if any record is damaged, even a dead one
   */
  private List<Copy> copyLive(List<LogFile> run, FileChannel output) throws IOException {
    List<Copy> copies = new ArrayList<>();
    ByteBuffer batch = ByteBuffer.allocateDirect(BATCH_SIZE).put(LogFile.FILE_HEADER);
    long offset = LogFile.FILE_HEADER.length;
    for (LogFile file : run) {
      try (LogReader reader = file.openReader()) {
        reader.rewind(file.end());
        while (reader.next()) {
          requireRunning();
          byte[] key = reader.key();
          KeyDir.Location location = keydir.get(key);
          if (!reader.location().equals(location)) {
            continue; // dead
          }
          copies.add(new Copy(key, location, offset));
          copyRecord(reader, batch, output);
          offset += location.length();
        }
      }
    }
    write(batch, output);
    return copies;
  }

  /**
   * Appends the bytes of a record to a batch, and writes the batch whenever it is full. The bytes
   * are unchanged, except that every copy gets the sync mark.
   */
  private static void copyRecord(LogReader reader, ByteBuffer batch, FileChannel output)
      throws IOException {
    for (long at = reader.offset(); at < reader.nextOffset(); ) {
      ByteBuffer piece = reader.piece(at);
      if (piece.remaining() > batch.remaining()) {
        write(batch, output);
        // CRASH HERE: the copy ends in the middle of a record.
        FailPoint.BATCH_WRITTEN.hit();
      }
      int start = batch.position();
      int length = piece.remaining();
      batch.put(piece);
      if (at == reader.offset()) {
        // Dead records of the old log carry sync marks too, and these would be lost. Every copy can
        // carry the mark: the whole copy is fsynced before it becomes the log.
        Record.setSyncMark(batch, start);
      }
      at += length;
    }
  }

  /** Writes the contents of a batch, and empties it. */
  private static void write(ByteBuffer batch, FileChannel output) throws IOException {
    batch.flip();
    while (batch.hasRemaining()) {
      output.write(batch);
    }
    batch.clear();
  }

  /**
   * Returns the permissions of a file. The copy is created with them, so that even while it is
   * being written, only users who can read the log can read the copy. Empty where files have none,
   * as on Windows.
   */
  private static FileAttribute<?>[] permissions(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
  }

  /** Deletes a copy after a failure, so that it does not fill a full disk. */
  private void deleteAfter(Throwable failure, Path file, Path copy) {
    try {
      requireInPlace();
      if (Files.exists(file)) {
        // The rename threw, but happened: there is no way back.
        fail(failure);
      }
      Files.deleteIfExists(copy);
    } catch (IOException e) {
      // Then the next merge or the next open deletes it.
      failure.addSuppressed(e);
    }
  }

  /** Deletes a file that is no longer needed, if that is possible. */
  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // Windows does not delete a file that another program has open, a virus scanner for example.
      // The file does no harm: the next open tries again.
    }
  }

  /** Checks the path to the directory, and ends the use of the log if the path leads elsewhere. */
  private void requireInPlace() throws IOException {
    try {
      lock.requireInPlace();
    } catch (IOException e) {
      // Otherwise another store could write to this log, or this store to another's.
      fail(e);
      throw e;
    }
  }

  private void fail(Throwable cause) {
    synchronized (storeLock) {
      log.fail(cause);
    }
  }

  private static Path copyOf(Path file) {
    return file.resolveSibling(file.getFileName() + COPY_SUFFIX);
  }

  // ======== Closing ========

  /** Makes a running merge end before its next record. */
  void stop() {
    stopped = true;
  }

  /** Checks that the merge was not stopped. */
  private void requireRunning() {
    if (stopped) {
      throw new IllegalStateException("the store is closed");
    }
  }
}
