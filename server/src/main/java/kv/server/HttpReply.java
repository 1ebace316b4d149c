package kv.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a request is answered with.
 *
 * @param type the body's media type; null if the status has no body
 * @param headers those that only this reply has, by their names
 */
record HttpReply(
    HttpResponseStatus status, String type, byte[] body, Map<CharSequence, String> headers) {
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  /** A request that is not done, since its head says enough to refuse it. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final transient HttpReply reply;

    Refused(HttpReply reply) {
      super(reply.toString(), null, false, false);
      this.reply = reply;
    }

    Refused(HttpResponseStatus status, String message) {
      this(HttpReply.text(status, message));
    }

    HttpReply reply() {
      return reply;
    }
  }

  /** Without a body. */
  static HttpReply empty(HttpResponseStatus status) {
    return new HttpReply(status, null, new byte[0], Map.of());
  }

  /** With a line of text for people. */
  static HttpReply text(HttpResponseStatus status, String line) {
    return new HttpReply(
        status,
        "text/plain; charset=utf-8",
        (line + "\n").getBytes(StandardCharsets.UTF_8),
        Map.of());
  }

  /** With a body. */
  static HttpReply ok(String type, byte[] body) {
    return new HttpReply(HttpResponseStatus.OK, type, body, Map.of());
  }

  /** With an object as JSON. */
  static HttpReply json(Object object) {
    return ok("application/json", (toJson(object) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** An object as JSON, on one line. */
  static String toJson(Object object) {
    return GSON.toJson(object);
  }

  /** The same, with another status. */
  HttpReply with(HttpResponseStatus other) {
    return new HttpReply(other, type, body, headers);
  }

  /** The same, with one more header. */
  HttpReply with(CharSequence name, String value) {
    return new HttpReply(status, type, body, Map.of(name, value));
  }

  /** Writes down the headers, but for those that say how long the body is. */
  void addTo(HttpHeaders all) {
    if (type != null) {
      all.set("content-type", type);
    }
    // A browser takes what is here for nothing else than it is, asks again every time, and hands
    // it to no page of another origin.
    all.set("x-content-type-options", "nosniff");
    all.set("cache-control", "no-store");
    all.set("cross-origin-resource-policy", "same-origin");
    headers.forEach(all::set);
  }
}
