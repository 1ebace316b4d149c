package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import kv.engine.Store;
import kv.server.core.Settings;
import kv.server.core.Snapshots;
import kv.server.http.HttpWire;
import kv.server.resp.RespFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots of a running server, by both protocols. */
class SnapshotsTest extends RespFixture {
  @TempDir Path parent;

  private Path snapshots;

  @BeforeEach
  void put() throws IOException {
    assertEquals("+OK|", client.ask("SET os linux"));
  }

  @Override
  protected Settings.Builder settings() {
    snapshots = parent.resolve("backup").resolve("kv");
    return super.settings().snapshots(snapshots);
  }

  private HttpWire.Reply post(String target) throws IOException {
    return HttpWire.ask(server, "POST", target);
  }

  /** Returns the value of a key in a snapshot. */
  private String saved(String name, String key) throws IOException {
    try (Store store = Store.open(snapshots.resolve(name))) {
      return new String(store.get(key.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(snapshots)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aSnapshotIsAStoreAndTheServerServesOn() throws IOException {
    HttpWire.Reply reply = post("/snapshot/monday.1_a-Z");
    assertEquals(201, reply.status(), reply.text());
    assertEquals("{\"name\":\"monday.1_a-Z\"}\n", reply.text());
    assertEquals("+OK|", client.ask("SET os bsd"));
    assertEquals("linux", saved("monday.1_a-Z", "os"));
    assertEquals("$3|bsd|", client.ask("GET os"));
  }

  @Test
  void aSnapshotIsNotOverwritten() throws IOException {
    assertEquals(201, post("/snapshot/monday").status());
    assertEquals("+OK|", client.ask("SET os bsd"));
    HttpWire.Reply reply = post("/snapshot/monday");
    assertEquals(409, reply.status());
    assertEquals("a snapshot with the name monday already exists\n", reply.text());
    assertEquals("linux", saved("monday", "os"));
    // A failed attempt may leave an empty directory.
    Files.createDirectory(snapshots.resolve("tuesday"));
    assertEquals(201, post("/snapshot/tuesday").status());
    Files.createFile(snapshots.resolve("wednesday"));
    assertEquals(409, post("/snapshot/wednesday").status());
  }

  @Test
  void aSnapshotWithoutANameIsNamedByTheTime() throws IOException {
    HttpWire.Reply reply = post("/snapshot");
    assertEquals(201, reply.status(), reply.text());
    assertEquals(1, names().size());
    assertTrue(names().get(0).matches("[0-9]{8}-[0-9]{6}-[0-9]{3}"), names().toString());
    assertEquals("linux", saved(names().get(0), "os"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..", "../up", "a/b", "..%2Fup", "a%20b", ".hidden", "-rf", "a\\b", "C:x", "%00"
      })
  void aNameIsOneDirectory(String name) throws IOException {
    HttpWire.Reply reply = post("/snapshot/" + name);
    assertEquals(400, reply.status());
    assertEquals(Snapshots.BAD_NAME + "\n", reply.text());
    assertEquals(List.of(), names());
    try (Stream<Path> files = Files.list(parent)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void aNameHasAtMost100Characters() throws IOException {
    assertEquals(400, post("/snapshot/" + "x".repeat(101)).status());
    assertEquals(201, post("/snapshot/" + "x".repeat(100)).status());
  }

  @Test
  void aParameterOrAnotherMethodIsAnError() throws IOException {
    assertEquals(400, post("/snapshot?path=monday").status());
    assertEquals(405, HttpWire.ask(server, "GET", "/snapshot/monday").status());
    assertEquals(
        403,
        HttpWire.ask(server, "POST", "/snapshot", null, "Origin: http://evil.example").status());
    assertEquals(List.of(), names());
  }

  @Test
  void saveTakesASnapshotAndLastsaveAndInfoReportIt() throws IOException {
    String start = client.ask("LASTSAVE");
    assertTrue(start.matches(":[0-9]{10,}\\|"), start);
    assertTrue(client.ask("INFO").contains("\r\nlast_snapshot:\r\n"));
    assertEquals("+OK|", client.ask("SAVE"));
    assertEquals(1, names().size());
    assertEquals("linux", saved(names().get(0), "os"));
    String time = client.ask("LASTSAVE").replaceAll("[:|]", "");
    assertTrue(Long.parseLong(time) >= Long.parseLong(start.replaceAll("[:|]", "")));
    String info = client.ask("INFO persistence");
    assertTrue(info.contains("\r\nlast_snapshot:" + names().get(0) + "\r\n"), info);
    assertTrue(info.contains("\r\nrdb_last_save_time:" + time + "\r\n"), info);
    assertTrue(info.contains("\r\nrdb_last_bgsave_status:ok\r\n"), info);
  }

  @Test
  void bgsaveRepliesAtOnceAndOtherClientsAreServed() throws Exception {
    CountDownLatch release = occupyWorker();
    assertEquals("+Background saving started|", client.ask("BGSAVE"));
    assertEquals("+Background saving started|", client.ask("BGSAVE SCHEDULE"));
    assertEquals("-ERR syntax error|", client.ask("BGSAVE NOW"));
    assertEquals("$5|linux|", client.ask("GET os"));
    assertEquals(List.of(), names());
    release.countDown();
    ServerFixture.await(() -> !server.context().snapshots().last().name().isEmpty());
    assertFalse(names().isEmpty());
  }

  @Test
  void aFailedSnapshotIsAnErrorAndInfoReportsIt() throws IOException {
    Files.delete(snapshots);
    Files.createFile(snapshots);
    assertEquals(500, post("/snapshot/monday").status());
    assertTrue(client.ask("SAVE").startsWith("-ERR "));
    String info = client.ask("INFO persistence");
    assertTrue(info.contains("\r\nrdb_last_bgsave_status:err\r\n"), info);
    assertTrue(info.contains("\r\nlast_snapshot:\r\n"), info);
    Files.delete(snapshots);
    assertEquals("+OK|", client.ask("SAVE"));
    assertTrue(client.ask("INFO").contains("\r\nrdb_last_bgsave_status:ok\r\n"));
  }

  @Test
  void withoutADirectorySnapshotsAreOff() throws IOException {
    client.close();
    server.close();
    server = Server.start(super.settings().build());
    client = connect();
    HttpWire.Reply reply = post("/snapshot/monday");
    assertEquals(403, reply.status());
    assertEquals("snapshots are off: start the server with --snapshots DIRECTORY\n", reply.text());
    for (String request : new String[] {"SAVE", "BGSAVE"}) {
      assertEquals(
          "-ERR snapshots are off: start the server with --snapshots DIRECTORY|",
          client.ask(request));
    }
  }
}
