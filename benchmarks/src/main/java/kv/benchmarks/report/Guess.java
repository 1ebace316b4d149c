package kv.benchmarks.report;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.benchmarks.harness.Numbers;
import kv.benchmarks.harness.Ratio;

/** What a reader expects a ratio to be. */
public final class Guess {
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
  public static double parse(String text) {
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
        "Your guess: %s x. %s That is %s times as much.",
        Numbers.rounded(guess),
        result,
        Numbers.rounded(measured.median() / guess));
  }
}
