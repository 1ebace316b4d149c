package kv.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import kv.server.core.Sha256;

/** The page at {@code /}: see {@code page.html}. */
final class Page {
  private Page() {}

  /** Reads the page, and returns the reply for all requests. */
  static Reply load() {
    try (InputStream file = Page.class.getResourceAsStream("page.html")) {
      byte[] bytes = file.readAllBytes();
      return Reply.ok("text/html; charset=utf-8", bytes)
          .with(
              HttpHeaderNames.CONTENT_SECURITY_POLICY,
              policy(new String(bytes, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the rights of the page in a browser: run this script with this style, which are named
   * by their checksums, and connect to this server. So a key that were inserted as HTML by mistake
   * would do nothing.
   */
  private static String policy(String page) {
    return "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none';"
        + " form-action 'none'; frame-ancestors 'none'; style-src '"
        + checksum(page, "style")
        + "'; script-src '"
        + checksum(page, "script")
        + "'";
  }

  private static String checksum(String page, String element) {
    String start = "<" + element + ">";
    String text =
        page.substring(page.indexOf(start) + start.length(), page.indexOf("</" + element + ">"));
    byte[] sum = Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(sum);
  }
}
