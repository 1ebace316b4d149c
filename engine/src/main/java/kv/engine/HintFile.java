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
 *     0       8     KVHINTS and the version, 2
 *     8       4     offset in the segment at which its last record ends
 *     12      4     number of records in the segment
 *     16      4     seal checksum of the segment
 *     20      16    secret of the hash, two numbers (see SipHash)
 *     36      ..    entries, one for each record
 *     end-4   4     CRC32C of all bytes before
 *
 * An entry:
 *
 *     0       8     hash of the key
 *     8       4     offset of the record in the segment
 *     12      4     length of the record
 *     16      1     type of the record
 *     17      2     key length, unsigned
 *     19      ..    key
 *
 * The entries are dealt out by the highest 10 bits of their hashes, and in the order of the log
 * where these are equal. So an open fills one of the keydir's tables after the other, and reads all
 * hint files from start to end as it does (see KeyDirSweep).
 *
 *     segment   | P os | P vi | P sh | D os | seal |       hash of os: 7.., vi: 2.., sh: 7..
 *     hints     | vi @30 | os @16 | sh @44 | os @60, D |
 *                 group 2  '--- group 7 -----------'
 *
 * A hint file belongs to one segment: end, count and seal checksum appear in both. A hint file
 * that was copied here from another store does not match, and is not used. Neither is one with
 * another secret, or whose entries do not add up to the segment. (The keys are not compared with
 * those of the segment: that would require reading the segment.)
 *
 * Tombstones are included: they delete keys that older segments put.
 *
 * The secret protects a store from clients who choose keys so that they collide. A program that
 * can read the directory can read the secret there; but it can read the values too.
 *
 * BENEFIT
 *
 * With values of 100 bytes a quarter of the bytes is read, one checksum is computed for the whole
 * file instead of two for each record, and no key is hashed. The larger the values, the larger the
 * benefit.
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

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** The layout of hint files, and how they are written. Hints reads them. */
final class HintFile {
  /** Number of groups of entries, a power of two. */
  static final int GROUPS = 1 << 10;

  // The layout.
  static final int MAGIC_OFFSET = 0;
  static final int END_OFFSET = 8;
  static final int COUNT_OFFSET = 12;
  static final int SEAL_CHECKSUM_OFFSET = 16;
  static final int SECRET_OFFSET = 20;
  static final int ENTRIES_OFFSET = 36;

  // The layout of an entry, relative to its start.
  static final int ENTRY_HASH_OFFSET = 0;
  static final int ENTRY_OFFSET_OFFSET = 8;
  static final int ENTRY_LENGTH_OFFSET = 12;
  static final int ENTRY_TYPE_OFFSET = 16;
  static final int ENTRY_KEY_LENGTH_OFFSET = 17;
  static final int ENTRY_KEY_OFFSET = 19;

  /** {@code KVHINTS} and the version, 1: the entries had no hashes. */
  static final long MAGIC_1 = 0x4b5648494e545301L;

  /** {@code KVHINTS} and the version, 2. */
  static final long MAGIC = 0x4b5648494e545302L;

  /** Maximum size of the entries that are in memory at a time, unless one group has more. */
  private static final int MAX_PART = 64 << 20;

  private HintFile() {}

  /** Returns the group of a hash. */
  static int group(long hash) {
    return (int) (hash >>> Long.numberOfLeadingZeros(GROUPS - 1));
  }

  // ======== Writing ========

  /**
   * Writes the hint file of a sealed segment. Takes O(bytes in the segment) time for each 64 MiB of
   * hints, and at most that much memory, or the size of one group.
   *
   * @param index the segment's records
   * @param hash the hash function of the index
   * @param isToGiveUp called before each record; true if the file is no longer needed
   * @throws IOException if the file could not be written, or is no longer needed; an incomplete
   *     file is not used
   */
  static void write(
      Segment segment, RecordIndex index, SipHash hash, Path file, BooleanSupplier isToGiveUp)
      throws IOException {
    CRC32C checksum = new CRC32C();
    // A new file, in place of a pipe or a link to another file that may have this name.
    Files.deleteIfExists(file);
    Files.createFile(file);
    try (DataOutputStream out =
        new DataOutputStream(
            new CheckedOutputStream(new FileOutputStream(file.toFile()), checksum))) {
      write(segment, index, hash, out, isToGiveUp);
      out.writeInt((int) checksum.getValue());
    }
    FailPoint.HINTED.hit(file);
  }

  /**
   * Returns the bytes that the hint file of a segment would have, without its checksum. Takes that
   * much memory, and twice as much for a moment.
   */
  static byte[] encode(Segment segment, RecordIndex index, SipHash hash) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    write(segment, index, hash, bytes, () -> false);
    return bytes.toByteArray();
  }

  /** Returns the bytes before the entries, for a sealed segment. */
  static byte[] start(Segment segment, SipHash hash) {
    ByteBuffer start = ByteBuffer.allocate(ENTRIES_OFFSET);
    start.putLong(MAGIC).putInt(segment.end()).putInt(segment.count());
    start.putInt(segment.sealChecksum()).putLong(hash.k0()).putLong(hash.k1());
    return start.array();
  }

  /** Writes all but the checksum. */
  private static void write(
      Segment segment,
      RecordIndex index,
      SipHash hash,
      OutputStream out,
      BooleanSupplier isToGiveUp)
      throws IOException {
    out.write(start(segment, hash));
    long[] sizes = new long[GROUPS];
    for (int i = 0; i < index.count(); i++) {
      sizes[group(index.hash(i))] += ENTRY_KEY_OFFSET + index.keyLength(i);
    }
    for (int group = 0; group < GROUPS; ) {
      int first = group;
      long size = 0;
      do {
        size += sizes[group++];
      } while (group < GROUPS && size + sizes[group] <= MAX_PART);
      out.write(
          entries(segment, index, first, Arrays.copyOfRange(sizes, first, group), isToGiveUp));
    }
  }

  /**
   * Returns the entries of some groups. Reads the whole segment from start to end.
   *
   * @param sizes the size of each group, in bytes
   */
  private static byte[] entries(
      Segment segment, RecordIndex index, int first, long[] sizes, BooleanSupplier isToGiveUp)
      throws IOException {
    ByteBuffer entries = ByteBuffer.allocate(Math.toIntExact(Arrays.stream(sizes).sum()));
    int[] next = new int[sizes.length];
    for (int i = 1; i < sizes.length; i++) {
      next[i] = next[i - 1] + (int) sizes[i - 1];
    }
    LogReader records = segment.reader();
    // Verified once more: a flipped bit in a key would pass for a key from here on.
    for (int i = 0; records.next(); i++) {
      if (isToGiveUp.getAsBoolean()) {
        throw new IOException("the hint file is no longer needed");
      }
      int group = group(index.hash(i)) - first;
      if (0 <= group && group < sizes.length) {
        int at = next[group];
        entries.putLong(at + ENTRY_HASH_OFFSET, index.hash(i));
        entries.putInt(at + ENTRY_OFFSET_OFFSET, records.offset());
        entries.putInt(at + ENTRY_LENGTH_OFFSET, records.length());
        entries.put(at + ENTRY_TYPE_OFFSET, records.type());
        entries.putShort(at + ENTRY_KEY_LENGTH_OFFSET, (short) index.keyLength(i));
        records.copyKey(entries.array(), at + ENTRY_KEY_OFFSET);
        next[group] = at + ENTRY_KEY_OFFSET + index.keyLength(i);
      }
    }
    return entries.array();
  }
}
