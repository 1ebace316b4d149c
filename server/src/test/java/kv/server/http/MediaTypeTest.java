package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A browser shows text, saves other values, and executes neither. */
class MediaTypeTest extends HttpFixture {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String BYTES = "application/octet-stream";

  private HttpWire.Reply stored(byte[] value) throws IOException {
    ask("PUT", "/kv/os", value, "Content-Type: text/html");
    return ask("GET", "/kv/os");
  }

  private String type(byte[] value) throws IOException {
    return stored(value).header("content-type");
  }

  private String type(String value) throws IOException {
    return type(value.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "linux", "a\tb\r\nc\n", "caf\u00e9", "\ud83d\ude00", "<script>"})
  void validUtf8IsText(String value) throws IOException {
    assertEquals(TEXT, type(value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "\u001b[31m", "\u007f", "\u0085", "\f"})
  void aTextHasNoControlCharacters(String value) throws IOException {
    assertEquals(BYTES, type(value));
  }

  @Test
  void anythingElseIsBytes() throws IOException {
    assertEquals(BYTES, type(new byte[] {(byte) 0xFF}));
    assertEquals(BYTES, type(new byte[] {(byte) 0xC3}), "half a character");
    assertEquals(BYTES, type(new byte[] {(byte) 0xC0, (byte) 0xAF}), "an overlong one");
    assertEquals(BYTES, type(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}), "a surrogate");
  }

  /** Text is decoded in pieces, and a character may span two of them. */
  @Test
  void theWholeValueIsChecked() throws IOException {
    for (int length = 1000; length < 1050; length++) {
      String text = "a".repeat(length) + "\ud83d\ude00".repeat(600);
      assertEquals(TEXT, type(text));
      assertEquals(BYTES, type(text + "\0"));
      assertEquals(BYTES, type("a".repeat(length) + "\0" + text));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"<script>alert(1)</script>", "\0"})
  void noValueRunsInABrowser(String value) throws IOException {
    HttpWire.Reply reply = stored(value.getBytes(StandardCharsets.UTF_8));
    assertEquals("nosniff", reply.header("x-content-type-options"));
    assertEquals("default-src 'none'; sandbox", reply.header("content-security-policy"));
  }

  @Test
  void noOtherReplyRunsInABrowserEither() throws IOException {
    for (String target : new String[] {"/kv", "/stats", "/nothing", "/kv?%3Cscript%3E"}) {
      HttpWire.Reply reply = ask("GET", target);
      assertEquals("default-src 'none'; sandbox", reply.header("content-security-policy"));
    }
  }
}
