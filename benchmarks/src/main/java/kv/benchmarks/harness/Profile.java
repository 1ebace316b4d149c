package kv.benchmarks.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How much time is taken to measure.
 *
 * @param rounds how often all that is compared is measured, each time in another JVM: A B C A B C
 * @param inThisJvm whether to measure in this JVM instead
 * @param warmups iterations of a round that are thrown away, until the code is compiled
 * @param iterations iterations of a round that count
 * @param time length of an iteration; opens and the like are counted instead
 * @param sizes numbers of keys, ascending
 * @param last the last store that is measured
 */
public record Profile(
    int rounds,
    boolean inThisJvm,
    int warmups,
    int iterations,
    TimeValue time,
    List<Integer> sizes,
    Step last) {
  /** A few minutes for everything: good for a factor, not for a percent. */
  public static final Profile QUICK =
      new Profile(
          3,
          false,
          2,
          1,
          TimeValue.milliseconds(200),
          List.of(1_000, 10_000, 100_000, 1_000_000),
          Step.ENGINE);

  /** Takes far longer: its errors are small enough to compare two runs. */
  public static final Profile FULL =
      new Profile(5, false, 3, 3, TimeValue.seconds(1), QUICK.sizes(), Step.ENGINE);

  /** The same, without the stores that come after one. */
  public Profile upTo(Step last) {
    return new Profile(rounds, inThisJvm, warmups, iterations, time, sizes, last);
  }

  /** The stores that are measured, from one on. */
  public List<Step> from(Step first) {
    return Step.from(first).stream().filter(step -> !last.isBefore(step)).toList();
  }

  /** What to expect of it. */
  public String promise() {
    return iterations > 1
        ? "A full run: it takes far longer, and its numbers are closer together."
        : "A quick run: good for a factor, not for a percent.";
  }

  /** In words. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s measurements: medians of %d rounds, in which the stores take turns; a round has %d x %s,"
            + " after %d to warm up.",
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

  /** The header of a table that has a column for every number of keys. */
  public List<String> header(String first) {
    List<String> header = new ArrayList<>(List.of(first));
    for (int keys : sizes) {
      header.add(String.format(Locale.ROOT, "%,d keys", keys));
    }
    return header;
  }
}
