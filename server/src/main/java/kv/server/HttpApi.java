/*
 * WHAT THIS FILE IS
 *
 * The meaning of HTTP requests: which address is what, and who answers. A key is the rest of the
 * path after /kv/, with its percent signs decoded: any bytes, including slashes, or none.
 *
 *     GET    /kv/os           200 and the value, or 404            HEAD: the same without the value
 *     PUT    /kv/os           201 if the key is new, 204 if not    the body is the value
 *     DELETE /kv/os           204, or 404 if it was absent
 *     ...    /kv?key=os       the same as /kv/os, for any key and client: see below
 *     GET    /kv?prefix=caf%C3%A9&limit=10
 *                             {"keys":["caf%C3%A9"],"more":false}  in no order; with more keys,
 *                             "more":true and "cursor":"123", for &cursor=123: see HttpList
 *     GET    /stats           the numbers, see HttpStats
 *     GET    /events          the same, four times a second, see HttpEvents
 *     GET    /metrics         the same for Prometheus, see Metrics
 *     POST   /merge           {"merges":1,"mergedBytes":..., "reclaimedBytes":...} when it is done
 *     POST   /snapshot/monday 201 {"name":"monday"}; without a name the time: see Snapshots
 *     GET    /health          200, or 503 once the store has failed
 *     GET    /                the page
 *     OPTIONS                 204, and Allow with what can be done there; * for the server
 *
 * Headers that change what a request for a key means: If-Match and If-None-Match with the ETag of
 * each value (HttpConditions), Range and If-Range (HttpRange).
 *
 * Errors:
 *
 *     400  malformed: an address, a header, a list's parameters; Content-Range on a PUT
 *     401  without the password, if there is one: see HttpAuth
 *     403  a page of another origin (HttpGuard); a change with --read-only; a snapshot without
 *          --snapshots
 *     404  no such key, or nothing at this address       405  not done here; Allow says what is
 *     409  a snapshot of this name exists                410  a list's cursor is too old
 *     412  a condition is false, and nothing was changed 413  the key or the value is too long
 *     414, 431  the address, the headers are too long    415  a PUT with a Content-Encoding
 *     416  a range after the value's end                 417, 501, 505  see HttpProtocol
 *     421  the host is not one of this server's names: see HttpGuard
 *     500  the store's error                             503  too much is waiting, or no memory
 *
 * Requests for keys are answered at the end of the event loop's turn (see Turn). A list, a merge
 * and a snapshot are the worker's, which does one job after the other.
 *
 * THE KEYS . AND ..
 *
 * Clients shorten the path /kv/. to /kv/ before they send it (RFC 3986, 5.2.4), and /kv/ is another
 * key. So /kv/. and /kv/.. are refused here, and /kv/%2E and /kv/%2E%2E are these keys. Browsers
 * (URL standard, "double-dot URL path segment") and curl since 2025 shorten %2E as well, and the
 * server cannot tell: DELETE of /kv/%2E from a browser deletes the empty key. No client shortens a
 * query. So /kv?key=. is the address of this key for every client, and /kv?key= takes any key.
 */
package kv.server;

import static io.netty.handler.codec.http.HttpHeaderNames.ALLOW;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import kv.engine.Stats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests that the HTTP port understands. */
final class HttpApi {
  private static final String LIST = "/kv";
  private static final String KEYS = "/kv/";
  private static final String SNAPSHOTS = "/snapshot/";

  private static final List<String> READ = List.of("GET", "HEAD", "OPTIONS");
  private static final List<String> KEY = List.of("GET", "HEAD", "PUT", "DELETE", "OPTIONS");
  private static final List<String> LISTEN = List.of("GET", "OPTIONS");
  private static final List<String> RUN = List.of("POST", "OPTIONS");

  /** What can be done at all, for {@code OPTIONS *}. */
  private static final List<String> ALL =
      List.of("GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS");

  private static final Logger LOGGER = LoggerFactory.getLogger(HttpApi.class);

  private final Server server;
  private final HttpGuard guard;
  private final HttpAuth auth;
  private final HttpKeys keys;
  private final HttpList list;
  private final HttpEvents events;
  private final HttpDate date = new HttpDate(Clock.systemUTC());
  private final HttpReply page = Page.load();

  HttpApi(Server server) {
    this.server = server;
    List<String> names = new ArrayList<>(server.settings().hosts());
    names.add(server.settings().bind());
    this.guard = new HttpGuard(names);
    this.auth = new HttpAuth(server.settings().password());
    this.keys = new HttpKeys(server);
    this.list = new HttpList(server);
    this.events = new HttpEvents(this::stats);
  }

  /**
   * The outcome of a merge.
   *
   * @param reclaimedBytes the bytes by which the log's records are shorter now; less than the merge
   *     reclaimed if there were writes while it ran
   */
  private record Merged(long merges, long mergedBytes, long reclaimedBytes) {}

  /** A snapshot that was taken. */
  private record Snapshot(String name) {}

  /** The clock for the Date of all replies. */
  HttpDate date() {
    return date;
  }

  // ======== Understanding ========

