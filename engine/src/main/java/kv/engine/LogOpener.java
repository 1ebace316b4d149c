/*
 * WHAT THIS FILE IS
 *
 * The order of an open. Recovery decides whether one segment is whole, torn or corrupt; this class
 * reads all of them in log order and then acts on the verdicts.
 *
 *     1  read and verify everything: names, seals, hints or records, the tail; change nothing
 *     2  make durable what was read (I9): the last two segments, and the directory's entries
 *     3  delete covered segments with their hints, unfinished outputs of merges, the saved index,
 *        and a last segment that is dropped because the one before is torn
 *     4  cut off the torn end, and seal the tail: no old segment is ever appended to
 *
 * In part 4 the files of step 5 get their seals too: see Takeover.
 *
 * If the store was closed, part 1 reads the seals and the saved index, and nothing else.
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
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Opens a log, and fills the keydir, from the files in a directory. */
final class LogOpener {
  private final Path directory;
  private final Log log;
  private final Takeover takeover;

  /** The hash function of the keydir, which the hint files have. */
  private SipHash hash;

  private KeyDir keydir;
  private KeyDirLoader loader;

  /** Covered segments, their hints, unfinished outputs of merges, and the saved index. */
  private final List<Path> leftovers = new ArrayList<>();

  /** The number of a segment that existed, according to LOCK, or 0. */
  private final int lastKnown;

  /** The last segment if it has no seal, or null. */
  private Segment tail;

  /** The segment after the tail, which is dropped because the tail is torn; or null. */
  private SegmentName dropped;

  private LogOpener(Path directory, int lastKnown, Log log) {
    this.directory = directory;
    this.log = log;
    this.lastKnown = lastKnown;
    takeover = new Takeover(lastKnown);
  }

  // ======== Opening ========

  /**
   * Opens the segments in a directory, fills a keydir, and repairs the remains of a crash. Takes
   * O(keys) time after a close; otherwise O(bytes in the hint files) time, and O(bytes in the
   * segment) for a segment without one.
   *
   * @param readOnly whether to change nothing, and repair nothing
   * @param lastKnown the number of a segment that existed, according to LOCK, or 0
   * @return the opener, which has the keydir
   * @throws CorruptStoreException if a file is damaged or missing; then nothing was changed
   */
  static LogOpener run(Path directory, boolean readOnly, int lastKnown, Log log)
      throws IOException {
    LogOpener opener = new LogOpener(directory, lastKnown, log);
    opener.readAll();
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
    return opener;
  }

  /** Returns the keydir, filled. */
  KeyDir keydir() {
    return keydir;
  }

  /** Returns the hash function of the keydir. */
  SipHash hash() {
    return hash;
  }

  /** Part 1: reads and verifies everything, and changes nothing. */
  private void readAll() throws IOException {
    Listing listing = Listing.of(directory);
    List<SegmentName> names = listing.log(lastKnown);
    List<SegmentName> covered = listing.covered(names);
    leftovers.addAll(listing.leftovers(names));
    SavedIndex saved = covered.isEmpty() ? SavedIndex.read(directory, names) : null;
    if (saved == null) {
      readSegments(names, covered);
    } else {
      hash = saved.hash();
      keydir = new KeyDir(log, hash::hash);
      saved.load(log, keydir);
    }
  }

  /** Reads the segments, or their hint files, and fills the keydir. */
  private void readSegments(List<SegmentName> names, List<SegmentName> covered) throws IOException {
    List<Hints> hints = readHints(names);
    hash = hashFunction(hints);
    keydir = new KeyDir(log, hash::hash);
    loader = new KeyDirLoader(log, keydir, hash, KeyDirLoader.MAX_HINTS_IN_MEMORY);
    for (int i = 0; i < names.size() && tail == null; i++) {
      SegmentName name = names.get(i);
      Segment segment = log.addFound(name);
      boolean covers = covered.stream().anyMatch(name::covers);
      boolean last = i == names.size() - 1;
      boolean mayBeTorn = i >= names.size() - 2 && mayBeTorn(segment, last);
      read(segment, covers ? null : hints.get(i), mayBeTorn, last);
      if (tail != null && !last) {
        drop(names.get(i + 1));
      }
    }
    takeover.requirePossible();
    loader.finish();
    // A page that could not be read was taken for zeros, and zeros for the end of the log.
    LateFaults.surface();
  }

