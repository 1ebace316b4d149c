package kv.workshop.scope;

import java.util.Arrays;
import java.util.HexFormat;
import kv.workshop.Json;
import kv.workshop.Shown;

/**
 * The beginning of a key, as much as a page shows.
 *
 * @param start its first bytes, up to {@link #MOST}
 * @param length the number of all its bytes
 */
record Key(byte[] start, int length) {
  /** Number of bytes that are kept. */
  static final int MOST = Shown.MOST;

  /** Longest text, in characters. */
  private static final int COLUMNS = 40;

  static Key of(byte[] key) {
    return new Key(key.length <= MOST ? key : Arrays.copyOf(key, MOST), key.length);
  }

  /** Returns the key as text if it is printable, and otherwise in hex after {@code 0x}. */
  String text() {
    String text = Shown.printable(start, length > start.length);
    if (text == null) {
      return "0x" + shortened(HexFormat.of().formatHex(start), COLUMNS);
    }
    return shortened(text, COLUMNS);
  }

  private String shortened(String all, int columns) {
    boolean whole = length == start.length && all.codePointCount(0, all.length()) <= columns;
    if (whole) {
      return all;
    }
    int cut = Math.min(columns - 1, all.codePointCount(0, all.length()));
    return all.substring(0, all.offsetByCodePoints(0, cut)) + "…";
  }

  /** Returns the key as JSON. */
  String json() {
    String hex = shortened(HexFormat.of().formatHex(start), 2 * MOST);
    return new Json().object().field("text", text()).field("hex", hex).end().toString();
  }
}
