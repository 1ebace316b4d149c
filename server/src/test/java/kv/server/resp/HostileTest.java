package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultChannelId;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import kv.server.Server;
import kv.server.core.Budget;
import org.junit.jupiter.api.Test;

/** Clients that send noise, or nothing, or do not read, do not harm the others. */
class HostileTest extends RespFixture {
  private static final int BUDGET = 4 << 20;

  /** Templates for mutations. None names the keys that have to survive. */
  private static final String[] TEMPLATES = {
    "PING",
    "ECHO hello",
    "SET k value",
    "SET k v EX 10",
    "GET k",
    "MGET a b c",
    "MSET a 1 b 2",
    "DEL a b",
    "EXISTS a",
    "SETNX n 1",
    "GETDEL n",
    "STRLEN k",
    "DBSIZE",
    "KEYS k*",
    "KEYS [a-",
    "SCAN 0",
    "SCAN 0 MATCH * COUNT 10",
    "INFO",
    "COMMAND DOCS get",
    "CONFIG GET *",
    "CLIENT ID",
    "CLIENT SETNAME x",
    "SELECT 0",
    "HELLO 2",
    "QUIT",
    "COMPACT"
  };

  /** Bytes with a meaning in the protocol. */
  private static final String SPECIAL = "0123456789*$:+-\r\n\"'\\";

  @Override
  protected Server serve() throws IOException {
    return Server.start(settings().build(), new Budget(BUDGET), fault -> {});
  }

  private void putPrecious() throws IOException {
    for (int i = 0; i < 100; i++) {
      assertEquals("+OK|", client.ask("SET precious-3f9a-" + i + " value" + i));
    }
  }

  private void checkPrecious() throws IOException {
    for (int i = 0; i < 100; i++) {
      String value = "value" + i;
      assertEquals("$" + value.length() + "|" + value + "|", client.ask("GET precious-3f9a-" + i));
    }
  }

