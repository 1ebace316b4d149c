/*
 * WHAT THIS FILE IS
 *
 * Checks of the invariants. Tests call them after their operations; the engine does not.
 *
 * The expected state comes from the files: all segments are read from start to end, as by an open
 * without hint files, and the store's memory must agree with them. Takes as long as that open, and
 * blocks all writers.
 */
package kv.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks a whole store against its files. */
final class Invariants {
  private final Log log;
  private final KeyDir keydir;
  private final List<Segment> segments;

  /** Location of each key's last put, by a replay of the log. */
  private final Map<ByteBuffer, Long> lastPuts = new HashMap<>();

  /** Live bytes of each segment, by the keydir. */
  private final Map<Segment, Long> liveBytes = new HashMap<>();

  private Invariants(Log log, KeyDir keydir) {
    this.log = log;
    this.keydir = keydir;
    this.segments = log.segments();
  }

  /**
   * Checks all invariants. No operation may be in progress. Requires: the turn to merge and the
   * log's lock.
   *
   * @throws IllegalStateException naming the first invariant that does not hold
   */
  static void check(Log log, KeyDir keydir) throws IOException {
    log.requireOpen();
    Invariants invariants = new Invariants(log, keydir);
    invariants.replay();
    invariants.checkKeyDir();
    invariants.checkSegments();
    invariants.checkTotals();
    invariants.checkFiles();
  }

  /** Reads all records in log order. */
  private void replay() throws IOException {
    for (Segment segment : segments) {
      LogReader records = segment.reader();
      while (records.next()) {
        ByteBuffer key = ByteBuffer.wrap(records.key());
        long location = Location.of(segment.id(), records.offset());
        if (records.type() == Record.PUT) {
          lastPuts.put(key, location);
        } else {
          lastPuts.remove(key);
        }
        if (keydir.pointsAt(keydir.hash(key.array()), location)) {
          liveBytes.merge(segment, (long) records.length(), Long::sum);
        }
      }
    }
  }

  private void checkKeyDir() {
    for (Map.Entry<ByteBuffer, Long> put : lastPuts.entrySet()) {
      require(
          keydir.pointsAt(keydir.hash(put.getKey().array()), put.getValue()),
          "I2: the keydir entry of a key is its last put");
    }
    require(keydir.size() == lastPuts.size(), "I2: the keydir contains only keys of the log");
  }

  private void checkSegments() throws CorruptStoreException {
    for (Segment segment : segments) {
      boolean isOfLastTwo = segments.indexOf(segment) >= segments.size() - 2;
      require(segment.isSealed() || isOfLastTwo, "I3: all segments but the last two are sealed");
      require(
          segment.liveBytes() == liveBytes.getOrDefault(segment, 0L),
          "the live bytes of " + segment.name() + " are exact");
    }
    List<SegmentName> names = names();
    require(
        SegmentName.uncovered(log.directory().path(), names).equals(names),
        "I4: the segments tile 1..n");
  }

  private void checkTotals() {
    List<Segment> sealed = log.sealed();
    require(
        log.space().liveBytes() == segments.stream().mapToLong(Segment::liveBytes).sum()
            && log.space().deadBytes() == segments.stream().mapToLong(Segment::deadBytes).sum()
            && log.space().sealedDeadBytes() == sealed.stream().mapToLong(Segment::deadBytes).sum()
            && log.space().sealedBytes() == sealed.stream().mapToLong(Segment::size).sum(),
        "the totals are the sums over the segments");
  }

  /** Checks that the directory contains no files except the store's. */
  private void checkFiles() throws IOException {
    List<SegmentName> names = names();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(log.directory().path())) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        require(
            name.equals(DirectoryLock.FILE_NAME)
                || name.equals(Ballast.FILE_NAME)
                || names.stream().anyMatch(n -> name.equals(n + SegmentName.DATA))
                || names.stream().anyMatch(n -> name.equals(n + SegmentName.HINT))
                // A read-only store keeps it.
                || !names.isEmpty() && name.equals(SegmentName.merged(names) + SegmentName.INDEX),
            name + " is a file of the store");
      }
    }
  }

  private List<SegmentName> names() {
    return segments.stream().map(Segment::name).toList();
  }

  private static void require(boolean holds, String invariant) {
    if (!holds) {
      throw new IllegalStateException("does not hold: " + invariant);
    }
  }
}
