/*
 * WHAT THIS FILE IS
 *
 * The writing end of the active segment. A record is appended by a copy into the mapped file, not
 * by a system call. That is as safe from kill -9 as a write call: the pages belong to the operating
 * system, which writes them to the disk whether the process lives or not.
 *
 * PICTURE
 *
 *     | KVSTEPS 2 | record | record | 0000000000 |
 *                                   ^ end        ^ reserved
 *
 * HOW A MAP IS WRITTEN SAFELY
 *
 * Space first. A full disk cannot refuse a store to memory: the process would get a fault in the
 * middle of a record. So zeros are written ahead by ordinary write calls, which can fail with an
 * IOException before any byte of the record is there. Space for the seal is reserved with each
 * record: a segment can be sealed on a full disk.
 *
 * The type last. A killed process leaves the bytes that it had copied so far. The type byte is
 * stored after all other bytes, in memory order too, and the store of a single byte is atomic.
 * Until then the record's first byte is 0, and a program that opens the store finds the end of the
 * log there.
 *
 *     space     | 0 | ...... | ...... |   zeros: the log ends before them
 *     the rest  | 0 | length | os mac |   still the end of the log
 *     type      | P | length | os mac |   a record, all at once
 *
 * Read back. Zeros reserve space only on a file system that writes a changed block back to its old
 * place, as ext4 and NTFS do. A copy-on-write file system (btrfs, ZFS, bcachefs; XFS and APFS while
 * a snapshot or a copy shares the file's blocks) needs a new block for the change. If the disk is
 * full, the store to the map does not arrive, and the file keeps its old bytes. JDK 17 reports that
 * too late (see LateFaults). So each record is compared with the file's bytes twice: before its
 * type is stored, since a type without the rest would not look torn, and after it, before the
 * record counts. A record that did not arrive is written again by write calls, for which a full
 * disk is an ordinary IOException. All later records of this segment are written by calls too,
 * since space can run out again. The comparisons cost about 50 ns a record; write calls for every
 * record would cost 400 ns.
 *
 * A page at a time. A processor stores up to 64 bytes at once, which can lie in two pages. If btrfs
 * has a single free block left, it gives the block to the first page, then writes that page to the
 * disk to free a block for the second, which makes the first page read-only again. This was seen to
 * repeat for ever: the store never ended.
 *
 * A record of more than 32 KiB is written by calls on every file system, which costs less than
 * zeros and a copy. All bytes but the first are written in place of zeros, then the first.
 *
 * HOW MUCH AN FSYNC WRITES
 *
 * On ext4 and XFS, Linux keeps the bytes of one write call in one piece of memory (a "large
 * folio"), and writes the whole piece to the disk when any byte of it was changed through a map.
 * With 128 KiB of zeros from one call, an fsync after a put of 100 bytes writes 128 KiB; with zeros
 * from calls of 4 KiB each, it writes 4 KiB. But small pieces cost more calls and more page faults,
 * 185 ns a record. So after an fsync the next 128 KiB are reserved in small pieces, and otherwise
 * in a single piece. (Measured on Linux 6.18.)
 *
 * TWO MAPS
 *
 * Readers use another map of the same file, which cannot be written. When the segment is full, the
 * map for stores is unmapped, before the fsync. Otherwise Linux would have to write-protect each of
 * its 16,384 pages, one after another, and to interrupt the processor on which the next segment is
 * written for each of them: 10 microseconds each on a virtual machine, and a load took a third more
 * time.
 *
 * INVARIANTS
 *
 * I3   Sealed segments never change; only the last two may be unsealed.
 * I12  After a failed fsync nothing is acknowledged again.
 *
 * NOT HERE, AND WHY
 *
 * Protection from a copy of which the disk has seen a half. The operating system may write a page
 * to the disk at the very moment in which a record is copied into it, and power may fail before it
 * does so again. For a record in a single page the type byte is still 0 then. For a record in two
 * pages, the disk can have the type in the first, and half of the rest in the second: recovery
 * finds no unwritten sector, and refuses. The copy takes nanoseconds, and nothing is lost.
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Appends records to a segment, and makes them durable. Guarded by: the log's lock, except for
 * {@link #sync()}.
 */
