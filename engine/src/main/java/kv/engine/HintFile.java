/*
 * WHAT THIS FILE IS
 *
 * Hint files: what the keydir needs to know of a sealed segment, without the values. To open a
 * store is to read the hints where they exist, and the segments where they do not. The idea is
 * Bitcask's.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       8     KVHINTS and the version, 1
 *     8       4     where the segment's last record ends
 *     12      4     how many records it has
 *     16      4     its seal checksum
 *     20      ..    for each record, in order:
 *                   type (1), key length (2), offset (4), record length (4), key
 *     end-4   4     CRC32C of all before
 *
 * A hint file belongs to one segment: its end, its count and its seal checksum are in both. A hint
 * file that was copied here from another store does not match, and is not used. Nor is one whose
 * entries do not follow each other from the start of the segment to that end. (Whether the keys are
 * the segment's is not checked: that would be to read the segment.)
 *
 * PICTURE: what of a segment is in its hint file
 *
 *     | KVSTEPS 2 | P os linux         | D editor | P shell bash       | seal |
 *                   P os @8, 23 bytes    D editor   P shell @53, ..      end, count, checksum
 *
 * Tombstones are in it too: they take away what older segments have put.
 *
 * WHAT IT SAVES
 *
 * With values of 100 bytes a fifth of the bytes has to be read, and one checksum is computed for
 * all, instead of two for each record. To fill the keydir takes as long as before. The larger the
 * values, the more is saved.
 *
 * INVARIANTS
 *
 * An open can do without hint files: they save time. When one is missing, or is another segment's,
 * or damaged, the segment is read instead, and the hint file written anew. So it is not fsynced
 * either, and a crash in the middle of it does no harm.
 *
 * But one that is there is a witness as well: it was written when the segment had its seal. If the
 * seal is gone, then the segment was cut off, and an open is refused. So it is if the whole segment
 * is gone: see Listing.
 *
 * I5  A length is used only after its checksum has been verified.
 */
package kv.engine;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** Reads and writes the hint file of a sealed segment. */
final class HintFile {
  /** What a hint file's name ends in. */
  static final String HINT = ".hint";

  /** {@code KVHINTS} and the version, 1. */
  private static final long MAGIC = 0x4b5648494e545301L;

  /** Bytes before the first entry. */
  private static final int START_SIZE = 20;

  /** Bytes of an entry before its key. */
  private static final int ENTRY_SIZE = 11;

  /** Bytes that are read or written at a time. */
  private static final int BUFFER_SIZE = 64 << 10;

  private HintFile() {}

  /** Is told of each record of a segment. */
  interface Visitor {
    void visit(byte type, byte[] key, int offset, int length) throws IOException;
  }

  // ======== Opening ========

  /**
   * Reads the hint file of a segment that was not read yet: false if there is none that can be
   * used, and then nobody was told of anything. Takes O(bytes in the hint file) time.
   */
  static boolean read(Segment segment, Path file, Visitor visitor) throws IOException {
    ByteBuffer hints = map(file);
    // Before the visitor is called: a record of which the keydir knows cannot be taken back.
    if (hints == null || !adopt(segment, hints)) {
      return false;
    }
    hints.position(START_SIZE);
    while (hints.remaining() > 0) {
      byte type = hints.get();
      byte[] key = new byte[Short.toUnsignedInt(hints.getShort())];
      int offset = hints.getInt();
      int length = hints.getInt();
      hints.get(key);
      visitor.visit(type, key, offset, length);
    }
    return true;
  }

