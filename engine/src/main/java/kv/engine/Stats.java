/*
 * WHAT THIS FILE IS
 *
 * A store's numbers: how much of its files is live. A merge would reclaim the dead part.
 *
 * COMPARED WITH STEP 5
 *
 * The same numbers for each segment, and the work of the merges so far.
 */
package kv.engine;

import java.util.List;

/**
 * A store's numbers at one moment. A segment's file contains 16 bytes of file header, the live
 * bytes, the dead bytes, and 24 bytes of seal. The segment that is being written has reserved space
 * in place of the seal.
 *
 * @param keys number of live keys
 * @param files number of segments of the log
 * @param liveBytes bytes of the records that a get can return, headers included
 * @param deadBytes bytes of all other records: those with a later record of the same key, and
 *     tombstones
 * @param merges number of merge outputs that replaced their inputs since the store was opened
 * @param mergedBytes bytes of the records in those outputs
 * @param segments the segments, in log order
 * @param merging the merge that is writing its output now, or null
 */
public record Stats(
    long keys,
    int files,
    long liveBytes,
    long deadBytes,
    long merges,
    long mergedBytes,
    List<Segment> segments,
    Merging merging) {

  /**
   * One segment's numbers.
   *
   * @param name its file's name, without the ending
   * @param sealed whether it will never change again
   * @param liveBytes bytes of its live records
   * @param deadBytes bytes of all other records
   */
  public record Segment(String name, boolean sealed, long liveBytes, long deadBytes) {}

  /**
   * A merge that is writing its output.
   *
   * @param name the name that the output's file will have, without the ending
   * @param bytes bytes of the output written so far
   */
  public record Merging(String name, long bytes) {}
}
