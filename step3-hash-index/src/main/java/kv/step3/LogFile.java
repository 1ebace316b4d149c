/*
 * WHAT THIS FILE IS
 *
 * The log: one file, written only at its end. What is in it is never changed, so nothing that
 * was once written can be harmed by a later write; and the file grows in one place only, which is
 * what disks do best.
 *
 * NEW IN THIS STEP
 *
 * An append tells where it has put the record, and a record is read from there with one call.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       7     "KVSTEPS"
 *     7       1     version of the format, 1
 *     8       ..    records, back to back (see Record)
 *
 * PICTURE: how far the bytes of a record have come
 *
 *     file header | record | record | record | record |
 *                                   ^                 ^
 *                                   synced            end
 *     |---------- on the disk ------|--- in memory ---|   (the operating system's)
 *          survives power loss        survives kill -9
 *
 * A write only hands bytes to the operating system, which takes them to the disk when it likes,
 * often half a minute later and in any order. fsync waits until they are there. That wait is most
 * of the cost of a durable put, so the two are two calls here, append and sync.
 *
 * INVARIANTS
 *
 * I6   What was acknowledged with a sync is durable, bytes and directory entry both.
 * I9   Recovery makes durable what it saw before it acts on it: the sync mark of the next record
 *      says so.
 * I12  After a failed fsync nothing is acknowledged again. Many systems mark the pages as clean
 *      when writing them has failed, so a second fsync returns at once and means nothing.
 *
 * NOT HERE, AND WHY
 *
 * Interruption. Interrupting a thread inside a FileChannel closes the channel. The log refuses all
 * further use then, and must be opened again. What was appended before is there, and perhaps a part
 * of what was being appended, which is a torn record like any other.
 */
package kv.step3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;

/** A file of records that grows at its end. Not thread-safe: the store sees to that. */
final class LogFile {
  /** What every log starts with: what it is, and the version of its format. */
  static final byte[] FILE_HEADER = {'K', 'V', 'S', 'T', 'E', 'P', 'S', 1};

  /** Bytes that a disk writes wholly or not at all. Where it is 4,096, that is eight of these. */
  static final int SECTOR_SIZE = 512;

  /** The most that is handed to one write call, in bytes. */
  private static final int PIECE_SIZE = 1 << 20;

  private final Path file;
  private final FileChannel channel;

  /** Where the next record goes: right behind the last whole one. */
  private long end;

  /** Everything before this offset is durable. Never more than {@link #end}. */
  private long synced;

  /** Why the log can no longer be used, or null. */
  private Throwable failure;

  private LogFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  // ======== Opening ========

  /**
   * Opens a log, and creates the file if there is none. A torn end is cut off. On return the file,
   * its entry in the directory and everything that is in it are durable. Reads the whole log: takes
   * O(bytes in the log) time.
   *
   * @param keydir an empty one, which is told of every record
   * @throws CorruptStoreException if the file is damaged, or is no log; nothing was changed then
   * @throws IOException if the file cannot be opened
   */
  static LogFile open(Path file, KeyDir keydir) throws IOException {
    // CREATE_NEW, because a file that appears just now is another program's.
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

  /** Opens a log through a channel of the caller's: tests have some that fail as disks do. */
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
    // I9: a process that died may have left records that are the operating system's only. They are
    // made durable here, so that the next record can carry the sync mark and mean it. So is the
    // cut: what was torn must not come back behind the records that are written over it.
    channel.force(true);
    Directories.sync(file.toAbsolutePath().getParent());
    synced = end;
  }

