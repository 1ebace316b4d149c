package kv.workshop.scope;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;
import kv.workshop.RecordHeader;

/**
 * The contents of a store after each of its records. A pair is represented by its key and by the
 * checksum of both, which each record contains; the contents after n records are represented by a
 * sum over the pairs.
 */
final class History {
  /** The sum after n records. */
  private final List<Long> sums = new ArrayList<>(List.of(0L));

  /** The pairs after the last record: the checksum of each key's record. */
  private final Map<ByteBuffer, Integer> last = new HashMap<>();

  private long sum;

  /** Reads the log in a folder, and takes the records with right checksums. */
  static History read(Path folder) throws IOException {
    History history = new History();
    Listing listing = Listing.read(folder);
    for (String name : listing.log()) {
      Listing.Entry entry = listing.entries().get(name);
      if (entry.regular()) {
        new FileScan(folder.resolve(name))
            .advance(entry.size(), true, Long.MAX_VALUE, history.new Records());
      }
    }
    return history;
  }

  private final class Records implements FileScan.Contents {
    @Override
    public void record(long at, RecordHeader header, byte[] key) {
      ByteBuffer wrapped = ByteBuffer.wrap(key);
      boolean put = header.type() == 'P';
      Integer old = put ? last.put(wrapped, header.body()) : last.remove(wrapped);
      sum -= old == null ? 0 : weight(wrapped, old);
      sum += put ? weight(wrapped, header.body()) : 0;
      sums.add(sum);
    }

    @Override
    public void seal(long at, RecordHeader header) {}
  }

  private static long weight(ByteBuffer key, int checksum) {
    long mixed = (long) key.hashCode() << Integer.SIZE ^ checksum;
    mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }

  /** Returns the number of records. */
  int records() {
    return sums.size() - 1;
  }

  /** The contents of an open store. */
  static final class Contents implements BiConsumer<byte[], byte[]> {
    private final Map<ByteBuffer, Integer> pairs = new HashMap<>();
    private long sum;

    @Override
    public void accept(byte[] key, byte[] value) {
      CRC32C checksum = new CRC32C();
      checksum.update(key);
      checksum.update(value);
      ByteBuffer wrapped = ByteBuffer.wrap(key.clone());
      pairs.put(wrapped, (int) checksum.getValue());
      sum += weight(wrapped, (int) checksum.getValue());
    }
  }

  /**
   * Returns the number of records after which the contents were these, or -1. Several numbers can be
   * right, if keys got the values that they had.
   *
   * @param guess the number to prefer; otherwise the highest is returned
   */
  int prefixOf(Contents contents, int guess) {
    if (guess <= records() && sums.get(guess) == contents.sum) {
      return guess;
    }
    return sums.lastIndexOf(contents.sum);
  }

  /**
   * The keys whose last record is not in some contents.
   *
   * @param lost keys that the contents do not have
   * @param older keys with the value of an earlier record
   * @param back deleted keys that the contents have again
   */
  record Differences(List<Key> lost, List<Key> older, List<Key> back) {
    /** No key differs, or the contents are not known. */
    static final Differences NONE = new Differences(List.of(), List.of(), List.of());
  }

  /** Returns the keys whose last record is not in some contents, up to a number of each kind. */
  Differences differencesOf(Contents contents, int most) {
    Differences found = new Differences(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    last.forEach(
        (key, checksum) -> {
          Integer there = contents.pairs.get(key);
          if (there == null) {
            add(key, found.lost, most);
          } else if (!there.equals(checksum)) {
            add(key, found.older, most);
          }
        });
    contents.pairs.forEach(
        (key, checksum) -> {
          if (!last.containsKey(key)) {
            add(key, found.back, most);
          }
        });
    return found;
  }

  private static void add(ByteBuffer key, List<Key> keys, int most) {
    if (keys.size() < most) {
      keys.add(Key.of(key.array()));
    }
  }
}
