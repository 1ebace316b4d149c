/*
 * WHAT THIS FILE IS
 *
 * A segment: one file of the log, mapped into memory. A read is a copy out of memory, and a write
 * is a copy into it. Neither is a system call, which is what most of a put or a get has cost so
 * far. It is as safe from kill -9 as a write call: the pages are the operating system's, and it
 * writes them to the disk whether the process lives or not.
 *
 * LAYOUT
 *
 *     | KVSTEPS 2 | record | record | ... | seal |               sealed: never changes again (I3)
 *
 *     | KVSTEPS 2 | record | record | 0000000000 |               active: the last one of the log
 *                                   ^ end        ^ reserved
 *
 * A sealed segment's end is where its last record ends, and the seal begins. Zeros behind a seal
 * are legal: they are reserved space that was not cut off.
 *
 * HOW A MAP IS WRITTEN SAFELY
 *
 * Space first. A full disk cannot refuse a store to memory: the process gets a fault in the middle
 * of a record. So zeros are written ahead, by an ordinary write, which can fail as an IOException
 * before anything of the record is there. There is always room for the seal as well: a segment can
 * be sealed on a full disk.
 *
 * The type last. A killed process leaves what it had copied so far. The type byte is stored when
 * all else is there, in memory order too, and a single byte is stored wholly or not at all. Until
 * then the record's first byte is 0, and for a program that opens the store the log ends before it.
 *
 *     space     | 0 | ...... | ...... |   zeros: the log ends before them
 *     the rest  | 0 | length | os mac |   still the end of the log
 *     type      | P | length | os mac |   a record, all at once
 *
 * Read back. Zeros reserve space only where a file system writes a block again in its old place, as
 * ext4 and NTFS do. A copy-on-write file system (btrfs, ZFS, bcachefs; XFS and APFS while a
 * snapshot or a copy shares the file's blocks) needs a new block for it, and when the disk is full,
 * the store to the map does not arrive: the file keeps its old bytes. JDK 17 reports that too late
 * (see LateFaults). So a record is compared with what the file holds now: before its type is
 * stored, since a type without the rest would not look torn, and after it, before the record
 * counts. A record that did not arrive is tried again as a write call, for which a full disk is an
 * ordinary IOException; and so are the other records of this segment, since space can be missing
 * again. The comparisons cost about 50 ns a record. To write by calls from the start would cost 400
 * ns.
 *
 * A page at a time. A processor stores up to 64 bytes at once, and they can lie in two pages. If
 * btrfs has a single free block left, it gives it to the first page, then writes that page to the
 * disk to have a block for the second, which makes the first read-only again. It has been seen to
 * do so for ever, and the store never ended.
 *
 * A large record is written by calls in any case: for more than 32 KiB that costs less than zeros
 * and a map. All but its first byte is written in place of zeros, and then that.
 *
 * HOW MUCH AN FSYNC WRITES
 *
 * Linux keeps bytes that one call has written to a file of ext4 or XFS in one piece of memory (a
 * "large folio"), and writes all of that piece to the disk when any byte of it was changed through
 * a map. With 128 KiB of zeros from one call, an fsync after a put of 100 bytes writes 128 KiB;
 * with zeros from calls of 4 KiB each, it writes 4 KiB. But small pieces cost more calls and more
 * page faults, 185 ns a record. So after an fsync the next 128 KiB are reserved in small pieces,
 * and without one in a single piece. (Measured on Linux 6.18.)
 *
 * INVARIANTS
 *
 * I3  Sealed segments never change; only the last may be unsealed.
 * I5  A length is used only after its checksum has been verified.
 *
 * NOT HERE, AND WHY
 *
 * Unmapping: see MappedFiles.
 *
 * Protection from a copy that the disk has seen half of. The operating system may write a page
 * back at the very moment in which a record is copied into it, and power may fail before it does so
 * again. For a record in a single page the type byte is still 0 then. For one in two pages, the
 * disk can have the type in the first, and half of the rest in the second: recovery sees no
 * unwritten sector, and refuses. The copy takes nanoseconds, and nothing is lost.
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** One file of the log. What it says of writers is guarded by the log's lock; reads need none. */
final class Segment {
  /** The largest segment in bytes, but for one that holds a single record: 1 GiB. */
  static final int MAX_SIZE = 1 << 30;

