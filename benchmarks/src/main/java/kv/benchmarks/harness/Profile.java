package kv.benchmarks.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * The settings of a run: how long it measures, and which stores.
 *
 * @param rounds the number of rounds, each of which measures every case in a new JVM: A B C A B C
 * @param inThisJvm whether to measure in this JVM instead
 * @param warmups iterations of a round that are discarded, during which the code is compiled
 * @param iterations iterations of a round that count
 * @param time the length of an iteration; single calls, such as an open, take as long as they do
 * @param sizes numbers of keys, ascending
 * @param last the last store that is measured
 * @param mine the classes of the reader's own store, to be measured too; or null
 */
public record Profile(
    int rounds,
    boolean inThisJvm,
    int warmups,
    int iterations,
    TimeValue time,
    List<Integer> sizes,
    Step last,
    Path mine) {
  /** A few minutes for everything: accurate to a factor, not to a percent. */
  public static final Profile QUICK =
      new Profile(
          3,
          false,
          2,
          1,
          TimeValue.milliseconds(200),
          List.of(1_000, 10_000, 100_000, 1_000_000),
          Step.ENGINE);

  /** Takes far longer, with errors that are small enough to compare two runs. */
  public static final Profile FULL =
      new Profile(5, false, 3, 3, TimeValue.seconds(1), QUICK.sizes(), Step.ENGINE);

  /** Settings that measure no store of the reader's. */
  public Profile(
      int rounds,
      boolean inThisJvm,
      int warmups,
      int iterations,
      TimeValue time,
      List<Integer> sizes,
      Step last) {
    this(rounds, inThisJvm, warmups, iterations, time, sizes, last, null);
  }

  /** Returns the same settings without the stores that follow the given one. */
  public Profile upTo(Step last) {
    return new Profile(rounds, inThisJvm, warmups, iterations, time, sizes, last, mine);
  }

  /** Returns the same settings with the reader's own store, given its classes. */
  public Profile withMine(Path classes) {
    return new Profile(rounds, inThisJvm, warmups, iterations, time, sizes, last, classes);
  }

  /** Returns the stores that are measured, starting with the given one. */
  public List<Step> from(Step first) {
    return Step.from(first).stream().filter(step -> !last.isBefore(step)).toList();
  }

  /** Returns the accuracy to expect, as a sentence. */
  public String promise() {
    return iterations > 1
        ? "A full run: slower, and more accurate."
        : "A quick run: accurate to a factor, not to a percent.";
  }

  /** The settings in words. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s measurements: medians of %d rounds, in which the stores take turns; a round has"
            + " %d x %s, after %d warm-ups.",
        iterations > 1 ? "Full" : "Quick",
        rounds,
        iterations,
        time,
        warmups);
  }

  public int fewestKeys() {
    return sizes.get(0);
  }

  public int mostKeys() {
    return sizes.get(sizes.size() - 1);
  }

  /** Returns the header of a table with a column for each number of keys. */
  public List<String> header(String first) {
    List<String> header = new ArrayList<>(List.of(first));
    for (int keys : sizes) {
      header.add(String.format(Locale.ROOT, "%,d keys", keys));
    }
    return header;
  }
}
