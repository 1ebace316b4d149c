/*
 * WHAT THIS FILE IS
 *
 * How much of the log is live, by segment and in all. A put adds its bytes to its segment, the
 * record that supersedes it subtracts them, and bytes that are not live are dead. A tombstone is
 * dead at once.
 *
 *                      put os=mac    put vi=1     put os=linux    delete vi
 *     record bytes        21            19             23            18
 *     live after it       21            40             42            23
 *     dead after it        0             0             21            58
 *
 * The numbers are exact. Merges rely on a segment without dead bytes having no dead record (I8), so
 * a record and its accounting change under one lock.
 */
package kv.engine;

/** Counts live and dead bytes. Guarded by: the log's lock. */
final class SpaceAccounting {
  /** Bytes of all records. */
  private long recordBytes;

  /** Bytes of the live records. */
  private long liveBytes;

  /** Bytes of all records in sealed segments. */
  private long sealedBytes;

  /** Bytes of the dead records in sealed segments: these a merge can reclaim. */
  private long sealedDeadBytes;

  // ======== Writing ========

  /** Counts a record that was appended to the active segment. It is dead until it is live. */
  void appended(int length) {
    recordBytes += length;
  }

  /** Counts the records of the active segment as sealed. */
  void sealed(Segment segment) {
    sealedBytes += segment.size();
    sealedDeadBytes += segment.deadBytes();
  }

  /**
   * Counts the records of a segment that joined the log sealed. They are dead until they are live.
   */
  void added(Segment segment) {
    recordBytes += segment.size();
    sealedBytes += segment.size();
    sealedDeadBytes += segment.size();
  }

  /** Counts bytes of a segment as live or, with a negative length, as dead. */
  void addLive(Segment segment, long length) {
    segment.addLive(length);
    liveBytes += length;
    if (segment.isSealed()) {
      sealedDeadBytes -= length;
    }
  }

  // ======== Reading ========

  /** Returns the bytes of all records. */
  long recordBytes() {
    return recordBytes;
  }

  /** Returns the bytes of the records that a get can return. */
  long liveBytes() {
    return liveBytes;
  }

  /** Returns the bytes of all other records. */
  long deadBytes() {
    return recordBytes - liveBytes;
  }

  /** Returns the bytes of all records in sealed segments. */
  long sealedBytes() {
    return sealedBytes;
  }

  /** Returns the bytes of the dead records in sealed segments. */
  long sealedDeadBytes() {
    return sealedDeadBytes;
  }

  // ======== Reclaiming space ========

  /** Counts a sealed segment, whose records are all dead, as gone. */
  void dropped(Segment segment) {
    recordBytes -= segment.size();
    sealedBytes -= segment.size();
    sealedDeadBytes -= segment.deadBytes();
  }
}
