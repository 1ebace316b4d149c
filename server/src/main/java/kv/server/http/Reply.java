package kv.server.http;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kv.server.core.Scans;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reply to a request.
 *
 * @param type the body's media type; null if the status has no body
 * @param headers the headers that only this reply has; a name may occur several times
 */
record Reply(HttpResponseStatus status, String type, byte[] body, List<Header> headers) {
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private static final Logger LOGGER = LoggerFactory.getLogger(Reply.class);

  /** One header. */
  record Header(CharSequence name, String value) {}

  /** A request that is refused because of its head. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Reply reply;

    Refused(Reply reply) {
      super(reply.status().toString(), null, false, false);
      this.reply = reply;
    }

    Refused(HttpResponseStatus status, String message) {
      this(Reply.text(status, message));
    }

    Reply reply() {
      return reply;
    }
  }

  /** Returns the refusal of a malformed request. */
  static Refused bad(String message) {
    return new Refused(HttpResponseStatus.BAD_REQUEST, message);
  }

  /** Returns a reply without a body. */
  static Reply empty(HttpResponseStatus status) {
    return new Reply(status, null, new byte[0], List.of());
  }

  /** Returns a reply with a line of text for people. */
  static Reply text(HttpResponseStatus status, String line) {
    return new Reply(
        status, MediaType.TEXT, (line + "\n").getBytes(StandardCharsets.UTF_8), List.of());
  }

  /** Returns a reply with a body. */
  static Reply ok(String type, byte[] body) {
    return new Reply(HttpResponseStatus.OK, type, body, List.of());
  }

  /** Returns a reply with an object as JSON. */
  static Reply json(Object object) {
    return ok("application/json", (toJson(object) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the reply to a request whose action threw an exception. */
  static Reply failed(Throwable failure) {
    if (failure instanceof Refused refused) {
      return refused.reply();
    }
    if (failure instanceof IOException) {
      return text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.getMessage());
    }
    if (failure instanceof IllegalStateException || failure instanceof Scans.ScanException) {
      return text(HttpResponseStatus.SERVICE_UNAVAILABLE, failure.getMessage());
    }
    LOGGER.warn("a request failed", failure);
    return text(HttpResponseStatus.INTERNAL_SERVER_ERROR, failure.toString());
  }

  /** Returns an object as JSON, on one line. Its null fields are included. */
  static String toJson(Object object) {
    return GSON.toJson(object);
  }

  /** Returns this reply with another status. */
  Reply with(HttpResponseStatus other) {
    return new Reply(other, type, body, headers);
  }

  /** Returns this reply with another body. */
  Reply with(byte[] other) {
    return new Reply(status, type, other, headers);
  }

  /** Returns this reply with one more header. */
  Reply with(CharSequence name, String value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Reply(status, type, body, List.copyOf(more));
  }

  /** Adds the headers, except those that concern the message's length and the connection. */
  void addTo(HttpHeaders all) {
    if (type != null) {
      all.set(HttpHeaderNames.CONTENT_TYPE, type);
    }
    // A browser does not guess another type, does not cache the body, and does not give it to a
    // page of another origin.
    all.set("x-content-type-options", "nosniff");
    all.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    all.set("cross-origin-resource-policy", "same-origin");
    headers.forEach(header -> all.add(header.name(), header.value()));
    if (!all.contains(HttpHeaderNames.CONTENT_SECURITY_POLICY)) {
      // Only the page has a policy of its own: see MediaType.
      all.set(HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    }
  }
}
