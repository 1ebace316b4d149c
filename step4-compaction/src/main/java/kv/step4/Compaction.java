/*
 * WHAT THIS FILE IS
 *
 * Compaction: the log is rewritten without its dead records, and the new file replaces the old
 * one. A record is dead if the keydir does not point at it: a later record of its key exists, or
 * it is a tombstone. No get can ever return it again.
 *
 * PICTURE
 *
 *     store.data       | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor |
 *                                    dead       dead           |            dead
 *     store.data.tmp   | KVSTEPS 1 | P os linux |  <-----------'
 *
 *     store.data       | KVSTEPS 1 | P os linux |    after the rename
 *
 * THE ORDER OF THINGS, and the files that exist if the power fails after each
 *
 *     1  write the copy            the old file, and a copy that may lack any part
 *     2  fsync the copy            the old file, and a copy that is whole
 *     3  rename it over the log    the old file or the new one: the name is not on the disk yet
 *     4  fsync the directory       the new file
 *
 * The rename is the commit: it replaces one complete file by another, and no reader ever sees half
 * of the change. Until then the old file is the store, and the copy is waste that the next open
 * deletes. Without operation 2 the rename could reach the disk before the bytes do, and a power
 * loss would leave the name of the log on an empty file. This has happened to many programs.
 *
 * WHY IT IS RIGHT
 *
 * Removing a record that is not its key's last changes nothing, by I1. Removing a tombstone
 * changes nothing if no older record of its key remains. None does here: all older records are
 * dead, and the same pass removes them. The live records keep the order of the log.
 *
 * INVARIANTS
 *
 * I2  An entry of the new keydir points at a copy of the record that the old entry points at.
 * I7  No file goes before its replacement is durable.
 *
 * NOT HERE, AND WHY
 *
 * Other threads. The store's lock is held from the first record to the last, so every call waits
 * until all live records have been copied. A part of the log cannot be compacted, as there is only
 * one file.
 */
package kv.step4;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Rewrites a log without its dead records. */
final class Compaction {
  /** The suffix of the copy's name: it follows the name of the log. */
  static final String COPY_SUFFIX = ".tmp";

  /** Bytes collected for one write call. At least the size of {@link LogReader#piece}'s result. */
  private static final int BATCH_SIZE = 64 * 1024;

  private Compaction() {}

  // ======== Opening ========

  /** Deletes the copy that a crash in the middle of a compaction left next to a log. */
  static void deleteLeftover(Path file) throws IOException {
    Path copy = copyOf(file);
    if (!Files.exists(copy)) {
      return;
    }
    FailPoint.LEFTOVER_FOUND.hit();
    try {
      Files.delete(copy);
    } catch (IOException e) {
      // Windows does not delete a file that another program has open, a virus scanner for example.
      // The file does no harm: the next compaction and the next open both try again.
      return;
    }
    FailPoint.LEFTOVER_DELETED.hit();
  }

  /**
   * Checks that a log exists if a copy of it does.
   *
   * @throws CorruptStoreException if the copy exists and the log is missing or empty: no crash
   *     causes this, and the copy may be the only remaining data
   */
  static void requireOriginal(Path file) throws IOException {
    boolean there = Files.exists(file) && Files.size(file) >= LogFile.FILE_HEADER.length;
    if (!there && Files.exists(copyOf(file))) {
      throw new CorruptStoreException(
          file, 0, "it is missing or empty, but its copy " + copyOf(file) + " exists");
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites a log without the records that the keydir does not point at, and returns the keydir
   * of the new file. On return the new file is durable, with every record appended before. Takes
   * O(bytes in the log) time, and memory for a second keydir, without values.
   *
   * @throws CorruptStoreException if a record is damaged; the log is unchanged
   * @throws IOException if the copy could not be written (for example, on a full disk), and the
   *     log is unchanged; or if the rename could not be made durable, or the path leads to another
   *     directory, and the log refuses further use
   */
  static KeyDir run(DirectoryLock lock, LogFile log, KeyDir keydir) throws IOException {
    requireInPlace(lock, log);
    Path copy = copyOf(log.file());
    try {
      KeyDir copied = writeCopy(log, keydir, copy);
      // CRASH HERE: the copy is whole, and the old file is still the store.
      FailPoint.COPY_DURABLE.hit();
      requireInPlace(lock, log);
      log.replaceBy(copy);
      // The rename is durable, and the right file is open, only if the path still leads here.
      requireInPlace(lock, log);
      return copied;
    } catch (Throwable e) {
      deleteAfter(e, lock, copy);
      throw e;
    }
  }

  /** Writes the copy and makes it durable. Returns its keydir. */
  private static KeyDir writeCopy(LogFile log, KeyDir keydir, Path copy) throws IOException {
    FileAttribute<?>[] permissions = permissions(log.file());
    // Deletes an existing copy rather than overwrite it, because it may be a link to another file.
    Files.deleteIfExists(copy);
    try (LogReader reader = log.openReader();
        FileChannel output =
            FileChannel.open(
                copy,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                permissions)) {
      for (FileAttribute<?> permission : permissions) {
        // Again, because the process's umask removes some permissions from a new file.
        Files.setAttribute(copy, permission.name(), permission.value());
      }
      FailPoint.COPY_STARTED.hit();
      reader.rewind(log.end());
      KeyDir copied = copyLive(reader, keydir, output);
      // CRASH HERE: the copy is written, but may not be on the disk.
      FailPoint.COPY_WRITTEN.hit();
      output.force(true);
      return copied;
    }
  }

  /**
   * Writes a file header, and after it a copy of each record of the reader that the keydir points
   * at. Returns the keydir of the copies. On return the operating system holds all bytes, but none
   * need be durable.
   *
   * @throws CorruptStoreException if any record is damaged, even a dead one
   */
  private static KeyDir copyLive(LogReader reader, KeyDir keydir, FileChannel output)
      throws IOException {
    KeyDir copied = new KeyDir();
    ByteBuffer batch = ByteBuffer.allocateDirect(BATCH_SIZE).put(LogFile.FILE_HEADER);
    long offset = LogFile.FILE_HEADER.length;
    while (reader.next()) {
      byte[] key = reader.key();
      KeyDir.Location location = keydir.get(key);
      if (location == null || location.offset() != reader.offset()) {
        continue; // dead
      }
      copied.put(key, new KeyDir.Location(offset, location.length()));
      copyRecord(reader, batch, output);
      offset += location.length();
    }
    write(batch, output);
    return copied;
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
  private static void deleteAfter(Throwable failure, DirectoryLock lock, Path copy) {
    try {
      lock.requireInPlace();
      Files.deleteIfExists(copy);
    } catch (IOException e) {
      // Then the next compaction or the next open deletes it.
      failure.addSuppressed(e);
    }
  }

  /** Checks the path to the directory, and ends the use of the log if the path leads elsewhere. */
  private static void requireInPlace(DirectoryLock lock, LogFile log) throws IOException {
    try {
      lock.requireInPlace();
    } catch (IOException e) {
      // Otherwise another store could write to this log, or this store to another's.
      log.fail(e);
      throw e;
    }
  }

  private static Path copyOf(Path file) {
    return file.resolveSibling(file.getFileName() + COPY_SUFFIX);
  }
}
