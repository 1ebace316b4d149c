package kv.benchmarks;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a reader expects a ratio to be. */
final class Guess {
  /** 10, 10x, 2.5 x, 1,000 times, 1e6. The first group is the number. */
  private static final Pattern RATIO =
      Pattern.compile(
          "((?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?(?:e\\d{1,2})?) *(?:x|\u00D7|times)?",
          Pattern.CASE_INSENSITIVE);

  private Guess() {}

  /**
   * The number that a text stands for.
   *
   * @throws IllegalArgumentException if it is none, or not above 0
   */
  static double parse(String text) {
    Matcher matcher = RATIO.matcher(text.strip());
    if (matcher.matches()) {
      double ratio = Double.parseDouble(matcher.group(1).replace(",", ""));
      if (ratio > 0) {
        return ratio;
      }
    }
    throw new IllegalArgumentException(
        "\"" + text.strip() + "\" is no ratio: write 10, 2.5, 1,000 or 1e6, with or without an x.");
  }

  /**
   * How far off a guess was, in words, or that the ratio is doubtful.
   *
   * @param guess null if there was none
   */
  static String against(Double guess, Ratio measured) {
    if (measured.isDoubtful()) {
      return "Measured: " + measured.doubt() + ".";
    }
    String result = "Measured: " + shown(measured.median()) + " x.";
    if (guess == null) {
      return result;
    }
    return String.format(
        Locale.ROOT,
        "Your guess: %s x. %s That is %s times as much.",
        shown(guess),
        result,
        shown(measured.median() / guess));
  }

  /** A ratio with three digits, as more of them would be chance: 2,100,000 for 2,095,711. */
  static String shown(double ratio) {
    return Table.number(new BigDecimal(ratio).round(new MathContext(3)).doubleValue());
  }
}
