/*
 * WHAT THIS FILE IS
 *
 * Hint files: everything that the keydir needs from a sealed segment, without the values. An open
 * reads the hint files where they exist, and the segments where they do not. The idea is
 * Bitcask's. docs/FORMAT.md says how another program would use them.
 *
 * LAYOUT
 *
 *     OFFSET  SIZE  FIELD
 *     0       8     KVHINTS and the version, 1
 *     8       4     offset in the segment at which its last record ends
 *     12      4     number of records in the segment
 *     16      4     seal checksum of the segment
 *     20      ..    entries, one for each record, in order
 *     end-4   4     CRC32C of all bytes before
 *
 * An entry:
 *
 *     0       1     type of the record
 *     1       2     key length, unsigned
 *     3       4     offset of the record in the segment
 *     7       4     length of the record
 *     11      ..    key
 *
 * A hint file belongs to one segment: end, count and seal checksum appear in both. A hint file
 * that was copied here from another store does not match, and is not used. Neither is one whose
 * entries do not follow each other from the start of the segment to that end. (The keys are not
 * compared with those of the segment: that would require reading the segment.)
 *
 * PICTURE: the parts of a segment that are in its hint file
 *
 *     | KVSTEPS 2 | P os linux         | D editor | P shell bash       | seal |
 *                   P os @8, 23 bytes    D editor   P shell @53, ..      end, count, checksum
 *
 * Tombstones are included: they delete keys that older segments put.
 *
 * BENEFIT
 *
 * With values of 100 bytes a fifth of the bytes is read, and one checksum is computed for the
 * whole file instead of two for each record. Filling the keydir takes as long as before. The
 * larger the values, the larger the benefit.
 *
 * INVARIANTS
 *
 * An open does not need hint files: they save time. If one is missing, damaged, or another
 * segment's, the segment is read instead, and the hint file is written again. So it is not
 * fsynced, and a crash in the middle of writing it does no harm.
 *
 * But a hint file that exists is also evidence: it was written when the segment had its seal. If
 * the seal is gone, the segment was cut off, and the open is refused. The open is also refused if
 * the whole segment is gone: see Listing.
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
  /** {@code KVHINTS} and the version, 1. */
  private static final long MAGIC = 0x4b5648494e545301L;

  // The layout.
  private static final int MAGIC_OFFSET = 0;
  private static final int END_OFFSET = 8;
  private static final int COUNT_OFFSET = 12;
  private static final int SEAL_CHECKSUM_OFFSET = 16;
  private static final int ENTRIES_OFFSET = 20;

  // The layout of an entry, relative to its start.
  private static final int ENTRY_TYPE_OFFSET = 0;
  private static final int ENTRY_KEY_LENGTH_OFFSET = 1;
  private static final int ENTRY_OFFSET_OFFSET = 3;
  private static final int ENTRY_LENGTH_OFFSET = 7;
  private static final int ENTRY_KEY_OFFSET = 11;

  /** Bytes read or written at a time. */
  private static final int BUFFER_SIZE = 64 << 10;

  private HintFile() {}

  /** Called for each record of a segment. */
  interface Visitor {
    void visit(byte type, byte[] key, int offset, int length) throws IOException;
  }

  // ======== Opening ========

  /**
   * Reads the hint file of a segment that has not been read yet. Returns false, without calling the
   * visitor, if there is no usable hint file. Takes O(bytes in the hint file) time.
   */
  static boolean read(Segment segment, Path file, Visitor visitor) throws IOException {
    ByteBuffer hints = map(file);
    // Before the visitor is called: a record cannot be removed from the keydir again.
    if (hints == null || !adopt(segment, hints)) {
      return false;
    }
    for (int at = ENTRIES_OFFSET; at < hints.limit(); ) {
      byte[] key = new byte[Short.toUnsignedInt(hints.getShort(at + ENTRY_KEY_LENGTH_OFFSET))];
      hints.get(at + ENTRY_KEY_OFFSET, key);
      visitor.visit(
          hints.get(at + ENTRY_TYPE_OFFSET),
          key,
          hints.getInt(at + ENTRY_OFFSET_OFFSET),
          hints.getInt(at + ENTRY_LENGTH_OFFSET));
      at += ENTRY_KEY_OFFSET + key.length;
    }
    return true;
  }

  /**
   * Maps a hint file and returns it without its checksum; or null if the checksum is wrong or the
   * file cannot be read.
   */
  private static ByteBuffer map(Path file) {
    try {
      if (!Files.isRegularFile(file)
          || Files.size(file) < ENTRIES_OFFSET + Record.CHECKSUM_SIZE
          || Files.size(file) > Integer.MAX_VALUE) {
        return null;
      }
      ByteBuffer hints = MappedFiles.map(file, MapMode.READ_ONLY, Files.size(file));
      int end = hints.capacity() - Record.CHECKSUM_SIZE;
      CRC32C checksum = new CRC32C();
      byte[] buffer = new byte[BUFFER_SIZE];
      int piece;
      for (int at = 0; at < end; at += piece) {
        // Of a copy, for the reason given in LogReader.
        piece = Math.min(BUFFER_SIZE, end - at);
        hints.get(at, buffer, 0, piece);
        checksum.update(buffer, 0, piece);
      }
      return hints.getInt(end) == (int) checksum.getValue() ? hints.limit(end) : null;
    } catch (IOException | InternalError e) {
      return null;
    }
  }

  /** Returns whether a file is an undamaged hint file, of any segment. */
  static boolean isIntact(Path file) {
    ByteBuffer hints = map(file);
    return hints != null && hints.getLong(MAGIC_OFFSET) == MAGIC;
  }

  /**
   * Returns whether a hint file matches a segment: the segment ends as the hint file says, and the
   * entries describe that number of adjacent records, from the segment's start to this end. If so,
   * sets the segment's end.
   */
  private static boolean adopt(Segment segment, ByteBuffer hints) {
    int end = hints.getInt(END_OFFSET);
    int count = hints.getInt(COUNT_OFFSET);
    int sealChecksum = hints.getInt(SEAL_CHECKSUM_OFFSET);
    boolean match =
        hints.getLong(MAGIC_OFFSET) == MAGIC
            && SealTally.isSealedAt(segment.reader(), end, count, sealChecksum)
            && areAdjacent(hints, segment.fileHeader().size(), end, count);
    if (match) {
      segment.setContents(end, count, sealChecksum);
    }
    return match;
  }

  /**
   * Returns whether the entries describe a number of adjacent records, from an offset to an end.
   */
  private static boolean areAdjacent(ByteBuffer hints, int start, int end, int count) {
    int next = start;
    int at = ENTRIES_OFFSET;
    int found = 0;
    while (hints.limit() - at >= ENTRY_KEY_OFFSET) {
      byte type = hints.get(at + ENTRY_TYPE_OFFSET);
      int keyLength = Short.toUnsignedInt(hints.getShort(at + ENTRY_KEY_LENGTH_OFFSET));
      int length = hints.getInt(at + ENTRY_LENGTH_OFFSET);
      int valueLength = length - Record.HEADER_SIZE - keyLength;
      boolean fits =
          (type == Record.PUT ? valueLength >= 0 : type == Record.DELETE && valueLength == 0)
              && hints.getInt(at + ENTRY_OFFSET_OFFSET) == next
              && length <= end - next
              && keyLength <= hints.limit() - at - ENTRY_KEY_OFFSET;
      if (!fits) {
        return false;
      }
      next += length;
      at += ENTRY_KEY_OFFSET + keyLength;
      found++;
    }
    return at == hints.limit() && next == end && found == count;
  }

  // ======== Writing ========

  /**
   * Writes the hint file of a sealed segment. Takes O(bytes in the segment) time.
   *
   * @param isToGiveUp called before each record; true if the file is no longer needed
   * @throws IOException if the file could not be written, or is no longer needed; an incomplete
   *     file is not used
   */
  static void write(Segment segment, Path file, BooleanSupplier isToGiveUp) throws IOException {
    CRC32C checksum = new CRC32C();
    // A new file, in place of a pipe or a link to another file that may have this name.
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
          throw new IOException("the hint file is no longer needed");
        }
        out.write(entry(records));
      }
      // The checksum covers the bytes that left the buffer, so the buffer must be empty.
      out.flush();
      out.writeInt((int) checksum.getValue());
    }
    FailPoint.HINTED.hit(file);
  }

  /** Returns the entry of the record under a cursor. */
  private static byte[] entry(LogReader record) {
    byte[] key = record.key();
    return ByteBuffer.allocate(ENTRY_KEY_OFFSET + key.length)
        .put(ENTRY_TYPE_OFFSET, record.type())
        .putShort(ENTRY_KEY_LENGTH_OFFSET, (short) key.length)
        .putInt(ENTRY_OFFSET_OFFSET, record.offset())
        .putInt(ENTRY_LENGTH_OFFSET, record.length())
        .put(ENTRY_KEY_OFFSET, key)
        .array();
  }
}
