package kv.server.core;

import java.util.List;
import kv.engine.Stats;

/**
 * The numbers of a served store at one moment. A store of the course's steps does not report its
 * merges and segments.
 *
 * @param keys live keys
 * @param files files of the log
 * @param liveBytes bytes of the records that a get can return, headers included
 * @param deadBytes bytes of all other records
 * @param merges outputs of merges that replaced their inputs; null if not reported
 * @param mergedBytes bytes of the records in those; null if not reported
 * @param segments the segments, in log order; empty if not reported
 * @param merging the merge in progress, or null
 */
public record StoreStats(
    long keys,
    int files,
    long liveBytes,
    long deadBytes,
    Long merges,
    Long mergedBytes,
    List<Stats.Segment> segments,
    Stats.Merging merging) {}
