/*
 * WHAT THIS FILE IS
 *
 * The media type of a value. The log stores bytes, and does not keep the Content-Type of a PUT. So
 * the bytes determine the type:
 *
 *     valid UTF-8 without control characters   text/plain; charset=utf-8   a browser shows it
 *     anything else                            application/octet-stream    a browser saves it
 *
 * Tab, line feed and carriage return are allowed in a text.
 *
 * WHY THIS IS SAFE
 *
 * A value may come from an attacker, and must not run as a page of this origin, which could delete
 * every key. Neither type is one that a browser executes; `nosniff` keeps it from guessing another,
 * also for script and style elements of other pages; and should a browser ever show a value as a
 * document, `Content-Security-Policy: default-src 'none'; sandbox` gives that document an origin
 * of its own, without scripts. See Reply, which sends both with every reply.
 */
package kv.server.http;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Media types of values. */
final class MediaType {
  /** The type of a value that a browser may show. */
  static final String TEXT = "text/plain; charset=utf-8";

  /** The type of all other values. */
  static final String BYTES = "application/octet-stream";

  /** The number of characters that are decoded at a time. */
  private static final int CHUNK = 1024;

  private MediaType() {}

  /** Returns the media type of a value. Takes O(bytes) time, less for most that are not text. */
  static String typeOf(byte[] value) {
    // Most texts are ASCII, and this is much faster than the decoder.
    int ascii = 0;
    while (ascii < value.length && value[ascii] >= 0) {
      if (!isShown((char) value[ascii])) {
        return BYTES;
      }
      ascii++;
    }
    return ascii == value.length || isText(ByteBuffer.wrap(value, ascii, value.length - ascii))
        ? TEXT
        : BYTES;
  }

  private static boolean isText(ByteBuffer bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    char[] some = new char[Math.min(CHUNK, bytes.remaining() + 1)];
    CharBuffer decoded = CharBuffer.wrap(some);
    while (true) {
      CoderResult result = decoder.decode(bytes, decoded, true);
      if (result.isError()) {
        return false;
      }
      for (int i = 0; i < decoded.position(); i++) {
        if (!isShown(some[i])) {
          return false;
        }
      }
      if (result.isUnderflow()) {
        return true;
      }
      decoded.clear();
    }
  }

  private static boolean isShown(char c) {
    return c >= ' ' && c < 0x7F || c > 0x9F || c == '\t' || c == '\n' || c == '\r';
  }
}
