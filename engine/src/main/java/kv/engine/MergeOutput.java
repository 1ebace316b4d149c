/*
 * WHAT THIS FILE IS
 *
 * The segment that a merge writes. It has nothing to do with the log yet, and is written as any
 * file is: through a buffer, from the start to the end, then the seal, then an fsync. It is mapped
 * when it is complete, and before it gets its name: after that, a merge must not fail for lack of a
 * descriptor or a map.
 *
 * PICTURE: a merge of two segments, in which the keydir points at three records
 *
 *     inputs     | P a 1 | P b 2 | P a 3 | seal |      | D b | P c 4 | seal |
 *                                  @44                   @25
 *     output     | P a 3 | P c 4 | seal |
 *     originals    1@44    2@25     the number in memory of the segment, and the offset
 *
 * Of each record it remembers where the original is, where the copy is, and the hash of the key, 20
 * bytes in memory: so that the keydir can be pointed from the one to the other, and nothing has to
 * be read again.
 */
package kv.engine;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** A segment in the making. Not thread-safe. */
final class MergeOutput implements Closeable {
  /** Bytes that are written at a time: a write call for each record would take most of the time. */
  private static final int BUFFER_SIZE = 1 << 20;

  private final Path file;
  private final FileHeader fileHeader = FileHeader.fresh();
  private final RandomAccessFile writer;

  /** What was not written yet. */
  private final byte[] buffer = new byte[BUFFER_SIZE];

  private int buffered;

  /** Where each record was copied from. */
  private long[] originals = new long[1024];

  /** The hash of each record's key. */
  private long[] hashes = new long[1024];

  /** Where each record is here. */
  private int[] offsets = new int[1024];

  private int count;

  /** Where the next record goes; when the segment is sealed, where the last one ends. */
  private int end;

  private final CRC32C headerChecksums = new CRC32C();

  /** The finished file. */
  private MappedByteBuffer map;

  /** Bytes that were written to the file. */
  private volatile long written;

  // ======== Opening ========

  /** Creates the file. The remains of a merge that failed before are deleted. */
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
   * Adds a copy of the record under a cursor: the body bit for bit, with its checksum, so that a
   * damaged one is copied as damaged; and the header with a checksum for its new place. The caller
   * has verified the record.
   *
   * @param original where the record is now
   * @param hash the hash of its key
   * @throws IOException if the disk is full, say
   */
  void add(LogReader record, long original, long hash) throws IOException {
    int offset = end;
    for (int done = 0; done < record.length(); ) {
      int piece = Math.min(BUFFER_SIZE, record.length() - done);
      byte[] bytes = record.copy(record.offset() + done, piece);
      if (done == 0) {
        Record.place(ByteBuffer.wrap(bytes), fileHeader, offset);
        headerChecksums.update(bytes, Record.HEADER_SIZE - 4, 4);
      }
      write(bytes);
      done += piece;
    }
    if (count == originals.length) {
      originals = Arrays.copyOf(originals, 2 * count);
      hashes = Arrays.copyOf(hashes, 2 * count);
      offsets = Arrays.copyOf(offsets, 2 * count);
    }
    originals[count] = original;
    hashes[count] = hash;
    offsets[count] = offset;
    count++;
  }

  /** Puts bytes into the buffer, and writes that whenever it is full. */
  private void write(byte[] bytes) throws IOException {
    for (int done = 0; done < bytes.length; ) {
      int piece = Math.min(bytes.length - done, BUFFER_SIZE - buffered);
      System.arraycopy(bytes, done, buffer, buffered, piece);
      buffered += piece;
      done += piece;
      if (buffered == BUFFER_SIZE) {
        flush();
      }
    }
    end += bytes.length;
  }

  private void flush() throws IOException {
    FailPoint.WRITE.hit(file);
    writer.write(buffer, 0, buffered);
    written += buffered;
    buffered = 0;
    FailPoint.OUTPUT_GROWN.hit(file);
  }

  /**
   * Seals the segment and maps it. On return its bytes are durable, but not its name. One fsync is
   * enough: no reader sees the seal before the rename, and then all before it is durable, as it
   * says.
   */
  void finish() throws IOException {
    int recordsEnd = end;
    ByteBuffer seal = Record.encodeSeal(count, sealChecksum());
    Record.place(seal, fileHeader, end);
    write(seal.array());
    end = recordsEnd;
    flush();
    FailPoint.OUTPUT_WRITTEN.hit(file);
    Segment.sync(file);
    map = MappedFiles.map(file, MapMode.READ_ONLY, writer.length());
  }

  // ======== Reading ========

  /** Where a record was copied from. */
  long original(int index) {
    return originals[index];
  }

  /** The hash of a record's key. */
  long hash(int index) {
    return hashes[index];
  }

  /** Where a record is here; of the index behind the last one, where that ends. */
  int offset(int index) {
    return index == count ? end : offsets[index];
  }

  /** How many records there are, without the seal. */
  int count() {
    return count;
  }

  /** Where the last record ends. */
  int end() {
    return end;
  }

  /** Bytes that were written to the file so far. May be called by any thread. */
  long written() {
    return written;
  }

  /** The finished file, in memory. */
  MappedByteBuffer map() {
    return map;
  }

  /** The checksum over all header checksums, as it is in the seal. */
  int sealChecksum() {
    return (int) headerChecksums.getValue();
  }

  // ======== Closing ========

  /** Closes the file, finished or not. */
  @Override
  public void close() throws IOException {
    writer.close();
  }
}
