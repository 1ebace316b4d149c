package kv.server.http;

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
import kv.server.core.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers of /stats and /metrics, merges, and the health of the store. */
class ServerStatsTest extends HttpFixture {
  private static final int SEGMENT_SIZE = 4 << 10;

  @Override
  protected Settings.Builder settings() {
    return super.settings().segmentSize(SEGMENT_SIZE);
  }

  private static JsonObject json(HttpWire.Reply reply) {
    assertEquals(200, reply.status(), reply.text());
    assertEquals("application/json", reply.header("content-type"));
    return JsonParser.parseString(reply.text()).getAsJsonObject();
  }

  private JsonObject stats() throws IOException {
    return json(ask("GET", "/stats"));
  }

  @Test
  void operationsAreCounted() throws IOException {
    put("/kv/a", "1");
    put("/kv/a", "2");
    put("/kv/b", "");
    ask("GET", "/kv/a");
    ask("GET", "/kv/none");
    ask("HEAD", "/kv/a");
    ask("DELETE", "/kv/b");
    ask("DELETE", "/kv/none");
    ask("POST", "/kv/a");
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
      put("/kv/" + i, "x".repeat(SEGMENT_SIZE / 2));
    }
    // A full segment is sealed a moment after the next has begun.
    JsonArray segments = stats().getAsJsonArray("segments");
    while (!segments.get(1).getAsJsonObject().get("sealed").getAsBoolean()) {
      segments = stats().getAsJsonArray("segments");
    }
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
  void aMergeReclaimsDeadBytes() throws IOException {
    put("/kv/os", "mac");
    put("/kv/os", "linux");
    JsonObject merged = json(ask("POST", "/merge"));
    assertEquals(1, merged.get("merges").getAsInt());
    assertEquals(16 + 2 + 5, merged.get("mergedBytes").getAsInt());
    assertEquals(16 + 2 + 3, merged.get("reclaimedBytes").getAsInt());
    JsonObject stats = stats();
    assertEquals(0, stats.get("deadBytes").getAsInt());
    assertEquals(1, stats.get("merges").getAsInt());
    assertEquals("linux", ask("GET", "/kv/os").text());
  }

  @Test
  void aMergeInProgressIsReported() throws Exception {
    server.close();
    HeldMerge held = new HeldMerge();
    try {
      server = serve();
      put("/kv/os", "mac");
      put("/kv/os", "linux");
      try (HttpWire wire = connect()) {
        wire.send("POST", "/merge", null);
        held.await();
        JsonObject merging = stats().getAsJsonObject("merging");
        assertEquals("000001-000001.1", merging.get("name").getAsString());
        assertTrue(merging.get("bytes").getAsLong() >= 16 + 2 + 5, merging.toString());
        assertTrue(ask("GET", "/metrics").text().contains("\nkv_merging 1\n"));
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
    Files.write(directory.resolve(name), new byte[100]);
    assertTrue(stats().get("merging").isJsonNull());
    assertTrue(ask("GET", "/metrics").text().contains("\nkv_merging 0\n"));
  }

  @Test
  void prometheusCanReadTheNumbers() throws IOException {
    put("/kv/os", "mac");
    put("/kv/os", "linux");
    HttpWire.Reply reply = ask("GET", "/metrics");
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
  void theHealthIsThatOfTheStore() throws IOException {
    assertEquals(200, ask("GET", "/health").status());
    server.context().store().close();
    HttpWire.Reply reply = ask("GET", "/health");
    assertEquals(503, reply.status());
    assertTrue(reply.text().contains("closed"), reply.text());
    assertEquals(503, put("/kv/os", "linux").status());
    assertEquals(503, ask("GET", "/stats").status());
    assertEquals(503, ask("POST", "/merge").status());
  }

  @Test
  void aDamagedValueIsAnErrorAndTheConnectionStaysOpen() throws IOException {
    put("/kv/os", "linux");
    put("/kv/shell", "bash");
    server.context().store().merge();
    Path file = directory.resolve("000001-000001.0.data");
    byte[] bytes = Files.readAllBytes(file);
    bytes[8 + 16 + 2] ^= 1;
    Files.write(file, bytes);
    try (HttpWire wire = connect()) {
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
