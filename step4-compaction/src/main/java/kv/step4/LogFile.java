/*
 * WHAT THIS FILE IS
 *
 * The log: one file, written only at its end. Its contents never change, so a later write cannot
 * damage a record that was written before. The file grows in one place only, and disks are fastest
 * at that.
 *
 * NEW IN THIS STEP
 *
 * Another file can replace this one, in one operation that a crash cannot split.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       7     "KVSTEPS"
 *     7       1     version of the format, 1
 *     8       ..    records, back to back (see Record)
 *
 * The picture of written and durable bytes, and why append and sync are two calls: see step 1.
 *
 * INVARIANTS
 *
 * I6   What was acknowledged with a sync is durable, bytes and directory entry both.
 * I7   No file goes before its replacement is durable.
 * I9   Recovery makes durable what it saw before it acts on it: the sync mark of the next record
 *      says so.
 * I12  After a failed fsync nothing is acknowledged again. Many systems mark pages as clean even if
 *      writing them failed, so a second fsync returns at once and proves nothing.
 */
package kv.step4;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;

/** A file of records that grows at its end. Not thread-safe. Requires: the store's lock. */
final class LogFile {
  /** The first bytes of every log: a signature, and the version of the format. */
  static final byte[] FILE_HEADER = {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1};

  private final Path file;
  private FileChannel channel;

  /** Offset of the next record: the end of the last whole one. */
  private long end;

  /** Everything before this offset is durable. Never greater than {@link #end}. */
  private long synced;

  /** Why the log can no longer be used, or null. */
  private Throwable failure;

  private LogFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  // ======== Opening ========

  /**
   * Opens a log, and creates the file if it does not exist. A torn end is cut off. On return the
   * file, its entry in the directory and its contents are durable. Reads the whole log: takes
   * O(bytes in the log) time.
   *
   * @param keydir an empty keydir, to which every record is applied
   * @throws CorruptStoreException if the file is damaged, or is not a log; nothing was changed
   *     then
   * @throws IOException if the file cannot be opened
   */
  static LogFile open(Path file, KeyDir keydir) throws IOException {
    // CREATE_NEW, because a file that appears at this moment belongs to another program.
    return open(
        file,
        Files.exists(file)
            ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
            : FileChannel.open(
                file,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE),
        keydir);
  }

