package kv.benchmarks.harness;

import java.util.Locale;

/**
 * How many times as large one score is as another, if the rounds agree on it.
 *
 * <p>The ratio is that of the medians. Its range is from the smallest quotient of two rounds to the
 * largest. The ratio is doubtful
 *
 * <ul>
 *   <li>if the largest quotient is more than twice the smallest: its size is not known;
 *   <li>if the range contains 1, that is, if the rounds of both scores overlap, and the largest
 *       quotient is more than 1.25 times the smallest: then it is not known which score is larger,
 *       nor can both be called the same.
 * </ul>
 *
 * <p>Of scores with one round each the noise is not known, and their ratio is not called doubtful.
 *
 * @param median the quotient of the medians
 * @param least the smallest quotient of two rounds
 * @param most the largest one
 */
public record Ratio(double median, double least, double most) {
  /** The short form for a cell of a table. */
  public static final String DOUBTFUL = "too noisy";

  /** The sentence for a table in which a cell is {@link #DOUBTFUL}. */
  public static final String ADVICE =
      "\""
          + DOUBTFUL
          + "\": the rounds are too far apart to tell; close other programs and try again.";

  private static final double SIZE_IS_KNOWN_WITHIN = 2;

  private static final double SAME_WITHIN = 1.25;

  /** The ratio of two scores. */
  public static Ratio of(Score one, Score other) {
    return new Ratio(
        one.median() / other.median(), one.least() / other.most(), one.most() / other.least());
  }

  /** The factor that leads to this ratio when it is applied n times. */
  public Ratio root(int n) {
    return new Ratio(Math.pow(median, 1.0 / n), Math.pow(least, 1.0 / n), Math.pow(most, 1.0 / n));
  }

  /** Returns whether the rounds are too far apart for this ratio to be quoted. */
  public boolean isDoubtful() {
    boolean containsOne = least <= 1 && most >= 1;
    return most / least > (containsOne ? SAME_WITHIN : SIZE_IS_KNOWN_WITHIN);
  }

  /** The range and an advice, for a ratio that is doubtful. */
  public String doubt() {
    return String.format(
        Locale.ROOT,
        "too noisy to tell (%s x to %s x); close other programs and try again",
        Numbers.rounded(least),
        Numbers.rounded(most));
  }

  /** The ratio for a cell of a table, or that it is doubtful. */
  @Override
  public String toString() {
    return isDoubtful() ? DOUBTFUL : Numbers.shown(median) + " x";
  }
}
