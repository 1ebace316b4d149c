package kv.server;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The page at {@code /}: see {@code page.html}. */
final class Page {
  private Page() {}

  /** Reads the page, and makes the reply of it that is sent each time. */
  static HttpReply load() {
    try (InputStream file = Page.class.getResourceAsStream("page.html")) {
      byte[] bytes = file.readAllBytes();
      return HttpReply.ok("text/html; charset=utf-8", bytes)
          .with(
              HttpHeaderNames.CONTENT_SECURITY_POLICY,
              policy(new String(bytes, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What a browser may do for the page: run this script with this style, by their checksums, and
   * connect to this server. If a key ever came to be taken for HTML, it would still do nothing.
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
    try {
      byte[] sum =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
