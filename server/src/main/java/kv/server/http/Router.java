/*
 * WHAT THIS FILE IS
 *
 * The addresses of the HTTP port, and the class that answers each. A key is the rest of the path
 * after /kv/, percent-decoded: any bytes, including slashes, or none.
 *
 *     GET    /kv/os           200 and the value, or 404            HEAD: the same without the value
 *     PUT    /kv/os           201 if the key is new, 204 if not    the body is the value
 *     DELETE /kv/os           204, or 404 if it was absent
 *     ...    /kv?key=os       the same as /kv/os, for any key and client: see below
 *     GET    /kv?prefix=caf%C3%A9&limit=10
 *                             {"keys":["caf%C3%A9"],"more":false}  unordered; with more keys,
 *                             "more":true and "cursor":"123", for &cursor=123: see KeyListResource
 *     GET    /stats           the numbers, see ServerStats
 *     GET    /events          the same, four times a second, see EventStream
 *     GET    /metrics         the same for Prometheus, see Metrics
 *     POST   /merge           {"merges":1,"mergedBytes":..., "reclaimedBytes":...} when it is done
 *     POST   /snapshot/monday 201 {"name":"monday"}; without a name the time: see Snapshots
 *     GET    /health          200, or 503 once the store has failed
 *     GET    /cluster         the state of the nodes, if the server is one of a cluster's
 *     GET    /                the page; /page.js, /page.css, /segments.js and /segments.css are its
 *                             parts: see Page
 *     OPTIONS                 204, and Allow with the methods of an address; * for the server
 *
 * Headers that change the meaning of a request for a key: If-Match and If-None-Match with the ETag
 * of each value (Preconditions), Range and If-Range (ByteRange).
 *
 * Errors:
 *
 *     400  malformed: an address, a header, a list's parameters; Content-Range on a PUT
 *     401  without the password, if there is one: see PasswordGuard
 *     403  a page of another origin (OriginGuard); a change with --read-only; a snapshot without
 *          --snapshots
 *     404  no such key, or nothing at this address       405  a method that Allow does not list
 *     409  a snapshot of this name exists                410  a list's cursor is too old
 *     412  a condition is false, and nothing was changed 413  the key or the value is too long
 *     414, 431  the address, the headers are too long    415  a PUT with a Content-Encoding
 *     416  a range after the value's end                 417, 501, 505  see ProtocolCheck
 *     421  the host is not one of this server's names: see OriginGuard
 *     500  the store's error                             503  the worker is busy, or no memory
 *
 * Requests for keys are answered at the end of the event loop's turn (see Turn). The worker makes
 * lists, merges and snapshots, one after the other.
 *
 * THE KEYS . AND ..
 *
 * Clients shorten the path /kv/. to /kv/ before they send it (RFC 3986, 5.2.4), and /kv/ is another
 * key. So /kv/. and /kv/.. are refused here, and /kv/%2E and /kv/%2E%2E are these keys. Browsers
 * (URL standard, "double-dot URL path segment") and curl since 2025 shorten %2E as well, and the
 * server cannot tell: DELETE of /kv/%2E from a browser deletes the empty key. No client shortens a
 * query. So /kv?key=. is the address of this key for every client, and /kv?key= takes any key.
 */
package kv.server.http;

import static io.netty.handler.codec.http.HttpHeaderNames.ALLOW;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kv.server.core.ServerContext;
import kv.server.core.Snapshots;

/** Finds the action for each request of the HTTP port. */
final class Router {
  private static final String LIST = "/kv";
  private static final String KEYS = "/kv/";
  private static final String SNAPSHOTS = "/snapshot/";

  private static final List<String> READ = List.of("GET", "HEAD", "OPTIONS");
  private static final List<String> KEY = List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS");
  private static final List<String> LISTEN = List.of("GET", "OPTIONS");
  private static final List<String> RUN = List.of("POST", "OPTIONS");

  /** All methods of the server, for {@code OPTIONS *}. */
  private static final List<String> ALL =
      List.of("GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS");

  private final ServerContext server;
  private final OriginGuard origins;
  private final PasswordGuard passwords;
  private final KeyResource keys;
  private final KeyListResource list;
  private final StoreResource store;
  private final EventStream events;
  private final HttpDate date = new HttpDate(Clock.systemUTC());
  private final Map<String, Reply> page;

  Router(ServerContext server) {
    this.server = server;
    this.page = server.remote() == null ? Page.load() : Page.loadOfCluster();
    List<String> names = new ArrayList<>(server.settings().hosts());
    names.add(server.settings().bind());
    this.origins = new OriginGuard(names);
    this.passwords = new PasswordGuard(server.settings().password());
    this.keys = new KeyResource(server);
    this.list = new KeyListResource(server);
    this.store = new StoreResource(server);
    this.events = new EventStream(this::stats);
  }

  /** Returns the clock for the Date of all replies. */
  HttpDate date() {
    return date;
  }

