/*
 * WHAT THIS FILE IS
 *
 * The files of a store, by their names. A directory may contain other files, which are neither
 * read nor deleted. This class distinguishes them, and detects missing segments.
 *
 * PROOFS THAT A SEGMENT EXISTED
 *
 * A gap between two segments is a proof. After the last segment there is no gap: without its
 * newest segment a store looks as it did before that segment was written, and deleted keys
 * reappear. But a segment has companions, which are written after its name is durable, and deleted
 * after it was covered. A crash never leaves a companion without its segment:
 *
 *     FOUND                            PROVES
 *     000003-000003.0.hint             segments up to 3, and this segment or one that covers it
 *     000001-000003.2.index            segments up to 3 (see SavedIndex)
 *     000001-000003.1.data.tmp         segments up to 3: a merge was reading them
 *     a number in LOCK                 segments up to it (see DirectoryLock)
 *
 * A hint file of a covered segment proves nothing: a merge deletes the data first, and may die
 * before it deletes the hint.
 *
 * NOT HERE, AND WHY
 *
 * Proof of every loss. If the newest segments are removed with all their companions and LOCK, the
 * rest is byte for byte the store before them.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The names of a store's files in its directory. */
final class Listing {
  private final Path directory;

  /** All segments, covered ones included. */
  private final List<SegmentName> segments = new ArrayList<>();

  private final List<SegmentName> hints = new ArrayList<>();

  /** Saved indexes. */
  private final List<SegmentName> indexes = new ArrayList<>();

  /** Unfinished outputs of merges and imports. */
  private final List<SegmentName> unfinished = new ArrayList<>();

  private Listing(Path directory) {
    this.directory = directory;
  }

  // ======== Opening ========

  /**
   * Lists the store's files in a directory. Takes O(files) time.
   *
   * @throws CorruptStoreException if the name of a data file is not a segment's
   * @throws IOException if the directory cannot be listed, or if one of the store's files is
   *     neither a regular file nor a link to one
   */
  static Listing of(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      return of(directory, files);
    }
  }

  /** Picks the store's files from those of a directory. */
  static Listing of(Path directory, Iterable<Path> files) throws IOException {
    Listing listing = new Listing(directory);
    try {
      for (Path file : files) {
        listing.add(file);
      }
    } catch (DirectoryIteratorException e) {
      throw new IOException("could not list the files in " + directory, e.getCause());
    }
    return listing;
  }

  private void add(Path path) throws IOException {
    String file = path.getFileName().toString();
    boolean ours =
        addIf(SegmentName.DATA, file, segments)
            || addIf(SegmentName.HINT, file, hints)
            || addIf(SegmentName.INDEX, file, indexes)
            || addIf(SegmentName.UNFINISHED, file, unfinished);
    if (ours && !Files.isRegularFile(path)) {
      // Opening a pipe would wait for a program at its other end.
      throw new IOException(path + " is not a regular file: move it away");
    }
    if (!ours && file.endsWith(SegmentName.DATA) && !file.equals(OldLog.FILE_NAME)) {
      throw new CorruptStoreException(
          directory, file + " is not a segment of a store of this version");
    }
  }

  /** Adds the segment name before an ending to a list, if a file's name consists of these two. */
  private static boolean addIf(String ending, String file, List<SegmentName> names) {
    SegmentName name =
        file.endsWith(ending)
            ? SegmentName.parse(file.substring(0, file.length() - ending.length()))
            : null;
    return name != null && names.add(name);
  }

  // ======== Reading ========

  /**
   * Returns the segments that no other covers, in log order.
   *
   * @param lastKnown the number of a segment that existed, according to LOCK, or 0
   * @throws CorruptStoreException naming the missing segments, if the others do not tile 1 to n
   *     (I4), or if there is a proof of a missing one
   */
  List<SegmentName> log(int lastKnown) throws CorruptStoreException {
    List<SegmentName> log = SegmentName.uncovered(directory, segments);
    int last = log.isEmpty() ? 0 : log.get(log.size() - 1).last();
    requireUpTo(hints, SegmentName.HINT, last);
    requireUpTo(indexes, SegmentName.INDEX, last);
    // An output of generation 0 is a part of an import, which had no input segment.
    requireUpTo(
        unfinished.stream().filter(name -> name.generation() > 0).toList(),
        SegmentName.UNFINISHED,
        last);
    if (lastKnown > last) {
      throw new CorruptStoreException(
          directory, SegmentName.missing(last + 1, lastKnown) + ", as its file LOCK proves");
    }
    Set<SegmentName> there = new HashSet<>(segments);
    for (SegmentName hint : hints) {
      if (!there.contains(hint) && log.stream().noneMatch(name -> name.covers(hint))) {
        throw new CorruptStoreException(
            directory, "segment " + hint + " is missing, as its hint file proves");
      }
    }
    return log;
  }

  /** Checks that no name has a number after the last segment. */
  private void requireUpTo(List<SegmentName> names, String ending, int last)
      throws CorruptStoreException {
    Optional<SegmentName> farthest = names.stream().max(Comparator.comparingInt(SegmentName::last));
    if (farthest.isPresent() && farthest.get().last() > last) {
      throw new CorruptStoreException(
          directory,
          SegmentName.missing(last + 1, farthest.get().last())
              + (", as " + farthest.get() + ending + " proves"));
    }
  }

  /** Returns the segments that others of the log cover. */
  List<SegmentName> covered(List<SegmentName> log) {
    return without(log, segments);
  }

  /** Returns the files that are useless once the segments of the log are known to be whole. */
  List<Path> leftovers(List<SegmentName> log) {
    List<Path> leftovers = new ArrayList<>();
    without(log, segments).forEach(n -> leftovers.add(n.data(directory)));
    without(log, hints).forEach(n -> leftovers.add(n.hint(directory)));
    // An index is written for a log that is closed.
    indexes.forEach(n -> leftovers.add(n.index(directory)));
    unfinished.forEach(n -> leftovers.add(n.unfinished(directory)));
    return leftovers;
  }

  private static List<SegmentName> without(List<SegmentName> log, List<SegmentName> names) {
    Set<SegmentName> kept = new HashSet<>(log);
    return names.stream().filter(name -> !kept.contains(name)).toList();
  }
}
