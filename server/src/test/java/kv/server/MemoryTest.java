package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with little memory serves on, although clients ask for much. */
class MemoryTest {
  @TempDir Path directory;

  private static void sendAnyway(RespWire wire, String text) {
    try {
      wire.send(text);
    } catch (IOException e) {
      // The server closed the connection, to save memory.
    }
  }

  @Test
  void clientsCannotExhaustTheServersMemory() throws Exception {
    List<RespWire> hostile = new ArrayList<>();
    try (ChildServer server =
        new ChildServer(directory, "no", "-Xmx64m", "-XX:MaxDirectMemorySize=32m")) {
      String megabyte = "x".repeat(1 << 20);
      try (RespWire honest = server.connect()) {
        assertEquals("+OK|", honest.ask("SET big " + megabyte));
        for (int i = 0; i < 25; i++) {
          // Unfinished values, lines and arrays, and replies that are not read: 60 MB in all.
          RespWire[] four = {
            server.connect(), server.connect(), server.connect(), server.connect()
          };
          hostile.addAll(List.of(four));
          sendAnyway(four[0], "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16000000\r\n" + megabyte);
          sendAnyway(four[1], "*1048576\r\n" + "$1\r\nx\r\n".repeat(20_000));
          sendAnyway(four[2], "SET k " + "x".repeat(60_000));
          sendAnyway(four[3], RespWire.text(RespWire.request("GET big")).repeat(1000));
          assertEquals("+OK|", honest.ask("SET honest" + i + " " + i));
        }
        for (int i = 0; i < 25; i++) {
          assertTrue(honest.ask("GET honest" + i).endsWith("|" + i + "|"));
        }
        assertEquals(megabyte.length() + 10, honest.ask("GET big").length());
      } catch (IOException e) {
        server.terminate();
        throw new AssertionError("the server closed the connection: " + server.log(), e);
      }
      server.terminateAndCheckMemory();
    } finally {
      for (RespWire wire : hostile) {
        wire.close();
      }
    }
  }

  /** The server releases a request after its reply, even if the client stays connected. */
  @Test
  void manyClientsMaySendALongLine() throws Exception {
    List<RespWire> many = new ArrayList<>();
    try (ChildServer server =
        new ChildServer(directory, "no", "-Xmx64m", "-XX:MaxDirectMemorySize=32m")) {
      for (int i = 0; i < 1000; i++) {
        RespWire wire = server.connect();
        many.add(wire);
        // Longer than the first read of the server, so that the line arrives in pieces.
        wire.send("ECHO " + "x".repeat(60_000) + "\n");
        assertEquals(60_000 + 8, wire.reply().length());
      }
      assertEquals("+PONG|", many.get(0).ask("PING"));
      server.terminateAndCheckMemory();
    } finally {
      for (RespWire wire : many) {
        wire.close();
      }
    }
  }

  /** All replies wait for the end of the same turn, and do not fit in memory together. */
  @Test
  void manyClientsMayAskForMuchAtOnce() throws Exception {
    List<RespWire> many = new ArrayList<>();
    try (ChildServer server =
        new ChildServer(directory, "no", "-Xmx64m", "-XX:MaxDirectMemorySize=32m")) {
      try (RespWire honest = server.connect()) {
        assertEquals("+OK|", honest.ask("SET big " + "x".repeat(4 << 20)));
        for (int i = 0; i < 60; i++) {
          RespWire wire = server.connect();
          many.add(wire);
          wire.ask("PING");
        }
        for (RespWire wire : many) {
          sendAnyway(wire, RespWire.text(RespWire.request("GET big")));
        }
        assertEquals("+PONG|", honest.ask("PING"));
      }
      server.terminateAndCheckMemory();
    } finally {
      for (RespWire wire : many) {
        wire.close();
      }
    }
  }
}
