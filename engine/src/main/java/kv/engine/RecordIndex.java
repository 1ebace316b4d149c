package kv.engine;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * The hash and the length of the key and the offset of each record of a segment, in log order: 14
 * bytes of memory for a record. They are noted when a segment is written, so that its hint file can
 * be written without reading and hashing all keys again. It grows in pieces of 1,024 records, so
 * that no put waits for the copy of a large array. Not thread-safe.
 */
final class RecordIndex {
  /** Number of records in a piece. */
  private static final int PIECE = 1 << 10;

  private long[][] hashes = new long[4][];
  private int[][] offsets = new int[4][];
  private short[][] keyLengths = new short[4][];
  private int count;

  /** Returns the index of a segment's records, which are read and verified. */
  static RecordIndex of(Segment segment, ToLongFunction<byte[]> hash) throws IOException {
    RecordIndex index = new RecordIndex();
    LogReader records = segment.reader();
    while (records.next()) {
      index.add(hash.applyAsLong(records.key()), records.offset(), records.keyLength());
    }
    return index;
  }

  /** Adds the next record. */
  void add(long hash, int offset, int keyLength) {
    int piece = count / PIECE;
    if (piece == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * piece);
      offsets = Arrays.copyOf(offsets, 2 * piece);
      keyLengths = Arrays.copyOf(keyLengths, 2 * piece);
    }
    if (hashes[piece] == null) {
      hashes[piece] = new long[PIECE];
      offsets[piece] = new int[PIECE];
      keyLengths[piece] = new short[PIECE];
    }
    hashes[piece][count % PIECE] = hash;
    offsets[piece][count % PIECE] = offset;
    keyLengths[piece][count % PIECE] = (short) keyLength;
    count++;
  }

  /** Returns the hash of a record's key. */
  long hash(int index) {
    return hashes[index / PIECE][index % PIECE];
  }

  /** Returns the offset of a record. */
  int offset(int index) {
    return offsets[index / PIECE][index % PIECE];
  }

  /** Returns the length of a record's key in bytes. */
  int keyLength(int index) {
    return Short.toUnsignedInt(keyLengths[index / PIECE][index % PIECE]);
  }

  /** Returns the number of records. */
  int count() {
    return count;
  }
}
