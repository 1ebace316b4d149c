/*
 * WHAT THIS FILE IS
 *
 * Removing all keys. It is a merge that copies nothing: the active segment is sealed first, and the
 * output is an empty segment that covers all others. Its rename is the commit: an open before it
 * finds all keys, and an open after it finds none.
 *
 *     000001-000004.1.data   000005-000005.0.data   000006-000006.0.data
 *     '------------------------- all ------------------------------------'
 *     000001-000006.2.data   (empty)
 *
 * Writers wait from the seal to the commit, since the output would cover their puts; the next put
 * begins a new active segment, here 000007. A clear takes a few fsyncs and two pages of space,
 * however large the store is.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Replaces the whole log by an empty segment. Requires: the merge lock and the log's lock. */
final class Clear {
  private final Log log;
  private final KeyDir keydir;
  private final Replacement replacement;
  private final ObsoleteFiles obsolete;

  Clear(Log log, KeyDir keydir, Replacement replacement, ObsoleteFiles obsolete) {
    this.log = log;
    this.keydir = keydir;
    this.replacement = replacement;
    this.obsolete = obsolete;
  }

  /**
   * Removes all keys; on a full disk, with the space in reserve. On return that is durable. The
   * files are deleted later, by the merge thread.
   *
   * @throws IOException if it failed, and the store is as it was or refuses all writes
   */
  void run() throws IOException {
    try {
      replaceAll();
    } catch (IOException e) {
      if (log.failure() != null || !log.ballast().lend()) {
        throw e;
      }
      try {
        replaceAll();
        // The disk is full, so the space is needed soon.
        log.dropped().unmap();
      } finally {
        log.takeBallastBack();
      }
    }
  }

  private void replaceAll() throws IOException {
    log.requireOpen();
    // On return everything is durable: a power loss before the commit loses nothing.
    log.sealActive();
    List<Segment> all = log.sealed();
    if (log.space().recordBytes() == 0) {
      return;
    }
    List<SegmentName> names = all.stream().map(Segment::name).toList();
    SegmentName name = SegmentName.merged(names).requireReadable();
    replacement.run(
        name,
        Clear::writeEmpty,
        empty -> {
          Segment output = log.publish(name, empty, all.get(0));
          keydir.clear();
          log.countDead(all);
          log.drop(all);
          obsolete.add(names);
          FailPoint.DROPPED.hit(output.file());
        });
  }

  private static MergeOutput writeEmpty(Path file) throws IOException {
    try (MergeOutput empty = new MergeOutput(file)) {
      empty.finish();
      return empty;
    }
  }
}
