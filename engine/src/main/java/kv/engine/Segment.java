/*
 * WHAT THIS FILE IS
 *
 * A segment: one file of the log, mapped into memory and read there. A read is a copy out of
 * memory, not a system call, which was most of a get's cost in step 5. The active segment's writer
 * is apart (see SegmentWriter).
 *
 * LAYOUT
 *
 *     | KVSTEPS 2 | record | record | ... | seal |               sealed: never changes again (I3)
 *
 *     | KVSTEPS 2 | record | record | 0000000000 |               active: the last one of the log
 *                                   ^ end
 *
 * A sealed segment's end is the end of its last record, where the seal begins. Zeros after a seal
 * are legal: they are reserved space that was not cut off.
 *
 * INVARIANTS
 *
 * I3  Sealed segments never change; only the last two may be unsealed.
 * I5  A length is used only after its checksum has been verified.
 *
 * NOT HERE, AND WHY
 *
 * Unmapping: see MappedFiles.
 */
package kv.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * One file of the log. Reading a record requires no lock. Everything else is guarded by the log's
 * lock.
 */
final class Segment {
  /** Maximum size of a segment in bytes, 1 GiB, unless it holds a single larger record. */
  static final int MAX_SIZE = 1 << 30;

  /** Size in bytes of the unit that a disk writes entirely or not at all. */
  static final int SECTOR_SIZE = 512;

  /**
   * Bytes that a get copies at once, before it knows the record's length. So the processor waits
   * for memory once, and not for header, key and value in turn: measured with values of 100 bytes,
   * a get takes a fifth less time. A larger number helps longer records and slows these.
   */
  private static final int READ_BYTES = 160;

  /** Smallest page of memory that any platform has, in bytes. */
  private static final int PAGE_BYTES = 4 << 10;

  /** Number of this segment in memory: above 0, and used once while the store is open. */
  private final int id;

  private final SegmentName name;
  private final Path file;
  private final FileHeader fileHeader;

  /** The file. Threads share this buffer, so its position is never used. */
  private final MappedByteBuffer map;

  /** Offset at which the last record ends. */
  private int end;

  /** Number of records, without the seal. */
  private int count;

  /** Checksum of the record headers' checksums. Once the segment is sealed, it identifies it. */
  private int sealChecksum;

  /** Whether this segment never changes again (I3). */
  private boolean sealed;

  /** Bytes of live records. */
  private long liveBytes;

  /** Whether a hint file was written or tried: it is tried once while the store is open. */
  private boolean hinted;

  /** The records, until the hint file is written; null if this segment was found by an open. */
  private RecordIndex index;

  private Segment(
      int id,
      SegmentName name,
      Path file,
      FileHeader fileHeader,
      MappedByteBuffer map,
      boolean sealed) {
    this.id = id;
    this.name = name;
    this.file = file;
    this.fileHeader = fileHeader;
    this.map = map;
    this.sealed = sealed;
  }

  // ======== Opening ========

  /** Returns a segment without records, whose file was just created. */
  static Segment fresh(
      int id, SegmentName name, Path file, FileHeader fileHeader, MappedByteBuffer map) {
    Segment segment = new Segment(id, name, file, fileHeader, map, false);
    segment.end = FileHeader.SIZE;
    segment.index = new RecordIndex();
    return segment;
  }

  /** Maps an existing file for reading. {@link Recovery} finds out what it contains. */
  static Segment open(int id, SegmentName name, Path directory) throws IOException {
    Path file = name.data(directory);
    long size = Files.size(file);
    // A file of step 5 still gets its seal.
    int limit = Integer.MAX_VALUE - Record.SEAL_SIZE;
    if (size > limit) {
      throw new IOException(
          file
              + (" is " + size + " bytes long; the limit is " + limit)
              + ": copy the store into smaller files with: "
              + CorruptStoreException.SALVAGE_COMMAND);
    }
    MappedByteBuffer map = MappedFiles.map(file, MapMode.READ_ONLY, size);
    return new Segment(id, name, file, FileHeader.of(map), map, true);
  }

  /** Returns a segment whose file was just written, sealed and mapped, with its records. */
  static Segment finished(
      int id,
      SegmentName name,
      Path file,
      FileHeader fileHeader,
      MappedByteBuffer map,
      RecordIndex index) {
    Segment segment = new Segment(id, name, file, fileHeader, map, true);
    segment.index = index;
    return segment;
  }

  /** Notes the contents of a sealed file. */
  void setContents(int end, int count, int sealChecksum) {
    this.end = end;
    this.count = count;
    this.sealChecksum = sealChecksum;
  }

  // ======== Writing ========

  /** Notes that a record was appended, whose key has the given length and hash. */
  void grow(int length, int keyLength, long hash) {
    index.add(hash, end, keyLength);
    end += length;
    count++;
  }

  /** Notes the checksum in the seal, which was just appended. */
  void setSealChecksum(int checksum) {
    sealChecksum = checksum;
  }

  /** Notes that this segment is durable and never changes again (I3). */
  void setSealed() {
    sealed = true;
  }

  // ======== Reading ========

