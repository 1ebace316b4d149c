/*
 * WHAT THIS FILE IS
 *
 * What HTTP requests mean. A key is the rest of the path behind /kv/, with its percent signs
 * decoded: any bytes, slashes and none at all too.
 *
 *     GET    /kv/os           200 and the value, or 404            HEAD: the same without the value
 *     PUT    /kv/os           201 if the key is new, 204 if not    the body is the value
 *     DELETE /kv/os           204, or 404 if it was not there
 *     GET    /kv?prefix=caf%C3%A9&limit=10
 *                             {"keys":["caf%C3%A9"],"more":false}  in no order
 *     GET    /stats           the numbers, see HttpStats
 *     GET    /events          the same, four times a second, see HttpEvents
 *     GET    /metrics         the same for Prometheus, see Metrics
 *     POST   /merge           {"merges":1,"mergedBytes":..., "reclaimedBytes":...} when it is done
 *     POST   /snapshot/monday 201 {"name":"monday"}; without a name the time: see Snapshots
 *     GET    /health          200, or 503 once the store has failed
 *     GET    /                the page
 *
 * Errors: 400 for an address that says nothing, 403 and 421 (see HttpGuard), 403 for what a server
 * with --read-only or without --snapshots does not do, 404, 405, 409 for the name of a snapshot
 * that exists, 413 for a key or value that is too long, 414 and 431, 500 with the store's error,
 * 503 if too much is waiting.
 *
 * Keys are listed as they stand in a path, since JSON has text and keys are bytes: what is listed
 * can be put behind /kv/ as it is.
 *
 * What concerns keys is answered at the end of the event loop's turn (see Turn); a list, a merge
 * and a snapshot are the worker's, and two merges are done one after the other.
 *
 * NOT HERE, AND WHY
 *
 * ETag and If-Match. They would need a version for each key, which the log does not have.
 */
package kv.server;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import kv.engine.Stats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests that the HTTP port understands. */
final class HttpApi {
  /** The most keys in a list. */
  static final int MAX_LIMIT = 10_000;

  /** The same if a request does not say how many. */
  private static final int DEFAULT_LIMIT = 1000;

  /** A list that has more bytes than this gets no further keys. */
  private static final int MAX_LISTED_BYTES = 1 << 20;

  private static final String KEYS = "/kv/";
  private static final String SNAPSHOTS = "/snapshot/";
  private static final Logger LOGGER = LoggerFactory.getLogger(HttpApi.class);

  private final Server server;
  private final HttpGuard guard;
  private final HttpEvents events;
  private final HttpReply page = Page.load();

  HttpApi(Server server) {
    this.server = server;
    this.guard = new HttpGuard(server.settings().bind());
    this.events = new HttpEvents(this::stats);
  }

  /** Some keys as they stand in a path, and whether there are more. */
  private record Keys(List<String> keys, boolean more) {}

  /**
   * What a merge has done.
   *
   * @param reclaimedBytes how much shorter the log's records are now; less than the merge has given
   *     back if there were writes meanwhile
   */
  private record Merged(long merges, long mergedBytes, long reclaimedBytes) {}

  /** A snapshot that was taken. */
  private record Snapshot(String name) {}

  // ======== Understanding ========

  /**
   * Says what is to be done for a request.
   *
   * @throws HttpReply.Refused if nothing is, whatever its body may be
   */
  HttpAction action(HttpRequest head) throws HttpReply.Refused {
    guard.check(head);
    String target = head.uri();
    if (!target.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
      throw bad("an address has ASCII characters only, and %XX for all others");
    }
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    String query = mark < 0 ? "" : target.substring(mark + 1);
    if (path.equals("/kv")) {
      allow(head, "GET", "HEAD");
      return list(query);
    }
    if (mark >= 0) {
      throw bad("nothing is asked with ? here; in a key it is %3F");
    }
    if (path.startsWith(KEYS)) {
      return key(head, path.substring(KEYS.length()));
    }
    return path.startsWith(SNAPSHOTS)
        ? snapshot(head, path.substring(SNAPSHOTS.length()))
        : other(head, path);
  }

  private HttpAction other(HttpRequest head, String path) throws HttpReply.Refused {
    switch (path) {
      case "/":
        allow(head, "GET", "HEAD");
        return (none, to) -> to.answer(page);
      case "/stats":
        allow(head, "GET", "HEAD");
        return (none, to) -> to.answer(HttpReply.json(stats()));
      case "/metrics":
        allow(head, "GET", "HEAD");
        return (none, to) ->
            to.answer(
                HttpReply.ok(Metrics.TYPE, Metrics.of(stats()).getBytes(StandardCharsets.UTF_8)));
      case "/health":
        allow(head, "GET", "HEAD");
        return (none, to) -> to.answer(health());
      case "/events":
        allow(head, "GET");
        return (none, to) -> listen(to);
      case "/merge":
        allow(head, "POST");
        requireWritable();
        return (none, to) -> slowly(to, this::merge);
      case "/snapshot":
        return snapshot(head, Snapshots.nameNow());
      default:
        throw new HttpReply.Refused(HttpResponseStatus.NOT_FOUND, "there is nothing at " + path);
    }
  }

  private static HttpReply.Refused bad(String message) {
    return new HttpReply.Refused(HttpResponseStatus.BAD_REQUEST, message);
  }

