/*
 * WHAT THIS FILE IS
 *
 * The segment that a merge writes. It is not part of the log yet, and is written as any file is:
 * through a buffer, from start to end, then the seal, then an fsync. It is mapped when it is
 * complete and before it gets its name: after that, a merge must not fail for lack of a descriptor
 * or a map.
 *
 * PICTURE: a merge of two segments, in which the keydir points at three records
 *
 *     inputs     | P a 1 | P b 2 | P a 3 | seal |      | D b | P c 4 | seal |
 *                                  @44                   @25
 *     output     | P a 3 | P c 4 | seal |
 *     originals    1@44    2@25     the number in memory of the segment, and the offset
 *
 * The disk works while the merge does: for each 64 MiB another thread fsyncs the file, so that
 * little is left for the fsync at the end.
 *
 * For each record it keeps the location of the original, the offset of the copy, and the hash of
 * the key, 20 bytes in memory: so the keydir can be pointed at the copies without reading anything
 * again.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The output of a merge. Not thread-safe. */
final class MergeOutput implements Closeable {
  /** Bytes of one write call: a call for each record would take most of the time. */
  private static final int BUFFER_BYTES = 1 << 20;

  /** Number of bytes after which they are written to the disk. */
  private static final long SYNC_BYTES = 64 << 20;

  private final Path file;
  private final FileHeader fileHeader = FileHeader.fresh();
  private final RandomAccessFile writer;

  /** Bytes not written yet. */
  private final byte[] buffer = new byte[BUFFER_BYTES];

  private int buffered;

  /** Locations of the originals. */
  private long[] originals = new long[1024];

  /** The hashes of the keys, and the offsets of the copies. */
  private final RecordIndex index = new RecordIndex();

  /** Offset at which the last record ends. */
  private int end;

  /** The contents of the seal for the records so far. */
  private final SealTally tally = new SealTally();

  /** The finished file; null until then. */
  private MappedByteBuffer map;

  /** Bytes written to the file. */
  private volatile long written;

  /** Bytes written when the last fsync began. */
  private long syncedTo;

  /** The thread of that fsync; null if there was none. */
  private Thread syncer;

  /** The reason why an fsync failed, or null. It is not tried again (I12). */
  private volatile Throwable failure;

  // ======== Opening ========

  /** Creates the file, in place of the remains of an earlier merge. */
  MergeOutput(Path file) throws IOException {
    this.file = file;
    Files.deleteIfExists(file);
    Files.createFile(file);
    writer = new RandomAccessFile(file.toFile(), "rw");
    try {
      write(fileHeader.encode());
    } catch (Throwable e) {
      writer.close();
      throw e;
    }
  }

  // ======== Writing ========

  /**
   * Adds a copy of a record, which the caller has verified: the body bit for bit with its checksum,
   * so that a damaged body is copied as damaged; and the header with a checksum for its new place.
   *
   * @param input the file of the original
   * @param from the original's offset
   * @param original the original's location
   * @param keyLength the length of its key
   * @param hash the hash of its key
   * @throws IOException if the file could not be written, on a full disk for example
   */
  void add(LogReader input, int from, int length, long original, int keyLength, long hash)
      throws IOException {
    if (index.count() == originals.length) {
      originals = Arrays.copyOf(originals, 2 * originals.length);
    }
    originals[index.count()] = original;
    index.add(hash, end, keyLength);
    if (BUFFER_BYTES - buffered < Record.HEADER_SIZE) {
      flush();
    }
    // The header is in one piece.
    int header = buffered;
    for (int done = 0; done < length; ) {
      int piece = Math.min(length - done, BUFFER_BYTES - buffered);
      input.copy(from + done, buffer, buffered, piece);
      if (done == 0) {
        Record.place(ByteBuffer.wrap(buffer, header, piece).slice(), fileHeader, end);
        tally.add(buffer, header);
      }
      buffered += piece;
      done += piece;
      if (buffered == BUFFER_BYTES) {
        flush();
      }
    }
    end += length;
  }

  /** Adds bytes, which fit into an empty buffer. */
  private void write(byte[] bytes) throws IOException {
    if (BUFFER_BYTES - buffered < bytes.length) {
      flush();
    }
    System.arraycopy(bytes, 0, buffer, buffered, bytes.length);
    buffered += bytes.length;
    end += bytes.length;
  }

  private void flush() throws IOException {
    FailPoint.WRITE.hit(file);
    writer.write(buffer, 0, buffered);
    written += buffered;
    buffered = 0;
    FailPoint.OUTPUT_GROWN.hit(file);
    if (written - syncedTo >= SYNC_BYTES && (syncer == null || !syncer.isAlive())) {
      syncedTo = written;
      syncer = Uninterruptible.start("kv-merge-sync", this::syncInBackground);
    }
  }

  private void syncInBackground() {
    try (AsynchronousFileChannel channel = openForSync()) {
      if (channel != null) {
        Disk.sync(file, channel, false);
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
  }

  /** Returns null if the process has no descriptor left: then the fsync at the end does it all. */
  private AsynchronousFileChannel openForSync() {
    try {
      return Disk.openForSync(file);
    } catch (IOException e) {
      return null;
    }
  }

  /** Waits for a running fsync. */
  private void awaitSync() throws IOException {
    if (syncer != null) {
      Uninterruptible.join(syncer);
      if (failure != null) {
        throw new IOException("could not make " + file + " durable", failure);
      }
    }
  }

  /**
   * Seals the segment and maps it. On return its bytes are durable, but not its name. One fsync is
   * enough: no program sees the seal before the rename, and by then everything before the seal is
   * durable, as it claims.
   */
  void finish() throws IOException {
    int recordsEnd = end;
    write(tally.encode(fileHeader, end));
    end = recordsEnd;
    flush();
    FailPoint.OUTPUT_WRITTEN.hit(file);
    awaitSync();
    Disk.sync(file);
    map = MappedFiles.map(file, MapMode.READ_ONLY, writer.length());
  }

  // ======== Reading ========

  /** Returns the location that a record was copied from. */
  long original(int i) {
    return originals[i];
  }

  /** Returns the hash of a record's key. */
  long hash(int i) {
    return index.hash(i);
  }

  /** Returns a copy's offset; for the index after the last, the offset at which the last ends. */
  int offset(int i) {
    return i == index.count() ? end : index.offset(i);
  }

  /** Returns the number of records, without the seal. */
  int count() {
    return index.count();
  }

  /** Returns the bytes written to the file so far. Requires: no lock. */
  long written() {
    return written;
  }

  /** Returns the finished output as a segment. The file has its final name now. */
  Segment toSegment(int id, SegmentName name, Path renamed) {
    Segment segment = Segment.finished(id, name, renamed, fileHeader, map, index);
    segment.setContents(end, tally.count(), tally.checksum());
    return segment;
  }

  // ======== Closing ========

  /** Closes the file, finished or not, after a running fsync. */
  @Override
  public void close() throws IOException {
    if (syncer != null) {
      Uninterruptible.join(syncer);
    }
    writer.close();
  }
}
