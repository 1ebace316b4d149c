/*
 * WHAT THIS FILE IS
 *
 * A walk through all live records in the order of the log, for forEach and forEachKey. The
 * locations of the records and the list of segments are copied once, under the log's lock. From
 * then on the walk needs no lock: puts and deletes go to other records, and a segment that a merge
 * drops stays mapped as long as a walk has it.
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A cursor over the live records of one moment, in log order. Not thread-safe. */
final class Walk {
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
