package kv.benchmarks.harness;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers for a reader: with three significant digits, since further digits would be noise. */
public final class Numbers {
  private static final MathContext THREE_DIGITS = new MathContext(3);

  private Numbers() {}

  /** Returns a number with its integer part and at least three digits: 1,234 or 12.3 or 0.123. */
  public static String shown(double number) {
    double size = Math.abs(number);
    int decimals = size == 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%,." + decimals + "f", number);
  }

  /** Returns a number rounded to three digits: 2,100,000 for 2,095,711. */
  public static String rounded(double number) {
    return shown(new BigDecimal(number).round(THREE_DIGITS).doubleValue());
  }
}
