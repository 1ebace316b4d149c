/*
 * WHAT THIS FILE IS
 *
 * The checks of the protocol elements in a request's head, before its meaning matters:
 *
 *     HTTP/9.9                          505  only HTTP/1.x is spoken here (RFC 9110, 15.6.6)
 *     HTTP/1.2                          as 1.1, the highest minor version known (RFC 9110, 2.5)
 *     Transfer-Encoding: gzip, chunked  501  only chunked is decoded (RFC 9112, 6.1)
 *     Expect: 200-ok                    417  only 100-continue is known (RFC 9110, 10.1.1)
 *
 * After such a refusal the server closes the connection. If the coding of a body is unknown, so is
 * its end, and the bytes of the body could be taken for the next request (request smuggling).
 *
 * Netty refuses other doubtful framing itself, with a failure that HttpConnection answers with 400:
 * Transfer-Encoding with a last coding other than chunked (RFC 9112, 6.3), beside Content-Length,
 * or in HTTP/1.0 (6.1); two different lengths.
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;

/** Refuses protocol elements that this server does not support. */
final class ProtocolCheck {
  private ProtocolCheck() {}

  /**
   * Checks a head.
   *
   * @throws Reply.Refused if the request cannot be understood; its connection must be closed
   */
  static void check(HttpRequest head) throws Reply.Refused {
    HttpVersion version = head.protocolVersion();
    if (!version.protocolName().equals("HTTP") || version.majorVersion() != 1) {
      throw new Reply.Refused(
          HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED,
          "the version is " + version + "; this server speaks HTTP/1.1 and HTTP/1.0");
    }
    List<String> codings = head.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (!codings.isEmpty()) {
      if (codings.size() > 1 || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0))) {
        throw new Reply.Refused(
            HttpResponseStatus.NOT_IMPLEMENTED,
            "the transfer coding is "
                + String.join(", ", codings)
                + "; this server decodes only chunked");
      }
    }
    for (String expectation : head.headers().getAll(HttpHeaderNames.EXPECT)) {
      if (!isOld(head) && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectation)) {
        throw new Reply.Refused(
            HttpResponseStatus.EXPECTATION_FAILED,
            "the expectation is " + expectation + "; this server supports only 100-continue");
      }
    }
  }

  /** Returns whether a request is HTTP/1.0. */
  static boolean isOld(HttpRequest head) {
    return head.protocolVersion().minorVersion() == 0;
  }
}