  /**
   * Returns the work for a request.
   *
   * @throws HttpReply.Refused if there is none, whatever the body is
   */
  HttpAction action(HttpRequest head) throws HttpReply.Refused {
    HttpTarget target = HttpTarget.of(head);
    guard.check(head, target);
    auth.check(head);
    String path = target.path();
    // Elsewhere a query is refused below, and not read.
    HttpQuery query = new HttpQuery(path.equals(LIST) ? target.query() : null);
    List<String> methods = query.has("key") ? KEY : methods(path);
    String method = head.method().name();
    if (method.equals("OPTIONS")) {
      HttpReply reply = HttpReply.empty(HttpResponseStatus.NO_CONTENT).with(ALLOW, all(methods));
      return (none, to) -> to.answer(reply);
    }
    if (!methods.contains(method)) {
      throw new HttpReply.Refused(
          HttpReply.text(
                  HttpResponseStatus.METHOD_NOT_ALLOWED,
                  method + " is not allowed here; allowed: " + all(methods))
              .with(ALLOW, all(methods)));
    }
    if (!HttpGuard.isHarmless(head.method())) {
      requireWritable();
    }
    if (query.has("key")) {
      query.allowOnly("key");
      return keys.action(head, HttpPath.decodeQuery(query.get("key")));
    }
    if (path.equals(LIST)) {
      return list.action(query);
    }
    if (target.query() != null) {
      throw HttpReply.bad("this address has no parameters: a ? in a key is sent as %3F");
    }
    if (path.startsWith(KEYS)) {
      return keys.action(head, key(path.substring(KEYS.length())));
    }
    return path.startsWith(SNAPSHOTS)
        ? snapshot(head, path.substring(SNAPSHOTS.length()))
        : other(head, path);
  }

  /** Returns the methods that there are at a path. */
  private static List<String> methods(String path) throws HttpReply.Refused {
    if (path.startsWith(KEYS)) {
      return KEY;
    }
    if (path.startsWith(SNAPSHOTS)) {
      return RUN;
    }
    return switch (path) {
      case HttpTarget.SERVER -> ALL;
      case LIST, "/", "/stats", "/metrics", "/health" -> READ;
      case "/events" -> LISTEN;
      case "/merge", "/snapshot" -> RUN;
      default ->
          throw new HttpReply.Refused(HttpResponseStatus.NOT_FOUND, "there is nothing at " + path);
    };
  }

  private HttpAction other(HttpRequest head, String path) throws HttpReply.Refused {
    return switch (path) {
      case "/" -> (none, to) -> to.answer(page);
      case "/stats" -> (none, to) -> to.answer(HttpReply.json(stats()));
      case "/metrics" ->
          (none, to) ->
              to.answer(
                  HttpReply.ok(Metrics.TYPE, Metrics.of(stats()).getBytes(StandardCharsets.UTF_8)));
      case "/health" -> (none, to) -> to.answer(health());
      case "/events" -> (none, to) -> listen(to);
      case "/merge" -> {
        HttpConditions.requireNone(head);
        yield (none, to) -> to.answerLater(this::merge);
      }
      case "/snapshot" -> snapshot(head, Snapshots.nameNow());
      default -> throw new AssertionError(path);
    };
  }

  private static String all(List<String> methods) {
    return String.join(", ", methods);
  }

  private void requireWritable() throws HttpReply.Refused {
    if (server.settings().readOnly()) {
      throw new HttpReply.Refused(
          HttpResponseStatus.FORBIDDEN,
          "this server was started with --read-only, and changes nothing");
    }
  }

  private static byte[] key(String text) throws HttpReply.Refused {
    if (HttpPath.isDots(text)) {
      String escaped = text.replace(".", "%2E");
      throw HttpReply.bad(
          "most clients shorten /kv/"
              + text
              + ", so it is not the address of a key: send /kv/"
              + escaped
              + ", or /kv?key="
              + escaped);
    }
    return HttpPath.decode(text);
  }

  // ======== The store ========

  private HttpStats stats() {
    return HttpStats.of(server);
  }

  private HttpReply health() {
    try {
      IOException failure = server.store().failure();
      if (failure != null) {
        throw failure;
      }
      server.store().size();
      return HttpReply.text(HttpResponseStatus.OK, "ok");
    } catch (IOException | IllegalStateException e) {
      return HttpReply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, e.getMessage());
    }
  }

  private void listen(HttpConnection to) {
    if (events.isFull()) {
      to.answer(
          HttpReply.text(
              HttpResponseStatus.SERVICE_UNAVAILABLE,
              "too many connections are listening to /events"));
    } else {
      to.listen(events);
    }
  }

  private HttpReply merge() throws IOException {
    Stats before = server.store().stats();
    server.store().merge();
    Stats after = server.store().stats();
    long bytes = before.liveBytes() + before.deadBytes() - after.liveBytes() - after.deadBytes();
    return HttpReply.json(
        new Merged(
            after.merges() - before.merges(),
            after.mergedBytes() - before.mergedBytes(),
            Math.max(0, bytes)));
  }

  private HttpAction snapshot(HttpRequest head, String name) throws HttpReply.Refused {
    if (!server.snapshots().areOn()) {
      throw new HttpReply.Refused(HttpResponseStatus.FORBIDDEN, Snapshots.OFF);
    }
    if (!Snapshots.isName(name)) {
      throw HttpReply.bad(Snapshots.BAD_NAME);
    }
    HttpConditions.requireNone(head);
    return (none, to) -> to.answerLater(() -> snapshotNamed(name));
  }

  private HttpReply snapshotNamed(String name) throws IOException {
    try {
      server.snapshots().take(name);
      return HttpReply.json(new Snapshot(name)).with(HttpResponseStatus.CREATED);
    } catch (FileAlreadyExistsException e) {
      return HttpReply.text(HttpResponseStatus.CONFLICT, "there is a snapshot " + name);
    }
  }

  /** The reply to a request whose work has thrown something. */
  static HttpReply failed(Throwable failure) {
    if (failure instanceof HttpReply.Refused refused) {
      return refused.reply();
    }
    if (failure instanceof IOException) {
      return HttpReply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.getMessage());
    }
    if (failure instanceof IllegalStateException || failure instanceof Scans.ScanException) {
      return HttpReply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, failure.getMessage());
    }
    LOGGER.warn("a request has failed", failure);
    return HttpReply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.toString());
  }
}
