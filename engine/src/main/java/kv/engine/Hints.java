/*
 * WHAT THIS FILE IS
 *
 * A hint file that is read (see HintFile). Everything is verified before the first entry is used:
 * the checksum of the file, and that its entries are what the hint file of a segment has. Whether
 * they are those of a given segment is verified by {@link #adopt}.
 */
package kv.engine;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The entries of a hint file. An entry is named by its offset in the file. Thread-safe. */
final class Hints {
  /** Files of at most this many bytes are copied: a process may not have many maps. */
  private static final int MAX_COPIED_BYTES = 4 << 10;

  /** Bytes read at a time to compute the checksum. */
  private static final int BUFFER_SIZE = 64 << 10;

  /** The file, without its checksum. */
  private final ByteBuffer bytes;

  /** The offset of the first entry of each group, and the end of the last group. */
  private final int[] groups = new int[HintFile.GROUPS + 1];

  /** Number of entries. */
  private int count;

  /** Sum of the starts of their records, as {@link #spread} gives them. */
  private long spreadStarts;

  /** Sum of the ends of their records. */
  private long spreadEnds;

  /** The segment that the records are in, once it is known. */
  private Segment segment;

  private Hints(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  // ======== Opening ========

  /**
   * Reads a hint file, of any segment. Returns null if there is no usable file. Takes O(bytes in
   * the file) time.
   */
  static Hints read(Path file) {
    try {
      ByteBuffer bytes = verified(file);
      if (bytes != null
          && bytes.limit() >= HintFile.ENTRIES_OFFSET
          && bytes.getLong(HintFile.MAGIC_OFFSET) == HintFile.MAGIC) {
        Hints hints = new Hints(bytes);
        boolean isUsable = hints.findGroups();
        // Here, and not in the next task of a thread that is not the store's.
        LateFaults.surface();
        return isUsable ? hints : null;
      }
      LateFaults.surface();
    } catch (IOException | InternalError e) {
      // The segment is read instead.
    }
    return null;
  }

  /** Returns the hints of a segment that has no hint file, in memory. */
  static Hints inMemory(Segment segment, RecordIndex index, SipHash hash) throws IOException {
    Hints hints = new Hints(ByteBuffer.wrap(HintFile.encode(segment, index, hash)));
    hints.findGroups();
    hints.segment = segment;
    return hints;
  }

  /**
   * Returns whether a file begins as the hint file of a sealed segment whose contents are known.
   * Reads 36 bytes: the entries are not verified.
   */
  static boolean beginsAsOf(Segment known, SipHash hash, Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      byte[] start = in.readNBytes(HintFile.ENTRIES_OFFSET);
      return Arrays.equals(start, HintFile.start(known, hash));
    }
  }

  /** Returns whether a file is an undamaged hint file, of any segment and of any version. */
  static boolean isIntact(Path file) {
    try {
      ByteBuffer bytes = verified(file);
      return bytes != null
          && (bytes.getLong(HintFile.MAGIC_OFFSET) == HintFile.MAGIC
              || bytes.getLong(HintFile.MAGIC_OFFSET) == HintFile.MAGIC_1);
    } catch (IOException | InternalError e) {
      return false;
    }
  }

  /** Returns a file without its checksum; or null if the checksum is wrong, or there is no file. */
  private static ByteBuffer verified(Path file) throws IOException {
    long size = Files.isRegularFile(file) ? Files.size(file) : 0;
    if (size < Long.BYTES + Record.CHECKSUM_SIZE || size > Integer.MAX_VALUE) {
      return null;
    }
    ByteBuffer bytes =
        size <= MAX_COPIED_BYTES ? copy(file) : MappedFiles.map(file, MapMode.READ_ONLY, size);
    int end = bytes.capacity() - Record.CHECKSUM_SIZE;
    CRC32C checksum = new CRC32C();
    byte[] buffer = new byte[Math.min(BUFFER_SIZE, end)];
    int piece;
    for (int at = 0; at < end; at += piece) {
      // Of a copy, for the reason given in LogReader.
      piece = Math.min(BUFFER_SIZE, end - at);
      bytes.get(at, buffer, 0, piece);
      checksum.update(buffer, 0, piece);
    }
    return bytes.getInt(end) == (int) checksum.getValue() ? bytes.limit(end) : null;
  }

  private static ByteBuffer copy(Path file) throws IOException {
    try (FileInputStream in = new FileInputStream(file.toFile())) {
      byte[] bytes = in.readAllBytes();
      if (bytes.length < Long.BYTES + Record.CHECKSUM_SIZE) {
        throw new IOException(file + " became shorter");
      }
      return ByteBuffer.wrap(bytes);
    }
  }

