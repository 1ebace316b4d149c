package kv.workshop;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a segment: FIRST-LAST.GENERATION.data. docs/FORMAT.md defines covering, and the order
 * of a log.
 */
public record SegmentName(long first, long last, long generation) {
  private static final Pattern NAME = Pattern.compile("(\\d{6,9})-(\\d{6,9})\\.(\\d{1,9})\\.data");

  /** Returns the segment that a file name stands for, or null. */
  public static SegmentName parse(String fileName) {
    Matcher name = NAME.matcher(fileName);
    if (!name.matches()) {
      return null;
    }
    SegmentName parsed =
        new SegmentName(
            Long.parseLong(name.group(1)),
            Long.parseLong(name.group(2)),
            Long.parseLong(name.group(3)));
    boolean possible = 1 <= parsed.first && parsed.first <= parsed.last;
    return possible && parsed.fileName().equals(fileName) ? parsed : null;
  }

  /** Returns the name of the segment's file. A number is written in one way only. */
  public String fileName() {
    return String.format(Locale.ROOT, "%06d-%06d.%d.data", first, last, generation);
  }

  /** Returns the name of the hint file beside the segment. */
  public String hintName() {
    return fileName().replaceFirst("data$", "hint");
  }

  /** Returns whether a merge replaced another segment by this one. */
  public boolean covers(SegmentName other) {
    return first <= other.first && other.last <= last && generation > other.generation;
  }

  /** Says why this segment cannot follow one that ends before a number, or returns null. */
  public String gapBefore(long expected) {
    if (first == expected) {
      return null;
    }
    return first > expected
        ? "the segment before this one is missing: the next number is " + expected
        : "this segment overlaps the one before it, which ends with number " + (expected - 1);
  }
}