  /**
   * Tells a log from an empty one, whose creation may not have come to its end: a crash then leaves
   * a part of the file header, and perhaps zeros.
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
            + ", which is no log of this version");
  }

  // ======== Writing ========

  /**
   * Appends a record. On return it is the operating system's: it survives {@code kill -9}, and it
   * survives power loss only after the next {@link #sync()}. It has the sync mark if all before it
   * is durable. One write call, for a record of up to 1 MiB. Returns where the record is.
   *
   * @throws IOException if it could not be written (a full disk, say); what was written of it is
   *     cut off again, and the log can be used on unless that failed too
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
   * Takes away what a failed append has left behind the last whole record. On return all of the log
   * is durable; or it refuses all further use, and the cause has the second failure with it.
   */
  private void cut(Throwable cause) {
    try {
      channel.truncate(end);
      // Without this fsync, a power loss could bring back some of the bytes that were cut off,
      // behind the records that were written over the others.
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
   * Makes everything that was appended durable: on return it survives power loss. Waits for the
   * disk, unless there is nothing to wait for.
   *
   * @throws IOException if it could not be done; the log refuses all further use then (I12)
   */
  void sync() throws IOException {
    requireUsable();
    if (synced == end) {
      return;
    }
    try {
      // false: the times in the file's inode need not be durable, and cost a second write. The
      // file's new length is, because without it the bytes could not be found.
      channel.force(false);
    } catch (Throwable e) {
      failure = e;
      throw e;
    }
    synced = end;
  }

  /** Ends the use of this log, since what is in it is no longer what is known of it. */
  void fail(Throwable cause) {
    failure = cause;
  }

  /** Writes all of a buffer at an offset, since one write call may take less than it was given. */
  private void writeFully(ByteBuffer bytes, long offset) throws IOException {
    int all = bytes.limit();
    while (bytes.position() < all) {
      // In pieces, because a channel copies what it writes to memory outside the heap first, and
      // keeps that memory for the thread's next call. A piece ends where a sector does: else the
      // disk could be given half of a sector first, and show that half after a power loss.
      int piece = all - bytes.position();
      if (piece > PIECE_SIZE) {
        piece = PIECE_SIZE - (int) ((offset + PIECE_SIZE) % SECTOR_SIZE);
      }
      bytes.limit(bytes.position() + piece);
      offset += channel.write(bytes, offset);
    }
  }

  // ======== Reading ========

  /** A reader of this log's, which ends with it. */
  LogReader reader() {
    return new LogReader(file, channel);
  }

  /**
   * A reader that has opened the file for itself, to be closed by the caller: what happens to the
   * log's channel does not disturb it, nor the other way round.
   */
  LogReader openReader() throws IOException {
    return new LogReader(file, FileChannel.open(file, StandardOpenOption.READ));
  }

  /** Where the last record ends. */
  long end() {
    return end;
  }

  /**
   * Returns the value of a key whose last put is at a location. One read call, for a record of up
   * to 1 MiB, and O(key + value) time.
   *
   * @throws CorruptStoreException if it is no longer there, or a checksum is wrong
   */
  byte[] read(KeyDir.Location location, byte[] key) throws IOException {
    ByteBuffer record = ByteBuffer.allocate(location.length());
    readFully(record, location.offset());
    byte[] value = record.hasRemaining() ? null : Record.decodeValue(record.flip(), key);
    if (value == null) {
      throw new CorruptStoreException(
          file, location.offset(), "the record that was written there is not there any more");
    }
    return value;
  }

  /** Fills a buffer from an offset on, as far as the file goes. */
  private void readFully(ByteBuffer bytes, long offset) throws IOException {
    int all = bytes.limit();
    while (bytes.position() < all) {
      // In pieces, for the reason that writeFully gives.
      bytes.limit(Math.min(all, bytes.position() + PIECE_SIZE));
      int read = channel.read(bytes, offset + bytes.position());
      if (read < 0) {
        bytes.limit(all);
        return;
      }
    }
  }

  // ======== Closing ========

  /**
   * Checks that the log can be used.
   *
   * @throws IOException if a failed fsync, a failed cut or an interrupted thread has ended its use
   */
  void requireUsable() throws IOException {
    if (failure != null || !channel.isOpen()) {
      throw new IOException(
          file
              + (failure != null ? " failed" : " was closed, as it is when a thread is interrupted")
              + ": close the store and open it again",
          failure);
    }
  }

  /**
   * Syncs, and closes the file.
   *
   * @throws IOException if the sync failed, now or before; the file is closed all the same
   */
  void close() throws IOException {
    try {
      sync();
    } finally {
      channel.close();
    }
  }
}
