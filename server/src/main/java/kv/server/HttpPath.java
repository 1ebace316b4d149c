package kv.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Keys in addresses: any bytes, as RFC 3986 writes them, such as {@code caf%C3%A9}. */
final class HttpPath {
  private static final String HEX = "0123456789ABCDEF";

  /** What stands for itself; all else is a percent sign and two digits. */
  private static final String PLAIN = "-._~";

  private HttpPath() {}

  /**
   * Returns the bytes that a text stands for. Characters that stand for themselves, though they
   * should not, do so here too; a plus sign is a plus sign.
   *
   * @throws IllegalArgumentException if there is a percent sign without two hexadecimal digits
   */
  static byte[] decode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != '%') {
        bytes.write(text.charAt(i));
      } else {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw new IllegalArgumentException("% without two hexadecimal digits at " + i);
        }
        bytes.write(high << 4 | low);
        i += 2;
      }
    }
    return bytes.toByteArray();
  }

  /** The text that stands for some bytes: the same for the same bytes. */
  static String encode(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      char c = (char) (b & 0xFF);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (letter || PLAIN.indexOf(c) >= 0) {
        text.append(c);
      } else {
        text.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
      }
    }
    return text.toString();
  }

  /** The same in a text that can be shown, of a message for example. */
  static String encode(String text) {
    return encode(text.getBytes(StandardCharsets.UTF_8));
  }
}
