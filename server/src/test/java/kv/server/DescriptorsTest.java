package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.server.core.Settings;
import kv.server.http.HttpWire;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A server with few file descriptors refuses excess clients, and the store has enough. */
class DescriptorsTest {
  private static final String TOO_MANY = "-ERR max number of clients reached|";

  @TempDir Path directory;

  @Test
  void theLimitForConnectionsLeavesDescriptorsForTheStore() {
    assertEquals(10_000, Descriptors.maxConnections(1 << 20, 30));
    assertEquals(10_000, Descriptors.maxConnections(Long.MAX_VALUE, 30));
    assertEquals(1024 - 30 - 48, Descriptors.maxConnections(1024, 30));
    assertEquals(1, Descriptors.maxConnections(64, 30));
  }

  @Test
  void withAnUnknownLimitTenThousandConnectionsAreAllowed() {
    assertEquals(10_000, Descriptors.maxConnections(-1, 30));
    assertEquals(10_000, Descriptors.maxConnections(1024, -1));
  }

  /** Connects until a client is refused. */
  private static List<RespWire> fill(ChildServer server) throws IOException {
    List<RespWire> idle = new ArrayList<>();
    while (true) {
      RespWire wire = server.connect();
      String reply = wire.ask("PING");
      if (!reply.equals("+PONG|")) {
        assertEquals(TOO_MANY, reply);
        wire.close();
        return idle;
      }
      idle.add(wire);
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no ulimit")
  void idleConnectionsNeverTakeTheDescriptorsThatTheStoreNeeds() throws Exception {
    String value = "x".repeat(200_000);
    try (ChildServer server = ChildServer.withDescriptors(160, directory);
        RespWire writer = server.connect()) {
      List<RespWire> idle = fill(server);
      assertTrue(
          writer.ask("INFO clients").contains("\r\nmaxclients:" + (idle.size() + 1) + "\r\n"));
      try (HttpWire http = server.connectToHttp()) {
        HttpWire.Reply reply = http.reply();
        assertEquals(503, reply.status());
        assertEquals("max number of clients reached\n", reply.text());
      }
      // One more segment, and a merge.
      for (int i = 0; i < 350; i++) {
        assertEquals("+OK|", writer.ask("SET k" + i % 50 + " " + value));
      }
      assertEquals("+OK|", writer.ask("COMPACT"));
      for (RespWire wire : idle) {
        wire.close();
      }
      for (RespWire wire : fill(server)) {
        wire.reset();
      }
      assertEquals("+OK|", writer.ask("SET a 1"));
    }
  }

  @Test
  void afterAFailedAcceptAPortPausesAndContinues() throws Exception {
    Settings settings = Settings.of(directory).sync(Settings.Sync.no).segmentSize(1 << 20).build();
    try (Server server = Server.start(settings)) {
      Channel port = server.listeners().get(0);
      server
          .context()
          .loop()
          .submit(
              () -> {
                port.pipeline().fireExceptionCaught(new IOException("Too many open files"));
                assertFalse(port.config().isAutoRead());
              })
          .get();
      try (RespWire client = new RespWire(server.respPort())) {
        assertEquals("+PONG|", client.ask("PING"));
      }
      assertTrue(port.config().isAutoRead());
    }
  }
}
