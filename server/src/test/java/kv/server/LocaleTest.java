package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import kv.server.http.HttpFixture;
import kv.server.http.HttpWire;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocols are the same in every locale, and their digits are 0 to 9. */
class LocaleTest {
  @TempDir Path directory;

  private ChildServer serverIn(String language, String country) throws Exception {
    return new ChildServer(
        directory, "always", "-Duser.language=" + language, "-Duser.country=" + country);
  }

  @ParameterizedTest
  @CsvSource({"fa, IR", "tr, TR"})
  void aServerRepliesTheSameInEveryLocale(String language, String country) throws Exception {
    try (ChildServer server = serverIn(language, country);
        RespWire wire = server.connect();
        HttpWire http = server.connectToHttp()) {
      assertEquals("+OK|", wire.ask("SET key value"));
      String info = wire.ask("INFO");
      assertTrue(info.matches("(?s).*\r\ntcp_port:[0-9]+\r\n.*"), info);
      // Latin-1, the charset of the replies, has a question mark for digits of other scripts.
      assertFalse(info.contains("?"), info);

      http.send("PUT", "/kv/" + "a".repeat(65_536), new byte[1]);
      HttpWire.Reply tooLong = http.reply();
      assertEquals(413, tooLong.status());
      assertTrue(tooLong.text().contains("65536 bytes long; the limit is 65535"), tooLong.text());
      server.kill();
      server.status();
    }
    try (Server server = HttpFixture.serve(directory)) {
      assertEquals("value", HttpWire.ask(server, "GET", "/kv/key").text());
    }
    try (ChildServer server = serverIn(language, country);
        RespWire wire = server.connect()) {
      assertEquals("$5|value|", wire.ask("GET key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*\u0661\r\n$4\r\nPING\r\n", "*1\r\n$\u0664\r\nPING\r\n"})
  void aLengthInOtherDigitsIsRefused(String request) throws Exception {
    try (Server server = HttpFixture.serve(directory);
        RespWire wire = new RespWire(server.respPort())) {
      String reply = wire.send(request.getBytes(StandardCharsets.UTF_8)).rest();
      assertTrue(reply.startsWith("-ERR Protocol error: invalid "), reply);
    }
  }

  @Test
  void aContentLengthInOtherDigitsIsRefused() throws Exception {
    try (Server server = HttpFixture.serve(directory);
        HttpWire wire = new HttpWire(server.httpPort())) {
      String head = "PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: \u0661\r\n\r\n";
      wire.send(head.getBytes(StandardCharsets.UTF_8));
      assertEquals(400, wire.reply().status());
    }
  }

  @Test
  void aLimitInOtherDigitsIsRefused() throws Exception {
    try (Server server = HttpFixture.serve(directory)) {
      assertEquals(400, HttpWire.ask(server, "GET", "/kv?limit=%D9%A1").status());
    }
  }
}
