/*
 * WHAT THIS FILE IS
 *
 * The order of an open. Recovery decides whether one segment is whole, torn or corrupt; this class
 * reads all of them in log order and then acts on the verdicts.
 *
 *     1  read and verify everything: names, seals, hints or records, the tail; change nothing
 *     2  make durable what was read (I9): the last segment, and the directory's entries
 *     3  delete covered segments with their hints, and unfinished outputs of merges
 *     4  cut off the torn end, and seal the tail: no old segment is ever appended to
 *
 * In part 4 the files of step 5 get their seals too: see Takeover.
 *
 * A segment that covers others that still exist is read whole, even if it has a hint file. They
 * are the last chance to find that it is damaged, and they are deleted next (I7).
 *
 * A read-only store stops after part 1. It ignores the remains that the other parts would repair.
 *
 * INVARIANTS
 *
 * I4   The segments that no other covers tile 1 to n.
 * I7   No file is deleted until its replacement's rename, and everything that justified a drop, is
 *      durable.
 * I9   Recovery makes durable what it saw before it acts on it.
 */
package kv.engine;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Opens a log, and fills the keydir, from the files in a directory. */
final class LogOpener {
  private final Path directory;
  private final Log log;
  private final KeyDirLoader loader;
  private final Takeover takeover;

  /** Covered segments, their hints, and unfinished outputs of merges. */
  private final List<Path> leftovers = new ArrayList<>();

  /** The last segment if it has no seal, or null. */
  private Segment tail;

  private LogOpener(Path directory, int lastKnown, Log log, KeyDir keydir) {
    this.directory = directory;
    this.log = log;
    loader = new KeyDirLoader(log, keydir);
    takeover = new Takeover(lastKnown);
  }

  // ======== Opening ========

  /**
   * Opens the segments in a directory, fills the keydir, and repairs the remains of a crash. Takes
   * O(bytes in the hint files) time, O(bytes in the segment) for a segment without one, and about
   * one read from the log for each record that replaces another.
   *
   * @param readOnly whether to change nothing, and repair nothing
   * @param lastKnown the number of a segment that existed, according to LOCK, or 0
   * @throws CorruptStoreException if a file is damaged or missing; then nothing was changed
   */
  static void run(Path directory, boolean readOnly, int lastKnown, Log log, KeyDir keydir)
      throws IOException {
    LogOpener opener = new LogOpener(directory, lastKnown, log, keydir);
    opener.readAll(lastKnown);
    FailPoint.VERIFIED.hit(directory);
    if (readOnly) {
      opener.reportTail();
    } else {
      opener.makeDurable();
      opener.deleteLeftovers();
      opener.cutTail();
      opener.seal();
    }
    log.countFound();
  }

  /** Part 1: reads and verifies everything, and changes nothing. */
  private void readAll(int lastKnown) throws IOException {
    Listing listing = Listing.of(directory);
    List<SegmentName> names = listing.log(lastKnown);
    List<SegmentName> covered = listing.covered(names);
    for (SegmentName name : names) {
      boolean last = name == names.get(names.size() - 1);
      read(log.addFound(name), covered.stream().anyMatch(name::covers), last);
    }
    takeover.requirePossible();
    loader.finish();
    // A page that could not be read was taken for zeros, and zeros for the end of the log.
    LateFaults.surface();
    leftovers.addAll(listing.leftovers(names));
  }

