package kv.engine;

/**
 * Where a record is: the number in memory of its segment, times 2^32, plus its offset. One number,
 * so that the keydir can change it with one store. A segment's number is used once while the store
 * is open, so a location never means another record later.
 */
final class Location {
  private Location() {}

  /** Returns the location of a record in a segment. */
  static long of(Segment segment, int offset) {
    return of(segment.id(), offset);
  }

  /** Returns the location of a record in the segment with a number. */
  static long of(int segmentId, int offset) {
    return (long) segmentId << 32 | offset;
  }

  /** Returns the number in memory of a location's segment. */
  static int segmentId(long location) {
    return (int) (location >>> 32);
  }

  /** Returns a location's offset in its segment. */
  static int offset(long location) {
    return (int) location;
  }
}