  /**
   * Returns the action for a request.
   *
   * @throws Reply.Refused if the head alone is reason to refuse the request
   */
  Action action(HttpRequest head) throws Reply.Refused {
    RequestTarget target = RequestTarget.of(head);
    origins.check(head, target);
    passwords.check(head);
    String path = target.path();
    // At other paths a query is refused below, and not parsed.
    Query query = new Query(path.equals(LIST) ? target.query() : null);
    List<String> methods = query.has("key") ? KEY : methods(path);
    if (head.method().equals(HttpMethod.OPTIONS)) {
      Reply reply = Reply.empty(HttpResponseStatus.NO_CONTENT).with(ALLOW, all(methods));
      return (none, to) -> to.answer(reply);
    }
    requireAllowed(head.method(), methods);
    if (query.has("key")) {
      query.allowOnly("key");
      return keys.action(head, PercentEncoding.decodeQuery(query.get("key")));
    }
    if (server.remote() != null) {
      refuseInCluster(path);
    }
    if (path.equals(LIST)) {
      return list.action(query);
    }
    if (target.query() != null) {
      throw Reply.bad("this address has no parameters; send a ? in a key as %3F");
    }
    if (page.containsKey(path)) {
      return (none, to) -> to.answer(page.get(path));
    }
    if (path.startsWith(KEYS)) {
      return keys.action(head, key(path.substring(KEYS.length())));
    }
    return path.startsWith(SNAPSHOTS)
        ? store.snapshot(head, path.substring(SNAPSHOTS.length()))
        : other(head, path);
  }

  /** Refuses what needs all keys in one place. */
  private static void refuseInCluster(String path) throws Reply.Refused {
    if (List.of("/merge", "/snapshot").contains(path) || path.startsWith(SNAPSHOTS)) {
      throw new Reply.Refused(
          HttpResponseStatus.NOT_IMPLEMENTED,
          path + " does not run in a cluster, since its keys are in several shards");
    }
  }

  /** Returns the methods of a path. */
  private List<String> methods(String path) throws Reply.Refused {
    if (page.containsKey(path)) {
      return READ;
    }
    if (path.startsWith(KEYS)) {
      return KEY;
    }
    if (path.startsWith(SNAPSHOTS)) {
      return RUN;
    }
    return switch (path) {
      case RequestTarget.SERVER -> ALL;
      case LIST, "/stats", "/metrics", "/health" -> READ;
      case "/cluster" -> {
        if (server.remote() == null) {
          throw nothingAt(path);
        }
        yield READ;
      }
      case "/events" -> LISTEN;
      case "/merge", "/snapshot" -> RUN;
      default -> throw nothingAt(path);
    };
  }

  private static Reply.Refused nothingAt(String path) {
    return new Reply.Refused(HttpResponseStatus.NOT_FOUND, "there is nothing at " + path);
  }

  private static String all(List<String> methods) {
    return String.join(", ", methods);
  }

  private void requireAllowed(HttpMethod method, List<String> methods) throws Reply.Refused {
    if (!methods.contains(method.name())) {
      throw new Reply.Refused(
          Reply.text(
                  HttpResponseStatus.METHOD_NOT_ALLOWED,
                  method + " is not allowed here; allowed: " + all(methods))
              .with(ALLOW, all(methods)));
    }
    if (!OriginGuard.isHarmless(method) && server.settings().readOnly()) {
      throw new Reply.Refused(
          HttpResponseStatus.FORBIDDEN,
          "this server was started with --read-only, and changes nothing");
    }
  }

  private static byte[] key(String text) throws Reply.Refused {
    if (PercentEncoding.isDots(text)) {
      String escaped = text.replace(".", "%2E");
      throw Reply.bad(
          "most clients shorten /kv/"
              + text
              + ", so it is not the address of a key: send /kv/"
              + escaped
              + ", or /kv?key="
              + escaped);
    }
    return PercentEncoding.decode(text);
  }

  private Action other(HttpRequest head, String path) throws Reply.Refused {
    return switch (path) {
      case "/stats" -> (none, to) -> to.answer(Reply.json(stats()));
      case "/metrics" ->
          (none, to) ->
              to.answer(Reply.ok(Metrics.TYPE, metrics().getBytes(StandardCharsets.UTF_8)));
      case "/health" -> (none, to) -> to.answer(store.health());
      case "/cluster" -> (none, to) -> to.answer(Reply.json(server.remote().status()));
      case "/events" -> (none, to) -> listen(to);
      case "/merge" -> store.merge(head);
      case "/snapshot" -> store.snapshot(head, Snapshots.nameNow());
      default -> throw new AssertionError(path);
    };
  }

  private String metrics() {
    return server.remote() == null
        ? Metrics.of(stats())
        : Metrics.of(stats(), server.remote().replication());
  }

  private ServerStats stats() {
    return ServerStats.of(server);
  }

  private void listen(HttpConnection to) {
    if (events.isFull()) {
      to.answer(
          Reply.text(
              HttpResponseStatus.SERVICE_UNAVAILABLE,
              "too many connections are listening to /events"));
    } else {
      to.listen(events);
    }
  }
}
