package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The page at {@code /}, and the files that it consists of: {@code page.html} for a store, {@code
 * cluster.html} for a node of a cluster.
 */
final class Page {
  private static final String SCRIPT = "text/javascript; charset=utf-8";
  private static final String STYLE = "text/css; charset=utf-8";

  /**
   * The rights of the page in a browser: run the scripts and use the styles that this server sends
   * as such, and connect to this server. So a key that were inserted as HTML by mistake would do
   * nothing. A value is sent with another type, see {@link MediaType}, so it is neither.
   */
  private static final String POLICY =
      "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none';"
          + " form-action 'none'; frame-ancestors 'none'; style-src 'self'; script-src 'self'";

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "/page.css";

  private Page() {}

  /** Reads the page of a cluster and its files, and returns the reply for each path. */
  static Map<String, Reply> loadOfCluster() {
    return Map.of(
        "/",
        file("cluster.html", HTML),
        "/cluster.js",
        file("cluster.js", SCRIPT),
        CSS,
        file("page.css", STYLE));
  }

  /** Reads the page and its files, and returns the reply for each path. */
  static Map<String, Reply> load() {
    return Map.of(
        "/",
        file("page.html", HTML),
        "/page.js",
        file("page.js", SCRIPT),
        CSS,
        file("page.css", STYLE),
        "/segments.js",
        file("segments.js", SCRIPT),
        "/segments.css",
        file("segments.css", STYLE));
  }

  private static Reply file(String name, String type) {
    try (InputStream file = Page.class.getResourceAsStream(name)) {
      return Reply.ok(type, file.readAllBytes())
          .with(HttpHeaderNames.CONTENT_SECURITY_POLICY, POLICY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
