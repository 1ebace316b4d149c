/*
 * WHAT THIS FILE IS
 *
 * The names of the segments. Together they say what the log is: which files, and in what order.
 * There is no other list of them (many engines keep one, a "manifest") that could disagree.
 *
 * LAYOUT
 *
 *     000001-000004.1.data
 *     |      |      |
 *     |      |      generation: 0 as it was written, and one more with each merge
 *     |      last number
 *     first number
 *
 * A fresh segment n is n-n.0. A merge takes neighbours, and its output has the numbers of all of
 * them and a generation above all of theirs. So it stands where they stood, and covers them:
 *
 *     000001-000001.0   000002-000002.0   000003-000003.0   000004-000004.0
 *     '------------ merged ------------'
 *     000001-000002.1                     000003-000003.0   000004-000004.0
 *
 * A crash can leave the covered ones beside the one that covers them. Whoever opens the store
 * then sees from the names which to believe.
 *
 * Numbers are padded with zeros for people who look at the directory. They are compared as
 * numbers: as text, 1000000 comes before 999999. They end at 999999999, and so do generations: with
 * a segment for each open, and one open a second, after 31 years.
 *
 * INVARIANTS
 *
 * I4  The segments that no other covers tile 1 to n: no number is missing, none comes twice.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The place of a segment in the log: its numbers, first to last, and its generation. */
record SegmentName(int first, int last, int generation) {
  /** What a segment's file name ends in. */
  static final String DATA = ".data";

  private static final Pattern PATTERN = Pattern.compile("(\\d{6,9})-(\\d{6,9})\\.(\\d{1,9})");

  /** Covering ones come before those that they cover. */
  private static final Comparator<SegmentName> ORDER =
      Comparator.comparingInt(SegmentName::first)
          .thenComparing(SegmentName::last, Comparator.reverseOrder())
          .thenComparing(SegmentName::generation, Comparator.reverseOrder());

  /** The name of a segment that is no merge's output. */
  static SegmentName fresh(int number) {
    return new SegmentName(number, number, 0);
  }

  /** The name of the segment that takes the place of a run of neighbours. */
  static SegmentName merged(List<SegmentName> run) {
    int generation = run.stream().mapToInt(SegmentName::generation).max().orElseThrow();
    return new SegmentName(run.get(0).first, run.get(run.size() - 1).last, generation + 1);
  }

  /** Returns the name that a text is, without its ending, or null if it is none. */
  static SegmentName parse(String text) {
    Matcher matcher = PATTERN.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    SegmentName name =
        new SegmentName(
            Integer.parseInt(matcher.group(1)),
            Integer.parseInt(matcher.group(2)),
            Integer.parseInt(matcher.group(3)));
    // There is one way to write a name, so that no two files have the same.
    boolean valid = 1 <= name.first && name.first <= name.last && name.toString().equals(text);
    return valid ? name : null;
  }

  /**
   * Returns this name, for a file that is about to be created.
   *
   * @throws IOException if no open could read the name: it has a number of more than nine digits
   */
  SegmentName requireReadable() throws IOException {
    if (parse(toString()) == null) {
      throw new IOException(
          "a segment cannot be named " + this + ": the store is at the end of its numbers");
    }
    return this;
  }

  /** Tells whether this segment holds all that another one does, and was made after it. */
  boolean covers(SegmentName other) {
    return first <= other.first && other.last <= last && generation > other.generation;
  }

  /**
   * Picks those that no other covers, in log order.
   *
   * @throws CorruptStoreException if they do not tile 1 to n (I4): "segments 5 to 9 are missing",
   *     or "segment 000002-000003.1 overlaps" and so on, with the first that does
   */
  static List<SegmentName> uncovered(Path directory, List<SegmentName> names)
      throws CorruptStoreException {
    List<SegmentName> uncovered = new ArrayList<>();
    int next = 1;
    for (SegmentName name : names.stream().sorted(ORDER).toList()) {
      // If any segment covers this one, then the one before it does, or that one overlaps others.
      if (!uncovered.isEmpty() && uncovered.get(uncovered.size() - 1).covers(name)) {
        continue;
      }
      if (name.first > next) {
        throw new CorruptStoreException(directory, missing(next, name.first - 1));
      }
      if (name.first < next) {
        throw new CorruptStoreException(
            directory, "segment " + name + " overlaps the one before it, and neither covers both");
      }
      uncovered.add(name);
      next = name.last + 1;
    }
    return uncovered;
  }

  /** Says that segments are missing, from one number to another. */
  static String missing(int first, int last) {
    return first == last
        ? "segment " + first + " is missing"
        : "segments " + first + " to " + last + " are missing";
  }

  /** The segment's file. */
  Path data(Path directory) {
    return directory.resolve(this + DATA);
  }

  /** The segment's hint file. */
  Path hint(Path directory) {
    return directory.resolve(this + HintFile.HINT);
  }

  /** The segment's file while a merge is writing it. */
  Path unfinished(Path directory) {
    return directory.resolve(this + Replacement.UNFINISHED);
  }

  /** The name of the files, without their ending. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%06d-%06d.%d", first, last, generation);
  }
}