  /**
   * Returns the value of the put at an offset, or null if the record is another key's. Takes O(key
   * + value) time. Requires: no lock.
   *
   * @throws CorruptStoreException if a checksum is wrong
   */
  byte[] read(int offset, byte[] key) throws CorruptStoreException {
    byte[] start = start(offset, READ_BYTES);
    Record.Header header = header(offset, start);
    requireInFile(offset, header);
    int keyEnd = Record.HEADER_SIZE + header.keyLength();
    CRC32C checksum = new CRC32C();
    byte[] value;
    boolean isOfKey;
    if (header.recordLength() <= start.length) {
      value = Arrays.copyOfRange(start, keyEnd, header.recordLength());
      isOfKey = Arrays.equals(start, Record.HEADER_SIZE, keyEnd, key, 0, key.length);
      checksum.update(start, Record.HEADER_SIZE, header.recordLength() - Record.HEADER_SIZE);
    } else {
      byte[] foundKey = new byte[header.keyLength()];
      map.get(offset + Record.HEADER_SIZE, foundKey);
      value = new byte[header.valueLength()];
      map.get(offset + keyEnd, value);
      isOfKey = Arrays.equals(foundKey, key);
      checksum.update(foundKey, 0, foundKey.length);
      checksum.update(value, 0, value.length);
    }
    if ((int) checksum.getValue() != header.bodyChecksum()) {
      throw corrupt(offset, "the key and the value do not match their checksum");
    }
    return isOfKey ? value : null;
  }

  /**
   * Returns whether the record at an offset is the given key's. Takes O(key) time, and O(value)
   * more only if it is not. Requires: no lock.
   *
   * @throws CorruptStoreException if a checksum is wrong
   */
  boolean isOf(int offset, byte[] key) throws CorruptStoreException {
    Record.Header header = header(offset, start(offset, Record.HEADER_SIZE));
    requireInFile(offset, header);
    if (header.keyLength() == key.length) {
      byte[] foundKey = new byte[key.length];
      map.get(offset + Record.HEADER_SIZE, foundKey);
      if (Arrays.equals(foundKey, key)) {
        return true;
      }
    }
    // A damaged key is more likely than two keys with one hash, so verify the whole record.
    LogReader reader = reader();
    reader.moveTo(offset);
    return Arrays.equals(reader.key(), key);
  }

  /** Returns the length in bytes of the record at an offset, which {@link #isOf} just verified. */
  int recordLength(int offset) {
    return Record.HEADER_SIZE
        + Short.toUnsignedInt(map.getShort(offset + Record.KEY_LENGTH_OFFSET))
        + map.getInt(offset + Record.VALUE_LENGTH_OFFSET);
  }

  /**
   * Returns a copy of the bytes from an offset on: a record's header, and more of the same page. So
   * a read loads no page that the record does not need, and none past the end of the file, where
   * there is none.
   */
  private byte[] start(int offset, int atMost) {
    int inPage = PAGE_BYTES - offset % PAGE_BYTES;
    int length = Math.min(atMost, Math.min(inPage, map.capacity() - offset));
    byte[] start = new byte[Math.max(Record.HEADER_SIZE, length)];
    map.get(offset, start);
    return start;
  }

  /** Returns the header of the record at an offset, decoded and verified (I5). */
  private Record.Header header(int offset, byte[] start) throws CorruptStoreException {
    Record.Header header = Record.decodeHeader(ByteBuffer.wrap(start), fileHeader, offset);
    if (header == null) {
      throw corrupt(offset, "the record that was written here is gone");
    }
    return header;
  }

  /** Checks that a record ends within the file, before memory is allocated for it. */
  private void requireInFile(int offset, Record.Header header) throws CorruptStoreException {
    if (header.recordLength() > map.capacity() - offset) {
      throw corrupt(offset, "the record is longer than the file");
    }
  }

  /** Returns a reader of this segment's records, up to the current end. */
  LogReader reader() {
    return readerWith(fileHeader);
  }

  /** Returns a reader as if the segment had another file header. */
  LogReader readerWith(FileHeader header) {
    // While an open looks for the end, the file is as long as the map.
    LogReader reader = new LogReader(file, map, header, end == 0 ? map.capacity() : end);
    reader.rewind(end);
    return reader;
  }

  /**
   * Returns an exception that names the fault at an offset of this file.
   *
   * @throws InternalError if the bytes are wrong because the disk could not be read
   */
  private CorruptStoreException corrupt(int offset, String found) {
    LateFaults.surface();
    return new CorruptStoreException(file, offset, found);
  }

  /** Returns the number of this segment in memory. */
  int id() {
    return id;
  }

  SegmentName name() {
    return name;
  }

  Path file() {
    return file;
  }

  FileHeader fileHeader() {
    return fileHeader;
  }

  /** Returns whether this segment never changes again (I3). */
  boolean isSealed() {
    return sealed;
  }

  /** Returns whether a hint file was written or tried. */
  boolean isHinted() {
    return hinted;
  }

  void setHinted() {
    hinted = true;
  }

  /** Returns the records, once; null if they are not known and must be read. */
  RecordIndex takeIndex() {
    RecordIndex taken = index;
    index = null;
    return taken;
  }

  /** Returns the offset at which the last record ends. */
  int end() {
    return end;
  }

  /** Returns the number of records, without the seal. */
  int count() {
    return count;
  }

  /** Returns the checksum of the record headers' checksums. */
  int sealChecksum() {
    return sealChecksum;
  }

  // ======== Reclaiming space ========

  /** Returns the bytes of all records, without the seal. */
  long size() {
    return end - fileHeader.size();
  }

  /** Returns the bytes of the live records. */
  long liveBytes() {
    return liveBytes;
  }

  /** Returns the bytes of all other records. */
  long deadBytes() {
    return size() - liveBytes;
  }

  /** Counts a record as live or, with a negative length, as dead. */
  void addLive(long length) {
    liveBytes += length;
  }
}
