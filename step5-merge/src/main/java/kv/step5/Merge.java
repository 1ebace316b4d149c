/*
 * WHAT THIS FILE IS
 *
 * Merging: finished files are written again without their dead records, into one file that takes
 * their place. A record is dead if the keydir does not point at it: a later record of its key
 * exists, or it is a tombstone. No get can ever return it again.
 *
 * NEW IN THIS STEP
 *
 * Puts and gets go on while records are copied. To ask the keydir whether a record is live takes no
 * lock. At the end the store's lock is taken for some keys at a time, to point them at the copies.
 * It is not taken for each record: a thread that puts without pause gives the lock away for moments
 * only, and a merge that has to get it a million times never comes to its end.
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
 * The copy of "os linux" is dead, which does no harm: it is to the left of "os bsd", and the keydir
 * takes a copy only in place of its original.
 *
 * THE ORDER OF THINGS, and what is there if the power goes after each
 *
 *     1  write the copy             the inputs, and a copy that may lack any part
 *     2  fsync the copy             the inputs, and a copy that is whole
 *     3  fsync the last file        the same, and all that the copy was made without is replaced
 *                                   by records that are durable
 *     4  rename the copy            the inputs, or the inputs and the output: the name is not on
 *                                   the disk yet
 *     5  fsync the directory        the inputs and the output, which covers them
 *     6  repoint, delete inputs     the output, and perhaps some of the inputs
 *
 * The rename is the commit. From then on the names say that the output covers the inputs (see
 * SegmentName), so that those which a crash leaves are ignored, and deleted by the next open.
 *
 * WHY IT IS RIGHT
 *
 * Removing a record that is not its key's last changes nothing, by I1. But the later record must
 * be durable first, or a power loss takes both: that is step 3.
 *
 * Removing a tombstone changes nothing if no older record of its key is left. All older records
 * are dead, and they are in this run or in one before it: a merge goes through all finished files,
 * from the oldest on, and leaves none out. If a run fails, the merge ends there (I8).
 *
 * INVARIANTS
 *
 * I2  The keydir takes a copy in place of the very record that was copied, and of no other.
 * I3  Finished files never change, so they can be read without the lock.
 * I7  No file goes before its replacement, and all that justified leaving records out, is durable.
 * I8  A tombstone goes only when no older record of its key is left.
 *
 * NOT HERE, AND WHY
 *
 * Choosing files. All finished files are copied, also those in which little is dead.
 *
 * Space in reserve for a full disk. A merge needs space for one run of copies, at most 16 files.
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
  /** The end of the copy's name: what stands before it is the name that it will have. */
  static final String COPY_SUFFIX = ".tmp";

  /** How many keys are pointed at their copies while the store's lock is held once. */
  private static final int REPOINTED_AT_ONCE = 10_000;

  /** Bytes collected for one write call. At least what {@link LogReader#piece} returns. */
  private static final int BATCH_SIZE = 64 * 1024;

  private final DirectoryLock lock;
  private final Log log;
  private final KeyDir keydir;

  /** The most bytes of files that one run copies, unless a single file has more. */
  private final long runSize;

  /** The store's lock. */
  private final Object storeLock;

  /** Whether the store is being closed. */
  private volatile boolean stopped;

  /** The copy of one record: its key, where the original is, and its own offset. */
  private record Copy(byte[] key, KeyDir.Location original, long offset) {}

  Merge(DirectoryLock lock, Log log, KeyDir keydir, long runSize, Object storeLock) {
    this.lock = lock;
    this.log = log;
    this.keydir = keydir;
    this.runSize = runSize;
    this.storeLock = storeLock;
  }

  // ======== Opening ========

  /** Deletes what a crash left of a merge: files that others cover, and unfinished copies. */
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
   * neighbours, oldest first. Before that, finishes the last file if there is a record in it. On
   * return the new files are durable. Takes O(bytes in the log) time, and for each run memory for
   * its keys, but for no value.
   *
   * <p>Requires: no lock.
   *
   * @throws IllegalStateException if the merge was stopped; the log is as the runs before left it
   * @throws CorruptStoreException if a record is damaged; the log is as the runs before left it
   * @throws IOException if a copy could not be written (a full disk, say), and the log is as the
   *     runs before left it; or if a copy could not be made durable after the rename, or the
   *     directory is not the locked one, and the log refuses further use
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

  /** Puts one file in the place of a run. */
  private void rewrite(List<LogFile> run) throws IOException {
    Path file = SegmentName.merged(run.stream().map(LogFile::name).toList()).in(log.directory());
    List<Copy> copies = commit(run, file);
    try {
      // CRASH HERE: the output may have its name after a power loss, or not yet.
      FailPoint.RENAMED.hit();
      // I7: the inputs must not go before the output's name is on the disk.
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
      // CRASH HERE: what is left of the inputs is covered.
      requireInPlace();
      delete(input.file());
      FailPoint.INPUT_DELETED.hit();
    }
  }

  /** Writes the copy of a run, and gives it its name. Returns what was copied, in log order. */
  private List<Copy> commit(List<LogFile> run, Path file) throws IOException {
    Path copy = copyOf(file);
    try {
      List<Copy> copies = writeCopy(run, copy);
      // CRASH HERE: the copy is whole, and the inputs are still the store.
      FailPoint.COPY_DURABLE.hit();
      synchronized (storeLock) {
        // I7: the records because of which others were left out.
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

  /** Points the keys at the copies, and gives the output the place of the run in the log. */
  private void publish(List<LogFile> run, LogFile merged, List<Copy> copies) throws IOException {
    // The rename is durable, and this file is the copy, only if the path still leads here.
    requireInPlace();
    for (int from = 0; from < copies.size(); from += REPOINTED_AT_ONCE) {
      int to = Math.min(from + REPOINTED_AT_ONCE, copies.size());
      synchronized (storeLock) {
        for (Copy copy : copies.subList(from, to)) {
          int length = copy.original().length();
          // I2: a key that was put or deleted in the meantime stays as it is.
          keydir.repoint(
              copy.key(), copy.original(), new KeyDir.Location(merged, copy.offset(), length));
        }
      }
    }
    synchronized (storeLock) {
      log.replace(run, merged);
    }
  }

  /** Writes the copy of a run, and makes it durable. Returns what was copied, in log order. */
  private List<Copy> writeCopy(List<LogFile> run, Path copy) throws IOException {
    FileAttribute<?>[] permissions = permissions(run.get(0).file());
    // What has the name of the copy is deleted and not written over: it may be a link to a file.
    Files.deleteIfExists(copy);
    try (FileChannel output =
        FileChannel.open(
            copy, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), permissions)) {
      for (FileAttribute<?> permission : permissions) {
        // Once more, because the process's umask takes some away from a file that is created.
        Files.setAttribute(copy, permission.name(), permission.value());
      }
      FailPoint.COPY_STARTED.hit();
      List<Copy> copies = copyLive(run, output);
      // CRASH HERE: the copy is written, and may not be on the disk.
      FailPoint.COPY_WRITTEN.hit();
      output.force(true);
      return copies;
    }
  }

  /**
   * Writes a file header, and behind it a copy of each record of a run that the keydir points at.
   * Returns what was copied, in log order. On return all bytes are the operating system's, and none
   * need be durable.
   *
   * @throws CorruptStoreException if any record is damaged, a dead one too
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
   * Adds the bytes of a record to a batch, and writes the batch whenever it is full. The bytes are
   * copied as they are, but for the sync mark, which every copy gets.
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
        // The marks of the old log are in dead records, too, and would be lost with them. They can
        // be set anew: the copy is fsynced before it is the log, so all of it will have been.
        Record.setSyncMark(batch, start);
      }
      at += length;
    }
  }

  /** Writes what is in a batch, and empties it. */
  private static void write(ByteBuffer batch, FileChannel output) throws IOException {
    batch.flip();
    while (batch.hasRemaining()) {
      output.write(batch);
    }
    batch.clear();
  }

  /**
   * The permissions of a file, for a copy that is created with them: nobody else shall read it, not
   * even while it is written. Empty where files have none, as on Windows.
   */
  private static FileAttribute<?>[] permissions(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
  }

  /** Deletes a copy that has failed, so that a full disk is not full of waste. */
  private void deleteAfter(Throwable failure, Path file, Path copy) {
    try {
      requireInPlace();
      if (Files.exists(file)) {
        // The rename threw, and was done all the same: there is no way back.
        fail(failure);
      }
      Files.deleteIfExists(copy);
    } catch (IOException e) {
      // Then it is the next merge's, or the next open's, to delete.
      failure.addSuppressed(e);
    }
  }

  /** Deletes a file of which there is no use, if that is possible. */
  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // Windows does not delete a file that somebody has open, a virus scanner for example. It is
      // waste and does no harm: the next open tries again.
    }
  }

  /** Checks the path to the directory, and ends the use of the log if it leads elsewhere. */
  private void requireInPlace() throws IOException {
    try {
      lock.requireInPlace();
    } catch (IOException e) {
      // Another store may be about to write to this log, or this one to write to another's.
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

  /** Makes a merge that is running end before its next record. */
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
