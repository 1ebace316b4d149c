package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import kv.server.Server;
import kv.server.core.Secret;
import kv.server.core.Settings;
import org.junit.jupiter.api.Test;

/** A server with a password, on the RESP port. */
class PasswordTest extends RespFixture {
  private static final String SECRET = "open sesame";
  private static final String NO_AUTH = "-NOAUTH Authentication required.|";
  private static final String WRONG =
      "-WRONGPASS invalid username-password pair or user is disabled.|";

  @Override
  protected Settings.Builder settings() {
    return super.settings().password(new Secret(SECRET));
  }

  @Test
  void withoutThePasswordNoCommandRuns() throws IOException {
    for (String request :
        new String[] {
          "GET k",
          "SET k v",
          "PING",
          "INFO",
          "CONFIG GET *",
          "CLIENT LIST",
          "COMMAND",
          "MULTI",
          "DISCARD",
          "FLUSHALL",
          "KEYS *",
          "SELECT 0",
          "ECHO a",
          "SAVE",
          "MEMORY USAGE k"
        }) {
      check(request, NO_AUTH);
    }
    assertEquals(0, server.context().store().size());
  }

  @Test
  void onlyCommandsThatSendThePasswordOrEndTheConnectionNeedNone() {
    for (Command command : new Commands(server.context()).matching(c -> c.is("no_auth"))) {
      assertTrue(
          java.util.Set.of("auth", "hello", "reset", "quit").contains(command.name()),
          command.name());
    }
  }

  @Test
  void authUnlocksTheConnection() throws IOException {
    check("AUTH wrong", WRONG);
    check("GET k", NO_AUTH);
    check("AUTH 'open sesame'", "+OK|");
    check("GET k", "$-1|");
    check("AUTH wrong", WRONG);
    check("GET k", "$-1|");
    try (RespWire other = connect()) {
      assertEquals(NO_AUTH, other.ask("GET k"));
    }
  }

  @Test
  void theUserIsDefault() throws IOException {
    check("AUTH someone 'open sesame'", WRONG);
    check("AUTH default wrong", WRONG);
    check("AUTH default 'open sesame' x", "-ERR syntax error|");
    check("AUTH default 'open sesame'", "+OK|");
    check("PING", "+PONG|");
  }

  @Test
  void helloCanSendThePassword() throws IOException {
    assertTrue(client.ask("HELLO 3").startsWith("-NOAUTH HELLO must be called with the client"));
    check("HELLO 3 AUTH default wrong", WRONG);
    check("GET k", NO_AUTH);
    assertTrue(client.ask("HELLO 3 AUTH default 'open sesame' SETNAME me").startsWith("%7|"));
    check("GET k", "_|");
    check("CLIENT GETNAME", "$2|me|");
  }

  @Test
  void afterResetThePasswordIsNeededAgain() throws IOException {
    check("AUTH 'open sesame'", "+OK|");
    check("RESET", "+RESET|");
    check("GET k", NO_AUTH);
  }

  @Test
  void requestsBeforeThePasswordAreSmall() throws IOException {
    try (RespWire wire = connect()) {
      wire.send("*11\r\n");
      assertEquals("-ERR Protocol error: unauthenticated multibulk length|", wire.rest());
    }
    try (RespWire wire = connect()) {
      wire.send("*2\r\n$4\r\nAUTH\r\n$16385\r\n");
      assertEquals("-ERR Protocol error: unauthenticated bulk length|", wire.rest());
    }
    check("AUTH 'open sesame'", "+OK|");
    check("SET k " + "x".repeat(20_000), "+OK|");
    check("DEL a b c d e f g h i j k", ":1|");
  }

  @Test
  void thePasswordIsShownNowhere() throws IOException {
    check("AUTH 'open sesame'", "+OK|");
    for (String request : new String[] {"CONFIG GET *", "INFO", "CLIENT LIST", "COMMAND DOCS"}) {
      assertFalse(client.ask(request).contains(SECRET), request);
    }
    assertFalse(server.context().settings().toString().contains(SECRET));
  }

  @Test
  void quitNeedsNoPassword() throws IOException {
    check("QUIT", "+OK|");
  }

  @Test
  void withoutAPasswordAuthIsAnError() throws IOException {
    server.close();
    server = Server.start(super.settings().build());
    client = connect();
    check(
        "AUTH x",
        "-ERR AUTH <password> called without any password configured for the default user. Are you"
            + " sure your configuration is correct?|");
    check("AUTH default x", "+OK|");
    check("AUTH someone x", WRONG);
    assertTrue(client.ask("HELLO 3 AUTH default x").startsWith("%7|"));
  }
}
