package kv.server.http;

import java.io.ByteArrayOutputStream;

/**
 * Keys in addresses: any bytes, with the escapes of RFC 3986, such as {@code caf%C3%A9}.
 *
 * <p>The path segments {@code .} and {@code ..} are instructions to shorten the path (RFC 3986,
 * section 5.2.4). Most clients execute them, and send {@code /kv/} for {@code /kv/.}, the address
 * of another key. So these two keys are encoded completely, as {@code %2E} and {@code %2E%2E}. No
 * other key is affected: {@code /} is encoded, so each listed key is one segment.
 */
final class PercentEncoding {
  private static final String HEX = "0123456789ABCDEF";

  /** Characters other than letters and digits that are not escaped. */
  private static final String PLAIN = "-._~";

  private PercentEncoding() {}

  /** Returns whether an encoded text is a segment that clients remove from a path. */
  static boolean isDots(String text) {
    return text.equals(".") || text.equals("..");
  }

  /**
   * Decodes a part of a path. Characters that should be escaped and are not stand for themselves;
   * so does a plus sign.
   *
   * @throws Reply.Refused if a percent sign is not followed by two hexadecimal digits (400)
   */
  static byte[] decode(String text) throws Reply.Refused {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != '%') {
        bytes.write(text.charAt(i));
      } else {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw Reply.bad("the % at " + i + " is not followed by two hexadecimal digits");
        }
        bytes.write(high << 4 | low);
        i += 2;
      }
    }
    return bytes.toByteArray();
  }

  /**
   * Decodes a value in a query: as in a path, but a plus sign is a space, since clients encode
   * queries like HTML forms.
   *
   * @throws Reply.Refused as {@link #decode}
   */
  static byte[] decodeQuery(String text) throws Reply.Refused {
    return decode(text.replace('+', ' '));
  }

  /** Encodes some bytes for a path or a query. */
  static String encode(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    boolean dots = bytes.length > 0 && bytes.length <= 2;
    for (byte b : bytes) {
      dots &= b == '.';
    }
    for (byte b : bytes) {
      char c = (char) (b & 0xFF);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (letter || !dots && PLAIN.indexOf(c) >= 0) {
        text.append(c);
      } else {
        text.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
      }
    }
    return text.toString();
  }
}
