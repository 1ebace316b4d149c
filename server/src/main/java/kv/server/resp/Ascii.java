package kv.server.resp;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Text and numbers in requests and replies. Each byte is one character, so that any bytes survive
 * the conversion to a {@code String} and back.
 */
final class Ascii {
  private Ascii() {}

  /** Returns a text as bytes. */
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Returns bytes as a text. */
  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Returns bytes as a text in lower case, as Redis compares the names of commands. */
  static String lowerCase(byte[] bytes) {
    return text(bytes).toLowerCase(Locale.ROOT);
  }

  /**
   * Parses an integer as strictly as Redis does: only the text that {@link Long#toString(long)}
   * writes is accepted: no plus sign, no leading zero, no blank.
   *
   * @param from the index of the first character
   * @param to the index after the last character
   * @throws NumberFormatException if this is not the text of a {@code long}
   */
  static long parseLong(byte[] text, int from, int to) {
    boolean negative = from < to && text[from] == '-';
    int first = negative ? from + 1 : from;
    boolean zero = to - first == 1 && text[first] == '0' && !negative;
    if (first >= to || text[first] == '0' && !zero) {
      throw new NumberFormatException();
    }
    // There is one more negative number than positive ones, so the sum is negative.
    long sum = 0;
    for (int i = first; i < to; i++) {
      int digit = text[i] - '0';
      if (digit < 0
          || digit > 9
          || sum < Long.MIN_VALUE / 10
          || sum * 10 < Long.MIN_VALUE + digit) {
        throw new NumberFormatException();
      }
      sum = sum * 10 - digit;
    }
    if (!negative && sum == Long.MIN_VALUE) {
      throw new NumberFormatException();
    }
    return negative ? sum : -sum;
  }
}
