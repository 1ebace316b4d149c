package kv.workshop;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Shows bytes in hex or as text, and cuts them off where they do not fit. */
public final class Shown {
  /** Number of bytes of a key or a value that are read. More do not fit in a line. */
  public static final int MOST = 80;

  private Shown() {}

  /**
   * Returns bytes in hex; {@code 6d6163.. +92} if they are too long.
   *
   * @param start the first of them, up to {@link #MOST}
   * @param length the number of all the bytes
   * @param columns the number of columns for them
   */
  static String hex(byte[] start, long length, int columns) {
    if (2 * length <= columns) {
      return HexFormat.of().formatHex(start, 0, (int) length);
    }
    int fit = Math.max(0, (columns - more(length).length()) / 2);
    int shown = Math.min(fit, start.length);
    return HexFormat.of().formatHex(start, 0, shown) + more(length - shown);
  }

  /**
   * Returns bytes as text in quotes if they are printable UTF-8, and otherwise in hex, after {@code 0x}.
   * {@code "mac".. +92} if they are too long; what follows is counted in bytes.
   *
   * @param start the first of them, up to {@link #MOST}
   * @param length the number of all the bytes
   * @param columns the number of columns for them
   */
  static String text(byte[] start, long length, int columns) {
    String text = printable(start, length > start.length);
    if (text == null) {
      return "0x" + hex(start, length, columns - 2);
    }
    StringBuilder shown = new StringBuilder("\"");
    int width = 2;
    int bytes = 0;
    // Where to cut if not all fits, and the number of bytes before the cut.
    int cut = 1;
    int cutBytes = 0;
    for (int codePoint : text.codePoints().toArray()) {
      String piece = escaped(codePoint);
      // Some terminals give an ideograph or a picture two columns.
      width += codePoint > 0x10ff ? 2 : piece.length();
      shown.append(piece);
      bytes += Character.toString(codePoint).getBytes(StandardCharsets.UTF_8).length;
      if (width + more(length).length() <= columns) {
        cut = shown.length();
        cutBytes = bytes;
      }
    }
    if (bytes == length && width <= columns) {
      return shown.append('"').toString();
    }
    shown.setLength(cut);
    return shown.append('"').append(more(length - cutBytes)).toString();
  }

  private static String more(long bytes) {
    return ".. +" + bytes;
  }

  /**
   * Returns the text in bytes, or null if they are not printable.
   *
   * @param cutOff whether more bytes follow: then the last character can be incomplete
   */
  public static String printable(byte[] bytes, boolean cutOff) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    CharBuffer text = CharBuffer.allocate(bytes.length);
    // Not the end of the input: the last character can be cut in two.
    if (decoder.decode(ByteBuffer.wrap(bytes), text, !cutOff).isError()) {
      return null;
    }
    String decoded = text.flip().toString();
    return decoded.codePoints().allMatch(Shown::isPrintable) ? decoded : null;
  }

  private static boolean isPrintable(int codePoint) {
    if (codePoint == '\n' || codePoint == '\r' || codePoint == '\t') {
      return true;
    }
    switch (Character.getType(codePoint)) {
      case Character.CONTROL:
      case Character.FORMAT:
      case Character.LINE_SEPARATOR:
      case Character.PARAGRAPH_SEPARATOR:
      case Character.PRIVATE_USE:
      case Character.SURROGATE:
      case Character.UNASSIGNED:
        return false;
      default:
        return true;
    }
  }

  private static String escaped(int codePoint) {
    switch (codePoint) {
      case '\n':
        return "\\n";
      case '\r':
        return "\\r";
      case '\t':
        return "\\t";
      case '"':
        return "\\\"";
      case '\\':
        return "\\\\";
      default:
        return Character.toString(codePoint);
    }
  }
}
