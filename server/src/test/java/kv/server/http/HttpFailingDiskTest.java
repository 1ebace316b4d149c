package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import kv.engine.FailingDisk;
import kv.server.core.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A full or failing disk, seen over HTTP. */
class HttpFailingDiskTest extends HttpFixture {
  private final FailingDisk disk = new FailingDisk();
  private HttpWire wire;

  @Override
  protected Settings.Builder settings() {
    return super.settings().sync(Settings.Sync.always);
  }

  @BeforeEach
  void connectWire() throws IOException {
    wire = connect();
    assertEquals(201, ask("PUT", "/kv/os", "mac").status());
  }

  @AfterEach
  void closeAll() throws IOException {
    disk.remove();
    wire.close();
    closeFailed(server);
  }

  private HttpWire.Reply ask(String method, String target, String body) throws IOException {
    wire.send(method, target, body == null ? null : bytes(body));
    return wire.reply();
  }

  @Test
  void onAFullDiskAPutIsAnErrorAndTheConnectionStaysOpen() throws IOException {
    disk.fill();
    HttpWire.Reply reply = ask("PUT", "/kv/big", "x".repeat(200_000));
    assertEquals(500, reply.status());
    assertEquals("the disk says no\n", reply.text());
    assertEquals(404, ask("GET", "/kv/big", (String) null).status());
    assertEquals("mac", ask("GET", "/kv/os", (String) null).text());
    assertEquals(200, ask("GET", "/health", (String) null).status());
    disk.empty();
    assertEquals(204, ask("PUT", "/kv/os", "linux").status());
  }

  @Test
  void anErrorThrownByTheStoreIsTheReplyToItsRequest() throws IOException {
    disk.fillWith(new NoClassDefFoundError("only a test"));
    HttpWire.Reply reply = ask("PUT", "/kv/big", "x".repeat(200_000));
    assertEquals(500, reply.status());
    assertEquals("mac", ask("GET", "/kv/os", (String) null).text());
  }

  @Test
  void afterAFailedSyncNoWriteIsAcknowledgedAndReadsContinue() throws IOException {
    disk.failSyncs();
    assertEquals(500, ask("PUT", "/kv/os", "linux").status());
    disk.empty();
    assertEquals(500, ask("PUT", "/kv/os", "linux").status());
    assertEquals(500, ask("DELETE", "/kv/os", (String) null).status());
    assertEquals(500, ask("POST", "/merge", (String) null).status());
    assertEquals("linux", ask("GET", "/kv/os", (String) null).text());
    assertEquals("{\"keys\":[\"os\"],\"more\":false}\n", ask("GET", "/kv", (String) null).text());
    HttpWire.Reply health = ask("GET", "/health", (String) null);
    assertEquals(503, health.status());
    assertTrue(health.text().startsWith("the store in "), health.text());
    String stats = ask("GET", "/stats", (String) null).text();
    assertTrue(stats.contains("\"failure\":\"the store in "), stats);
    assertTrue(ask("GET", "/metrics", (String) null).text().contains("\nkv_store_failed 1\n"));
    assertThrows(IOException.class, server::close);
  }

  @Test
  void listenersReceiveTheFailureOfTheStore() throws IOException {
    disk.failSyncs();
    ask("PUT", "/kv/os", "linux");
    wire.send("GET", "/events", null);
    String line = wire.line();
    while (!line.startsWith("data: ")) {
      line = wire.line();
    }
    assertTrue(line.contains("\"failure\":\"the store in "), line);
  }
}