  /** The file up to its checksum, or null if that is wrong, or the file cannot be read. */
  private static ByteBuffer map(Path file) {
    try {
      if (!Files.isRegularFile(file)
          || Files.size(file) < START_SIZE + 4
          || Files.size(file) > Integer.MAX_VALUE) {
        return null;
      }
      ByteBuffer hints = MappedFiles.map(file, MapMode.READ_ONLY, Files.size(file));
      int end = hints.capacity() - 4;
      CRC32C checksum = new CRC32C();
      byte[] buffer = new byte[BUFFER_SIZE];
      int piece;
      for (int at = 0; at < end; at += piece) {
        // Of a copy, for the reason that LogReader gives.
        piece = Math.min(BUFFER_SIZE, end - at);
        hints.get(at, buffer, 0, piece);
        checksum.update(buffer, 0, piece);
      }
      return hints.getInt(end) == (int) checksum.getValue() ? hints.limit(end) : null;
    } catch (IOException | InternalError e) {
      return null;
    }
  }

  /** Tells whether a file is a hint file as it was written, whatever it is for. */
  static boolean isIntact(Path file) {
    ByteBuffer hints = map(file);
    return hints != null && hints.getLong(0) == MAGIC;
  }

  /**
   * Returns whether a hint file fits a segment: the segment ends as the hint file says, and the
   * entries are those of as many records, one after the other, from the segment's start to this
   * end. If so, the segment now knows its end.
   */
  private static boolean adopt(Segment segment, ByteBuffer hints) {
    int end = hints.getInt(8);
    int count = hints.getInt(12);
    int sealChecksum = hints.getInt(16);
    boolean match =
        hints.getLong(0) == MAGIC
            && Recovery.isSealedAt(segment.reader(), end, count, sealChecksum)
            && areInARow(hints, segment.fileHeader().size(), end, count);
    if (match) {
      segment.recovered(end, count, sealChecksum);
    }
    return match;
  }

  /** Returns whether the entries are of a number of records in a row, from an offset to an end. */
  private static boolean areInARow(ByteBuffer hints, int start, int end, int count) {
    int next = start;
    int at = START_SIZE;
    int found = 0;
    while (hints.limit() - at >= ENTRY_SIZE) {
      byte type = hints.get(at);
      int keyLength = Short.toUnsignedInt(hints.getShort(at + 1));
      int length = hints.getInt(at + 7);
      int valueLength = length - Record.HEADER_SIZE - keyLength;
      boolean fits =
          (type == Record.PUT ? valueLength >= 0 : type == Record.DELETE && valueLength == 0)
              && hints.getInt(at + 3) == next
              && length <= end - next
              && keyLength <= hints.limit() - at - ENTRY_SIZE;
      if (!fits) {
        return false;
      }
      next += length;
      at += ENTRY_SIZE + keyLength;
      found++;
    }
    return at == hints.limit() && next == end && found == count;
  }

  // ======== Writing ========

  /**
   * Writes the hint file of a sealed segment. Takes O(bytes in the segment) time.
   *
   * @param isToGiveUp asked before each record whether the file is not needed any longer
   * @throws IOException if it could not be written, or was given up; what there is of it will not
   *     be used
   */
  static void write(Segment segment, Path file, BooleanSupplier isToGiveUp) throws IOException {
    CRC32C checksum = new CRC32C();
    // A new file: not a pipe, or a link to another file, that was put there.
    Files.deleteIfExists(file);
    Files.createFile(file);
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(
                new CheckedOutputStream(new FileOutputStream(file.toFile()), checksum),
                BUFFER_SIZE))) {
      out.writeLong(MAGIC);
      out.writeInt(segment.end());
      out.writeInt(segment.count());
      out.writeInt(segment.sealChecksum());
      LogReader records = segment.reader();
      while (records.next()) {
        if (isToGiveUp.getAsBoolean()) {
          throw new IOException("the hint file is not needed any longer");
        }
        byte[] key = records.key();
        ByteBuffer entry = ByteBuffer.allocate(ENTRY_SIZE + key.length);
        entry.put(records.type()).putShort((short) key.length);
        entry.putInt(records.offset()).putInt(records.length()).put(key);
        out.write(entry.array());
      }
      // The checksum is computed of what leaves the buffer, so nothing may be left in it.
      out.flush();
      out.writeInt((int) checksum.getValue());
    }
    FailPoint.HINTED.hit(file);
  }
}