final class SegmentWriter {
  /** Length of the zeros written ahead at a time, in bytes. */
  private static final int RESERVE_BYTES = 128 << 10;

  /** Longest record that is stored through the map, in bytes. Longer ones are written by calls. */
  private static final int MAX_MAPPED_BYTES = 32 << 10;

  /** Maximum length of one write call, in bytes: Java copies that much into memory of its own. */
  private static final int MAX_CALL_BYTES = 1 << 20;

  /** Smallest page of memory that any platform has, in bytes. */
  private static final int PAGE_BYTES = 4 << 10;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final byte[] ZEROS = new byte[RESERVE_BYTES];

  private final Segment segment;
  private final Path file;
  private final FileHeader fileHeader;

  /** Maximum length of the file in bytes. */
  private final int capacity;

  /** The file, for stores; null once it was unmapped. Readers have a map of their own. */
  private WriterMap writerMap;

  private MappedByteBuffer map;

  /** The file, for write calls. */
  private final RandomAccessFile writer;

  /** The file, for fsyncs. */
  private final AsynchronousFileChannel syncer;

  /** Held while {@link #syncer} is used, so that no thread closes it under an fsync. */
  private final Object syncLock = new Object();

  /**
   * Whether an fsync failed: the next would report success and mean nothing. Guarded by: syncLock.
   */
  private boolean syncFailed;

  /** Whether the whole file is durable, its seal included. Guarded by: syncLock. */
  private boolean durable;

  /** Guarded by: syncLock. */
  private boolean closed;

  /** Offset up to which space is reserved on the disk. */
  private int reserved;

  /** Offset at which the remains of a failed append may end; 0 if there are none. */
  private int litter;

  /** Whether the file was synced after space was last reserved: see the essay. */
  private volatile boolean syncedSinceReserve = true;

  /**
   * Whether stores to the map arrive. After the first that did not, records are written by calls.
   */
  private boolean mapIsWritable = true;

  /** The bytes of a record, read back from the map. */
  private final byte[] readBack = new byte[MAX_MAPPED_BYTES];

  /** The contents of the seal for the records so far. */
  private final SealTally tally = new SealTally();

  private SegmentWriter(
      Segment segment,
      WriterMap writerMap,
      RandomAccessFile writer,
      AsynchronousFileChannel syncer) {
    this.segment = segment;
    this.file = segment.file();
    this.fileHeader = segment.fileHeader();
    this.writerMap = writerMap;
    this.map = writerMap.buffer();
    this.capacity = map.capacity();
    this.writer = writer;
    this.syncer = syncer;
  }

  // ======== Opening ========

  /**
   * Creates the file of a fresh segment. Nothing of it is durable yet.
   *
   * @param fileHeader the file header
   * @param capacity maximum length of the file in bytes
   * @throws IOException if there is no space, or if the file exists; no file is left
   */
  static SegmentWriter create(
      int id, SegmentName name, Path directory, FileHeader fileHeader, int capacity)
      throws IOException {
    Path file = name.data(directory);
    FailPoint.CREATE.hit(file);
    // Never an existing file: it would belong to another store, whose directory was moved to the
    // place of this one's.
    Files.createFile(file);
    RandomAccessFile writer = null;
    AsynchronousFileChannel syncer = null;
    WriterMap map = null;
    try {
      writer = new RandomAccessFile(file.toFile(), "rw");
      syncer = Disk.openForSync(file);
      map = WriterMap.open(file, capacity);
      // Both now: a file is only mapped for reading up to its length.
      MappedByteBuffer forReaders = MappedFiles.map(file, MapMode.READ_ONLY, capacity);
      Segment segment = Segment.fresh(id, name, file, fileHeader, forReaders);
      SegmentWriter fresh = new SegmentWriter(segment, map, writer, syncer);
      // Mapping makes a shorter file as long as the map. The file need not stay that long, as long
      // as the bytes past its end are not touched.
      Disk.truncate(writer, 0);
      fresh.reserve(0, FileHeader.SIZE);
      fresh.write(fileHeader.encode(), 0, FileHeader.SIZE, 0);
      FailPoint.CREATED.hit(file);
      return fresh;
    } catch (Throwable e) {
      if (writer != null) {
        writer.close();
      }
      if (syncer != null) {
        syncer.close();
      }
      if (map != null) {
        // A map keeps the space of a deleted file.
        map.close();
      }
      Files.deleteIfExists(file);
      throw e;
    }
  }

