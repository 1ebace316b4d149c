/*
 * WHAT THIS FILE IS
 *
 * The media type of a value. The log stores bytes, and the type that a PUT was sent with is not
 * kept. So the type is what the bytes show:
 *
 *     valid UTF-8 without control characters   text/plain; charset=utf-8   a browser shows it
 *     anything else                            application/octet-stream    a browser saves it
 *
 * Tab, line feed and carriage return are allowed in a text.
 *
 * WHY THIS IS SAFE
 *
 * A value may come from anyone, and must not run as a page of this origin, which can delete every
 * key. Neither type is one that a browser executes; `nosniff` keeps it from guessing another,
 * also for script and style elements of other pages; and should a browser ever show a value as a
 * document, `Content-Security-Policy: default-src 'none'; sandbox` gives that document an origin
 * of its own, without scripts. See HttpReply, which sends both with every reply.
 */
package kv.server;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Media types of values. */
final class HttpText {
  /** The type of a value that a browser may show. */
  static final String TEXT = "text/plain; charset=utf-8";

  /** The type of all other values. */
  static final String BYTES = "application/octet-stream";

  /** The number of characters that are looked at at a time. */
  private static final int CHUNK = 1024;

  private HttpText() {}

  /** Returns the media type of a value. Takes O(bytes) time, less for most that are not text. */
  static String typeOf(byte[] value) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer bytes = ByteBuffer.wrap(value);
    CharBuffer some = CharBuffer.allocate(Math.min(CHUNK, value.length + 1));
    while (true) {
      CoderResult result = decoder.decode(bytes, some, true);
      if (result.isError() || !some.flip().chars().allMatch(HttpText::isShown)) {
        return BYTES;
      }
      if (result.isUnderflow()) {
        return TEXT;
      }
      some.clear();
    }
  }

  private static boolean isShown(int c) {
    return c == '\t' || c == '\n' || c == '\r' || !Character.isISOControl(c);
  }
}
