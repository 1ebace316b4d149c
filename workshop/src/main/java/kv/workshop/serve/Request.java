package kv.workshop.serve;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * One request, and the reply to it. A handler calls one of {@link #html}, {@link #json},
 * {@link #send} and {@link #events}, once.
 */
public final class Request {
  /** The largest body of a request, in bytes. */
  private static final int MOST_BODY = 64 << 10;

  private static final String HTML = "text/html; charset=utf-8";
  private static final String JSON = "application/json; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";

  private final Site site;
  private final HttpExchange exchange;
  private final String rest;
  private boolean replied;

  /** Creates the request; {@code rest} is the part of its path after the route's. */
  Request(Site site, HttpExchange exchange, String rest) {
    this.site = site;
    this.exchange = exchange;
    this.rest = rest;
  }

  // ======== The request ========

  /** Returns the part of the path after the route's, decoded; empty if they are equal. */
  public String rest() {
    return rest;
  }

  /** Returns a parameter of the query, decoded. */
  public Optional<String> query(String name) throws Refusal {
    String query = exchange.getRequestURI().getRawQuery();
    if (query == null) {
      return Optional.empty();
    }
    for (String pair : query.split("&")) {
      int equals = pair.indexOf('=');
      if (equals >= 0 && decoded(pair.substring(0, equals)).equals(name)) {
        return Optional.of(decoded(pair.substring(equals + 1)));
      }
    }
    return Optional.empty();
  }

  private static String decoded(String text) throws Refusal {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Refusal.bad("the query is not percent-encoded: " + e.getMessage());
    }
  }

  /**
   * Returns the body of a POST, which must be JSON. (A page of another origin cannot send that type
   * without asking this server first.)
   */
  public String body() throws IOException, Refusal {
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (type == null || !type.toLowerCase(java.util.Locale.ROOT).startsWith("application/json")) {
      throw new Refusal(415, "the body must have the type application/json");
    }
    byte[] body = exchange.getRequestBody().readNBytes(MOST_BODY + 1);
    if (body.length > MOST_BODY) {
      throw new Refusal(413, "the body is longer than " + MOST_BODY + " bytes");
    }
    return new String(body, StandardCharsets.UTF_8);
  }

  // ======== The reply ========

  /** Replies with a page. */
  public void html(String page) throws IOException {
    send(200, HTML, page.getBytes(StandardCharsets.UTF_8));
  }

  /** Replies with JSON. */
  public void json(String json) throws IOException {
    send(200, JSON, json.getBytes(StandardCharsets.UTF_8));
  }

  /** Replies with a picture. An SVG may have styles of its own, but no scripts. */
  void picture(String type, byte[] bytes) throws IOException {
    exchange
        .getResponseHeaders()
        .set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    send(200, type, bytes);
  }

  /** Replies with a status and a text. */
  void text(int status, String text) throws IOException {
    send(status, TEXT, (text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Replies with a status, a media type and a body. */
  public void send(int status, String type, byte[] body) throws IOException {
    replied = true;
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD") || body.length == 0) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  /**
   * Starts a reply that goes on: server-sent events. The handler sends events until it has no more,
   * or until sending throws since the client is gone or the site closes.
   *
   * @throws Refusal if too many such replies are being sent
   */
  public Events events() throws IOException, Refusal {
    Events events = site.newEvents(exchange);
    replied = true;
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
    exchange.sendResponseHeaders(200, 0);
    return events;
  }

  /** Returns whether a reply was started. */
  boolean isReplied() {
    return replied;
  }
}
