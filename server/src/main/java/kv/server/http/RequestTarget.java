/*
 * WHAT THIS FILE IS
 *
 * The target of a request line, in the four forms of RFC 9112, section 3.2:
 *
 *     origin-form      GET /kv/os                       most clients
 *     absolute-form    GET http://127.0.0.1:8080/kv/os  a client that uses this server as its
 *                                                       proxy, such as curl -x
 *     asterisk-form    OPTIONS *                        the server as a whole
 *     authority-form   CONNECT example.com:443          for proxies: 501 here
 *
 * The absolute form names the host itself, and replaces Host (section 3.2.2). So OriginGuard checks
 * that name exactly as it checks a Host.
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Locale;

/**
 * The target of a request.
 *
 * @param authority the host and port in the target; null if the target names none
 * @param path the path as sent, with its percent signs; {@code *} for the server as a whole
 * @param query the text after the question mark; null if there is none
 */
record RequestTarget(String authority, String path, String query) {
  /** The path of the server as a whole. */
  static final String SERVER = "*";

  /**
   * Parses the target of a request.
   *
   * @throws Reply.Refused if it has none of the forms (400), is for a proxy (501), or asks for TLS,
   *     which this port does not speak (421)
   */
  static RequestTarget of(HttpRequest head) throws Reply.Refused {
    String target = head.uri();
    if (!target.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
      throw Reply.bad("the address contains a character that is not ASCII: send it as %XX");
    }
    if (head.method().equals(HttpMethod.CONNECT)) {
      throw new Reply.Refused(
          HttpResponseStatus.NOT_IMPLEMENTED,
          "this server is not a proxy: it does not support CONNECT");
    }
    boolean isOptions = head.method().equals(HttpMethod.OPTIONS);
    if (target.equals(SERVER) && isOptions) {
      return new RequestTarget(null, SERVER, null);
    }
    return target.startsWith("/") ? split(null, target) : absolute(target, isOptions);
  }

  private static RequestTarget absolute(String target, boolean isOptions) throws Reply.Refused {
    String scheme = target.substring(0, Math.max(0, target.indexOf("://")));
    switch (scheme.toLowerCase(Locale.ROOT)) {
      case "http":
        break;
      case "https":
        // RFC 9110, section 7.4: https has to be refused unless the connection is secure.
        throw new Reply.Refused(
            HttpResponseStatus.MISDIRECTED_REQUEST, "this port has no TLS: use http");
      default:
        throw Reply.bad("the address begins neither with / nor with http://");
    }
    String rest = target.substring(scheme.length() + "://".length());
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
      end++;
    }
    String authority = rest.substring(0, end);
    if (authority.isEmpty() || authority.indexOf('@') >= 0) {
      // RFC 9110, section 4.2.4: a user in an address is an error, and often an attempt to deceive.
      throw Reply.bad("the address has no host, or has a user: send http://HOST/...");
    }
    String tail = rest.substring(end);
    if (tail.isEmpty() && isOptions) {
      // RFC 9112, section 3.2.4: a proxy turns this form into an asterisk.
      return new RequestTarget(authority, SERVER, null);
    }
    return split(authority, tail.startsWith("/") ? tail : "/" + tail);
  }

  private static RequestTarget split(String authority, String text) {
    int mark = text.indexOf('?');
    return mark < 0
        ? new RequestTarget(authority, text, null)
        : new RequestTarget(authority, text.substring(0, mark), text.substring(mark + 1));
  }
}
