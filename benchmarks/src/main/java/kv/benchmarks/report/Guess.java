package kv.benchmarks.report;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.Ratio;

/** A reader's guess: the ratio that they expect. */
public final class Guess {
  /** 10, 10x, 2.5 x, 1,000 times, 1e6. The first group is the number. */
  private static final Pattern RATIO =
      Pattern.compile(
          "((?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?(?:e\\d{1,2})?) *(?:x|\u00D7|times)?",
          Pattern.CASE_INSENSITIVE);

  private Guess() {}

  /**
   * Reads a ratio.
   *
   * @throws IllegalArgumentException if the text is not a ratio, or not above 0
   */
  public static double parse(String text) {
    Matcher matcher = RATIO.matcher(text.strip());
    if (matcher.matches()) {
      double ratio = Double.parseDouble(matcher.group(1).replace(",", ""));
      if (ratio > 0) {
        return ratio;
      }
    }
    throw new IllegalArgumentException(
        "\""
            + text.strip()
            + "\" is not a ratio: write 10, 2.5, 1,000 or 1e6, with or without an x");
  }

  /**
   * Returns a comparison of a guess and the measured ratio, as a sentence.
   *
   * @param guess the guess, or null
   */
  public static String against(Double guess, Ratio measured) {
    if (measured.isDoubtful()) {
      return "Measured: " + measured.doubt() + ".";
    }
    String result = "Measured: " + Numbers.rounded(measured.median()) + " x.";
    if (guess == null) {
      return result;
    }
    return String.format(
        Locale.ROOT,
        "Your guess: %s x. %s That is %s times your guess.",
        Numbers.rounded(guess),
        result,
        Numbers.rounded(measured.median() / guess));
  }
}