  private static void allow(HttpRequest head, String... methods) throws HttpReply.Refused {
    if (!List.of(methods).contains(head.method().name())) {
      String all = String.join(", ", methods);
      throw new HttpReply.Refused(
          HttpReply.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "what can be done here: " + all)
              .with(HttpHeaderNames.ALLOW, all));
    }
  }

  private void requireWritable() throws HttpReply.Refused {
    if (server.settings().readOnly()) {
      throw new HttpReply.Refused(
          HttpResponseStatus.FORBIDDEN,
          "this server was started with --read-only, and changes nothing");
    }
  }

  private static byte[] decode(String text) throws HttpReply.Refused {
    try {
      return HttpPath.decode(text);
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
  }

  // ======== Keys ========

  private HttpAction key(HttpRequest head, String text) throws HttpReply.Refused {
    allow(head, "GET", "HEAD", "PUT", "DELETE");
    if (!HttpGuard.isHarmless(head.method())) {
      requireWritable();
    }
    byte[] key = decode(text);
    if (key.length > Database.MAX_KEY) {
      throw new HttpReply.Refused(
          HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
          "the key has " + key.length + " bytes, and may have " + Database.MAX_KEY);
    }
    return switch (head.method().name()) {
      case "PUT" -> (value, to) -> put(key, value, to);
      case "DELETE" -> (none, to) -> delete(key, to);
      default -> (none, to) -> to.answerWhenDurable(get(key));
    };
  }

  private HttpReply get(byte[] key) throws IOException {
    byte[] value = server.database().get(key);
    return value == null ? noSuchKey() : HttpReply.ok("application/octet-stream", value);
  }

  private void put(byte[] key, byte[] value, HttpConnection to) throws IOException {
    // Not through the database: this is no read of the client's, and is not counted.
    boolean isNew = !server.store().containsKey(key);
    server.database().put(key, value);
    to.answerWhenDurable(
        HttpReply.empty(isNew ? HttpResponseStatus.CREATED : HttpResponseStatus.NO_CONTENT));
  }

  private void delete(byte[] key, HttpConnection to) throws IOException {
    boolean wasThere = server.database().delete(key);
    to.answerWhenDurable(wasThere ? HttpReply.empty(HttpResponseStatus.NO_CONTENT) : noSuchKey());
  }

  private static HttpReply noSuchKey() {
    return HttpReply.text(HttpResponseStatus.NOT_FOUND, "no such key");
  }

  private HttpAction list(String query) throws HttpReply.Refused {
    byte[] prefix = {};
    int limit = DEFAULT_LIMIT;
    for (String part : query.isEmpty() ? new String[0] : query.split("&", -1)) {
      String value = part.substring(part.indexOf('=') + 1);
      if (part.startsWith("prefix=")) {
        prefix = decode(value);
      } else if (part.startsWith("limit=") && value.matches("\\d{1,5}")) {
        limit = Integer.parseInt(value);
      } else {
        throw bad("what can be asked: prefix=, limit=0 to " + MAX_LIMIT);
      }
    }
    if (limit > MAX_LIMIT) {
      throw bad("the limit may be at most " + MAX_LIMIT);
    }
    byte[] start = prefix;
    int most = limit;
    return (none, to) -> slowly(to, () -> HttpReply.json(keys(start, most)));
  }

  /** Finds keys: goes over all, values included, until there are enough. */
  private Keys keys(byte[] prefix, int limit) throws IOException {
    List<String> keys = new ArrayList<>();
    long[] bytes = {0};
    boolean all =
        Scans.walk(
            server.store(),
            key -> {
              int length = prefix.length;
              if (key.length < length || !Arrays.equals(key, 0, length, prefix, 0, length)) {
                return true;
              }
              bytes[0] += key.length;
              if (keys.size() == limit || bytes[0] > MAX_LISTED_BYTES) {
                return false;
              }
              return keys.add(HttpPath.encode(key));
            });
    return new Keys(keys, !all);
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
          HttpReply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too many pages are listening"));
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
    allow(head, "POST");
    requireWritable();
    if (!server.snapshots().areOn()) {
      throw new HttpReply.Refused(HttpResponseStatus.FORBIDDEN, Snapshots.OFF);
    }
    if (!Snapshots.isName(name)) {
      throw bad(Snapshots.BAD_NAME);
    }
    return (none, to) -> slowly(to, () -> snapshotNamed(name));
  }

  private HttpReply snapshotNamed(String name) throws IOException {
    try {
      server.snapshots().take(name);
      return HttpReply.json(new Snapshot(name)).with(HttpResponseStatus.CREATED);
    } catch (FileAlreadyExistsException e) {
      return HttpReply.text(HttpResponseStatus.CONFLICT, "there is a snapshot " + name);
    }
  }

  private void slowly(HttpConnection to, Callable<HttpReply> job) {
    boolean accepted =
        server
            .worker()
            .run(
                job,
                (reply, failure) -> {
                  to.answerWhenDurable(failure == null ? reply : failed(failure));
                });
    if (!accepted) {
      to.answer(HttpReply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "too much is waiting"));
    }
  }

  /** The reply when something has failed that should not. */
  static HttpReply failed(Throwable failure) {
    if (failure instanceof IOException) {
      return HttpReply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.getMessage());
    }
    if (failure instanceof IllegalStateException) {
      return HttpReply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, failure.getMessage());
    }
    LOGGER.warn("a request has failed", failure);
    return HttpReply.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.toString());
  }
}
