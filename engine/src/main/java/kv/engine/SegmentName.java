/*
 * WHAT THIS FILE IS
 *
 * The names of the segments. Together they define the log: its files, and their order. There is no
 * other list (a "manifest", as in many engines) that could disagree. The other files of a store's
 * directory are in docs/FORMAT.md.
 *
 * LAYOUT
 *
 *     000001-000004.1.data
 *     |      |      |
 *     |      |      generation: 0 for a fresh segment, one more with each merge
 *     |      last number
 *     first number
 *
 * A fresh segment n is n-n.0. A merge reads neighbours. Its output has the numbers of all of them
 * and a higher generation than any of them. So it takes their place in the log, and covers them:
 *
 *     000001-000001.0   000002-000002.0   000003-000003.0   000004-000004.0
 *     '------------ merged ------------'
 *     000001-000002.1                     000003-000003.0   000004-000004.0
 *
 * A crash can leave the covered segments beside the segment that covers them. The names tell an
 * open which of them to read.
 *
 * Numbers are padded with zeros for people who list the directory. They are compared as numbers:
 * as text, 1000000 comes before 999999. The highest number and generation is 999999999. With one
 * open a second, and a segment for each open, that takes 31 years.
 *
 * INVARIANTS
 *
 * I4  The segments that no other covers tile 1 to n: no number is missing, none appears twice.
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
  /** Extension of a segment's file name. */
  static final String DATA = ".data";

  /** Extension of a hint file's name. */
  static final String HINT = ".hint";

  /** Extension of a saved index's name. */
  static final String INDEX = ".index";

  /** Extension of a merge output's name until it is renamed. */
  static final String UNFINISHED = DATA + ".tmp";

  private static final Pattern PATTERN = Pattern.compile("(\\d{6,9})-(\\d{6,9})\\.(\\d{1,9})");

  /** Orders segments by their numbers; a segment comes before those that it covers. */
  private static final Comparator<SegmentName> ORDER =
      Comparator.comparingInt(SegmentName::first)
          .thenComparing(SegmentName::last, Comparator.reverseOrder())
          .thenComparing(SegmentName::generation, Comparator.reverseOrder());

  /** Returns the name of a segment that is not the output of a merge. */
  static SegmentName fresh(int number) {
    return new SegmentName(number, number, 0);
  }

  /** Returns the name of the segment that replaces a run of neighbours. */
  static SegmentName merged(List<SegmentName> run) {
    int generation = run.stream().mapToInt(SegmentName::generation).max().orElseThrow();
    return new SegmentName(run.get(0).first, run.get(run.size() - 1).last, generation + 1);
  }

  /** Parses a name without its extension. Returns null if the text is not a segment's name. */
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
    // Each name can be written in only one way, so that no two files have the same name.
    boolean valid = 1 <= name.first && name.first <= name.last && name.toString().equals(text);
    return valid ? name : null;
  }

  /**
   * Returns this name, for a file that is about to be created.
   *
   * @throws IOException if a number has more than nine digits: an open could not parse the name
   */
  SegmentName requireReadable() throws IOException {
    if (parse(toString()) == null) {
      throw new IOException(this + " has a number over 9 digits: copy the records to a new store");
    }
    return this;
  }

  /** Returns whether this segment contains all numbers of another one, and is a newer merge. */
  boolean covers(SegmentName other) {
    return first <= other.first && other.last <= last && generation > other.generation;
  }

  /**
   * Returns the names that no other covers, in log order.
   *
   * @throws CorruptStoreException if they do not tile 1 to n (I4): "segments 5 to 9 are missing",
   *     or "segment 000002-000003.1 overlaps" and so on, naming the first that does
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
            directory, "segment " + name + " overlaps the one before it, which does not cover it");
      }
      uncovered.add(name);
      next = name.last + 1;
    }
    return uncovered;
  }

  /** Returns the message that the segments in a range of numbers are missing. */
  static String missing(int first, int last) {
    return first == last
        ? "segment " + first + " is missing"
        : "segments " + first + " to " + last + " are missing";
  }

  /** Returns the path of the segment's file. */
  Path data(Path directory) {
    return directory.resolve(this + DATA);
  }

  /** Returns the path of the segment's hint file. */
  Path hint(Path directory) {
    return directory.resolve(this + HINT);
  }

  /** Returns the path of the saved index of a log that this segment would cover. */
  Path index(Path directory) {
    return directory.resolve(this + INDEX);
  }

  /** Returns the path of the segment's file while a merge writes it. */
  Path unfinished(Path directory) {
    return directory.resolve(this + UNFINISHED);
  }

  /** Returns the name of the segment's files, without an extension. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%06d-%06d.%d", first, last, generation);
  }
}
