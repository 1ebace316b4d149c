package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.server.ChildServer;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with little memory serves on, although HTTP clients ask for much. */
class HttpMemoryTest {
  private static final int ROUNDS = 40;

  @TempDir private Path folder;

  private static void sendAnyway(HttpWire wire, byte[]... parts) {
    try {
      for (byte[] part : parts) {
        wire.send(part);
      }
    } catch (IOException e) {
      // The server closed the connection, to save memory.
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void clientsCannotExhaustTheServersMemory() throws Exception {
    List<HttpWire> hostile = new ArrayList<>();
    byte[] megabyte = new byte[1 << 20];
    byte[] body =
        bytes("PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16000000\r\n\r\n");
    byte[] line = bytes("GET /kv/" + "a".repeat(190_000));
    byte[] headers = bytes("GET / HTTP/1.1\r\n" + "a:\r\n".repeat(4000));
    byte[] unread = bytes("GET /kv/big HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000));
    try (ChildServer server =
        new ChildServer(folder, "no", "-Xmx48m", "-XX:MaxDirectMemorySize=32m")) {
      try (HttpWire honest = server.connectToHttp()) {
        honest.send("PUT", "/kv/big", megabyte);
        assertEquals(201, honest.reply().status());
        for (int i = 0; i < ROUNDS; i++) {
          for (byte[] part : new byte[][] {body, line, headers, headers, headers, unread}) {
            HttpWire wire = server.connectToHttp();
            hostile.add(wire);
            sendAnyway(wire, part, part == body ? megabyte : new byte[0]);
          }
          honest.send("PUT", "/kv/honest" + i, bytes("value" + i));
          assertEquals(201, honest.reply().status());
        }
        for (int i = 0; i < ROUNDS; i++) {
          honest.send("GET", "/kv/honest" + i, null);
          assertEquals("value" + i, honest.reply().text());
        }
      }
      server.terminateAndCheckMemory();
    } finally {
      for (HttpWire wire : hostile) {
        wire.close();
      }
    }
  }

  /** All replies wait for the end of the same turn, and do not fit in memory together. */
  @Test
  void manyClientsMayAskForMuchAtOnce() throws Exception {
    List<HttpWire> many = new ArrayList<>();
    try (ChildServer server =
        new ChildServer(folder, "no", "-Xmx48m", "-XX:MaxDirectMemorySize=32m")) {
      try (RespWire honest = server.connect()) {
        assertEquals("+OK|", honest.ask("SET big " + "x".repeat(2 << 20)));
        for (int i = 0; i < 60; i++) {
          HttpWire wire = server.connectToHttp();
          many.add(wire);
          wire.send("GET", "/health", null);
          assertEquals(200, wire.reply().status());
        }
        for (HttpWire wire : many) {
          sendAnyway(wire, bytes("GET /kv/big HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        }
        assertEquals("+PONG|", honest.ask("PING"));
      }
      server.terminateAndCheckMemory();
    } finally {
      for (HttpWire wire : many) {
        wire.close();
      }
    }
  }
}
