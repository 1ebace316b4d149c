/*
 * WHAT THIS FILE IS
 *
 * The keydir in a file. A store that is closed writes it beside the segments, and the next open
 * reads it in one piece, 12 bytes a key, where hint files have 19 bytes and the key for every
 * record, superseded ones included. A store with fewer than 10,000 keys has none. It has the name
 * of a segment that would cover all others:
 *
 *     000001-000003.1.data   000004-000004.0.data   000005-000005.0.data
 *     000001-000005.2.index
 *
 * LAYOUT
 *
 *     OFFSET  SIZE    FIELD
 *     0       8       KVINDEX and the version, 1
 *     8       16      secret of the hash, two numbers (see SipHash)
 *     24      4       number of segments, n
 *     28      1024    number of keys in each of the 256 tables
 *     1052    36 n    segments, in log order
 *     ..      4       CRC32C of all bytes before
 *     ..      ..      the tables, one after another
 *
 * A segment, then a table:
 *
 *     0       12      first number, last number, generation: the name
 *     12      4       salt of the file header
 *     16      4       offset at which its last record ends
 *     20      4       number of records
 *     24      4       seal checksum
 *     28      8       bytes of its live records
 *
 *     0       12 k    for each key, 4 bytes each: tag, number of the segment, offset of the record
 *     12 k    4       CRC32C of the table's bytes before
 *
 * INVARIANTS
 *
 * An index is used only with exactly the log that it was written for: the segments have its names,
 * and each of them has the file header and the seal that the index says. A seal contains the
 * checksum of all record headers, and these the checksums of keys and values. So an index that was
 * copied here from another store does not match, nor does one that is older than the log.
 *
 * An open does not need an index: it saves time. If it is missing, damaged, or does not match, the
 * hint files are read instead. So it is not fsynced, and a crash in the middle of writing it does
 * no harm.
 *
 * I5  A length is used only after its checksum has been verified. (The length of the header follows
 *     from the number of segments in the directory; the number in the file is compared then.)
 *
 * NOT HERE, AND WHY
 *
 * Using the index after a crash. It would be right for the segments that existed when it was
 * written, if no merge has replaced one. But then a store would have to keep it while it is open,
 * on a disk that may be full. So the open deletes it.
 */
package kv.engine;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/** The file from which an open fills the keydir if the store was closed. */
final class SavedIndex {
  /** Stores with fewer keys have no index: they are opened in milliseconds without. */
  static final int MIN_KEYS = 10_000;

  // The layout.
  private static final int SEGMENTS_OFFSET = 28 + Integer.BYTES * KeyDir.TABLES;
  private static final int SEGMENT_SIZE = 36;
  private static final int KEY_SIZE = 12;

  /** KVINDEX and the version. */
  private static final long MAGIC = 0x4b56494e44455801L;

  /** Number of parts that several threads can read at the same time. */
  private static final int PARTS = 16;

  private static final int TABLES_IN_PART = KeyDir.TABLES / PARTS;

  private static final byte[] ZEROS = new byte[64 << 10];

  /** A segment, in an index. */
  private record SavedSegment(
      SegmentName name, int salt, int end, int count, int sealChecksum, long liveBytes) {
    static SavedSegment of(Segment segment) {
      return new SavedSegment(
          segment.name(),
          segment.fileHeader().salt(),
          segment.end(),
          segment.count(),
          segment.sealChecksum(),
          segment.liveBytes());
    }

    static SavedSegment decode(ByteBuffer in) {
      return new SavedSegment(
          new SegmentName(in.getInt(), in.getInt(), in.getInt()),
          in.getInt(),
          in.getInt(),
          in.getInt(),
          in.getInt(),
          in.getLong());
    }

    void encode(ByteBuffer out) {
      out.putInt(name.first()).putInt(name.last()).putInt(name.generation()).putInt(salt);
      out.putInt(end).putInt(count).putInt(sealChecksum).putLong(liveBytes);
    }

    /**
     * Returns whether the segment's file is the one that was sealed with these numbers. Does not
     * map it: if it is not, an open may have to shorten it, which Windows refuses for mapped files.
     */
    boolean isIn(Path directory) throws IOException {
      FileHeader header = new FileHeader(FileHeader.VERSION, salt);
      try (RandomAccessFile file = new RandomAccessFile(name.data(directory).toFile(), "r")) {
        byte[] start = new byte[FileHeader.SIZE];
        byte[] seal = new byte[Record.SEAL_SIZE];
        if (end < start.length || end > file.length() - seal.length) {
          return false;
        }
        file.readFully(start);
        file.seek(end);
        file.readFully(seal);
        return Arrays.equals(start, header.encode())
            && (Arrays.equals(seal, seal(header, true)) || Arrays.equals(seal, seal(header, false)))
            && isZeroToTheEnd(file);
      }
    }

    private byte[] seal(FileHeader header, boolean syncMark) {
      return Record.encodeSealAt(header, end, syncMark, count, sealChecksum);
    }

    private static boolean isZeroToTheEnd(RandomAccessFile file) throws IOException {
      byte[] piece = new byte[ZEROS.length];
      int length = file.read(piece);
      while (length > 0 && Arrays.equals(piece, 0, length, ZEROS, 0, length)) {
        length = file.read(piece);
      }
      return length < 0;
    }
  }

