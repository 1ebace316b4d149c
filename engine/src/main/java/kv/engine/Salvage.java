/*
 * WHAT THIS FILE IS
 *
 * The salvage of a store that cannot be opened, because its files are damaged or missing. An open
 * refuses such a store, since a program must not decide which data may be lost. Salvage is for a
 * user who has decided, and has no other copy. It copies every record whose checksums are right
 * into a new directory, in log order, and reports each part that it left out.
 *
 * The salvaged directory is only read. The result is another store: of steps 1 to 4 if the source
 * has their one file, with the same bytes for each record; otherwise of the engine.
 *
 *     SalvageLock     keeps stores out of the directory
 *     DamagedFile     finds the records of one file
 *     SalvageTarget   the new store
 *     SalvageReport   the report, and which keys are certain
 *
 * THE REPORT of a store whose second segment is missing, and which has a damaged record
 *
 *     000001-000001.0.data, 86 bytes
 *       left out, offset 16 to 36: the key and the value do not match their checksum
 *       1 record taken, version 2
 *     segment 2 is missing
 *     000003-000003.0.data, 63 bytes
 *       1 record taken, version 2
 *     2 records taken, 2 parts left out; the new store has 2 keys
 *     keys that may be older than they were, or deleted: 1
 *       "editor"
 *     deleted keys that may have been put again: 0
 *     nothing is known about keys that have no record here
 *
 * MISSING SEGMENTS
 *
 * A missing segment shows in the numbers of the others. If the newest segment is missing, there is
 * no gap in the numbers. But its hint file may exist, or an unfinished output of a merge, or LOCK
 * may name it. If none of these is found, the report does not mention it.
 *
 * SEGMENTS AND THEIR MERGED COPIES
 *
 * A merge that did not finish leaves its inputs beside the output that covers them. A whole output
 * is enough. If it is damaged, the inputs that still exist are read first: they may contain the
 * records that the output has lost.
 *
 *     000001-000001.0   000002-000002.0   000001-000002.1   000003-000003.0
 *     '----------- read first ----------' '-- then this --' '- then this -'
 *
 * INVARIANTS
 *
 * Nothing is written to the source, not even LOCK.
 * Every value in the result is, with its key, in a record with right checksums.
 *
 * NOT HERE, AND WHY
 *
 * Repair. A flipped bit could be flipped back where a checksum proves it. The report says where
 * each part is, and the file is unchanged: dump shows its bytes.
 *
 * Hint files. They contain no values, and nothing about a record that the record does not contain.
 *
 * Data files of other names. The contents of a renamed segment may be older or newer than anything
 * else, so such a file is only named in the report.
 *
 * A directory with both the log of steps 1 to 4 and segments. The log may be complete, and the
 * segments the beginning of its copy (see Import); or there are two stores. Damaged files do not
 * tell which.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/** Copies the whole records of a damaged store into a new store. */
public final class Salvage {
  /** The order in which segments are read: covered ones before those that cover them. */
  private static final Comparator<SegmentName> ORDER =
      Comparator.comparingInt(SegmentName::last)
          .thenComparingInt(SegmentName::generation)
          .thenComparingInt(SegmentName::first);

  /**
   * The totals of a salvage.
   *
   * @param records number of records taken
   * @param leftOut number of parts of files, missing files included, that were left out
   * @param doubtful number of records taken that may be from a copy of a log in a value; only in
   *     files of version 1
   * @param keys number of keys in the new store
   * @param maybeOld number of those keys that may be older than they were, or deleted
   * @param maybePut number of deleted keys that may have been put again
   */
  public record Report(
      long records, long leftOut, long doubtful, long keys, long maybeOld, long maybePut) {
    /** Returns whether nothing was left out: all keys are as they were. */
    public boolean isWhole() {
      return leftOut == 0;
    }
  }

  private final Path from;
  private final SalvageReport report;

  private Salvage(Path from, SalvageReport report) {
    this.from = from;
    this.report = report;
  }

  // ======== Opening ========

  /**
   * Copies every whole record from the files in one directory into a new store in another. The
   * second directory is created, or must be empty. Takes O(bytes in the files) time, and memory for
   * the keys and the largest record. Writes nothing to the first directory. On return the new store
   * is durable.
   *
   * @param out receives the report, line by line
   * @return the totals of the report
   * @throws IOException if the first directory contains no files of a store, or a store has it
   *     open; if the second one is not empty, or is inside the first; or if the new store could not
   *     be written. The new directory may then contain some of the records.
   */
  public static Report run(Path from, Path to, Consumer<String> out) throws IOException {
    if (!Files.isDirectory(from)) {
      throw new IOException(from + " is not a directory: name the directory of a store");
    }
    requireNew(from.toRealPath(), to);
    try (SalvageLock lock = SalvageLock.acquire(from.toRealPath(), out)) {
      return new Salvage(from, new SalvageReport(out)).run(to, lock.lastSegment());
    }
  }

  /**
   * Checks that a directory is empty or does not exist, and is not inside another one.
   *
   * @throws IOException naming it, if not
   */
  private static void requireNew(Path from, Path to) throws IOException {
    if (Files.exists(to)) {
      if (!Files.isDirectory(to)) {
        throw new IOException(to + " exists: name a new directory");
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(to)) {
        if (files.iterator().hasNext()) {
          throw new IOException(to + " is not empty: name a new directory");
        }
      }
    }
    Path parent = to.toAbsolutePath().normalize();
    while (parent != null && !Files.exists(parent)) {
      parent = parent.getParent();
    }
    if (parent != null && parent.toRealPath().startsWith(from)) {
      throw new IOException(to + " is inside " + from + ": name a directory outside of it");
    }
  }