  /**
   * Loads the records of one segment into the keydir, from its hint file if possible.
   *
   * @param covers whether files that this segment covers still exist
   * @param last whether this is the last segment
   */
  private void read(Segment segment, boolean covers, boolean last) throws IOException {
    Path hint = segment.name().hint(directory);
    HintFile.Visitor visitor =
        (type, key, at, length) -> loader.add(segment, type, key, at, length);
    boolean hasHeader = Recovery.hasFileHeader(segment, last);
    boolean sealed;
    if (!hasHeader) {
      segment.setContents(FileHeader.SIZE, 0, 0);
      sealed = false;
    } else if (!covers && HintFile.read(segment, hint, visitor)) {
      segment.setHinted();
      sealed = true;
    } else {
      sealed = Recovery.findEnd(segment, last, takeover, visitor);
    }
    if (!sealed && HintFile.isIntact(hint)) {
      // Only sealed segments have hint files. The seal was there, after the records of today.
      throw segment
          .reader()
          .corrupt(segment.end(), "the segment has no seal, though it has a hint file, " + hint);
    }
    takeover.add(segment, hasHeader, sealed, last);
    if (!sealed && last) {
      tail = segment;
    }
  }

  /** Logs what a repair would cut off. */
  private void reportTail() {
    if (tail != null && !tail.reader().isZero(tail.end(), tail.reader().size())) {
      Logs.LOGGER.log(
          System.Logger.Level.INFO,
          tail.file()
              + (" is torn at offset " + tail.end())
              + ": the bytes after it are ignored, since the store is read-only");
    }
  }

  /** Part 2 (I9). */
  private void makeDurable() throws IOException {
    List<Segment> segments = log.sealed();
    for (Segment segment : segments) {
      // Also if it has its seal: the process may have died before the fsync. All others were synced
      // before there was a segment after them.
      boolean last = segment == segments.get(segments.size() - 1);
      if (last || takeover.mayHaveNoSeal(segment)) {
        Disk.sync(segment.file());
      }
    }
    log.directory().sync();
  }

  /** Part 3 (I7). */
  private void deleteLeftovers() throws IOException {
    for (Path path : leftovers) {
      // CRASH HERE: the files that still exist are as useless at the next open.
      Files.deleteIfExists(path);
      FailPoint.DELETED.hit(path);
    }
  }

  /** Part 4: cuts off the torn end, durably, before anything is written in its place. */
  private void cutTail() throws IOException {
    if (tail != null) {
      cut(tail);
      Disk.sync(tail.file());
      FailPoint.TAIL_CUT.hit(tail.file());
    }
  }

  /** Part 4: seals the segments that have no seal. */
  private void seal() throws IOException {
    List<Segment> unsealed = new ArrayList<>(takeover.unsealed());
    if (tail != null && tail.fileHeader().isOld()) {
      // CRASH HERE: a store of step 5, whose last file may be empty.
      log.beginSegment();
      log.sealActive();
      // CRASH HERE: step 5 refuses the directory from now on.
      unsealed.add(tail);
    } else if (tail != null) {
      seal(tail);
    }
    for (Segment segment : unsealed) {
      // CRASH HERE: older files have their seals, and this one has none, a part of it, or all.
      seal(segment);
    }
  }

  /** Writes the seal of a segment after its records. On return it is durable. */
  private static void seal(Segment segment) throws IOException {
    Path file = segment.file();
    cut(segment);
    try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
      if (!segment.fileHeader().isOld()) {
        // The process may have died when it had just created the file, which is empty then.
        writer.write(segment.fileHeader().encode());
      }
      writer.seek(segment.end());
      writer.write(
          Record.encodeSealAt(
              segment.fileHeader(), segment.end(), segment.count(), segment.sealChecksum()));
    }
    FailPoint.SEALED.hit(file);
    Disk.sync(file);
  }

  /** Cuts off everything after the records of a segment. */
  private static void cut(Segment segment) throws IOException {
    try (RandomAccessFile writer = new RandomAccessFile(segment.file().toFile(), "rw")) {
      if (Disk.WINDOWS) {
        // Windows does not shorten a file that is mapped. Zeros have the same effect.
        writer.seek(segment.end());
        for (long at = segment.end(); at < writer.length(); at++) {
          writer.write(0);
        }
      } else if (writer.length() > segment.end()) {
        writer.setLength(segment.end());
      }
    }
  }
}
