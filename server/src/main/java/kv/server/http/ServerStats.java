/*
 * WHAT THIS FILE IS
 *
 * All numbers of a server at one moment: the reply to /stats, each event of /events, and, in
 * another format, /metrics. A program that polls and the page in a browser show the same numbers.
 */
package kv.server.http;

import java.io.IOException;
import java.util.List;
import kv.engine.Stats;
import kv.server.core.Counters;
import kv.server.core.ServerContext;
import kv.server.core.StoreStats;

/**
 * A server's numbers at one moment. Counts begin when the server starts.
 *
 * @param uptimeMillis milliseconds since the server was started
 * @param keys live keys
 * @param files files of the log
 * @param liveBytes bytes of the records that a get can return, headers included
 * @param deadBytes bytes of all other records
 * @param segments the segments, in log order; empty if the store does not report them
 * @param merging the merge in progress, or null
 * @param merges outputs of merges that replaced their inputs; null if the store does not report it
 * @param mergedBytes bytes of the records in those; null if the store does not report it
 * @param gets keys read
 * @param puts keys put
 * @param deletes keys that clients asked to delete
 * @param errors requests answered with an error; 404 and 412 are not counted
 * @param connections open connections
 * @param store the store's name: {@code engine}, or the folder of the reader's code
 * @param readOnly whether the server was started with --read-only
 * @param failure the reason why the store accepts no more writes, or null
 */
record ServerStats(
    long uptimeMillis,
    long keys,
    int files,
    long liveBytes,
    long deadBytes,
    List<Stats.Segment> segments,
    Stats.Merging merging,
    Long merges,
    Long mergedBytes,
    long gets,
    long puts,
    long deletes,
    long errors,
    int connections,
    String store,
    boolean readOnly,
    String failure) {
  /**
   * Returns the current numbers, also of a store that failed. Takes O(segments) time. Called on the
   * event loop.
   */
  static ServerStats of(ServerContext server) {
    StoreStats stats = server.store().stats();
    IOException failure = server.store().failure();
    Counters counters = server.counters();
    return new ServerStats(
        server.uptime().toMillis(),
        stats.keys(),
        stats.files(),
        stats.liveBytes(),
        stats.deadBytes(),
        stats.segments(),
        stats.merging(),
        stats.merges(),
        stats.mergedBytes(),
        counters.gets(),
        counters.puts(),
        counters.deletes(),
        counters.errors(),
        server.connections().size(),
        server.store().name(),
        server.settings().readOnly(),
        failure == null ? null : failure.getMessage());
  }
}
