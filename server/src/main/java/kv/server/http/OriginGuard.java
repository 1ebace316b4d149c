/*
 * WHAT THIS FILE IS
 *
 * The checks that keep foreign web pages out. Other machines cannot reach a server on 127.0.0.1,
 * but the browser on this machine can, and it sends requests for any page that it shows.
 *
 *     a page of evil.example, in a browser on this machine:
 *
 *     fetch("http://127.0.0.1:8080/kv/a", {method: "DELETE"})     Origin: http://evil.example
 *         refused: the request changes something, for a page of another origin
 *
 *     fetch("http://evil.example:8080/kv/a")                      Host: evil.example:8080
 *         when evil.example has just changed its address to 127.0.0.1 (DNS rebinding): to the
 *         browser this is the page's own origin, so the page may read the reply. Refused: the
 *         host is not one of this server's names.
 *
 * A page of another origin can cause a GET, but cannot read the reply: no reply has an
 * Access-Control-Allow-Origin. Programs send no Origin, and are not affected.
 *
 * A SERVER'S NAMES
 *
 * Any address, localhost, the name given with --bind, and the names given with --allow-host. An
 * attacker's page cannot have an address or localhost as its host, unless it comes from there. A
 * server that clients address by a name, for example kv:8080 in a network of containers, needs
 * --allow-host kv.
 *
 * NOT HERE, AND WHY
 *
 * The password: see PasswordGuard. It is checked after these rules and does not replace them, since
 * a browser that knows the password also sends it for a page of another origin.
 */
package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Refuses requests that a browser sends for a page of another origin. */
final class OriginGuard {
  private static final Set<HttpMethod> HARMLESS =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  /** The Sec-Fetch-Site of requests made by the user, or by this server's own page. */
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

  /** This server's names except its addresses, in lower case. */
  private final Set<String> names = new HashSet<>();

  /**
   * A guard for a server that has the given names, and localhost.
   *
   * @param names in any case
   */
  OriginGuard(Collection<String> names) {
    this.names.add("localhost");
    names.forEach(name -> this.names.add(name.toLowerCase(Locale.ROOT)));
  }

  /**
   * Checks the origin and the host of a request.
   *
   * @throws Reply.Refused if it is for another server (421), does not have one Host (400), or
   *     changes something for a page of another origin (403)
   */
  void check(HttpRequest request, RequestTarget target) throws Reply.Refused {
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    // RFC 9112, section 3.2: HTTP/1.1 requires one, even beside a target that replaces it.
    if (hosts.size() > 1 || hosts.isEmpty() && !ProtocolCheck.isOld(request)) {
      throw Reply.bad("the request has " + hosts.size() + " Host headers: send one");
    }
    String host = target.authority();
    if (host == null && !hosts.isEmpty()) {
      host = hosts.get(0);
    }
    if (host != null && !isOwn(host)) {
      throw new Reply.Refused(
          HttpResponseStatus.MISDIRECTED_REQUEST,
          "the host "
              + host
              + " is not one of this server's names: use its address, localhost, or a name given"
              + " with --bind or --allow-host");
    }
    if (isHarmless(request.method())) {
      return;
    }
    String origin = request.headers().get(HttpHeaderNames.ORIGIN);
    String site = request.headers().get("sec-fetch-site");
    boolean own = origin == null || host != null && isSameOrigin(origin, host);
    if (!own || site != null && !OWN_SITES.contains(site)) {
      throw new Reply.Refused(
          HttpResponseStatus.FORBIDDEN, "a page of another origin cannot change anything here");
    }
  }

  /** Returns whether a request with this method changes nothing. */
  static boolean isHarmless(HttpMethod method) {
    return HARMLESS.contains(method);
  }

  /** Returns whether a host is an address, or one of this server's names. */
  private boolean isOwn(String host) {
    String name = withoutPort(host).toLowerCase(Locale.ROOT);
    return names.contains(name)
        || NetUtil.isValidIpV4Address(name)
        || name.startsWith("[") && name.endsWith("]") && NetUtil.isValidIpV6Address(name);
  }

  /** Removes a port, which is all digits: "localhost:1@evil.example" has none. */
  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    boolean hasPort =
        colon > host.lastIndexOf(']')
            && host.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9');
    return hasPort ? host.substring(0, colon) : host;
  }

  /** Accepts both schemes, since a proxy in front of this server may speak TLS. */
  private static boolean isSameOrigin(String origin, String host) {
    return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
  }
}
