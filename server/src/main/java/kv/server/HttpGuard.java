/*
 * WHAT THIS FILE IS
 *
 * What keeps other people's web pages away. A server on 127.0.0.1 is out of reach for other
 * machines, but not for the browser on this one, and that runs whatever a page tells it to.
 *
 *     a page of evil.example, in the browser of whoever runs this server:
 *
 *     fetch("http://127.0.0.1:8080/kv/a", {method: "DELETE"})     Origin: http://evil.example
 *         refused: a request that changes something, from a page of another origin
 *
 *     fetch("http://evil.example:8080/kv/a")                      Host: evil.example:8080
 *         where evil.example says, since a moment, that its address is 127.0.0.1 (DNS rebinding):
 *         for the browser this is the page's own origin, and it may read the answer. Refused: that
 *         is no name of this server.
 *
 * A page of another origin can have a key fetched, but it cannot read the answer: there is no
 * Access-Control-Allow-Origin here, ever. Programs send no Origin, and are not affected.
 *
 * NOT HERE, AND WHY
 *
 * Passwords. Whoever can reach the port may do everything, as with Redis; so it listens to this
 * machine only, if it is not told otherwise.
 */
package kv.server;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.NetUtil;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Refuses what a browser sends for somebody else's page. */
final class HttpGuard {
  private static final Set<HttpMethod> HARMLESS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  /** What a browser says of a request that the user or this server's own page has made. */
  private static final Set<String> OWN = Set.of("same-origin", "none");

  private final String ownName;

  /** For a server that listens on an interface with this name. */
  HttpGuard(String ownName) {
    this.ownName = ownName;
  }

  /**
   * Checks where a request comes from.
   *
   * @throws HttpReply.Refused if it is not for this server (421, 400), or changes something for a
   *     page of another origin (403)
   */
  void check(HttpRequest request) throws HttpReply.Refused {
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    boolean old = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    if (hosts.size() > 1 || hosts.isEmpty() && !old) {
      throw new HttpReply.Refused(
          HttpResponseStatus.BAD_REQUEST, "a request has one Host header, and this has not");
    }
    if (!hosts.isEmpty() && !isOwn(hosts.get(0))) {
      throw new HttpReply.Refused(
          HttpResponseStatus.MISDIRECTED_REQUEST,
          "this server goes by its address, localhost, or the name given with --bind");
    }
    if (isHarmless(request.method())) {
      return;
    }
    String origin = request.headers().get(HttpHeaderNames.ORIGIN);
    String site = request.headers().get("sec-fetch-site");
    boolean own = origin == null || !hosts.isEmpty() && sameOrigin(origin, hosts.get(0));
    if (!own || site != null && !OWN.contains(site)) {
      throw new HttpReply.Refused(
          HttpResponseStatus.FORBIDDEN, "a page of another origin may change nothing here");
    }
  }

  /** Returns whether a request with this method changes nothing. */
  static boolean isHarmless(HttpMethod method) {
    return HARMLESS.contains(method);
  }

  /** Is this an address, or one of the names that nobody else can have? */
  private boolean isOwn(String host) {
    String name = withoutPort(host).toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.equals(ownName.toLowerCase(Locale.ROOT))
        || NetUtil.isValidIpV4Address(name)
        || name.startsWith("[") && name.endsWith("]") && NetUtil.isValidIpV6Address(name);
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  /** Both schemes, since there may be a proxy in between that speaks TLS. */
  private static boolean sameOrigin(String origin, String host) {
    return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
  }
}
