/*
 * WHAT THIS FILE IS
 *
 * A walk through all live records in the order of the log, for forEach and forEachKey. The
 * locations of the records and the list of segments are copied once, under the log's lock. From
 * then on the walk needs no lock: puts and deletes go to other records, and a segment that a merge
 * drops stays mapped as long as a walk has it.
 *
 * A walk over keys alone reads the hint files of sealed segments, and no record: a key in a hint
 * file is verified by the checksum of that file. Each record has at least 16 bytes, so one bit for
 * every 16 bytes of a segment says which of its records are live.
 *
 * PICTURE
 *
 *     keydir      4 @8   3 @54   3 @8        in the order of the hashes, which is random
 *     the walk    3 @8   3 @54   4 @8        in the order of the log
 *                        ^ next()
 *
 * NOT HERE, AND WHY
 *
 * Locations that are read piece by piece: a slot may get another key in between, so a walk could
 * pass a key twice, or not at all.
 */
package kv.engine;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/** A cursor over the live records of one moment, in log order. Not thread-safe. */
final class Walk {
  /** Number of keys that are read from their records before a hint file is opened. */
  private static final int FEW = 1000;

  /** Bytes that the disk reads, or does not read, together. */
  private static final int PAGE_BYTES = 4 << 10;

  private final Log log;
  private final List<Segment> segments;

  /** The live records, with each segment's index in the list in place of its number in memory. */
  private final long[] locations;

  /** Index of the location to which {@link #next} moves. */
  private int next;

  /** Index in the list of the segment under the cursor, and the reader of that segment. */
  private int place = -1;

  private LogReader records;

  private Walk(Log log, List<Segment> segments, long[] locations) {
    this.log = log;
    this.segments = segments;
    this.locations = inLogOrder(locations, segments);
  }

  /**
   * Starts a walk through the live records as of this call. Takes O(keys) time, and 16 bytes of
   * memory for each key.
   *
   * @throws IllegalStateException if the store is closed
   */
  static Walk start(Log log, KeyDir keydir) {
    List<Segment> segments;
    long[] locations;
    synchronized (log) {
      log.requireNotClosed();
      segments = log.segments();
      locations = keydir.locations();
    }
    return new Walk(log, segments, locations);
  }

  /** Sorts locations in log order: a merged segment has a higher number than later segments. */
  private static long[] inLogOrder(long[] locations, List<Segment> segments) {
    Map<Integer, Integer> places = new HashMap<>();
    for (Segment segment : segments) {
      places.put(segment.id(), places.size());
    }
    for (int i = 0; i < locations.length; i++) {
      int place = places.get(Location.segmentId(locations[i]));
      locations[i] = Location.of(place, Location.offset(locations[i]));
    }
    return RadixSort.sort(locations);
  }

  /**
   * Moves to the next record, and verifies it. Returns false if there is none.
   *
   * @throws IllegalStateException if the store is closed
   * @throws CorruptStoreException if the record is damaged
   * @throws IOException if the log could not be read
   */
  boolean next() throws IOException {
    if (next == locations.length) {
      return false;
    }
    log.requireNotClosed();
    long location = locations[next++];
    try {
      if (place != Location.segmentId(location)) {
        place = Location.segmentId(location);
        records = segments.get(place).reader();
      }
      records.moveTo(Location.offset(location));
      // Here, and not in the code of a consumer.
      records.surfaceFaults();
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
    return true;
  }

  /**
   * Passes the keys of the records that the cursor has not reached to a consumer, in no particular
   * order, until it returns false. The cursor must not be used any longer.
   *
   * @return whether the consumer returned true for every key
   * @throws IOException as {@link #next}
   */
  boolean forEachKey(Predicate<byte[]> consumer) throws IOException {
    // A consumer that wants few keys does not wait until a whole hint file was verified.
    if (!readKeys(Math.min(FEW, locations.length), consumer)) {
      return false;
    }
    while (next < locations.length) {
      int segment = Location.segmentId(locations[next]);
      int end = next;
      while (end < locations.length && Location.segmentId(locations[end]) == segment) {
        end++;
      }
      Hints hints = segments.get(segment).isSealed() ? hintsOf(segments.get(segment)) : null;
      if (!(hints == null ? readKeys(end, consumer) : passKeys(hints, end, consumer))) {
        return false;
      }
    }
    return true;
  }

  /** Returns the hint file of a segment, or null if there is none yet, or none any longer. */
  private Hints hintsOf(Segment segment) {
    Hints hints = Hints.read(segment.name().hint(log.directory().path()));
    return hints != null && hints.isOf(segment) ? hints : null;
  }

  /** Passes the keys up to an index, all in one segment, from that segment's hint file. */
  private boolean passKeys(Hints hints, int end, Predicate<byte[]> consumer) throws IOException {
    BitSet live = new BitSet();
    for (; next < end; next++) {
      live.set(Location.offset(locations[next]) / Record.HEADER_SIZE);
    }
    for (int at = hints.first(); at < hints.size(); at = hints.next(at)) {
      log.requireNotClosed();
      if (live.get(hints.offset(at) / Record.HEADER_SIZE) && !consumer.test(key(hints, at))) {
        return false;
      }
    }
    return true;
  }

  private static byte[] key(Hints hints, int at) throws IOException {
    try {
      byte[] key = hints.key(at);
      if (hints.next(at) % PAGE_BYTES <= hints.next(at) - at) {
        // The first key that ends in a page. Zeros must not pass for a key that the disk could not
        // read.
        LateFaults.surface();
      }
      return key;
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }

  /** Passes the keys up to an index from their records. */
  private boolean readKeys(int end, Predicate<byte[]> consumer) throws IOException {
    while (next < end) {
      next();
      if (!consumer.test(key())) {
        return false;
      }
    }
    return true;
  }

  /** Returns a copy of the key under the cursor. */
  byte[] key() throws IOException {
    return read(LogReader::key);
  }

  /** Returns a copy of the value under the cursor. */
  byte[] value() throws IOException {
    return read(LogReader::value);
  }

  /** Reads from the record under the cursor. A long body is read again, and the disk may fail. */
  private byte[] read(Function<LogReader, byte[]> part) throws IOException {
    try {
      return part.apply(records);
    } catch (InternalError e) {
      throw Log.unreadable(e);
    }
  }
}