  /** What a disk writes wholly or not at all, in bytes. */
  static final int SECTOR_SIZE = 512;

  /** Zeros that are written ahead at a time, in bytes. */
  private static final int RESERVE_SIZE = 128 << 10;

  /** Records that are longer than this, in bytes, are written by calls. */
  private static final int LARGE = 32 << 10;

  /** The most that one write call is given, in bytes: it copies that to memory of its own. */
  private static final int PIECE_SIZE = 1 << 20;

  /**
   * How much a get copies at once, in bytes, before it knows how long the record is. The processor
   * waits for memory once then, and not for header, key and value one after the other: measured
   * with values of 100 bytes, a get takes a fifth less time. With more, larger ones gain, and
   * these lose.
   */
  private static final int READ_SIZE = 160;

  /** The smallest page of memory that there is, in bytes. */
  private static final int PAGE_SIZE = 4 << 10;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Zeros used to reserve space. */
  private static final byte[] ZEROS = new byte[RESERVE_SIZE];

  /** Whether an fsync of a file is known to cover what was stored through its map. */
  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

  /** This segment's number in memory: above 0, and never another's while the store is open. */
  private final int id;

  private final SegmentName name;
  private final Path file;

  private final FileHeader fileHeader;

  /** The file. All share this buffer, so only methods that say where are used, not its position. */
  private final MappedByteBuffer map;

  /** For write calls, and for fsync (see Uninterruptible): null unless this segment is active. */
  private RandomAccessFile writer;

  private AsynchronousFileChannel syncer;

  /**
   * Held while {@link #syncer} is used, so that nobody closes it meanwhile. Guards the next two.
   */
  private final Object syncLock = new Object();

  /** Whether an fsync has failed. The next one would report success, and mean nothing (I12). */
  private boolean syncFailed;

  /** Whether all of this segment is durable, its seal too. */
  private boolean durable;

  /** Where the last record ends. */
  private int end;

  /** Up to where there is space on the disk. */
  private int reserved;

  /** Where the remains of a failed append may end, or 0 if there are none. */
  private int litter;

  /** Whether this segment was synced after space was last reserved: see the essay. */
  private volatile boolean syncedSinceReserve = true;

  /** Whether stores to the map arrive. After one that did not, records are written by calls. */
  private boolean mapIsWritable = true;

  /** The bytes of a record as they are read back from the map; null unless this is active. */
  private byte[] readBack;

  /** How many records there are, without the seal. */
  private int count;

  /** What the seal's checksum is computed with, and what has come out. */
  private final CRC32C headerChecksums = new CRC32C();

  private int sealChecksum;

  /** Bytes of live records. */
  private long liveBytes;

  /** Whether a hint file was written, or tried: it is not tried twice while the store is open. */
  private boolean hinted;

  private Segment(
      int id, SegmentName name, Path file, FileHeader fileHeader, MappedByteBuffer map) {
    this.id = id;
    this.name = name;
    this.file = file;
    this.fileHeader = fileHeader;
    this.map = map;
  }

  // ======== Opening ========

