/*
 * WHAT THIS FILE IS
 *
 * The names of the log's files. A name says which part of the log a file contains, and which other
 * files it replaces, so no list of the files has to be stored, and no list can be wrong.
 *
 * LAYOUT
 *
 *     000001-000004.1.data
 *     |      |      |
 *     |      |      generation: 0 for a file that was written by puts; for the output of a merge,
 *     |      |      1 more than the highest generation of its inputs
 *     |      last
 *     first: the numbers of the files that were written by puts, in log order
 *
 * PICTURE: a merge of the files 1 to 3, before and after its inputs are deleted
 *
 *     000001-000002.1.data   covered                         |
 *     000003-000003.0.data   covered                         |
 *     000001-000003.2.data   the output: replaces both       |  000001-000003.2.data
 *     000004-000004.0.data   the last file                   |  000004-000004.0.data
 *
 * File A covers file B if A's numbers include all of B's and A's generation is higher. A crash may
 * leave covered files. The next open ignores and deletes them.
 *
 * INVARIANTS
 *
 * I4  The files that no other covers tile 1 to n: each number is in exactly one of them.
 *
 * WHY LIKE THIS
 *
 * Six digits, so that a listing sorted as text is also sorted by number. But this class compares
 * names as numbers, since the millionth file has seven.
 *
 * NOT HERE, AND WHY
 *
 * Noticing that the newest file is missing. The others tile 1 to n - 1, as they did before it was
 * created. (After a merge it is noticed, because a merge never includes the newest file.)
 */
package kv.step5;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The place of a file in the log: its numbers, first to last, and its generation. */
record SegmentName(int first, int last, int generation) {
  private static final Pattern PATTERN =
      Pattern.compile("(\\d{6,9})-(\\d{6,9})\\.(\\d{1,9})\\.data");

  /** Log order. A file precedes the files that it covers. */
  static final Comparator<SegmentName> ORDER =
      Comparator.comparingInt(SegmentName::first)
          .thenComparing(SegmentName::last, Comparator.reverseOrder())
          .thenComparing(SegmentName::generation, Comparator.reverseOrder());

  /**
   * Returns the name of a new file for puts.
   *
   * @throws IOException if the number has more than nine digits
   */
  static SegmentName fresh(int number) throws IOException {
    return new SegmentName(number, number, 0).requireReadable();
  }

  /**
   * Returns the name of the file that replaces a run of neighbours.
   *
   * @throws IOException if the generation has more than nine digits
   */
  static SegmentName merged(List<SegmentName> run) throws IOException {
    int generation = run.stream().mapToInt(SegmentName::generation).max().orElseThrow();
    int last = run.get(run.size() - 1).last;
    return new SegmentName(run.get(0).first, last, generation + 1).requireReadable();
  }

  /**
   * Returns this name if an open can parse it, that is, if its numbers have at most nine digits.
   */
  private SegmentName requireReadable() throws IOException {
    if (parse(toString()) == null) {
      throw new IOException(this + " has a number over 9 digits: copy the records to a new store");
    }
    return this;
  }

  /** Returns the name of a file, or null if it is not a file of the log. */
  static SegmentName parse(String fileName) {
    Matcher matcher = PATTERN.matcher(fileName);
    if (!matcher.matches()) {
      return null;
    }
    SegmentName name =
        new SegmentName(
            Integer.parseInt(matcher.group(1)),
            Integer.parseInt(matcher.group(2)),
            Integer.parseInt(matcher.group(3)));
    // Only one spelling of a name is valid, so that no two files have the same name.
    boolean valid = 1 <= name.first && name.first <= name.last && name.toString().equals(fileName);
    return valid ? name : null;
  }

  /** Returns whether this file contains all of another's part of the log, and is newer. */
  boolean covers(SegmentName other) {
    return first <= other.first && other.last <= last && generation > other.generation;
  }

  /**
   * Returns the names that no other name covers, in log order.
   *
   * @throws CorruptStoreException if they do not tile 1 to n (I4), naming the file after the first
   *     gap ("missing"), or the file that "overlaps" the one before it
   */
  static List<SegmentName> uncovered(Path directory, List<SegmentName> names)
      throws CorruptStoreException {
    List<SegmentName> uncovered = new ArrayList<>();
    int next = 1;
    for (SegmentName name : names.stream().sorted(ORDER).toList()) {
      // If any file covers this one, the file before it does, or that file overlaps others.
      if (!uncovered.isEmpty() && uncovered.get(uncovered.size() - 1).covers(name)) {
        continue;
      }
      if (name.first > next) {
        throw name.corrupt(directory, "the log before it is missing, from number " + next);
      }
      if (name.first < next) {
        throw name.corrupt(directory, "it overlaps the file before it, which does not cover it");
      }
      uncovered.add(name);
      next = name.last + 1;
    }
    SegmentName end = uncovered.isEmpty() ? null : uncovered.get(uncovered.size() - 1);
    if (end != null && end.generation > 0) {
      throw end.corrupt(
          directory, "number " + next + " is missing, since a merge never takes the last file");
    }
    return uncovered;
  }

  private CorruptStoreException corrupt(Path directory, String found) {
    return new CorruptStoreException(in(directory), 0, found);
  }

  /** Returns the path of the file in the store's directory. */
  Path in(Path directory) {
    return directory.resolve(toString());
  }

  /** Returns the file's name. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%06d-%06d.%d.data", first, last, generation);
  }
}
