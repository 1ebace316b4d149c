/*
 * WHAT THIS FILE IS
 *
 * Compaction: the log is written again without its dead records, and the new file takes the place
 * of the old one. A record is dead if the keydir does not point at it: a later record of its key
 * exists, or it is a tombstone. No get can ever return it again.
 *
 * PICTURE
 *
 *     store.data       | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor |
 *                                    dead       dead           |            dead
 *     store.data.tmp   | KVSTEPS 1 | P os linux |  <-----------'
 *
 *     store.data       | KVSTEPS 1 | P os linux |    after the rename
 *
 * THE ORDER OF THINGS, and what is there if the power goes after each
 *
 *     1  write the copy            the old file, and a copy that may lack any part
 *     2  fsync the copy            the old file, and a copy that is whole
 *     3  rename it over the log    the old file or the new one: the name is not on the disk yet
 *     4  fsync the directory       the new file
 *
 * The rename is the commit: it replaces one complete file by another, and nobody ever sees half
 * of it. Until then the old file is the store, and the copy is waste that the next open deletes.
 * Without step 2 the rename could reach the disk before the bytes do, and a power loss would leave
 * the name of the log on an empty file. This has happened to many programs.
 *
 * WHY IT IS RIGHT
 *
 * Removing a record that is not its key's last changes nothing, by I1. Removing a tombstone changes
 * nothing if no older record of its key is left, and here none is: they are dead, all of them, and
 * go in the same pass. The order of what stays is the order of the log.
 *
 * INVARIANTS
 *
 * I2  An entry of the new keydir is made by the copy of the very record that the old one points at.
 * I7  No file goes before its replacement is durable.
 *
 * NOT HERE, AND WHY
 *
 * Other threads. The store's lock is held from the first record to the last, so every call waits
 * until all live records have been copied. Nor can a part be compacted: there is one file.
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
  /** The end of the copy's name: what stands before it is the name of the log. */
  static final String COPY_SUFFIX = ".tmp";

  /** Bytes collected for one write call. At least what {@link LogReader#piece} returns. */
  private static final int BATCH_SIZE = 64 * 1024;

  private Compaction() {}

  // ======== Opening ========

  /** Deletes the copy that a crash in the middle of a compaction has left beside a log. */
  static void deleteLeftover(Path file) throws IOException {
    Path copy = copyOf(file);
    if (!Files.exists(copy)) {
      return;
    }
    FailPoint.LEFTOVER_FOUND.hit();
    try {
      Files.delete(copy);
    } catch (IOException e) {
      // Windows does not delete a file that somebody has open, a virus scanner for example. It is
      // waste and does no harm: the next compaction tries again, and so does the next open.
      return;
    }
    FailPoint.LEFTOVER_DELETED.hit();
  }

  /**
   * Checks that a log is there if a copy of it is.
   *
   * @throws CorruptStoreException if the copy is alone, or the log has nothing in it: no crash
   *     leaves that, and the copy may be the last one there is
   */
  static void requireOriginal(Path file) throws IOException {
    boolean there = Files.exists(file) && Files.size(file) >= LogFile.FILE_HEADER.length;
    if (!there && Files.exists(copyOf(file))) {
      throw new CorruptStoreException(
          file, 0, "it is missing or empty, and there is a copy of it, " + copyOf(file));
    }
  }

  // ======== Reclaiming space ========

  /**
   * Rewrites a log without the records that the keydir does not point at, and returns the keydir of
   * the new file. On return the new file is durable, with everything that was appended before.
   * Takes O(bytes in the log) time, and memory for a second keydir, but for no value.
   *
   * @throws CorruptStoreException if a record is damaged; the log is as it was
   * @throws IOException if the copy could not be written (a full disk, say), and the log is as it
   *     was; or if it could not be made durable after the rename, or the directory is not the locked
   *     one, and the log refuses further use
   */
  static KeyDir run(DirectoryLock lock, LogFile log, KeyDir keydir) throws IOException {
    requireInPlace(lock, log);
    Path copy = copyOf(log.file());
    try {
      KeyDir copied = writeCopy(log, keydir, copy);
      // CRASH HERE: the copy is whole, and the old file still the store.
      FailPoint.COPY_DURABLE.hit();
      requireInPlace(lock, log);
      log.replaceBy(copy);
      // The rename is durable, and the log open, only if the path still leads here.
      requireInPlace(lock, log);
      return copied;
    } catch (Throwable e) {
      deleteAfter(e, lock, copy);
      throw e;
    }
  }

  /** Writes the copy, and makes it durable. Returns its keydir. */
  private static KeyDir writeCopy(LogFile log, KeyDir keydir, Path copy) throws IOException {
    FileAttribute<?>[] permissions = permissions(log.file());
    // What has the name of the copy is deleted and not written over: it may be a link to a file.
    Files.deleteIfExists(copy);
    try (LogReader reader = log.openReader();
        FileChannel output =
            FileChannel.open(
                copy,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                permissions)) {
      for (FileAttribute<?> permission : permissions) {
        // Once more, because the process's umask takes some away from a file that is created.
        Files.setAttribute(copy, permission.name(), permission.value());
      }
      FailPoint.COPY_STARTED.hit();
      reader.rewind(log.end());
      KeyDir copied = copyLive(reader, keydir, output);
      // CRASH HERE: the copy is written, and may not be on the disk.
      FailPoint.COPY_WRITTEN.hit();
      output.force(true);
      return copied;
    }
  }

  /**
   * Writes a log's file header, and behind it a copy of each record that the reader comes to and
   * the keydir points at. Returns the keydir of the copies. On return all bytes are the operating
   * system's, and none need be durable.
   *
   * @throws CorruptStoreException if any record is damaged, a dead one too
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
  private static void deleteAfter(Throwable failure, DirectoryLock lock, Path copy) {
    try {
      lock.requireInPlace();
      Files.deleteIfExists(copy);
    } catch (IOException e) {
      // Then it is the next compaction's, or the next open's, to delete.
      failure.addSuppressed(e);
    }
  }

  /** Checks the path to the directory, and ends the use of the log if it leads elsewhere. */
  private static void requireInPlace(DirectoryLock lock, LogFile log) throws IOException {
    try {
      lock.requireInPlace();
    } catch (IOException e) {
      // Another store may be about to write to this log, or this one to write to another's.
      log.fail(e);
      throw e;
    }
  }

  private static Path copyOf(Path file) {
    return file.resolveSibling(file.getFileName() + COPY_SUFFIX);
  }
}