  /** Performs the salvage. The two directories must have been checked. */
  private Report run(Path to, int lastInLock) throws IOException {
    List<SegmentName> segments = new ArrayList<>();
    int lastKnown = Math.max(lastInLock, list(segments));
    Path log = from.resolve(OldLog.FILE_NAME);
    boolean hasLog =
        Files.isRegularFile(log)
            && (segments.isEmpty() || Files.size(log) > OldLog.FILE_HEADER.length);
    if (hasLog && !segments.isEmpty()) {
      throw new IOException(
          from
              + " has both the log of steps 1 to 4 and segments: copy "
              + OldLog.FILE_NAME
              + " to a directory of its own and salvage that, and the segments likewise");
    }
    if (!hasLog && segments.isEmpty() && lastKnown == 0) {
      throw new IOException("there is no file of a store in " + from);
    }
    try (SalvageTarget target = hasLog ? SalvageTarget.newLog(to) : SalvageTarget.newStore(to)) {
      if (hasLog) {
        read(log, false, DamagedFile.Seal.UNKNOWN, target);
      } else {
        readSegments(segments, lastKnown, target);
      }
      target.finish();
    }
    report.finish();
    return new Report(
        report.records(),
        report.leftOut(),
        report.doubtful(),
        report.live(),
        report.uncertain(false).size(),
        report.uncertain(true).size());
  }

  /** Lists the segments, and returns the number of the last one that is known to have existed. */
  private int list(List<SegmentName> segments) throws IOException {
    int lastKnown = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
      for (Path path : files) {
        String file = path.getFileName().toString();
        String name = file.replaceFirst("(\\.data|\\.hint|\\.index|\\.data\\.tmp)$", "");
        SegmentName segment = name.equals(file) ? null : SegmentName.parse(name);
        if (segment != null) {
          lastKnown = Math.max(lastKnown, segment.last());
          if (file.endsWith(SegmentName.DATA) && Files.isRegularFile(path)) {
            segments.add(segment);
          } else if (file.endsWith(SegmentName.DATA)) {
            report.note(file + ": this is not a regular file; not read");
          }
        } else if (file.endsWith(SegmentName.DATA) && !file.equals(OldLog.FILE_NAME)) {
          report.leftOut(file + ": this is not the name of a segment; not read");
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    segments.sort(ORDER);
    return lastKnown;
  }

  // ======== Reading ========

  /**
   * Reads the segments in their order, and reports missing ones where they should be.
   *
   * @param lastKnown the number of the last segment that is known to have existed
   */
  private void readSegments(List<SegmentName> segments, int lastKnown, SalvageTarget target)
      throws IOException {
    List<SegmentName> needed = needed(segments);
    // The lowest number in each segment and those that are read after it.
    int[] lowest = new int[needed.size() + 1];
    lowest[needed.size()] = lastKnown + 1;
    for (int i = needed.size() - 1; i >= 0; i--) {
      lowest[i] = Math.min(lowest[i + 1], needed.get(i).first());
    }
    int next = 1;
    for (int i = 0; i < needed.size(); i++) {
      SegmentName name = needed.get(i);
      report.missing(next, lowest[i] - 1);
      next = Math.max(next, name.last() + 1);
      boolean last = i == needed.size() - 1 && name.last() >= lastKnown;
      boolean finished = !last || name.generation() > 0;
      DamagedFile.Seal unlessHinted =
          finished ? DamagedFile.Seal.IN_VERSION_2 : DamagedFile.Seal.UNKNOWN;
      read(name.data(from), true, seal(name, unlessHinted), target);
    }
    report.missing(next, lastKnown);
  }

  /** Returns the segments in their order, without those that a whole one covers. */
  private List<SegmentName> needed(List<SegmentName> segments) throws IOException {
    ArrayDeque<SegmentName> needed = new ArrayDeque<>();
    for (SegmentName name : segments) {
      if (!needed.isEmpty() && name.covers(needed.getLast()) && isWhole(name)) {
        while (!needed.isEmpty() && name.covers(needed.getLast())) {
          needed.removeLast();
        }
      }
      needed.add(name);
    }
    return List.copyOf(needed);
  }

  /** Returns whether a segment can be read without leaving anything out. */
  private boolean isWhole(SegmentName name) throws IOException {
    try (DamagedFile file = DamagedFile.open(name.data(from), true)) {
      file.read(seal(name, DamagedFile.Seal.IN_VERSION_2), new DamagedFile.Visitor() {});
      return file.leftOut() == 0;
    }
  }

  /** Returns whether a segment had a seal, as far as is known: only sealed ones have hint files. */
  private DamagedFile.Seal seal(SegmentName name, DamagedFile.Seal unlessHinted) {
    return Files.exists(name.hint(from)) ? DamagedFile.Seal.YES : unlessHinted;
  }

  /** Copies the records of one file, and reports the rest. */
  private void read(Path path, boolean segment, DamagedFile.Seal seal, SalvageTarget target)
      throws IOException {
    try (DamagedFile file = DamagedFile.open(path, segment)) {
      report.begin(path.getFileName().toString(), file.size());
      file.read(
          seal,
          new DamagedFile.Visitor() {
            @Override
            public void record(RecordMatcher.Found record) throws IOException {
              target.add(record);
              report.add(record);
            }

            @Override
            public void headerDamaged() {
              report.note("  the file header is damaged; the records do not need it");
            }

            @Override
            public void leftOut(long start, long end, String reason) {
              report.leftOut(start, end, reason);
            }
          });
      report.end(file);
    }
  }
}
