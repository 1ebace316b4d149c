package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import kv.server.core.Secret;
import kv.server.core.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a password answers nothing without it. */
class PasswordGuardTest extends HttpFixture {
  /** Contains a colon, and a character of two bytes. */
  private static final String PASSWORD = "caf\u00e9:noir";

  @Override
  protected Settings.Builder settings() {
    return super.settings().password(new Secret(PASSWORD));
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /** The text whose characters are the bytes of another, as {@link HttpWire} sends them. */
  private static String onTheWire(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private int status(String... headers) throws IOException {
    return ask("GET", "/stats", null, headers).status();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/page.js",
        "/kv",
        "/kv/os",
        "/kv?key=os",
        "/stats",
        "/events",
        "/metrics",
        "/health",
        "/nothing"
      })
  void nothingIsShownWithoutThePassword(String target) throws IOException {
    HttpWire.Reply reply = ask("GET", target);
    assertEquals(401, reply.status());
    assertEquals(
        "Basic realm=\"kv\", charset=\"UTF-8\"\nBearer realm=\"kv\"",
        reply.header("www-authenticate"));
  }

  @Test
  void nothingIsChangedWithoutThePassword() throws IOException {
    assertEquals(401, ask("PUT", "/kv/os", new byte[] {'x'}).status());
    assertEquals(401, ask("DELETE", "/kv/os").status());
    assertEquals(401, ask("POST", "/merge").status());
    assertEquals(401, ask("OPTIONS", "*").status());
    assertEquals(0, server.context().store().size());
  }

  @Test
  void withoutThePasswordThereIsNo100Continue() throws IOException {
    try (HttpWire wire = connect()) {
      wire.send(
          "PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
              + "Content-Length: 5\r\n\r\n");
      assertEquals(401, wire.reply().status());
    }
  }

  @Test
  void aBearerTokenIsThePassword() throws IOException {
    assertEquals(200, status("Authorization: Bearer " + onTheWire(PASSWORD)));
    assertEquals(200, status("authorization: bEARER " + onTheWire(PASSWORD)));
  }

  @Test
  void basicAuthenticationAcceptsThePasswordWithAnyUserName() throws IOException {
    assertEquals(200, status("Authorization: " + basic("anyone:" + PASSWORD)));
    assertEquals(200, status("Authorization: " + basic(":" + PASSWORD)));
    assertEquals(200, status("Authorization: " + basic(":" + PASSWORD).replace("Basic", "basic")));
  }

  @Test
  void allOtherCredentialsAreRefused() throws IOException {
    String password = onTheWire(PASSWORD);
    for (String wrong :
        new String[] {
          "",
          "Bearer",
          "Bearer ",
          "Bearer " + password + "x",
          "Bearer caf",
          password,
          "Digest " + password,
          "Basic " + password,
          "Basic ****",
          basic(PASSWORD),
          basic("anyone:noir"),
          basic("anyone:" + PASSWORD + "x"),
          basic("")
        }) {
      HttpWire.Reply reply = ask("GET", "/stats", null, "Authorization: " + wrong);
      assertEquals(401, reply.status(), wrong);
      assertFalse((reply.headers() + reply.text()).contains("noir"), reply.text());
    }
    String right = "Authorization: Bearer " + password;
    assertEquals(401, status("Authorization: Bearer x", right));
    assertEquals(401, status(right, "Authorization: Bearer x"));
  }

  @Test
  void aPageOfAnotherOriginIsRefusedFirst() throws IOException {
    byte[] value = {'x'};
    String[] headers = {
      "Origin: http://evil.example", "Authorization: Bearer " + onTheWire(PASSWORD)
    };
    assertEquals(403, ask("PUT", "/kv/os", value, headers).status());
    assertEquals(421, ask("GET", "/", null, "Host: evil.example").status());
  }
}
