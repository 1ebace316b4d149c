package kv.workshop.model;

import java.util.Comparator;
import java.util.List;

/**
 * The name of a file of the log, as SegmentName.
 *
 * @param ending of the engine's other files: ".hint" or ".index"; empty for a file of the log
 */
record Name(int first, int last, int generation, String ending) {
  /** Factor of hash codes. Those that records have by themselves collide if parts differ little. */
  static final int SPREAD = 0x9E3779B1;

  /** Log order. A file precedes the files that it covers. */
  static final Comparator<Name> ORDER =
      Comparator.comparingInt(Name::first)
          .thenComparing(Name::last, Comparator.reverseOrder())
          .thenComparing(Name::generation, Comparator.reverseOrder())
          .thenComparing(Name::ending);

  static Name fresh(int number) {
    return new Name(number, number, 0, "");
  }

  /** Returns the name of the file that replaces a run of neighbours. */
  static Name merged(List<Name> run) {
    int generation = run.stream().mapToInt(Name::generation).max().orElseThrow();
    return new Name(run.get(0).first, run.get(run.size() - 1).last, generation + 1, "");
  }

  boolean covers(Name other) {
    return first <= other.first && other.last <= last && generation > other.generation;
  }

  @Override
  public int hashCode() {
    return (first * 256 + last * 16 + generation) * SPREAD + ending.hashCode();
  }

  @Override
  public String toString() {
    return first + "-" + last + "." + generation + ending;
  }
}