  @Test
  void tenThousandRandomAndMutatedRequestsDoNoHarm() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    putPrecious();
    try {
      for (int connection = 0; connection < 500; connection++) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < 20; i++) {
          bytes.writeBytes(random.nextInt(8) == 0 ? noise(random) : mutated(random));
        }
        try (RespWire wire = connect()) {
          wire.send(bytes.toByteArray()).shutdownOutput();
          wire.rest();
        } catch (IOException e) {
          // The server closed the connection after an error, before all was sent.
        }
      }
      checkPrecious();
    } catch (Throwable e) {
      throw new AssertionError("with seed " + seed, e);
    }
  }

  private static byte[] noise(Random random) {
    byte[] noise = new byte[random.nextInt(100)];
    random.nextBytes(noise);
    return noise;
  }

  /** Returns a request, in RESP or inline, with up to two random changes. */
  private static byte[] mutated(Random random) {
    String line = TEMPLATES[random.nextInt(TEMPLATES.length)];
    byte[] bytes = random.nextInt(4) == 0 ? RespWire.bytes(line + "\n") : RespWire.request(line);
    for (int changes = random.nextInt(3); changes > 0; changes--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] = (byte) SPECIAL.charAt(random.nextInt(SPECIAL.length()));
        case 2 -> {
          // Cut off.
          byte[] start = new byte[at];
          System.arraycopy(bytes, 0, start, 0, at);
          bytes = at == 0 ? bytes : start;
        }
        default -> {
          // A part is repeated.
          ByteArrayOutputStream twice = new ByteArrayOutputStream();
          twice.write(bytes, 0, at);
          twice.write(bytes, at / 2, bytes.length - at / 2);
          bytes = twice.toByteArray();
        }
      }
    }
    return bytes;
  }

  @Test
  void connectionsThatEndInsideARequestDoNoHarm() throws IOException {
    putPrecious();
    byte[] request = RespWire.request("SET precious-3f9a-0 harmed");
    for (int cut = 1; cut < request.length; cut++) {
      byte[] start = new byte[cut];
      System.arraycopy(request, 0, start, 0, cut);
      try (RespWire wire = connect()) {
        wire.send(start);
      }
      connect().send(start).reset();
    }
    checkPrecious();
  }

  @Test
  void manyIdleConnectionsDoNoHarm() throws IOException {
    putPrecious();
    List<RespWire> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        idle.add(connect());
        if (i % 3 > 0) {
          idle.get(i).send(i % 3 == 1 ? "*3\r\n$3\r\nSET\r\n$1" : "SET k \"");
        }
      }
      checkPrecious();
    } finally {
      for (RespWire wire : idle) {
        wire.close();
      }
    }
  }

  @Test
  void tenThousandClientsAreServedOneAfterAnother() throws IOException {
    for (int i = 0; i < 10_000; i++) {
      try (RespWire wire = connect()) {
        assertEquals("+PONG|", wire.ask("PING"));
        // So that the system releases the port at once: there are too few ports for all clients.
        wire.reset();
      }
    }
    assertEquals("+PONG|", client.ask("PING"));
  }

  @Test
  void aClientThatDoesNotReadIsNotReadFromAndLaterGetsAllReplies() throws IOException {
    String big = "x".repeat(200_000);
    assertEquals("+OK|", client.ask("SET big " + big));
    try (RespWire lazy = connect()) {
      int requests = 200;
      for (int i = 0; i < requests; i++) {
        lazy.send(RespWire.request("GET big"));
      }
      // The client asked for ten times the budget, and was not closed.
      for (int i = 0; i < 100; i++) {
        assertTrue(held() < 1 << 20, "holds " + held());
      }
      for (int i = 0; i < requests; i++) {
        assertEquals(big.length() + 9, lazy.reply().length());
      }
    }
  }

  private long held() throws IOException {
    return heldBytes(client);
  }

  @Test
  void unfinishedRequestsTogetherHoldNoMoreThanTheBudget() throws IOException {
    putPrecious();
    List<RespWire> hostile = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        hostile.add(connect());
        hostile.get(i).send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16777216\r\n" + "x".repeat(300_000));
        assertTrue(held() <= BUDGET);
        checkPrecious();
      }
    } finally {
      for (RespWire wire : hostile) {
        wire.close();
      }
    }
  }

  @Test
  void linesWithoutAnEndAreCharged() throws IOException {
    putPrecious();
    List<RespWire> hostile = new ArrayList<>();
    try {
      String most = "*1\r\n" + "+".repeat(60_000);
      for (int i = 0; i < 100; i++) {
        hostile.add(connect().send(i % 2 == 0 ? most : most.substring(4)));
      }
      // The last connections are served after these requests.
      checkPrecious();
      assertTrue(held() > BUDGET / 2);
      assertTrue(held() <= BUDGET);
    } finally {
      for (RespWire wire : hostile) {
        wire.close();
      }
    }
  }

  @Test
  void aRequestOfManyTinyArgumentsIsCharged() throws IOException {
    putPrecious();
    try (RespWire wire = connect()) {
      wire.send("*1048576\r\n");
      String argument = "$1\r\nx\r\n".repeat(1000);
      String rest = "";
      try {
        for (int i = 0; i < 1000; i++) {
          wire.send(argument);
        }
        rest = wire.rest();
      } catch (SocketException e) {
        // The server closed the connection while the client was sending.
      }
      assertEquals("", rest);
    }
    checkPrecious();
  }

  @Test
  void aReplyThatIsLargerThanTheBudgetClosesItsConnection() throws IOException {
    String big = "x".repeat(1 << 20);
    assertEquals("+OK|", client.ask("SET big " + big));
    try (RespWire wire = connect()) {
      wire.send(RespWire.request("MGET" + " big".repeat(100)));
      assertEquals("", wire.rest());
    }
    assertEquals("$7|" + "x".repeat(7) + "|", client.ask("ECHO xxxxxxx"));
  }

  @Test
  void theTransactionOfAClosedClientStillWritesButReadsNoMore() throws IOException {
    assertEquals("+OK|", client.ask("SET big " + "x".repeat(1 << 20)));
    long gets = server.context().counters().gets();
    try (RespWire wire = connect()) {
      assertEquals("+OK|", wire.ask("MULTI"));
      for (int i = 0; i < 1000; i++) {
        wire.ask("GET big");
      }
      wire.ask("SET after 1");
      wire.send(RespWire.request("EXEC"));
      assertEquals("", wire.rest());
    }
    assertEquals("$1|1|", client.ask("GET after"));
    assertTrue(
        server.context().counters().gets() - gets < 20,
        server.context().counters().gets() + " gets");
  }

  @Test
  void oneConnectionTooManyIsRefused() throws Exception {
    List<EmbeddedChannel> others = new ArrayList<>();
    CountDownLatch full = new CountDownLatch(1);
    server
        .context()
        .worker()
        .run(
            () -> null,
            (result, failure) -> {
              while (server.context().connections().size() < server.context().maxConnections()) {
                EmbeddedChannel other = new EmbeddedChannel(DefaultChannelId.newInstance());
                others.add(other);
                server.context().admit(other);
              }
              full.countDown();
            });
    full.await();
    try (RespWire wire = connect()) {
      assertEquals("-ERR max number of clients reached|", wire.rest());
    }
    assertEquals("+PONG|", client.ask("PING"));
    others.forEach(EmbeddedChannel::close);
    try (RespWire wire = connect()) {
      assertEquals("+PONG|", wire.ask("PING"));
    }
  }
}