  /** Reads the hint files, with several threads; null in place of each that is not usable. */
  private List<Hints> readHints(List<SegmentName> names) {
    Hints[] found = new Hints[names.size()];
    // The segments need maps too: of a store of very many, some are read instead of their hints.
    int spareMaps = MappedFiles.MAX_MAPS - MappedFiles.count() - names.size();
    IntStream.range(0, Math.min(found.length, Math.max(spareMaps, 0)))
        .parallel()
        .forEach(i -> found[i] = Hints.read(names.get(i).hint(directory)));
    return Arrays.asList(found);
  }

  /** Returns the hash function of the newest hint file that is whole, or a new one. */
  private static SipHash hashFunction(List<Hints> hints) {
    for (int i = hints.size() - 1; i >= 0; i--) {
      if (hints.get(i) != null) {
        return hints.get(i).hashFunction();
      }
    }
    return SipHash.random();
  }

  /** Returns whether the end of a segment, one of the last two, may be torn. */
  private boolean mayBeTorn(Segment segment, boolean last) {
    // When a number is written to LOCK, all segments up to it are durable. Files of step 5 have
    // rules of their own.
    boolean mayNotBeDurable =
        !segment.fileHeader().isOld()
            && segment.name().last() > lastKnown
            && takeover.unsealed().isEmpty();
    // A merge's output had its seal before it had its name.
    return segment.name().generation() == 0 && (last || mayNotBeDurable);
  }

  /** Drops the last segment, because the one before it is torn: that is the tail now. */
  private void drop(SegmentName last) throws IOException {
    Recovery.requireDroppable(tail, last, directory);
    dropped = last;
  }

  /**
   * Loads the records of one segment into the keydir, from its hint file if possible.
   *
   * @param hints a hint file that may be the segment's, or null
   * @param mayBeTorn whether its end may be torn
   * @param last whether this is the last segment
   */
  private void read(Segment segment, Hints hints, boolean mayBeTorn, boolean last)
      throws IOException {
    Path hint = segment.name().hint(directory);
    int before = log.sealed().size() - 2;
    Segment previous = before < 0 ? null : log.sealed().get(before);
    boolean hasHeader = Recovery.hasFileHeader(segment, mayBeTorn, previous);
    boolean sealed =
        hasHeader && hints != null && hints.hashFunction().isSameAs(hash) && hints.adopt(segment);
    if (sealed) {
      segment.setHinted();
      loader.add(hints);
    } else if (hasHeader) {
      sealed =
          Recovery.findEnd(
              segment,
              mayBeTorn,
              last,
              takeover,
              (type, key, at, length) -> loader.add(segment, type, key, at, length));
      loader.end(segment);
    } else {
      segment.setContents(FileHeader.SIZE, 0, 0);
    }
    if (!sealed && Hints.isIntact(hint)) {
      // Only sealed segments have hint files. The seal was there, after the records of today.
      throw segment
          .reader()
          .corrupt(segment.end(), "the segment has no seal, though it has a hint file, " + hint);
    }
    boolean isTail = !sealed && (last || mayBeTorn);
    takeover.add(segment, hasHeader, sealed, last || isTail);
    if (isTail) {
      tail = segment;
    }
  }

  /** Logs what a repair would cut off. */
  private void reportTail() {
    if (dropped != null) {
      Logs.LOGGER.log(
          System.Logger.Level.INFO,
          dropped.data(directory)
              + " is ignored, since the segment before it is torn and the store is read-only");
    }
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
    for (int i = 0; i < segments.size(); i++) {
      // Also if it has its seal: the process may have died before the fsync. All others were synced
      // before the last two began.
      if (i >= segments.size() - 2 || takeover.mayHaveNoSeal(segments.get(i))) {
        Disk.sync(segments.get(i).file());
      }
    }
    log.directory().sync();
  }

  /** Part 3 (I7). */
  private void deleteLeftovers() throws IOException {
    for (Path path : leftovers) {
      // CRASH HERE: the files that still exist are as useless at the next open.
      delete(path);
    }
    if (dropped != null) {
      // CRASH HERE: the segment before it is still torn, so the next open drops it again.
      delete(dropped.hint(directory));
      delete(dropped.data(directory));
      // Before the tail gets its seal: a file that came back would follow it.
      log.directory().sync();
    }
  }

  private static void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
    FailPoint.DELETED.hit(path);
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
      synchronized (log) {
        log.beginSegment();
        log.sealActive();
      }
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
