package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kv.engine.Store;
import kv.server.core.Settings;
import kv.server.http.HttpWire;
import kv.server.resp.RespFixture;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server with --read-only answers reads, and changes nothing. */
class ReadOnlyTest extends RespFixture {
  private static final String REFUSED =
      "-READONLY this server was started with --read-only, and changes nothing|";

  private Map<String, Long> before;

  @Override
  protected Server serve() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(RespWire.bytes("os"), RespWire.bytes("linux"));
    }
    before = files();
    return Server.start(settings().sync(Settings.Sync.always).readOnly(true).build());
  }

  private Map<String, Long> files() throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        sizes.put(file.getFileName().toString(), Files.size(file));
      }
    }
    return sizes;
  }

  @BeforeEach
  void checkValue() throws IOException {
    assertEquals("$5|linux|", client.ask("GET os"));
  }

  @Test
  void readsAreAnswered() throws IOException {
    assertEquals("*2|$5|linux|$-1|", client.ask("MGET os editor"));
    assertEquals("*1|$2|os|", client.ask("KEYS *"));
    assertEquals(":1|", client.ask("DBSIZE"));
    assertEquals("+PONG|", client.ask("PING"));
    assertEquals("linux", HttpWire.ask(server, "GET", "/kv/os").text());
    assertEquals(200, HttpWire.ask(server, "GET", "/health").status());
  }

  @Test
  void writesAreRefusedAndNoFileChanges() throws IOException {
    for (String request :
        new String[] {
          "SET a 1",
          "SETNX a 1",
          "MSET a 1",
          "DEL os",
          "GETDEL os",
          "FLUSHALL",
          "FLUSHDB",
          "COMPACT",
          "SAVE",
          "BGSAVE"
        }) {
      assertEquals(REFUSED, client.ask(request), request);
    }
    assertEquals(403, HttpWire.put(server, "/kv/a", "1").status());
    for (String request : new String[] {"DELETE /kv/os", "POST /merge", "POST /snapshot/monday"}) {
      String[] parts = request.split(" ");
      HttpWire.Reply reply = HttpWire.ask(server, parts[0], parts[1]);
      assertEquals(403, reply.status(), request);
      assertEquals("this server was started with --read-only, and changes nothing\n", reply.text());
    }
    server.close();
    assertEquals(before, files());
  }

  @Test
  void infoAndStatsReportReadOnly() throws IOException {
    assertTrue(client.ask("INFO").contains("\r\nread_only:1\r\n"));
    assertTrue(HttpWire.ask(server, "GET", "/stats").text().contains("\"readOnly\":true"));
    assertTrue(HttpWire.ask(server, "GET", "/metrics").text().contains("\nkv_read_only 1\n"));
  }
}
