/*
 * WHAT THIS FILE IS
 *
 * All numbers of a server at one moment: the answer to /stats, each event of /events, and, in
 * another form, /metrics. A program that polls and the page in a browser see the same.
 *
 * A MERGE THAT IS GOING ON
 *
 * The store says what its merges have done, and nothing of one that has not ended. But its file
 * does: 000001-000004.1.data.tmp is what is being made of segments 1 to 4, and it is as long as
 * what was written so far. So this looks into the store's directory.
 */
package kv.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import kv.step5.Stats;

/**
 * A server's numbers at one moment. Counts begin when the server starts.
 *
 * @param uptimeMillis milliseconds since the server was started
 * @param keys live keys
 * @param liveBytes bytes of the records that a get can return, headers included
 * @param deadBytes bytes of all other records
 * @param segments the segments, in log order
 * @param merging the merge that is going on, or null
 * @param merges outputs of merges that have taken their inputs' place
 * @param mergedBytes bytes of the records in those
 * @param gets values that were asked for
 * @param puts values that were put
 * @param deletes keys that were asked to be deleted
 * @param errors requests that were answered with an error
 * @param connections connections that are open now
 */
record HttpStats(
    long uptimeMillis,
    long keys,
    long liveBytes,
    long deadBytes,
    List<Stats.Segment> segments,
    Merging merging,
    long merges,
    long mergedBytes,
    long gets,
    long puts,
    long deletes,
    long errors,
    int connections) {
  private static final String OUTPUT = ".data.tmp";

  /**
   * A merge that is going on.
   *
   * @param name the segment that comes out of it, without the ending of its file
   * @param bytes what was written of it so far
   */
  record Merging(String name, long bytes) {}

  /**
   * Returns the numbers as they are now. Takes O(segments) time, and on the event loop.
   *
   * @throws IOException if the store has failed
   */
  static HttpStats of(Server server) throws IOException {
    Stats stats = server.store().stats();
    Counters counters = server.counters();
    return new HttpStats(
        server.uptime().toMillis(),
        stats.keys(),
        stats.liveBytes(),
        stats.deadBytes(),
        stats.segments(),
        merging(server.settings().directory()),
        stats.merges(),
        stats.mergedBytes(),
        counters.gets,
        counters.puts,
        counters.deletes,
        counters.errors,
        server.connections());
  }

  /** Finds the output of a merge: there is at most one at a time. */
  private static Merging merging(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + OUTPUT)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        return new Merging(name.substring(0, name.length() - OUTPUT.length()), Files.size(file));
      }
    } catch (NoSuchFileException e) {
      // It has been renamed meanwhile: the merge is done.
      return null;
    }
    return null;
  }
}