  // ======== Writing ========

  /** Returns whether a record of the given length fits, and the seal after it. */
  boolean hasRoomFor(int length) {
    return length <= capacity - Record.SEAL_SIZE - segment.end();
  }

  /** Returns whether a record of the given length needs more space than is reserved. */
  boolean needsSpaceFor(int length) {
    return segment.end() + length + Record.SEAL_SIZE > reserved;
  }

  /**
   * Gives a record its place at the end of the segment, and reserves the space for it. Writes zeros
   * for a record that goes through the map, and all bytes but the first of one written by calls.
   *
   * @throws IOException if the disk is full; nothing was appended, and a part of the record may lie
   *     past the end, for {@link #clean}
   */
  void prepare(ByteBuffer record) throws IOException {
    int end = segment.end();
    int length = record.limit();
    Record.place(record, fileHeader, end);
    if (!isWrittenByCalls(length)) {
      reserve(end, length);
      return;
    }
    writeAllButType(record.array(), end);
    // The record has its space now, and only the seal's is missing. If that fails, all of the
    // record is litter, and its space is given back.
    int before = reserved;
    reserved = Math.max(reserved, end + length);
    try {
      reserve(end, length);
    } catch (Throwable e) {
      reserved = before;
      throw e;
    }
  }

  private boolean isWrittenByCalls(int length) {
    return length > MAX_MAPPED_BYTES || !mapIsWritable;
  }

  /**
   * Writes zeros to the file, so that there is space for a record at an offset, and for the seal.
   */
  private void reserve(int at, int length) throws IOException {
    // Nothing follows the seal itself.
    int upTo = Math.min(at + length + Record.SEAL_SIZE, capacity);
    while (reserved < upTo) {
      FailPoint.RESERVE.hit(file);
      int until = Math.min(reserved + RESERVE_BYTES, capacity);
      writeZeros(reserved, until, syncedSinceReserve ? PAGE_BYTES : RESERVE_BYTES);
      reserved = until;
      syncedSinceReserve = false;
    }
  }

  /** Writes zeros to a part of the file, in calls of at most the given number of bytes. */
  private void writeZeros(int from, int to, int maxCallBytes) throws IOException {
    for (int at = from; at < to; ) {
      int piece = Math.min(to - at, maxCallBytes - at % maxCallBytes);
      write(ZEROS, 0, piece, at);
      at += piece;
    }
  }

  /**
   * Appends a prepared record, and returns its offset. On return it is in the operating system's
   * memory: it survives {@code kill -9}, and power loss only after the next {@link #sync()}.
   *
   * @param hash the hash of its key
   * @throws IOException if the disk is full; nothing was appended, as in {@link #prepare}
   * @throws InternalError if another program changed the file; the segment cannot be used any
   *     longer
   */
  int append(ByteBuffer record, long hash) throws IOException {
    byte[] bytes = record.array();
    int at = segment.end();
    appendBytes(bytes, at);
    tally.add(bytes);
    segment.grow(bytes.length, record.getShort(Record.KEY_LENGTH_OFFSET), hash);
    return at;
  }

  private void appendBytes(byte[] bytes, int at) throws IOException {
    if (isWrittenByCalls(bytes.length)) {
      writeType(bytes, at);
    } else if (!storeToMap(bytes, at)) {
      mapIsWritable = false;
      requireUncut();
      writeAllButType(bytes, at);
      writeType(bytes, at);
    }
  }