  private final Path file;
  private final List<SavedSegment> segments = new ArrayList<>();
  private SipHash hash;

  // For each table.

  private final int[] keyCounts = new int[KeyDir.TABLES];

  /** Its offset in the file. */
  private final long[] starts = new long[KeyDir.TABLES];

  private final KeyDirTable[] tables = new KeyDirTable[KeyDir.TABLES];

  private SavedIndex(Path file) {
    this.file = file;
  }

  // ======== Writing ========

  /**
   * Writes the index of a closed log. Takes O(keys) time.
   *
   * @param segments all segments, sealed and durable
   * @throws IOException if the file could not be written; an incomplete one is not used
   */
  static void write(Path directory, List<Segment> segments, KeyDir keydir, SipHash hash)
      throws IOException {
    SegmentName name = SegmentName.merged(segments.stream().map(Segment::name).toList());
    Path file = name.requireReadable().index(directory);
    // A new file, in place of a pipe or a link to another file that may have this name.
    Files.deleteIfExists(file);
    Files.createFile(file);
    try (OutputStream out = new FileOutputStream(file.toFile())) {
      writeChecksummed(encodeHeader(segments, keydir, hash), out);
      Map<Integer, Integer> numbers = new HashMap<>();
      segments.forEach(segment -> numbers.put(segment.id(), numbers.size() + 1));
      for (int i = 0; i < KeyDir.TABLES; i++) {
        writeChecksummed(encodeTable(keydir.tableAt(i), numbers), out);
      }
      FailPoint.INDEXED.hit(file);
    } catch (Throwable e) {
      // The disk may be full: give the space back.
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** Writes a buffer, whose last 4 bytes are still free, with the checksum there. */
  private static void writeChecksummed(ByteBuffer bytes, OutputStream out) throws IOException {
    bytes.putInt(checksum(bytes.array()));
    out.write(bytes.array());
  }

  private static ByteBuffer encodeHeader(List<Segment> segments, KeyDir keydir, SipHash hash) {
    ByteBuffer header = ByteBuffer.allocate(headerSize(segments.size()));
    header.putLong(MAGIC).putLong(hash.k0()).putLong(hash.k1()).putInt(segments.size());
    for (int i = 0; i < KeyDir.TABLES; i++) {
      header.putInt(keydir.tableAt(i).live());
    }
    segments.forEach(segment -> SavedSegment.of(segment).encode(header));
    return header;
  }

  private static ByteBuffer encodeTable(KeyDirTable table, Map<Integer, Integer> numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(tableSize(table.live()));
    for (int slot = 0; slot < table.slots(); slot++) {
      long location = table.location(slot);
      if (location > KeyDirTable.DELETED) {
        bytes.putInt(table.tag(slot));
        bytes.putInt(numbers.get(Location.segmentId(location)));
        bytes.putInt(Location.offset(location));
      }
    }
    return bytes;
  }

  private static int headerSize(int segments) {
    return SEGMENTS_OFFSET + SEGMENT_SIZE * segments + Record.CHECKSUM_SIZE;
  }

  private static int tableSize(int keys) {
    return Math.addExact(Math.multiplyExact(KEY_SIZE, keys), Record.CHECKSUM_SIZE);
  }

  /** Returns the checksum of all bytes but the last 4, where it belongs. */
  private static int checksum(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, bytes.length - Record.CHECKSUM_SIZE);
    return (int) checksum.getValue();
  }

  // ======== Reading ========

  /**
   * Reads the index in a directory. Returns null if there is none, or if it is damaged or another
   * log's. Takes O(keys) time.
   *
   * @param names the log's segments
   */
  static SavedIndex read(Path directory, List<SegmentName> names) {
    Path file = names.isEmpty() ? null : SegmentName.merged(names).index(directory);
    if (file == null || !Files.exists(file)) {
      return null;
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      SavedIndex index = new SavedIndex(file);
      ByteBuffer header = readVerified(in, headerSize(names.size()));
      index.decodeHeader(header, names, directory, in.length());
      IntStream.range(0, PARTS).parallel().forEach(index::readTables);
      return index;
    } catch (IOException | UncheckedIOException | ArithmeticException e) {
      Logs.LOGGER.log(System.Logger.Level.DEBUG, "did not use " + file, e);
      return null;
    }
  }

  private void decodeHeader(ByteBuffer header, List<SegmentName> names, Path directory, long length)
      throws IOException {
    require(header.getLong() == MAGIC, "the version is unknown");
    hash = new SipHash(header.getLong(), header.getLong());
    require(header.getInt() == names.size(), "the log has another number of segments");
    long at = header.capacity();
    for (int i = 0; i < KeyDir.TABLES; i++) {
      keyCounts[i] = header.getInt();
      require(keyCounts[i] >= 0, "a number of keys is negative");
      starts[i] = at;
      at += tableSize(keyCounts[i]);
    }
    require(at == length, "the file has another length");
    for (SegmentName name : names) {
      SavedSegment segment = SavedSegment.decode(header);
      require(segment.name.equals(name) && segment.isIn(directory), "the log has changed");
      segments.add(segment);
    }
  }

  /** Reads the tables of a part, which follow one another in the file. */
  private void readTables(int part) {
    int first = part * TABLES_IN_PART;
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      in.seek(starts[first]);
      for (int i = first; i < first + TABLES_IN_PART; i++) {
        tables[i] = decodeTable(readVerified(in, tableSize(keyCounts[i])), i);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the next bytes, and verifies the checksum in the last 4. */
  private static ByteBuffer readVerified(RandomAccessFile in, int size) throws IOException {
    byte[] bytes = new byte[size];
    in.readFully(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int found = buffer.getInt(size - Record.CHECKSUM_SIZE);
    require(found == checksum(bytes), "a checksum is wrong");
    return buffer;
  }

  private static void require(boolean condition, String found) throws IOException {
    if (!condition) {
      throw new IOException(found);
    }
  }

  private KeyDirTable decodeTable(ByteBuffer bytes, int index) throws IOException {
    int keys = keyCounts[index];
    KeyDirTable table = KeyDir.emptyTable(index, keys);
    for (int i = 0; i < keys; i++) {
      int tag = bytes.getInt();
      int number = bytes.getInt();
      int offset = bytes.getInt();
      boolean inSegment =
          1 <= number
              && number <= segments.size()
              && FileHeader.SIZE <= offset
              && offset < segments.get(number - 1).end;
      require(tag != 0 && inSegment, "a key has no tag, or its record is in no segment");
      // The log counts its segments from 1 too: see load.
      table.add(tag, Location.of(number, offset));
    }
    return table;
  }

  /** Returns the hash function of the keydir. */
  SipHash hash() {
    return hash;
  }

  /** Adds the segments to an empty log, and fills an empty keydir. */
  void load(Log log, KeyDir keydir) throws IOException {
    for (SavedSegment saved : segments) {
      // The log counts its segments from 1 too.
      Segment segment = log.addFound(saved.name);
      segment.setContents(saved.end, saved.count, saved.sealChecksum);
      log.space().addLive(segment, saved.liveBytes);
      // A hint file that is missing, or of an earlier version, is written again.
      if (Hints.beginsAsOf(segment, hash, saved.name.hint(log.directory().path()))) {
        segment.setHinted();
      }
    }
    for (int i = 0; i < tables.length; i++) {
      keydir.load(i, tables[i]);
    }
  }
}