  /**
   * Finds the first entry of each group. Returns false if the entries are not such as hint files
   * have, or not dealt out by their groups, or if the secret is not the one that they were hashed
   * with. (Of the hashes, only the first is computed again.)
   */
  private boolean findGroups() {
    int group = 0;
    int before = -1;
    int at = HintFile.ENTRIES_OFFSET;
    groups[0] = at;
    for (; bytes.limit() - at >= HintFile.ENTRY_KEY_OFFSET; at = next(at)) {
      int valueLength = length(at) - Record.HEADER_SIZE - keyLength(at);
      int found = HintFile.group(hash(at));
      boolean fits =
          (type(at) == Record.PUT
                  ? valueLength >= 0
                  : type(at) == Record.DELETE && valueLength == 0)
              && keyLength(at) <= bytes.limit() - at - HintFile.ENTRY_KEY_OFFSET
              && (found > group || found == group && offset(at) > before);
      if (!fits) {
        return false;
      }
      while (group < found) {
        groups[++group] = at;
      }
      before = offset(at);
      spreadStarts += spread(offset(at));
      spreadEnds += spread(offset(at) + length(at));
      count++;
    }
    while (group < HintFile.GROUPS) {
      groups[++group] = at;
    }
    return at == bytes.limit()
        && (count == 0 || hashFunction().hash(key(first())) == hash(first()));
  }

  /**
   * Sets the segment that the records are in, and that segment's end, if this is its hint file: its
   * seal is where this says, and the records follow one another up to there. Returns false
   * otherwise.
   */
  boolean adopt(Segment found) {
    int end = bytes.getInt(HintFile.END_OFFSET);
    int sealChecksum = bytes.getInt(HintFile.SEAL_CHECKSUM_OFFSET);
    boolean matches =
        haveRecordsOf(found, end) && SealTally.isSealedAt(found.reader(), end, count, sealChecksum);
    if (matches) {
      segment = found;
      segment.setContents(end, count, sealChecksum);
    }
    return matches;
  }

  /** Returns whether this is the hint file of a sealed segment whose contents are known. */
  boolean isOf(Segment known) {
    return known.end() == bytes.getInt(HintFile.END_OFFSET)
        && known.sealChecksum() == bytes.getInt(HintFile.SEAL_CHECKSUM_OFFSET)
        && known.count() == count
        && haveRecordsOf(known, known.end());
  }

  /** Returns whether the records follow one another from the start of a segment to an end. */
  private boolean haveRecordsOf(Segment found, int end) {
    return bytes.getInt(HintFile.COUNT_OFFSET) == count
        && spreadStarts - spreadEnds == spread(found.fileHeader().size()) - spread(end);
  }

  /**
   * Spreads an offset over 64 bits. If records follow one another from a start to an end, each
   * offset but these two is one record's start and another's end. So the sum of the spread starts
   * and the sum of the spread ends differ by those two only, in any order.
   */
  private static long spread(int offset) {
    long mixed = (offset + 1L) * 0x9e3779b97f4a7c15L;
    return (mixed ^ mixed >>> 32) * 0xd6e8feb86659fd93L;
  }

  // ======== Reading ========

  /** Returns the segment that the records are in. */
  Segment segment() {
    return segment;
  }

  /** Returns the length of the file in bytes, without its checksum. */
  int size() {
    return bytes.limit();
  }

  /** Returns the number of entries. */
  int count() {
    return count;
  }

  /** Returns the hash function that the entries' hashes are from. */
  SipHash hashFunction() {
    return new SipHash(
        bytes.getLong(HintFile.SECRET_OFFSET), bytes.getLong(HintFile.SECRET_OFFSET + Long.BYTES));
  }

  /** Returns the offset of the first entry. */
  int first() {
    return HintFile.ENTRIES_OFFSET;
  }

  /** Returns the offset after an entry: the next one's, or the end. */
  int next(int at) {
    return at + HintFile.ENTRY_KEY_OFFSET + keyLength(at);
  }

  /** Returns the offset of a group's first entry. Its entries end where the next group's begin. */
  int group(int group) {
    return groups[group];
  }

  /** Returns the hash of an entry's key. */
  long hash(int at) {
    return bytes.getLong(at + HintFile.ENTRY_HASH_OFFSET);
  }

  /** Returns the type of an entry's record. */
  byte type(int at) {
    return bytes.get(at + HintFile.ENTRY_TYPE_OFFSET);
  }

  /** Returns the offset of an entry's record in the segment. */
  int offset(int at) {
    return bytes.getInt(at + HintFile.ENTRY_OFFSET_OFFSET);
  }

  /** Returns the length of an entry's record in bytes. */
  int length(int at) {
    return bytes.getInt(at + HintFile.ENTRY_LENGTH_OFFSET);
  }

  private int keyLength(int at) {
    return Short.toUnsignedInt(bytes.getShort(at + HintFile.ENTRY_KEY_LENGTH_OFFSET));
  }

  /** Returns a copy of an entry's key. */
  byte[] key(int at) {
    byte[] key = new byte[keyLength(at)];
    bytes.get(at + HintFile.ENTRY_KEY_OFFSET, key);
    return key;
  }

  /** Returns whether an entry has the same key as an entry of another hint file. */
  boolean hasKeyOf(int at, Hints other, int otherAt) {
    int length = keyLength(at);
    if (length != other.keyLength(otherAt)) {
      return false;
    }
    int i = at + HintFile.ENTRY_KEY_OFFSET;
    int j = otherAt + HintFile.ENTRY_KEY_OFFSET;
    int end = i + length;
    for (; i <= end - Long.BYTES; i += Long.BYTES, j += Long.BYTES) {
      if (bytes.getLong(i) != other.bytes.getLong(j)) {
        return false;
      }
    }
    for (; i < end; i++, j++) {
      if (bytes.get(i) != other.bytes.get(j)) {
        return false;
      }
    }
    return true;
  }
}
