/*
 * WHAT THIS FILE IS
 *
 * Parts of a value (RFC 9110, section 14), for example to continue a download that was cut off:
 *
 *     GET /kv/os   Range: bytes=2-3    206, Content-Range: bytes 2-3/5, two bytes
 *                  Range: bytes=2-     all bytes from the third on           (curl -C 2)
 *                  Range: bytes=-2     the last two
 *                  Range: bytes=7-     416: there is no such byte; Content-Range has the length
 *                  If-Range: "5-yvkB"  the part only if the value still has this tag; else all
 *
 * The server ignores a range and sends the whole value where the RFC allows it and a client has to
 * expect it (14.2): for several ranges, units other than bytes, a malformed range. Ranges are for
 * GET only. If-Range compares strongly, and a date in it never matches, since values have none
 * (13.1.5).
 *
 * NOT HERE, AND WHY
 *
 * Several ranges in one reply (multipart/byteranges): few clients use them. Parts in a PUT
 * (Content-Range): the store replaces values as a whole, and KeyResource refuses them (14.5).
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The range that a request asks for.
 *
 * @param first the first byte; -1 if the last bytes are asked for
 * @param last the last byte; if first is -1, the number of bytes
 * @param ifRange the validator that has to be the value's for a part; null if there is none
 */
record ByteRange(long first, long last, String ifRange) {
  /** The whole value. */
  private static final ByteRange WHOLE = new ByteRange(0, Long.MAX_VALUE, null);

  private static final Pattern FORM =
      Pattern.compile("bytes=[ \\t]*(\\d*)-(\\d*)[ \\t]*", Pattern.CASE_INSENSITIVE);

  /** Numbers with more digits than this count as the largest. */
  private static final int MAX_DIGITS = 18;

  /** Returns the range of a request; the whole value if the range is missing or unsupported. */
  static ByteRange of(HttpRequest head) {
    List<String> ranges = head.headers().getAll(HttpHeaderNames.RANGE);
    if (!head.method().equals(HttpMethod.GET) || ranges.size() != 1) {
      return WHOLE;
    }
    Matcher form = FORM.matcher(ranges.get(0));
    if (!form.matches()) {
      return WHOLE;
    }
    String ifRange = head.headers().get(HttpHeaderNames.IF_RANGE);
    boolean hasLast = !form.group(2).isEmpty();
    long last = hasLast ? number(form.group(2)) : Long.MAX_VALUE;
    if (form.group(1).isEmpty()) {
      return hasLast ? new ByteRange(-1, last, ifRange) : WHOLE;
    }
    long first = number(form.group(1));
    return first <= last ? new ByteRange(first, last, ifRange) : WHOLE;
  }

  private static long number(String digits) {
    String significant = digits.replaceFirst("^0+(?=.)", "");
    return significant.length() > MAX_DIGITS ? Long.MAX_VALUE : Long.parseLong(significant);
  }

  /**
   * Returns the reply to a GET with this range.
   *
   * @param whole the reply with the whole value
   * @param etag the value's entity tag
   */
  Reply of(Reply whole, String etag) {
    if (this == WHOLE || ifRange != null && !ifRange.equals(etag)) {
      return whole;
    }
    int length = whole.body().length;
    if (length == 0) {
      // A client that asks for the first part of a value cannot know that the value is empty.
      return whole;
    }
    long from = first == -1 ? Math.max(0, length - last) : first;
    if (from >= length) {
      return Reply.text(
              HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
              "the range begins at " + from + "; the value is " + length + " bytes long")
          .with(HttpHeaderNames.CONTENT_RANGE, "bytes */" + length);
    }
    int to =
        first == -1 ? length : (int) Math.min(length, last == Long.MAX_VALUE ? last : last + 1);
    return whole
        .with(HttpResponseStatus.PARTIAL_CONTENT)
        .with(Arrays.copyOfRange(whole.body(), (int) from, to))
        .with(HttpHeaderNames.CONTENT_RANGE, "bytes " + from + "-" + (to - 1) + "/" + length);
  }
}
