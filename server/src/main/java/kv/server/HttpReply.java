package kv.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The reply to a request.
 *
 * @param type the body's media type; null if the status has no body
 * @param headers the headers that only this reply has; a name may occur several times
 */
record HttpReply(HttpResponseStatus status, String type, byte[] body, List<Header> headers) {
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  /** One header. */
  record Header(CharSequence name, String value) {}

  /** A request that is not done, since its head says enough to refuse it. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final transient HttpReply reply;

    Refused(HttpReply reply) {
      super(reply.status().toString(), null, false, false);
      this.reply = reply;
    }

    Refused(HttpResponseStatus status, String message) {
      this(HttpReply.text(status, message));
    }

    HttpReply reply() {
      return reply;
    }
  }

  /** A refusal of a request that is malformed. */
  static Refused bad(String message) {
    return new Refused(HttpResponseStatus.BAD_REQUEST, message);
  }

  /** A reply without a body. */
  static HttpReply empty(HttpResponseStatus status) {
    return new HttpReply(status, null, new byte[0], List.of());
  }

  /** A reply with a line of text for people. */
  static HttpReply text(HttpResponseStatus status, String line) {
    return new HttpReply(
        status, HttpText.TEXT, (line + "\n").getBytes(StandardCharsets.UTF_8), List.of());
  }

  /** A reply with a body. */
  static HttpReply ok(String type, byte[] body) {
    return new HttpReply(HttpResponseStatus.OK, type, body, List.of());
  }

  /** A reply with an object as JSON. */
  static HttpReply json(Object object) {
    return ok("application/json", (toJson(object) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Returns an object as JSON, on one line. Its null fields are included. */
  static String toJson(Object object) {
    return GSON.toJson(object);
  }

  /** Returns this reply with another status. */
  HttpReply with(HttpResponseStatus other) {
    return new HttpReply(other, type, body, headers);
  }

  /** Returns this reply with another body. */
  HttpReply with(byte[] other) {
    return new HttpReply(status, type, other, headers);
  }

  /** Returns this reply with one more header. */
  HttpReply with(CharSequence name, String value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new HttpReply(status, type, body, List.copyOf(more));
  }

  /** Adds the headers, except those that concern the message's length and the connection. */
  void addTo(HttpHeaders all) {
    if (type != null) {
      all.set(HttpHeaderNames.CONTENT_TYPE, type);
    }
    // A browser takes the body for nothing but its type, asks again every time, and does not pass
    // it to a page of another origin.
    all.set("x-content-type-options", "nosniff");
    all.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    all.set("cross-origin-resource-policy", "same-origin");
    headers.forEach(header -> all.add(header.name(), header.value()));
    if (!all.contains(HttpHeaderNames.CONTENT_SECURITY_POLICY)) {
      // Only the page has a policy of its own: see HttpText.
      all.set(HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    }
  }
}