  /**
   * Copies a record into the map, its type last. Returns false if the record did not arrive: then
   * its type is still 0.
   */
  private boolean storeToMap(byte[] bytes, int at) {
    try {
      for (int i = 1; i < bytes.length; i += PAGE_BYTES - (at + i) % PAGE_BYTES) {
        // A page at a time: see the essay.
        map.put(at + i, bytes, i, Math.min(bytes.length - i, PAGE_BYTES - (at + i) % PAGE_BYTES));
      }
      // CRASH HERE: the type is still 0, and the log ends before this record.
      if (restHasArrived(bytes, at)) {
        VarHandle.releaseFence();
        map.put(at, bytes[0]);
        // Its page was there a moment before. Read as part of 8 bytes, so that the processor loads
        // it from memory.
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
   * Returns whether all bytes of a record but its type are in the file. Reads them back with one
   * copy: compiled code would answer a load of the same size as a store from that store.
   */
  private boolean restHasArrived(byte[] bytes, int at) {
    // A page that cannot be read leaves its part of the array as it is: different, here.
    for (int i = 1; i < bytes.length; i += PAGE_BYTES - (at + i) % PAGE_BYTES) {
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

  /** Writes all bytes of a record but its type by calls. If that fails, litter remains. */
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
      int piece = Math.min(length - done, MAX_CALL_BYTES);
      if (piece > PAGE_BYTES) {
        // A piece ends where a page does, and so a sector: else the disk could be given half of a
        // sector first, and show that half after a power loss. The last page is a piece of its own,
        // because records that go through the map follow in it: see the essay.
        piece -= (at + done + piece) % PAGE_BYTES;
      }
      writer.write(bytes, from + done, piece);
      done += piece;
    }
  }

  /** Returns whether a failed write left remains that {@link #clean} must remove. */
  boolean isLittered() {
    return litter > 0;
  }

  /**
   * Removes the remains of a failed write past the end. The caller must {@link #sync} before it
   * appends: otherwise a power loss could bring some of them back among later records.
   *
   * @throws IOException if that failed; the caller may try again
   */
  void clean() throws IOException {
    Disk.truncate(writer, reserved);
    // Space up to there was reserved: zeros cannot find the disk full.
    int until = Disk.WINDOWS ? litter : Math.min(litter, reserved);
    writeZeros(segment.end(), until, RESERVE_BYTES);
    FailPoint.CLEARED.hit(file);
    litter = 0;
  }

  /**
   * Makes every record appended before this call durable. Does nothing for a sealed segment, which
   * is durable. Requires: no lock.
   *
   * @throws IOException if this fsync failed or an earlier one did; the store must not be used any
   *     longer (I12)
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
      if (syncFailed || closed) {
        throw new IOException(file + " was not made durable, and it is not tried again");
      }
      // Until the fsync has succeeded.
      syncFailed = true;
      Disk.sync(file, map, syncer, metadata);
      syncFailed = false;
      syncedSinceReserve = true;
    }
  }

  // ======== Closing ========

  /**
   * Appends the seal.
   *
   * @param synced whether everything before it is durable
   * @throws IOException if the disk is full; the segment is as it was, as in {@link #append}
   */
  void appendSeal(boolean synced) throws IOException {
    ByteBuffer seal = Record.encodeSeal(synced, tally.count(), tally.checksum());
    prepare(seal);
    // Not a record: neither the segment's end nor its count changes.
    appendBytes(seal.array(), segment.end());
    segment.setSealChecksum(tally.checksum());
    FailPoint.SEALED.hit(file);
  }

  /**
   * Makes a segment that has its seal durable, and closes its file. It will never change (I3).
   * After any exception the segment cannot be used any longer. Requires: no lock.
   */
  void finish() throws IOException {
    // CRASH HERE: zeros follow the seal, or not.
    Disk.truncate(writer, segment.end() + Record.SEAL_SIZE);
    if (Disk.LINUX) {
      unmap();
    }
    synchronized (syncLock) {
      sync(true);
      durable = true;
    }
    close();
  }

  /** Unmaps the file for stores. */
  private void unmap() {
    WriterMap unused = writerMap;
    writerMap = null;
    map = null;
    if (unused != null) {
      unused.close();
    }
  }

  /**
   * Closes the file. It stays mapped for readers as long as any thread has the segment. Nothing may
   * be appended any longer.
   */
  void close() throws IOException {
    synchronized (syncLock) {
      closed = true;
      if (Disk.LINUX) {
        unmap();
      }
      try (syncer) {
        writer.close();
      }
    }
  }

  // ======== Reading ========

  /** The segment that is written, for readers. */
  Segment segment() {
    return segment;
  }
}
