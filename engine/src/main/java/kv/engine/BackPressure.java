/*
 * WHAT THIS FILE IS
 *
 * When a writer waits for a merge. Puts are faster than merges: without this wait, puts that outrun
 * a running merge would fill the disk with dead records. While a merge runs, a put that needs a new
 * segment waits if the log, the merge's output and the new segment would exceed 3 times the live
 * bytes, or 4 segments if that is more.
 *
 *     log 180 MiB + output 60 MiB + segment 64 MiB  >  3 x 100 MiB live: the put waits
 *
 * The idea is LevelDB's, whose writers stop when level 0 has too many files.
 */
package kv.engine;

/** Decides whether writers wait for the running merge. Guarded by: the log's lock. */
final class BackPressure {
  /** Maximum size of the log while a merge runs, as a multiple of its live bytes. */
  private static final int MAX_LIVE_MULTIPLE = 3;

  /** The log may always grow to this many segments. */
  private static final int MIN_SEGMENTS = 4;

  private final SpaceAccounting space;
  private final long segmentBytes;

  /** Size of the running merge's next output in bytes; negative if no merge is running. */
  private long outputBytes = -1;

  BackPressure(SpaceAccounting space, long segmentBytes) {
    this.space = space;
    this.segmentBytes = segmentBytes;
  }

  /** Notes the size of the running merge's next output in bytes; negative when it has ended. */
  void setOutputBytes(long bytes) {
    outputBytes = bytes;
  }

  /** Returns whether one more segment is too much until the running merge has deleted some. */
  boolean isTooFarAhead() {
    return outputBytes >= 0
        && space.recordBytes() + outputBytes + segmentBytes
            > Math.max(MAX_LIVE_MULTIPLE * space.liveBytes(), MIN_SEGMENTS * segmentBytes);
  }
}
