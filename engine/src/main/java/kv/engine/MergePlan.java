/*
 * WHAT THIS FILE IS
 *
 * Which segments a merge rewrites. A run is a sequence of neighbouring segments that become one; a
 * pass is a sequence of runs, oldest first.
 *
 * PICTURE: segments of at most 64 MiB; live and dead bytes in MiB
 *
 *     segment   1        2        3        4        5       6
 *     live     40       10       64       30       20       5     active
 *     dead     24       54        0       34       44       0
 *              '------ run -----'         '------ run ------'
 *              becomes 50       stays     becomes 55
 *
 * TOMBSTONES
 *
 * A merge may drop a tombstone only if no older record of its key exists (I8). Such a record is
 * dead, so its segment has a dead byte: it is in the tombstone's run or before it. If every segment
 * before the run was rewritten in this pass, or has no dead byte, then no such record is left.
 *
 *     000001             000002             000003
 *     | P vi 1 |         | P os mac |       | D vi |
 *       a dead byte:       no dead byte:      may be dropped, since no put of
 *       rewritten first    may be left out    vi is left in an older segment
 *
 * A plan that leaves out an older segment with a dead byte copies tombstones.
 *
 * INVARIANTS
 *
 * I8   A tombstone is dropped only when no older record of its key exists.
 */
package kv.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The runs of one pass. A plan keeps its segments mapped, so a merge removes each run that it
 * begins.
 *
 * @param runs the runs, oldest first
 * @param dropsTombstones whether every segment that is older than a run and has a dead byte is in
 *     an earlier run
 */
record MergePlan(Deque<List<Segment>> runs, boolean dropsTombstones) {
  /** A run's output contains at most this fraction of the live bytes, or one segment. */
  private static final int OUTPUT_FRACTION = 4;

  /** Minimum number of small segments at the end of the log that are joined. */
  private static final int MANY = 16;

  /**
   * Plans a full pass: every segment with a dead byte is in a run, and small neighbours are joined.
   * Takes O(segments) time.
   *
   * @param sealed the segments that are sealed now: a tombstone sealed later may have its put in a
   *     segment that this plan leaves out
   * @param segmentBytes size of a full segment in bytes
   */
  static MergePlan full(List<Segment> sealed, long liveBytes, long segmentBytes) {
    long maxBytes = Math.min(Segment.MAX_SIZE, Math.max(segmentBytes, liveBytes / OUTPUT_FRACTION));
    Deque<List<Segment>> runs = new ArrayDeque<>();
    List<Segment> run = new ArrayList<>();
    long runBytes = 0;
    for (Segment segment : sealed) {
      boolean stays = segment.deadBytes() == 0 && segment.size() > maxBytes / 2;
      if (stays || runBytes + segment.liveBytes() > maxBytes) {
        addIfUseful(runs, run);
        run = new ArrayList<>();
        runBytes = 0;
      }
      if (!stays) {
        run.add(segment);
        runBytes += segment.liveBytes();
      }
    }
    addIfUseful(runs, run);
    return new MergePlan(runs, true);
  }

  /** Adds a run that joins several segments, or reclaims dead bytes of one. */
  private static void addIfUseful(Deque<List<Segment>> runs, List<Segment> run) {
    if (run.size() > 1 || run.size() == 1 && run.get(0).deadBytes() > 0) {
      runs.add(run);
    }
  }

  /** Plans to join the segments at the end of the log that fit into one, if there are many. */
  static MergePlan smallest(List<Segment> sealed, long segmentBytes) {
    int first = sealed.size();
    long bytes = 0;
    while (first > 0 && bytes + sealed.get(first - 1).size() <= segmentBytes) {
      first--;
      bytes += sealed.get(first).size();
    }
    Deque<List<Segment>> runs = new ArrayDeque<>();
    if (sealed.size() - first >= MANY) {
      runs.add(sealed.subList(first, sealed.size()));
    }
    return new MergePlan(
        runs, sealed.subList(0, first).stream().allMatch(older -> older.deadBytes() == 0));
  }

  /** Plans to rewrite one segment, if it is still there. Older ones are left out. */
  static MergePlan single(List<Segment> sealed, SegmentName name) {
    Deque<List<Segment>> runs = new ArrayDeque<>();
    sealed.stream().filter(s -> s.name().equals(name)).map(List::of).forEach(runs::add);
    return new MergePlan(runs, false);
  }
}
