package kv.server;

import static kv.server.HttpWire.ask;
import static kv.server.HttpWire.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kv.engine.HeldMerge;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server says of itself, and what is merged. */
class HttpStatsTest {
  private static final int SEGMENT_SIZE = 4 << 10;

  @TempDir private Path folder;
  private Server server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpWire.serve(folder, SEGMENT_SIZE, Settings.Sync.no);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private static JsonObject json(HttpWire.Reply reply) {
    assertEquals(200, reply.status(), reply.text());
    assertEquals("application/json", reply.header("content-type"));
    return JsonParser.parseString(reply.text()).getAsJsonObject();
  }

  private JsonObject stats() throws IOException {
    return json(ask(server, "GET", "/stats"));
  }

  @Test
  void whatIsDoneIsCounted() throws IOException {
    put(server, "/kv/a", "1");
    put(server, "/kv/a", "2");
    put(server, "/kv/b", "");
    ask(server, "GET", "/kv/a");
    ask(server, "GET", "/kv/none");
    ask(server, "HEAD", "/kv/a");
    ask(server, "DELETE", "/kv/b");
    ask(server, "DELETE", "/kv/none");
    ask(server, "POST", "/kv/a");
    JsonObject stats = stats();
    assertEquals(1, stats.get("keys").getAsInt());
    assertEquals(3, stats.get("puts").getAsInt());
    assertEquals(3, stats.get("gets").getAsInt());
    assertEquals(2, stats.get("deletes").getAsInt());
    assertEquals(1, stats.get("errors").getAsInt());
  }

  @Test
  void theSegmentsAreInLogOrder() throws IOException {
    for (int i = 0; i < 3; i++) {
      put(server, "/kv/" + i, "x".repeat(SEGMENT_SIZE / 2));
    }
    JsonArray segments = stats().getAsJsonArray("segments");
    assertEquals(3, segments.size());
    for (int i = 0; i < 3; i++) {
      JsonObject segment = segments.get(i).getAsJsonObject();
      assertEquals(
          "00000" + (i + 1) + "-00000" + (i + 1) + ".0", segment.get("name").getAsString());
      assertEquals(i < 2, segment.get("sealed").getAsBoolean());
      assertEquals(16 + 1 + SEGMENT_SIZE / 2, segment.get("liveBytes").getAsInt());
    }
  }

  @Test
  void aMergeGivesBackWhatIsDead() throws IOException {
    put(server, "/kv/os", "mac");
    put(server, "/kv/os", "linux");
    JsonObject merged = json(ask(server, "POST", "/merge"));
    assertEquals(1, merged.get("merges").getAsInt());
    assertEquals(16 + 2 + 5, merged.get("mergedBytes").getAsInt());
    assertEquals(16 + 2 + 3, merged.get("reclaimedBytes").getAsInt());
    JsonObject stats = stats();
    assertEquals(0, stats.get("deadBytes").getAsInt());
    assertEquals(1, stats.get("merges").getAsInt());
    assertEquals("linux", ask(server, "GET", "/kv/os").text());
  }

  @Test
  void aMergeThatGoesOnIsReported() throws Exception {
    server.close();
    HeldMerge held = new HeldMerge();
    try {
      serve();
      put(server, "/kv/os", "mac");
      put(server, "/kv/os", "linux");
      try (HttpWire wire = new HttpWire(server.httpPort())) {
        wire.send("POST", "/merge", null);
        held.await();
        JsonObject merging = stats().getAsJsonObject("merging");
        assertEquals("000001-000001.1", merging.get("name").getAsString());
        assertTrue(merging.get("bytes").getAsLong() >= 16 + 2 + 5, merging.toString());
        assertTrue(ask(server, "GET", "/metrics").text().contains("\nkv_merging 1\n"));
        held.release();
        assertEquals(200, wire.reply().status());
      }
      assertTrue(stats().get("merging").isJsonNull());
    } finally {
      held.remove();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"notes.data.tmp", "000001-000004.1.data.tmp"})
  void aFileThatNoMergeIsWritingIsNotReportedAsAMerge(String name) throws IOException {
    Files.write(folder.resolve(name), new byte[100]);
    assertTrue(stats().get("merging").isJsonNull());
    assertTrue(ask(server, "GET", "/metrics").text().contains("\nkv_merging 0\n"));
  }

  @Test
  void prometheusCanReadTheNumbers() throws IOException {
    put(server, "/kv/os", "mac");
    put(server, "/kv/os", "linux");
    HttpWire.Reply reply = ask(server, "GET", "/metrics");
    assertEquals("text/plain; version=0.0.4; charset=utf-8", reply.header("content-type"));
    List<String> lines = reply.text().lines().toList();
    for (int i = 0; i < lines.size(); i += 3) {
      String name = lines.get(i + 2).split(" ")[0];
      assertTrue(name.matches("kv_[a-z_]+"), name);
      assertTrue(lines.get(i).matches("# HELP " + name + " .*\\."), lines.get(i));
      String type = name.endsWith("_total") ? "counter" : "gauge";
      assertEquals("# TYPE " + name + " " + type, lines.get(i + 1));
      assertTrue(lines.get(i + 2).matches(name + " \\d+(\\.\\d+)?"), lines.get(i + 2));
    }
    assertTrue(lines.contains("kv_keys 1"), reply.text());
    assertTrue(lines.contains("kv_puts_total 2"), reply.text());
    assertTrue(lines.contains("kv_dead_bytes 21"), reply.text());
  }

  @Test
  void aServerIsWellAsLongAsItsStoreIs() throws IOException {
    assertEquals(200, ask(server, "GET", "/health").status());
    server.store().close();
    HttpWire.Reply reply = ask(server, "GET", "/health");
    assertEquals(503, reply.status());
    assertTrue(reply.text().contains("closed"), reply.text());
    assertEquals(503, put(server, "/kv/os", "linux").status());
    assertEquals(503, ask(server, "GET", "/stats").status());
    assertEquals(503, ask(server, "POST", "/merge").status());
  }

  @Test
  void aDamagedValueIsAnErrorAndTheConnectionGoesOn() throws IOException {
    put(server, "/kv/os", "linux");
    put(server, "/kv/shell", "bash");
    server.store().merge();
    Path file = folder.resolve("000001-000001.0.data");
    byte[] bytes = Files.readAllBytes(file);
    bytes[8 + 16 + 2] ^= 1;
    Files.write(file, bytes);
    try (HttpWire wire = new HttpWire(server.httpPort())) {
      wire.send("GET", "/kv/os", null);
      HttpWire.Reply reply = wire.reply();
      assertEquals(500, reply.status());
      assertTrue(reply.text().contains("000001-000001.0.data"), reply.text());
      assertNull(reply.header("connection"));
      wire.send("GET", "/kv/shell", null);
      assertEquals("bash", wire.reply().text());
    }
  }
}
