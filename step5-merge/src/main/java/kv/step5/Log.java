/*
 * WHAT THIS FILE IS
 *
 * The log: a sequence of files. Records are appended to the last one. When it reaches its maximum
 * size, it is finished, and the log continues in a new file. A finished file never changes, so it
 * can be read while other calls run, and replaced by a copy without its dead records.
 *
 * PICTURE: a log of four files, and a merge of three of them
 *
 *     | 1 os=mac | 2 os=linux | 3 shell=bash | 4 os=bsd  <- appends |
 *     '---------- finished files -----------'   the last file
 *
 *     | 1 to 3   shell=bash                  | 4 os=bsd  <- appends |
 *
 * A store of steps 1 to 4 has one file, store.data. It becomes the first file here.
 *
 * The order of the log is the order of the files, and within a file the order of its records. The
 * output of a merge takes the place of its inputs in this order, so a put during the merge is
 * still to the right of every merged record, and supersedes it (I1).
 *
 * INVARIANTS
 *
 * I1   The order of the log is the truth: a key's state is its last record.
 * I3   Finished files never change. Only the last file can be torn.
 * I4   The files tile 1 to n (see SegmentName).
 * I6   What was acknowledged with a sync is durable, bytes and directory entry both.
 * I10  What is recovered is a prefix of history that contains everything synced: a file is durable
 *      before the next one exists.
 *
 * NOT HERE, AND WHY
 *
 * Waiting for a merge. If puts arrive faster than a merge can copy the live records, the log grows
 * until they slow down.
 *
 * Few files. A log of 32 GB without dead records has a thousand files, and all of them are open.
 */
package kv.step5;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** The files of the log, in their order. Not thread-safe. Requires: the store's lock. */
final class Log {
  /** The name of the log in steps 1 to 4, where it is one file. */
  static final String OLD_FILE = "store.data";

  private static final System.Logger LOGGER = System.getLogger(Store.class.getName());

  private final Path directory;
  private final DirectoryLock lock;

  /** Size in bytes at which a file is finished. A longer record has a file of its own. */
  private final long fileSize;

  /** The files in log order. Records are appended to the last one. */
  private final List<LogFile> files = new ArrayList<>();

  private Log(Path directory, DirectoryLock lock, long fileSize) {
    this.directory = directory;
    this.lock = lock;
    this.fileSize = fileSize;
  }

  // ======== Opening ========

  /**
   * Opens the log in a directory, and creates the first file if there is none. A torn end is cut
   * off, and the leftovers of a merge are deleted. On return the whole log is durable. Takes
   * O(bytes in the log) time.
   *
   * @param keydir an empty keydir, to which every record is applied
   * @throws CorruptStoreException if a file is damaged or missing; nothing was changed then
   * @throws IOException if a file cannot be opened
   */
  static Log open(Path directory, DirectoryLock lock, long fileSize, KeyDir keydir)
      throws IOException {
    Log log = new Log(directory, lock, fileSize);
    log.adoptOldFile();
    try {
      List<SegmentName> names = new ArrayList<>(DirectoryContents.segments(directory, ""));
      List<SegmentName> uncovered = SegmentName.uncovered(directory, names);
      for (SegmentName name : uncovered) {
        boolean last = name == uncovered.get(uncovered.size() - 1);
        log.files.add(LogFile.open(name.in(directory), last, keydir));
      }
      if (log.files.isEmpty()) {
        log.files.add(LogFile.create(SegmentName.fresh(1).in(directory)));
      }
      // Last: no file is deleted before all files have been verified.
      names.removeAll(uncovered);
      Merge.deleteLeftovers(directory, names);
      return log;
    } catch (Throwable e) {
      log.closeFiles();
      throw e;
    }
  }

  /**
   * Returns a log with a single file that is open already. Tests pass files on disks that fail.
   */
  static Log of(Path directory, DirectoryLock lock, LogFile only) {
    Log log = new Log(directory, lock, Store.FILE_SIZE);
    log.files.add(only);
    return log;
  }

