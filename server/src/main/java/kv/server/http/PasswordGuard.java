/*
 * WHAT THIS FILE IS
 *
 * The password of --requirepass on the HTTP port. If there is a password, each request has to carry
 * it: also for the page, the numbers, and addresses that do not exist.
 *
 *     Authorization: Bearer SECRET               programs
 *     Authorization: Basic base64(USER:SECRET)   browsers, which ask the user for it, and
 *                                                curl -u x:SECRET; any user name will do
 *
 * Everything else is 401 with a challenge for each of the two schemes (RFC 9110, section 11.6.1;
 * RFC 7617; RFC 6750). The comparison takes the same time for a wrong password as for the right
 * one (see Secret). The reply never repeats the credentials.
 *
 * A browser keeps the password, and also sends it with requests that a page of another origin
 * makes. So the password does not replace OriginGuard, whose checks come first.
 *
 * NOT HERE, AND WHY
 *
 * TLS. The password crosses the network unencrypted: between machines, use a proxy with TLS, or a
 * tunnel. A limit on guesses: choose a password that is too long to guess.
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import kv.server.core.Secret;

/** Refuses requests without the password, if there is one. */
final class PasswordGuard {
  private static final String BASIC = "basic ";
  private static final String BEARER = "bearer ";

  /** Null if every request is accepted. */
  private final Secret password;

  PasswordGuard(Secret password) {
    this.password = password;
  }

  /**
   * Checks that a request carries the password.
   *
   * @throws Reply.Refused if it does not (401)
   */
  void check(HttpRequest head) throws Reply.Refused {
    if (password == null) {
      return;
    }
    List<String> credentials = head.headers().getAll(HttpHeaderNames.AUTHORIZATION);
    if (credentials.size() != 1 || !isRight(credentials.get(0))) {
      throw new Reply.Refused(
          Reply.text(
                  HttpResponseStatus.UNAUTHORIZED,
                  "this server has a password: send it in an Authorization header, Bearer or Basic")
              .with(HttpHeaderNames.WWW_AUTHENTICATE, "Basic realm=\"kv\", charset=\"UTF-8\"")
              .with(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"kv\""));
    }
  }

  private boolean isRight(String credentials) {
    if (credentials.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      // Netty makes each byte of a header a character.
      String token = credentials.substring(BEARER.length()).strip();
      return password.matches(token.getBytes(StandardCharsets.ISO_8859_1));
    }
    if (!credentials.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
      return false;
    }
    byte[] pair;
    try {
      pair = Base64.getDecoder().decode(credentials.substring(BASIC.length()).strip());
    } catch (IllegalArgumentException e) {
      return false;
    }
    // RFC 7617, section 2: the user name ends at the first colon, and the password may contain one.
    int colon = 0;
    while (colon < pair.length && pair[colon] != ':') {
      colon++;
    }
    return colon < pair.length
        && password.matches(Arrays.copyOfRange(pair, colon + 1, pair.length));
  }
}
