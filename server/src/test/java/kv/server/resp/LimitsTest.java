package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Requests that are too long or malformed are errors, and other clients are served. */
class LimitsTest extends RespFixture {
  private static final String PING = "*1\r\n$4\r\nPING\r\n";

  /** Sends a request that ends the connection, and returns all replies. */
  private String fatal(String bytes) throws IOException {
    try (RespWire wire = connect()) {
      wire.send(bytes);
      return wire.rest();
    } finally {
      assertEquals("+PONG|", client.ask("PING"));
    }
  }

  @Test
  void aKeyHasAtMost65535Bytes() throws IOException {
    byte[] longest = new byte[65_535];
    byte[] tooLong = new byte[65_536];
    byte[] value = {1};
    byte[] set = RespWire.bytes("SET");
    assertEquals("+OK|", client.send(RespWire.request(set, longest, value)).reply());
    String error = "-ERR the key is 65536 bytes long; the limit is 65535|";
    assertEquals(error, client.send(RespWire.request(set, tooLong, value)).reply());
    byte[] mset = RespWire.bytes("MSET");
    assertEquals(
        error, client.send(RespWire.request(mset, value, tooLong, tooLong, value)).reply());
    byte[] mget = RespWire.bytes("MGET");
    assertEquals(error, client.send(RespWire.request(mget, value, tooLong)).reply());
    assertEquals(":1|", client.ask("DBSIZE"));
  }

  @Test
  void aValueHasAtMost16MiB() throws IOException {
    byte[] longest = new byte[16 << 20];
    Arrays.fill(longest, (byte) 'x');
    byte[] set = RespWire.bytes("SET");
    byte[] key = RespWire.bytes("k");
    assertEquals("+OK|", client.send(RespWire.request(set, key, longest)).reply());
    assertEquals(":16777216|", client.ask("STRLEN k"));
    assertEquals(9 + 1 + longest.length + 1, client.ask("GET k").length());
    assertEquals(
        "-ERR Protocol error: invalid bulk length: 16777217 bytes; the limit is 16777216"
            + " (--max-value)|",
        fatal("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16777217\r\n"));
  }

  @Test
  void aPatternHasAtMost1024Bytes() throws IOException {
    assertEquals("*0|", client.ask("KEYS " + "*".repeat(1024)));
    String error = "-ERR the pattern is 1025 bytes long; the limit is 1024|";
    assertEquals(error, client.ask("KEYS " + "*".repeat(1025)));
    assertEquals(error, client.ask("SCAN 0 MATCH " + "*".repeat(1025)));
    // Several patterns share the limit.
    String half = " " + "*".repeat(512);
    assertTrue(client.ask("CONFIG GET" + half + half).startsWith("*14|"));
    assertEquals(error, client.ask("CONFIG GET" + half + half + " *"));
  }

  /** Names are kept while a connection is open, and there may be many connections. */
  @Test
  void aNameHasAtMost256Bytes() throws IOException {
    String longest = "x".repeat(256);
    assertEquals("+OK|", client.ask("CLIENT SETNAME " + longest));
    String error = "-ERR Client names cannot have 257 bytes; the limit is 256|";
    assertEquals(error, client.ask("CLIENT SETNAME x" + longest));
    assertEquals(error, client.ask("HELLO 2 SETNAME x" + longest));
    assertEquals("$256|" + longest + "|", client.ask("CLIENT GETNAME"));
  }

  /** The reply spans more than one buffer. */
  @Test
  void aReplyMayBeLargerThanAValue() throws IOException {
    StringBuilder all = new StringBuilder("*6|");
    for (String key : new String[] {"a", "b", "c"}) {
      byte[] value = new byte[5 << 20];
      Arrays.fill(value, (byte) key.charAt(0));
      client.send(RespWire.request(RespWire.bytes("SET"), RespWire.bytes(key), value));
      assertEquals("+OK|", client.reply());
      all.append("$5242880|").append(RespWire.text(value)).append("|$-1|");
    }
    client.send(RespWire.request("MGET a - b - c -"));
    assertEquals(all.toString(), client.reply());
    assertEquals("+PONG|", client.ask("PING"));
  }

  @Test
  void aRequestHasAtMostAMillionArguments() throws IOException {
    assertEquals("-ERR Protocol error: invalid multibulk length|", fatal("*1048577\r\n"));
    assertEquals("-ERR Protocol error: invalid multibulk length|", fatal("*999999999999\r\n"));
  }

  @Test
  void aRequestWithoutArgumentsIsIgnored() throws IOException {
    client.send("*0\r\n*-1\r\n" + PING);
    assertEquals("+PONG|", client.reply());
  }

  @Test
  void aLengthThatIsNotANumberIsAnError() throws IOException {
    String multibulk = "-ERR Protocol error: invalid multibulk length|";
    for (String header : new String[] {"*x\r\n", "*\r\n", "*1x\r\n", "*1\n$4\r\n"}) {
      assertEquals(multibulk, fatal(header), header);
    }
    assertEquals(
        "-ERR Protocol error: too big mbulk count string|", fatal("*1" + "1".repeat(70_000)));
    String bulk = "-ERR Protocol error: invalid bulk length|";
    for (String header : new String[] {"$x\r\n", "$\r\n", "$-1\r\n", "$-5\r\n", "$+4\r\n"}) {
      assertEquals(bulk, fatal("*1\r\n" + header), header);
    }
    assertTrue(fatal("*1\r\n$99999999999\r\n").startsWith(bulk.substring(0, bulk.length() - 1)));
    assertEquals(
        "-ERR Protocol error: too big bulk count string|", fatal("*1\r\n$1" + "1".repeat(70_000)));
  }

  @Test
  void aStringLongerThanItsLengthIsAnError() throws IOException {
    assertEquals("-ERR Protocol error: invalid bulk length|", fatal("*1\r\n$4\r\nPINGxx"));
  }

  @Test
  void anArgumentIsAString() throws IOException {
    for (String other : new String[] {"+PING", ":1", "-x", "*1", "PING"}) {
      assertEquals(
          "-ERR Protocol error: expected '$', got '" + other.charAt(0) + "'|",
          fatal("*1\r\n" + other + "\r\n"),
          other);
    }
  }

  @Test
  void eachRequestIsInRespOrInline() throws IOException {
    client.send(PING + "PING\r\n" + PING + "ECHO a\n\r\n" + PING);
    for (String reply : new String[] {"+PONG|", "+PONG|", "+PONG|", "$1|a|", "+PONG|"}) {
      assertEquals(reply, client.reply());
    }
  }

  @Test
  void aRequestWithANegativeNumberOfArgumentsIsIgnored() throws IOException {
    client.send("*-10\r\n" + PING);
    assertEquals("+PONG|", client.reply());
  }

  @Test
  void requestsBeforeTheErrorAreAnswered() throws IOException {
    assertEquals(
        "+PONG|+PONG|-ERR Protocol error: invalid multibulk length|",
        fatal(PING + PING + "*x\r\n"));
  }

  @Test
  void anUnfinishedRequestDoesNotRun() throws IOException {
    try (RespWire wire = connect()) {
      wire.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nval").shutdownOutput();
      assertEquals("", wire.rest());
    }
    assertEquals("$-1|", client.ask("GET k"));
  }

  @Test
  void aRequestMayComeByteByByte() throws IOException {
    for (byte b : RespWire.request("SET key value")) {
      client.send(new byte[] {b});
    }
    assertEquals("+OK|", client.reply());
    assertTrue(client.ask("GET key").endsWith("|value|"));
  }
}