  /** Makes the file of steps 1 to 4, if it exists, the first file of the log. */
  private void adoptOldFile() throws IOException {
    Path old = directory.resolve(OLD_FILE);
    Path copy = directory.resolve(OLD_FILE + Merge.COPY_SUFFIX);
    boolean there = Files.exists(old);
    if (Files.exists(copy) && (!there || Files.size(old) < LogFile.FILE_HEADER.length)) {
      throw new CorruptStoreException(
          old, 0, "it is missing or empty, but its copy " + copy + " exists");
    }
    if (!there) {
      return;
    }
    if (!DirectoryContents.segments(directory, "").isEmpty()) {
      throw new CorruptStoreException(
          old, 0, "it belongs to another store, since the directory has numbered files already");
    }
    // Verified under its old name: if the file is damaged, nothing changes.
    LogFile.open(old, true, new KeyDir()).close();
    Files.deleteIfExists(copy);
    // Before the rename: the copy must not reappear without the log next to it.
    Directories.sync(directory);
    SegmentName first = SegmentName.fresh(1);
    Files.move(old, first.in(directory), StandardCopyOption.ATOMIC_MOVE);
    // CRASH HERE: after a power loss either name may exist, and an open accepts both.
    FailPoint.ADOPTED.hit();
    LOGGER.log(
        System.Logger.Level.INFO,
        old + " was renamed to " + first + ": steps 1 to 4 can no longer open this store");
  }

  // ======== Writing ========

  /**
   * Appends a record to the last file, or to a new file if the last one has reached its size; it
   * then waits for the disk. Otherwise as {@link LogFile#append}.
   *
   * @throws IOException if the record could not be written, or the new file could not be created;
   *     the log is unchanged, and stays usable unless {@link LogFile#append} says otherwise
   */
  KeyDir.Location append(byte type, byte[] key, byte[] value) throws IOException {
    requireUsable();
    long end = last().end() + Record.HEADER_SIZE + key.length + value.length;
    if (end > fileSize && last().bytes() > 0) {
      finishLast();
    }
    return last().append(type, key, value);
  }

  /** Makes the last file durable, and starts the next one. */
  void finishLast() throws IOException {
    // I10: otherwise a power loss could lose records of this file and keep those of the next.
    last().sync();
    // CRASH HERE: the last file is durable, and still the last.
    FailPoint.FILE_FINISHED.hit();
    lock.requireInPlace();
    files.add(LogFile.create(SegmentName.fresh(last().name().last() + 1).in(directory)));
    // CRASH HERE: the last file is empty.
    FailPoint.FILE_CREATED.hit();
  }

  /** Makes the whole log durable: only the last file can contain records that are not. */
  void sync() throws IOException {
    last().sync();
  }

  /**
   * Ends the use of this log, because the caller's knowledge of its contents is no longer right.
   */
  void fail(Throwable cause) {
    last().fail(cause);
  }

  // ======== Reading ========

  /** Returns the file that records are appended to. */
  LogFile last() {
    return files.get(files.size() - 1);
  }

  /** Returns all files, in log order. */
  List<LogFile> files() {
    return List.copyOf(files);
  }

  /** Returns the files that never change, in log order: all except the last. */
  List<LogFile> finished() {
    return List.copyOf(files.subList(0, files.size() - 1));
  }

  /** Returns the size in bytes of all records, including dead ones. Takes O(files) time. */
  long bytes() {
    return files.stream().mapToLong(LogFile::bytes).sum();
  }

  Path directory() {
    return directory;
  }

  // ======== Reclaiming space ========

  /** Replaces the inputs of a merge by its output, and closes the inputs. */
  void replace(List<LogFile> run, LogFile merged) throws IOException {
    int at = files.indexOf(run.get(0));
    files.subList(at, at + run.size()).clear();
    files.add(at, merged);
    for (LogFile file : run) {
      file.close();
    }
  }

  // ======== Closing ========

  /**
   * Checks that the log can be used.
   *
   * @throws IOException if a failed fsync, a failed cut, a failed merge or an interrupted thread
   *     ended its use
   */
  void requireUsable() throws IOException {
    last().requireUsable();
  }

  /**
   * Syncs and closes the files.
   *
   * @throws IOException if the sync failed, now or before; the files are closed anyway
   */
  void close() throws IOException {
    try {
      sync();
    } finally {
      closeFiles();
    }
  }

  private void closeFiles() throws IOException {
    for (LogFile file : files) {
      file.close();
    }
  }
}