  /** Opens a log through the caller's channel. Tests pass channels that fail like disks do. */
  static LogFile open(Path file, FileChannel channel, KeyDir keydir) throws IOException {
    try {
      LogFile log = new LogFile(file, channel);
      log.start(keydir);
      return log;
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  private void start(KeyDir keydir) throws IOException {
    end = FILE_HEADER.length;
    if (!hasFileHeader()) {
      writeFully(ByteBuffer.wrap(FILE_HEADER), 0);
    } else {
      end = Recovery.findEnd(reader(), channel.size(), keydir);
      channel.truncate(end);
    }
    // I9: after the death of a process, some records may exist only in the operating system's
    // memory. They are made durable here, so that the next record can truthfully carry the sync
    // mark. So is the cut: torn bytes must not reappear after the records written over them.
    channel.force(true);
    Directories.sync(file.toAbsolutePath().getParent());
    synced = end;
  }

  // ======== Writing ========

  /**
   * Appends a record, and returns its location. On return the operating system holds the record:
   * it survives {@code kill -9}, and survives power loss only after the next {@link #sync()}. It
   * carries the sync mark if everything before it is durable. Makes one write call for a record of
   * up to 1 MiB.
   *
   * @throws IOException if the record could not be written, as on a full disk; after any exception
   *     its bytes are cut off again, and the log stays usable unless the cut fails too
   */
  KeyDir.Location append(byte type, byte[] key, byte[] value) throws IOException {
    requireUsable();
    ByteBuffer record = Record.encode(type, synced == end, key, value);
    KeyDir.Location location = new KeyDir.Location(end, record.limit());
    try {
      // CRASH HERE: the log ends in the middle of this record, which the next open cuts off.
      writeFully(record, end);
    } catch (Throwable e) {
      cut(e);
      throw e;
    }
    end += record.limit();
    return location;
  }

  /**
   * Removes the remains of a failed append. On return the whole log is durable; or the log refuses
   * all further use, and the second failure is added to the cause.
   */
  private void cut(Throwable cause) {
    try {
      channel.truncate(end);
      // Without this fsync, a power loss could bring back some of the bytes that were cut off,
      // after the records that were written over the others.
      channel.force(true);
      synced = end;
    } catch (Throwable e) {
      failure = e;
      if (e != cause) {
        cause.addSuppressed(e);
      }
    }
  }

  /**
   * Makes every appended record durable: on return they survive power loss. Waits for the disk,
   * unless everything is durable already.
   *
   * @throws IOException if the fsync failed; the log then refuses all further use (I12)
   */
  void sync() throws IOException {
    requireUsable();
    if (synced == end) {
      return;
    }
    try {
      // false: the times in the file's inode need not be durable, and cost a second write. The
      // file's new length is written, because without it the bytes could not be found.
      channel.force(false);
    } catch (Throwable e) {
      failure = e;
      throw e;
    }
    synced = end;
  }

  /**
   * Ends the use of this log, because the caller's knowledge of its contents is no longer right.
   */
  void fail(Throwable cause) {
    failure = cause;
  }

  // ======== Reading ========

  /** Returns a reader of this log, which is closed with the log. */
  LogReader reader() {
    return new LogReader(file, channel);
  }

  /**
   * Returns a reader with its own open file, which the caller must close. It is independent of the
   * log's channel: closing one does not affect the other.
   */
  LogReader openReader() throws IOException {
    return new LogReader(file, FileChannel.open(file, StandardOpenOption.READ));
  }

  /** Returns the offset at which the last record ends. */
  long end() {
    return end;
  }

  /**
   * Returns the value of a key whose last put is at a location. Makes one read call for a record
   * of up to 1 MiB. Takes O(key + value) time.
   *
   * @throws CorruptStoreException if the record is no longer there, or a checksum does not match
   */
  byte[] read(KeyDir.Location location, byte[] key) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(location.length());
    readFully(record, location.offset());
    byte[] value = record.hasRemaining() ? null : Record.decodeValue(record.flip(), key);
    if (value == null) {
      throw new CorruptStoreException(
          file, location.offset(), "the record that was written there is no longer there");
    }
    return value;
  }

  Path file() {
    return file;
  }

  // ======== Reclaiming space ========

  /**
   * Replaces this log's file by a complete and durable copy, and continues with the copy. On
   * return the change is durable. A reader that has the old file open can still read it. Hits the
   * fail points {@link FailPoint#RENAMED} and {@link FailPoint#DIRECTORY_DURABLE}.
   *
   * @throws IOException if the file could not be renamed, and this log is unchanged; or if the
   *     rename could not be made durable, and the log refuses all further use
   */
  void replaceBy(Path copy) throws IOException {
    long size = Files.size(copy);
    rename(copy);
    // CRASH HERE: after a power loss either file may have the name, and both contain every synced
    // record.
    try {
      reopen();
      end = size;
      synced = size;
      FailPoint.RENAMED.hit();
      // I7: the old file is gone for good once the new one's name is on the disk.
      Directories.sync(file.toAbsolutePath().getParent());
      FailPoint.DIRECTORY_DURABLE.hit();
    } catch (Throwable e) {
      // There is no way back after the rename: the caller's locations are those of the old file.
      fail(e);
      throw e;
    }
  }

  /**
   * Gives a copy the name of this log, which replaces the log's file. On return the channel is
   * closed, and the new name need not be durable.
   *
   * @throws IOException if the file could not be renamed: the channel is open again, and this log
   *     is unchanged; or if the rename seems to have happened in spite of the exception, and the
   *     log refuses all further use
   */
  private void rename(Path copy) throws IOException {
    // Windows does not rename over an open file.
    channel.close();
    try {
      Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (Throwable e) {
      try {
        if (Files.exists(copy)) {
          reopen();
        } else {
          fail(e);
        }
      } catch (Throwable second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Opens the file that has the log's name. A failure ends the use of this log: it stays closed. */
  private void reopen() throws IOException {
    channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  // ======== Closing ========

  /**
   * Checks that the log can be used.
   *
   * @throws IOException if a failed fsync, a failed cut or an interrupted thread ended its use
   */
  void requireUsable() throws IOException {
    if (failure != null || !channel.isOpen()) {
      throw new IOException(
          file
              + (failure != null ? " failed" : " is closed, as after an interrupt")
              + ": close the store and open it again",
          failure);
    }
  }

  /**
   * Syncs and closes the file.
   *
   * @throws IOException if the sync failed, now or before; the file is closed anyway
   */
  void close() throws IOException {
    try {
      sync();
    } finally {
      channel.close();
    }
  }

  // ======== For a second reading ========

  /*
   * NOT HERE, AND WHY
   *
   * Surviving an interrupt. Interrupting a thread inside a FileChannel closes the channel. The log
   * then refuses all further use and must be opened again. It contains every record appended
   * before, and perhaps a part of the record that was being appended, which is torn like any other.
   */

  /** Bytes that a disk writes completely or not at all. A 4,096-byte sector is eight of these. */
  static final int SECTOR_SIZE = 512;

  /** The largest number of bytes passed to one write call. */
  private static final int PIECE_SIZE = 1 << 20;

  /**
   * Returns true for a log, and false for a file whose creation did not finish: after a crash it
   * contains a part of the file header, perhaps followed by zeros.
   *
   * @throws CorruptStoreException if the file starts with anything else
   */
  private boolean hasFileHeader() throws IOException {
    ByteBuffer start = ByteBuffer.allocate(FILE_HEADER.length);
    readFully(start, 0);
    byte[] found = Arrays.copyOf(start.array(), start.position());
    if (Arrays.equals(found, FILE_HEADER)) {
      return true;
    }
    byte[] same = Arrays.copyOf(FILE_HEADER, Arrays.mismatch(found, FILE_HEADER));
    boolean begun = Arrays.equals(found, Arrays.copyOf(same, found.length));
    if (begun && channel.size() <= FILE_HEADER.length) {
      return false;
    }
    throw new CorruptStoreException(
        file,
        0,
        "it starts with "
            + HexFormat.ofDelimiter(" ").formatHex(found)
            + ", not with the header of a log of this version");
  }

  /** Writes a whole buffer at an offset, since one write call may write only a part of it. */
  private void writeFully(ByteBuffer bytes, long offset) throws IOException {
    int all = bytes.limit();
    while (bytes.position() < all) {
      // In pieces, because a channel first copies the bytes to memory outside the heap, and keeps
      // that memory for the thread's next call. A piece ends where a sector does: otherwise the
      // disk could receive half of a sector first, and show that half after a power loss.
      int piece = all - bytes.position();
      if (piece > PIECE_SIZE) {
        piece = PIECE_SIZE - (int) ((offset + PIECE_SIZE) % SECTOR_SIZE);
      }
      bytes.limit(bytes.position() + piece);
      offset += channel.write(bytes, offset);
    }
  }

  /** Fills a buffer from an offset on, up to the end of the file. */
  private void readFully(ByteBuffer bytes, long offset) throws IOException {
    int all = bytes.limit();
    while (bytes.position() < all) {
      // In pieces, for the reason given in writeFully.
      bytes.limit(Math.min(all, bytes.position() + PIECE_SIZE));
      int read = channel.read(bytes, offset + bytes.position());
      if (read < 0) {
        bytes.limit(all);
        return;
      }
    }
  }
}
