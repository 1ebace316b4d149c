package kv.workshop.limits;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The output of a limit: what was done, the numbers, and what they mean. */
final class Sheet {
  private static final long NANOS_PER_MILLISECOND = 1_000_000;

  private Sheet() {}

  /** Prints a sentence. */
  static void say(String sentence) {
    System.out.print(sentence + "\n");
  }

  /** Prints a value with its label. */
  static void show(String label, String value) {
    System.out.print(String.format(Locale.ROOT, "  %-43s %s\n", label, value));
  }

  /** Prints a number with its label. */
  static void show(String label, long number) {
    show(label, String.format(Locale.ROOT, "%,d", number));
  }

  /** Prints a number that differs from run to run. */
  static void showAbout(String label, long number) {
    show(label, String.format(Locale.ROOT, "about %,d", number));
  }

  /** Prints a number of nanoseconds in milliseconds. */
  static void showTime(String label, long nanos) {
    double milliseconds = (double) nanos / NANOS_PER_MILLISECOND;
    String form = milliseconds < 10 ? "%.3f ms" : "%,.0f ms";
    show(label, String.format(Locale.ROOT, form, milliseconds));
  }

  /** Returns the bytes of a text. */
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