  /**
   * Creates the file of a fresh segment, to be written to. Nothing of it is durable yet.
   *
   * @param capacity the file's largest size in bytes
   * @throws IOException if there is no space; there is no file then
   */
  static Segment create(int id, SegmentName name, Path directory, int capacity) throws IOException {
    Path file = name.data(directory);
    FailPoint.CREATE.hit(file);
    // Never a file that is there already: it would be another store's, in a directory that has
    // taken
    // the place of this one's.
    Files.createFile(file);
    RandomAccessFile writer = null;
    AsynchronousFileChannel syncer = null;
    try {
      writer = new RandomAccessFile(file.toFile(), "rw");
      syncer = AsynchronousFileChannel.open(file, StandardOpenOption.WRITE);
      FileHeader fileHeader = FileHeader.fresh();
      MappedByteBuffer map = MappedFiles.map(file, MapMode.READ_WRITE, capacity);
      Segment segment = new Segment(id, name, file, fileHeader, map);
      segment.writer = writer;
      segment.syncer = syncer;
      segment.readBack = new byte[LARGE];
      // To map a file that is shorter makes it as long as the map. It need not stay so, as long as
      // the bytes past its end are not touched.
      segment.truncate(0);
      segment.reserve(FileHeader.SIZE);
      segment.write(fileHeader.encode(), 0, FileHeader.SIZE, 0);
      segment.end = FileHeader.SIZE;
      FailPoint.CREATED.hit(file);
      return segment;
    } catch (Throwable e) {
      if (writer != null) {
        writer.close();
      }
      if (syncer != null) {
        syncer.close();
      }
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** Maps a file that is there, to be read. What is in it, {@link Recovery} finds out. */
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
    return new Segment(id, name, file, FileHeader.of(map), map);
  }

  /** A segment that was just written by a merge, and is mapped already. */
  static Segment merged(int id, SegmentName name, Path directory, MergeOutput output) {
    MappedByteBuffer map = output.map();
    Segment segment = new Segment(id, name, name.data(directory), FileHeader.of(map), map);
    segment.recovered(output.end(), output.count(), output.sealChecksum());
    return segment;
  }

  /** Notes what the file was found to hold. */
  void recovered(int end, int count, int sealChecksum) {
    this.end = end;
    this.count = count;
    this.sealChecksum = sealChecksum;
  }

  // ======== Writing ========

  /** Tells whether a record of so many bytes fits, and the seal behind it. */
  boolean hasRoomFor(int length) {
    return length <= map.capacity() - Record.SEAL_SIZE - end;
  }

  /** Returns whether a record needs more space than is reserved. */
  boolean needsSpaceFor(int length) {
    return end + length + Record.SEAL_SIZE > reserved;
  }

  /**
   * Gives a record its place at the end of this segment, and reserves the space for it. Writes
   * zeros for a record that goes through the map, and all but the first byte of one that is written
   * by calls.
   *
   * @throws IOException if the disk is full; nothing was appended, and a part of the record may lie
   *     past the end, for {@link #clean}
   */
  void prepare(ByteBuffer record) throws IOException {
    int length = record.limit();
    Record.place(record, fileHeader, end);
    if (isWrittenByCalls(length)) {
      writeAllButType(record.array(), end);
      // The record has its space now, and only the seal's is missing. If that fails, all of the
      // record is litter, and its space is given back.
      int before = reserved;
      reserved = Math.max(reserved, end + length);
      try {
        reserve(length);
      } catch (Throwable e) {
        reserved = before;
        throw e;
      }
    } else {
      reserve(length);
    }
  }

  private boolean isWrittenByCalls(int length) {
    return length > LARGE || !mapIsWritable;
  }

  /** Writes zeros to the file, so that there is space for a record at the end, and for the seal. */
  private void reserve(int length) throws IOException {
    // Nothing follows the seal itself.
    int upTo = Math.min(end + length + Record.SEAL_SIZE, map.capacity());
    while (reserved < upTo) {
      FailPoint.RESERVE.hit(file);
      int until = Math.min(reserved + RESERVE_SIZE, map.capacity());
      writeZeros(reserved, until, syncedSinceReserve ? PAGE_SIZE : RESERVE_SIZE);
      reserved = until;
      syncedSinceReserve = false;
    }
  }

  /** Writes zeros to a part of the file, in calls of at most the given number of bytes. */
  private void writeZeros(int from, int to, int atATime) throws IOException {
    for (int at = from; at < to; ) {
      int piece = Math.min(to - at, atATime - at % atATime);
      write(ZEROS, 0, piece, at);
      at += piece;
    }
  }

  /**
   * Appends a record that was prepared, and returns its offset. On return it is the operating
   * system's: it survives {@code kill -9}, and it survives power loss only after the next {@link
   * #sync()}.
   *
   * @throws IOException if the disk is full; nothing was appended, as in {@link #prepare}
   * @throws InternalError if the file is not what it was; the segment cannot be used any longer
   */
  int append(ByteBuffer record) throws IOException {
    byte[] bytes = record.array();
    int at = end;
    if (isWrittenByCalls(bytes.length)) {
      writeType(bytes, at);
    } else if (!storeToMap(bytes, at)) {
      mapIsWritable = false;
      requireUncut();
      writeAllButType(bytes, at);
      writeType(bytes, at);
    }
    headerChecksums.update(bytes, Record.HEADER_SIZE - 4, 4);
    count++;
    end += bytes.length;
    return at;
  }

  /**
   * Copies a record into the map, its type last: false if it did not arrive. Its type is 0 then.
   */
  private boolean storeToMap(byte[] bytes, int at) {
    try {
      for (int i = 1; i < bytes.length; i += PAGE_SIZE - (at + i) % PAGE_SIZE) {
        // A page at a time: see the essay.
        map.put(at + i, bytes, i, Math.min(bytes.length - i, PAGE_SIZE - (at + i) % PAGE_SIZE));
      }
      // CRASH HERE: the type is still 0, and the log ends before this record.
      if (restHasArrived(bytes, at)) {
        VarHandle.releaseFence();
        map.put(at, bytes[0]);
        // Its page was there a moment before. As a part of 8 bytes, so that the processor loads it.
        if (map.getLong(at) == (long) LONG.get(bytes, 0)) {
          return true;
        }
      }
      LateFaults.surface();
    } catch (InternalError e) {
      // The map could not be written, or not be read.
    }
    return false;
  }

  /**
   * Returns whether all of a record but its type is in the file. Reads it back with one copy:
   * compiled code would answer a load of the same size as a store from that store.
   */
  private boolean restHasArrived(byte[] bytes, int at) {
    // A page that cannot be read leaves its part of the array as it is: different, here.
    for (int i = 1; i < bytes.length; i += PAGE_SIZE - (at + i) % PAGE_SIZE) {
      readBack[i] = (byte) ~bytes[i];
    }
    map.get(at + 1, readBack, 1, bytes.length - 1);
    return Arrays.equals(readBack, 1, bytes.length, bytes, 1, bytes.length);
  }

  /** Checks, after a store that did not arrive, that no other program has shortened the file. */
  private void requireUncut() throws IOException {
    if (writer.length() < reserved) {
      throw new InternalError(
          file + " is " + writer.length() + " bytes long, and " + reserved + " were written to it");
    }
  }

  /** Writes all of a record but its type by calls. If that fails, it leaves litter. */
  private void writeAllButType(byte[] bytes, int at) throws IOException {
    litter = at + bytes.length;
    FailPoint.WRITE.hit(file);
    write(bytes, 1, bytes.length - 1, at + 1);
    FailPoint.WRITTEN.hit(file);
  }

  /** Writes the type of a record by a call, which makes it a record. */
  private void writeType(byte[] bytes, int at) throws IOException {
    // CRASH HERE: the type is still 0, and the log ends before this record.
    write(bytes, 0, 1, at);
    litter = 0;
  }

  /** Writes a part of an array to an offset of the file. */
  private void write(byte[] bytes, int from, int length, int at) throws IOException {
    writer.seek(at);
    for (int done = 0; done < length; ) {
      int piece = Math.min(length - done, PIECE_SIZE);
      if (piece > PAGE_SIZE) {
        // A piece ends where a page does, and so a sector: else the disk could be given half of a
        // sector first, and show that half after a power loss. The last page is a piece of its own,
        // because records that go through the map follow in it: see the essay.
        piece -= (at + done + piece) % PAGE_SIZE;
      }
      writer.write(bytes, from + done, piece);
      done += piece;
    }
  }

  /** Tells whether a write that failed has left something that {@link #clean} must take away. */
  boolean isLittered() {
    return litter > 0;
  }

  /**
   * Takes away what a failed write has left behind the end. The caller must {@link #sync} before
   * anything is appended: else a power loss could bring back some of it, among later records.
   *
   * @throws IOException if that failed; it can be tried again
   */
  void clean() throws IOException {
    truncate(reserved);
    // Up to there, space was reserved: zeros cannot find the disk full.
    int until = Directories.WINDOWS ? litter : Math.min(litter, reserved);
    writeZeros(end, until, RESERVE_SIZE);
    FailPoint.CLEARED.hit(file);
    litter = 0;
  }

  /** Sets the file's length, except on Windows, which does not shorten a file that is mapped. */
  private void truncate(int length) throws IOException {
    if (!Directories.WINDOWS) {
      writer.setLength(length);
    }
  }

  /**
   * Makes everything that was appended durable. Does nothing for a sealed segment, which is.
   *
   * @throws IOException if it could not be done, now or before; the store must not be used any more
   *     (I12)
   */
  void sync() throws IOException {
    // The times in the file's inode need not be durable, and cost a second write.
    sync(false);
  }

  private void sync(boolean metadata) throws IOException {
    synchronized (syncLock) {
      if (durable) {
        return;
      }
      if (syncFailed || syncer == null) {
        throw new IOException(file + " was not made durable, and it is not tried again");
      }
      // Until the opposite is known.
      syncFailed = true;
      if (!LINUX) {
        // Elsewhere an fsync may not know of what was stored through the map.
        forceMap();
      }
      sync(file, syncer, metadata);
      syncFailed = false;
      syncedSinceReserve = true;
    }
  }

  private void forceMap() throws IOException {
    try {
      map.force();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Makes a file durable that is not an active segment's, with its inode. */
  static void sync(Path file) throws IOException {
    try (AsynchronousFileChannel syncer =
        AsynchronousFileChannel.open(file, StandardOpenOption.WRITE)) {
      sync(file, syncer, true);
    }
  }

  /**
   * Makes a file durable.
   *
   * @param metadata whether its inode too, all of it: needed when the file has become shorter
   */
  private static void sync(Path file, AsynchronousFileChannel syncer, boolean metadata)
      throws IOException {
    FailPoint.SYNC.hit(file);
    syncer.force(metadata);
    FailPoint.SYNCED.hit(file);
  }

  /**
   * Appends the seal. The caller has synced what is before it, as the seal says.
   *
   * @throws IOException if the disk is full; the segment is as it was, as in {@link #append}
   */
  void appendSeal() throws IOException {
    int recordsEnd = end;
    sealChecksum = (int) headerChecksums.getValue();
    ByteBuffer seal = Record.encodeSeal(count, sealChecksum);
    prepare(seal);
    append(seal);
    // append counts the seal as a record, which it is not.
    end = recordsEnd;
    count--;
    FailPoint.SEALED.hit(file);
  }

  /**
   * Closes a segment that has its seal. On return it is durable, and will never change (I3).
   * Whatever this throws, it cannot be used any longer.
   */
  void finish() throws IOException {
    // CRASH HERE: zeros follow the seal, or not.
    truncate(end + Record.SEAL_SIZE);
    synchronized (syncLock) {
      sync(true);
      durable = true;
    }
    close();
  }

  // ======== Reading ========

  /**
   * Returns the value of the put at an offset, if it is a key's; null if it is another key's. Takes
   * O(key + value) time.
   *
   * @throws CorruptStoreException if a checksum is wrong
   */
  byte[] read(int offset, byte[] key) throws CorruptStoreException {
    byte[] start = start(offset, READ_SIZE);
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
   * Tells whether the record at an offset is a key's. Takes O(key) time, and O(value) as well only
   * if it is not.
   *
   * @throws CorruptStoreException if it cannot be told, because a checksum is wrong
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
    // Two keys with one hash are rarer than a damaged key, so this must be made sure.
    LogReader reader = reader();
    reader.moveTo(offset);
    return Arrays.equals(reader.key(), key);
  }

  /** The length in bytes of the record at an offset, which {@link #isOf} has just verified. */
  int recordLength(int offset) {
    return Record.HEADER_SIZE
        + Short.toUnsignedInt(map.getShort(offset + 2))
        + map.getInt(offset + 4);
  }

  /**
   * A copy of what begins at an offset: a record's header, and more if that is in the same page. So
   * nothing is asked of the disk for a record that the record does not need, and nothing of the
   * file behind its end, where there is no page.
   */
  private byte[] start(int offset, int atMost) {
    int inPage = PAGE_SIZE - offset % PAGE_SIZE;
    int length = Math.min(atMost, Math.min(inPage, map.capacity() - offset));
    byte[] start = new byte[Math.max(Record.HEADER_SIZE, length)];
    map.get(offset, start);
    return start;
  }

  /** The header of the record at an offset, from its first bytes, verified (I5). */
  private Record.Header header(int offset, byte[] start) throws CorruptStoreException {
    Record.Header header = Record.decodeHeader(ByteBuffer.wrap(start), fileHeader, offset);
    if (header == null) {
      throw corrupt(offset, "the record that was written there is not there any more");
    }
    return header;
  }

  /** Checks that a record ends within the file, before anything of it is allocated. */
  private void requireInFile(int offset, Record.Header header) throws CorruptStoreException {
    if (header.recordLength() > map.capacity() - offset) {
      throw corrupt(offset, "the record is longer than the file");
    }
  }

  /** A reader of this segment's records, which knows where the last one ends. */
  LogReader reader() {
    LogReader reader = new LogReader(file, map, fileHeader);
    reader.rewind(end);
    return reader;
  }

  /**
   * The exception that says what is wrong at an offset of this file.
   *
   * @throws InternalError if the bytes are not what they were because the disk could not be read
   */
  private CorruptStoreException corrupt(int offset, String found) {
    LateFaults.surface();
    return new CorruptStoreException(file, offset, found);
  }

  /** This segment's number in memory. */
  int id() {
    return id;
  }

  /** This segment's place in the log. */
  SegmentName name() {
    return name;
  }

  /** The data file. */
  Path file() {
    return file;
  }

  /** The file header of the file. */
  FileHeader fileHeader() {
    return fileHeader;
  }

  /** Whether this segment will never change again. */
  boolean isSealed() {
    return writer == null;
  }

  /** Whether there is a hint file, or it was tried to write one. */
  boolean isHinted() {
    return hinted;
  }

  /** Notes that there is a hint file, or that it was tried to write one. */
  void setHinted() {
    hinted = true;
  }

  /** Where the last record ends. */
  int end() {
    return end;
  }

  /** How many records there are, without the seal. */
  int count() {
    return count;
  }

  /** The checksum of all header checksums: once the segment is sealed, it tells it from others. */
  int sealChecksum() {
    return sealChecksum;
  }

  // ======== Reclaiming space ========

  /** Bytes of all records, without the seal. */
  long size() {
    return end - fileHeader.size();
  }

  /** Bytes of the records that a get can return. */
  long liveBytes() {
    return liveBytes;
  }

  /** Bytes of all other records. */
  long deadBytes() {
    return size() - liveBytes;
  }

  /** Counts a record as live, or, with a negative length, as live no longer. */
  void addLive(int length) {
    liveBytes += length;
  }

  // ======== Closing ========

  /** Closes the file. It stays mapped, as long as anybody has this segment. */
  void close() throws IOException {
    synchronized (syncLock) {
      if (writer != null) {
        try {
          writer.close();
        } finally {
          writer = null;
          syncer.close();
          syncer = null;
          readBack = null;
        }
      }
    }
  }
}
