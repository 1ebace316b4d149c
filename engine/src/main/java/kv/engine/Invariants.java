/*
 * WHAT THIS FILE IS
 *
 * The invariants as questions. Tests ask them after whatever they have done; the engine does not.
 *
 * The answers come from the files: all segments are read from start to end, as an open without hint
 * files would do it, and what the store has in memory must be what comes out. Takes as long as that
 * open, and holds up everybody else.
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
  private Invariants() {}

  /**
   * Asks all of them. The caller holds the turn to merge and the log's lock, so that nothing is
   * half done.
   *
   * @throws IllegalStateException with the first question whose answer is no
   */
  static void check(Log log, KeyDir keydir) throws IOException {
    log.requireOpen();
    List<Segment> segments = log.segments();
    // What a replay gives: where each key's last put is, and how much of each segment is live.
    Map<ByteBuffer, Long> last = new HashMap<>();
    Map<Segment, Long> live = new HashMap<>();
    for (Segment segment : segments) {
      LogReader records = segment.reader();
      while (records.next()) {
        ByteBuffer key = ByteBuffer.wrap(records.key());
        if (records.type() == Record.PUT) {
          last.put(key, Location.of(segment.id(), records.offset()));
        } else {
          last.remove(key);
        }
        long location = Location.of(segment.id(), records.offset());
        if (keydir.pointsAt(keydir.hash(key.array()), location)) {
          live.merge(segment, (long) records.length(), Long::sum);
        }
      }
    }
    for (Map.Entry<ByteBuffer, Long> entry : last.entrySet()) {
      require(
          keydir.pointsAt(keydir.hash(entry.getKey().array()), entry.getValue()),
          "I2: is the keydir entry of a key its last put?");
    }
    require(keydir.size() == last.size(), "I2: has the keydir no key that the log has not?");
    for (Segment segment : segments) {
      boolean isLast = segment == segments.get(segments.size() - 1);
      require(segment.isSealed() || isLast, "I3: are all but the last segment sealed?");
      require(
          segment.liveBytes() == live.getOrDefault(segment, 0L),
          "is the accounting of " + segment.name() + " exact?");
    }
    List<SegmentName> names = segments.stream().map(Segment::name).toList();
    require(
        SegmentName.uncovered(log.directory().path(), names).equals(names),
        "I4: do they tile 1..n?");
    require(
        log.space().liveBytes() == segments.stream().mapToLong(Segment::liveBytes).sum()
            && log.space().deadBytes() == segments.stream().mapToLong(Segment::deadBytes).sum()
            && log.space().sealedDeadBytes()
                == log.sealed().stream().mapToLong(Segment::deadBytes).sum()
            && log.space().sealedBytes() == log.sealed().stream().mapToLong(Segment::size).sum(),
        "do the segments' accounts add up?");
    requireNoOtherFiles(log.directory().path(), names);
  }

  private static void requireNoOtherFiles(Path directory, List<SegmentName> names)
      throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        require(
            name.equals(DirectoryLock.FILE_NAME)
                || name.equals(Ballast.FILE_NAME)
                || names.stream().anyMatch(n -> name.equals(n + SegmentName.DATA))
                || names.stream().anyMatch(n -> name.equals(n + HintFile.HINT)),
            "is " + name + " a file of the store?");
      }
    }
  }

  private static void require(boolean answer, String question) {
    if (!answer) {
      throw new IllegalStateException(question + " No.");
    }
  }
}
