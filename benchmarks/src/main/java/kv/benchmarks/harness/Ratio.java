package kv.benchmarks.harness;

import java.util.Locale;

/**
 * The ratio of two scores, if the rounds agree on it.
 *
 * <p>The ratio is that of the medians. Its range is from the smallest quotient of two rounds to the
 * largest. The ratio is doubtful
 *
 * <ul>
 *   <li>if the largest quotient is more than twice the smallest, so that the size of the ratio is
 *       unknown;
 *   <li>if the range contains 1, that is, if the rounds of both scores overlap, and the largest
 *       quotient is more than 1.25 times the smallest: then it is unknown which score is larger,
 *       and the scores cannot be called equal either.
 * </ul>
 *
 * <p>The noise of scores with one round each is unknown; their ratio is never doubtful.
 *
 * @param median the quotient of the medians
 * @param least the smallest quotient of two rounds
 * @param most the largest quotient of two rounds
 */
public record Ratio(double median, double least, double most) {
  /** The text of a doubtful ratio in a cell of a table. */
  public static final String DOUBTFUL = "too noisy";

  /** The note below a table with a cell that is {@link #DOUBTFUL}. */
  public static final String ADVICE =
      "\"" + DOUBTFUL + "\": the rounds differ too much; close other programs and try again.";

  private static final double SIZE_IS_KNOWN_WITHIN = 2;

  private static final double SAME_WITHIN = 1.25;

  /** Returns the ratio of two scores. */
  public static Ratio of(Score one, Score other) {
    return new Ratio(
        one.median() / other.median(), one.least() / other.most(), one.most() / other.least());
  }

  /** Returns the n-th root: the factor that yields this ratio when it is applied n times. */
  public Ratio root(int n) {
    return new Ratio(Math.pow(median, 1.0 / n), Math.pow(least, 1.0 / n), Math.pow(most, 1.0 / n));
  }

  /** Returns whether the rounds differ too much for this ratio to be quoted. */
  public boolean isDoubtful() {
    boolean containsOne = least <= 1 && most >= 1;
    return most / least > (containsOne ? SAME_WITHIN : SIZE_IS_KNOWN_WITHIN);
  }

  /** Returns the range, and advice, for a doubtful ratio. */
  public String doubt() {
    return String.format(
        Locale.ROOT,
        "too noisy (%s x to %s x); close other programs and try again",
        Numbers.rounded(least),
        Numbers.rounded(most));
  }

  /** The text for a cell of a table. */
  @Override
  public String toString() {
    return isDoubtful() ? DOUBTFUL : Numbers.shown(median) + " x";
  }
}
