/*
 * WHAT THIS FILE IS
 *
 * Getting the space of deleted segments back. The operating system frees the blocks of a deleted
 * file only once nothing maps it. Before Java 22 only the garbage collector can unmap a file: it
 * alone knows that no reader uses the map (see MappedFiles). A store that creates little garbage
 * could run for hours without a collection, so the store asks for one: after 256 MiB of dropped
 * segments, and whenever the disk is full.
 */
package kv.engine;

/** Asks the garbage collector to unmap dropped segments. Guarded by: the log's lock. */
final class DroppedSegments {
  /** Bytes of dropped segments after which the garbage collector is asked to unmap them. */
  private static final long MAX_BYTES = 256 << 20;

  /** Number of times that a merge on a full disk waits for an unmapping, and how long each. */
  private static final int MAX_WAITS = 5;

  private static final long WAIT_MILLIS = 50;

  /** Bytes of the segments dropped since the garbage collector was last asked. */
  private long bytes;

  /** Notes a segment that no longer belongs to the log. */
  void add(Segment segment) {
    bytes += segment.size();
  }

  /** Asks for unmapping if many bytes were dropped. Called after their files were deleted. */
  void unmapIfMany() {
    if (bytes > MAX_BYTES) {
      unmap();
    }
  }

  /** Asks for unmapping. */
  void unmap() {
    if (bytes > 0) {
      bytes = 0;
      System.gc();
    }
  }

  /**
   * Waits until a dropped segment was unmapped, for at most a quarter of a second. Requires: no
   * lock.
   */
  static void awaitUnmapped() {
    int before = MappedFiles.count();
    for (int i = 0; i < MAX_WAITS && MappedFiles.count() >= before; i++) {
      System.gc();
      Uninterruptible.sleep(WAIT_MILLIS);
    }
  }
}
