package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import kv.server.Server;
import kv.server.core.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that a browser sends for a page of another origin are refused. */
class OriginGuardTest extends HttpFixture {
  @Override
  protected Settings.Builder settings() {
    return super.settings().bind("localhost");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:8080",
        "127.0.0.1",
        "127.0.0.1:8080",
        "192.168.1.7:8080",
        "[::1]",
        "[::1]:8080",
        "[fe80::1]"
      })
  void addressesAndLocalhostAreNamesOfTheServer(String host) throws IOException {
    assertEquals(200, ask("GET", "/health", null, "Host: " + host).status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "[evil]",
        "localhost:1@evil.example",
        "localhost:1,evil.example",
        "::1",
        "127.0.0.1:8080:80",
        "2130706433"
      })
  void anyOtherHostIsRefused(String host) throws IOException {
    assertEquals(421, ask("GET", "/kv/os", null, "Host: " + host).status());
  }

  @Test
  void theNameGivenWithBindIsAccepted() throws Reply.Refused {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    request.headers().set("Host", "Stores.example:8080");
    new OriginGuard(List.of("stores.example")).check(request, RequestTarget.of(request));
  }

  @Test
  void aNameGivenWithAllowHostIsAccepted(@TempDir Path other) throws IOException {
    Settings settings =
        Settings.of(other)
            .bind("0.0.0.0")
            .segmentSize(1 << 20)
            .hosts(List.of("kv", "Stores.example"))
            .build();
    try (Server named = Server.start(settings)) {
      assertEquals(200, HttpWire.ask(named, "GET", "/health", null, "Host: kv:8080").status());
      assertEquals(
          200, HttpWire.ask(named, "GET", "/health", null, "Host: stores.example").status());
      HttpWire.Reply refused = HttpWire.ask(named, "GET", "/health", null, "Host: evil.example");
      assertEquals(421, refused.status());
      assertTrue(refused.text().contains("--allow-host"), refused.text());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8080/health, evil.example, 200",
    "http://evil.example/health, localhost, 421",
    "https://localhost/health, localhost, 421",
    "http://user@localhost/health, localhost, 400",
    "http:///health, localhost, 400",
    "ftp://localhost/health, localhost, 400",
  })
  void theHostInTheTargetReplacesTheHeader(String target, String host, int status)
      throws IOException {
    assertEquals(status, ask("GET", target, null, "Host: " + host).status());
  }

  @Test
  void theOriginIsComparedWithTheHostInTheTarget() throws IOException {
    String target = "http://localhost:8080/kv/os";
    byte[] value = {'x'};
    String[] own = {"Host: other:1", "Origin: http://localhost:8080"};
    String[] foreign = {"Host: other:1", "Origin: http://other:1"};
    assertEquals(2, ask("PUT", target, value, own).status() / 100);
    assertEquals(403, ask("PUT", target, value, foreign).status());
  }

  @Test
  void aRequestHasOneHost() throws IOException {
    try (HttpWire wire = connect()) {
      wire.send("GET /health HTTP/1.1\r\n\r\n");
      assertEquals(400, wire.reply().status());
      wire.send("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n");
      assertEquals(400, wire.reply().status());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /kv/others, Origin: http://evil.example",
    "DELETE, /kv/others, Origin: http://evil.example",
    "POST, /merge, Origin: http://evil.example",
    "PUT, /kv/others, Origin: null",
    "PUT, /kv/others, Origin: http://localhost:3000",
    "PUT, /kv/others, Origin: http://localhost.evil.example",
    "PUT, /kv/others, Sec-Fetch-Site: cross-site",
    "PUT, /kv/others, Sec-Fetch-Site: same-site",
    "POST, /merge, Sec-Fetch-Site: cross-site",
  })
  void aPageOfAnotherOriginMayChangeNothing(String method, String target, String header)
      throws IOException {
    HttpWire.Reply reply = ask(method, target, new byte[] {'x'}, header);
    assertEquals(403, reply.status());
    assertEquals(404, ask("GET", "/kv/others").status());
  }

  @ParameterizedTest
  @CsvSource({
    "Origin: http://localhost:8080, Sec-Fetch-Site: same-origin",
    "Origin: https://localhost:8080, Sec-Fetch-Site: same-origin",
    "Accept: */*, Sec-Fetch-Site: none",
    "Accept: */*, User-Agent: curl",
  })
  void theServersOwnPageAndProgramsMayWrite(String first, String second) throws IOException {
    byte[] value = {'x'};
    HttpWire.Reply reply = ask("PUT", "/kv/os", value, "Host: localhost:8080", first, second);
    assertEquals(2, reply.status() / 100);
  }

  @Test
  void aPageOfAnotherOriginCannotReadAReply() throws IOException {
    HttpWire.Reply reply = ask("GET", "/stats", null, "Origin: http://evil.example");
    assertFalse(reply.headers().keySet().stream().anyMatch(h -> h.startsWith("access-control")));
    assertEquals("same-origin", reply.header("cross-origin-resource-policy"));
  }
}
