/*
 * WHAT THIS FILE IS
 *
 * Entity tags: the name of a value's bytes (RFC 9110, section 8.8.3).
 *
 *     ETag: "5-yvkBae76X4B9V3SGufeVqw"       length, and 128 bits of the value's SHA-256, base64url
 *
 * The tag is strong: values with equal tags have equal bytes. A value that is overwritten and put
 * back has its old tag again, as it should: the bytes are the same. The log needs no version
 * numbers for this. The tag is computed when it is needed.
 *
 * WHY SHA-256
 *
 * A collision would make a client keep a value that has been replaced (If-None-Match), overwrite
 * one that it never saw (If-Match), or join halves of two (If-Range). With a 32-bit checksum such
 * as CRC32C this happens by accident: among 77,000 values of one length, two share a checksum with
 * a probability of one half.
 * It also happens on purpose: a value with a given CRC is easy to make, however wide the CRC is. No
 * way is known to find a value with 128 given bits of SHA-256.
 *
 * THE PRICE
 *
 * A GET and a PUT hash the whole value, on the event loop. A value of 100 bytes takes 0.2
 * microseconds. A value of 16 MiB takes 11 ms on a processor with SHA instructions, and ten times
 * as long until the JVM has compiled the loop that uses them; other clients wait. To send or to
 * write such a value takes longer.
 */
package kv.server.http;

import java.util.Arrays;
import java.util.Base64;
import kv.server.core.Sha256;

/** Entity tags of values. */
final class EntityTag {
  /** The bytes of the digest that are in a tag. */
  private static final int DIGEST_BYTES = 16;

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private EntityTag() {}

  /** Returns the strong entity tag of a value, quotes included. Takes O(bytes) time. */
  static String of(byte[] value) {
    byte[] some = Arrays.copyOf(Sha256.of(value), DIGEST_BYTES);
    return "\"" + value.length + "-" + BASE64.encodeToString(some) + "\"";
  }
}
