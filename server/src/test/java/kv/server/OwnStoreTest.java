package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kv.server.core.Settings;
import kv.server.http.HttpWire;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store of the reader's in place of the engine: its start, its numbers, and its faults. */
class OwnStoreTest {
  private static final Path STEP_5 = ServerFixture.STEP_5;

  @TempDir Path folder;

  /** Returns a copy of step 5 in which one line of its Store is followed by another. */
  private Path storeWith(String line, String more) throws IOException {
    return storeWithout(line, line + "\n" + more);
  }

  /** Returns a copy of step 5 in which a text of its Store is replaced by another. */
  private Path storeWithout(String text, String other) throws IOException {
    Path sources = Path.of("src", "main", "java", "kv", "step5");
    Path code = folder.resolve("mine");
    Files.createDirectories(code.resolve(sources));
    try (Stream<Path> files = Files.list(STEP_5.resolve(sources))) {
      for (Path file : files.toList()) {
        Files.copy(file, code.resolve(sources).resolve(file.getFileName()));
      }
    }
    Path store = code.resolve(sources).resolve("Store.java");
    String source = Files.readString(store);
    assertTrue(source.contains(text), text);
    Files.writeString(store, source.replace(text, other));
    return code;
  }

  private Settings.Builder settings(Path code) {
    return Settings.of(folder.resolve("data")).code(code).sync(Settings.Sync.no);
  }

  private static Server serve(Settings.Builder settings) throws IOException {
    return Server.start(settings.build());
  }

  private static RespWire connect(Server server) throws IOException {
    return new RespWire(server.respPort());
  }

  // ======== Starting ========

  private String startFailure(Path code) {
    return assertThrows(IOException.class, () -> serve(settings(code)).close()).getMessage();
  }

  @Test
  void aMissingFolderIsAnErrorThatNamesTheCommand() {
    Path none = folder.resolve("none");
    String message = startFailure(none);
    assertTrue(message.startsWith("there is no store in " + none + ": "), message);
    assertTrue(message.contains("Store.java is missing"), message);
    assertTrue(message.endsWith("workshop.jar start mine"), message);
  }

  @Test
  void codeThatDoesNotCompileIsAnErrorThatNamesTheLine() throws IOException {
    Path code = storeWithout("return keydir.size();", "return keydir.length();");
    String message = startFailure(code);
    assertTrue(message.startsWith("the store in " + code + " does not compile:\n"), message);
    assertTrue(message.contains("Store.java:"), message);
    assertTrue(message.contains("cannot find symbol"), message);
  }

  @Test
  void aMethodWithAnotherSignatureIsAnErrorThatNamesTheExpected() throws IOException {
    Path code =
        storeWithout(
            "public synchronized boolean containsKey(byte[] key)",
            "public synchronized Boolean containsKey(byte[] key)");
    assertEquals(
        "the server cannot use the store in "
            + code
            + ": kv.step5.Store has no method \"public boolean containsKey(byte[])\". Give it back"
            + " the signature that step 5 has",
        startFailure(code));
  }

  @Test
  void aStoreWhoseOpenIsUnfinishedIsAnErrorThatNamesTheExercise() throws IOException {
    Path code =
        storeWith(
            "static Store open(Path directory, long fileSize) throws IOException {",
            "if (true) {"
                + " throw new UnsupportedOperationException(\"exercise 5.2 is not done yet\"); }");
    String message = startFailure(code);
    assertTrue(message.startsWith("cannot open the store in " + folder.resolve("data")), message);
    assertTrue(message.contains("the code in " + code + " threw "), message);
    assertTrue(message.contains("exercise 5.2 is not done yet"), message);
  }

  @Test
  void aDirectoryOfTheEngineIsRefusedByTheStore() throws IOException {
    try (Server server = serve(settings(null));
        RespWire client = connect(server)) {
      client.ask("SET os linux");
    }
    String message = startFailure(STEP_5);
    assertTrue(message.startsWith("cannot open the store in " + folder.resolve("data")), message);
    assertTrue(message.contains("engine"), message);
  }

  // ======== Running ========

  @Test
  void infoAndStatsNameTheStore() throws IOException {
    try (Server server = serve(settings(STEP_5));
        RespWire client = connect(server)) {
      client.ask("SET os mac");
      client.ask("SET os linux");
      String info = client.ask("INFO persistence");
      assertTrue(info.contains("\r\nstore:" + STEP_5 + "\r\n"), info);
      assertTrue(info.contains("\r\nsegments:1\r\n"), info);
      assertFalse(info.contains("merges:"), info);
      JsonObject stats =
          JsonParser.parseString(HttpWire.ask(server, "GET", "/stats").text()).getAsJsonObject();
      assertEquals(STEP_5.toString(), stats.get("store").getAsString());
      assertEquals(1, stats.get("files").getAsInt());
      assertEquals(16 + 2 + 5, stats.get("liveBytes").getAsInt());
      assertEquals(16 + 2 + 3, stats.get("deadBytes").getAsInt());
      assertTrue(stats.get("merges").isJsonNull());
      String metrics = HttpWire.ask(server, "GET", "/metrics").text();
      assertTrue(metrics.contains("\nkv_segments 1\n"), metrics);
      assertFalse(metrics.contains("kv_merges_total"), metrics);
      assertEquals(
          "{\"merges\":null,\"mergedBytes\":null,\"reclaimedBytes\":21}\n",
          HttpWire.ask(server, "POST", "/merge").text());
    }
  }

  @Test
  void aSnapshotByHttpIsRefusedWithTheReason() throws IOException {
    try (Server server = serve(settings(STEP_5))) {
      HttpWire.Reply reply = HttpWire.ask(server, "POST", "/snapshot/monday");
      assertEquals(403, reply.status());
      assertTrue(reply.text().contains("step 5 has no call for that"), reply.text());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UnsupportedOperationException(\"exercise 2.1\")",
        "IllegalStateException()",
        "AssertionError()",
        "StackOverflowError()"
      })
  void aFaultInAMethodIsTheReplyOfItsCommandAndTheServerGoesOn(String fault) throws IOException {
    Path code =
        storeWith(
            "public synchronized byte[] get(byte[] key) throws IOException {",
            "if (key.length == 1) { throw new " + fault + "; }");
    try (Server server = serve(settings(code));
        RespWire client = connect(server)) {
      assertEquals("+OK|", client.ask("SET a 1"));
      String reply = client.ask("GET a");
      assertTrue(reply.startsWith("-ERR the code in " + code + " threw java.lang."), reply);
      assertTrue(reply.contains(fault.replaceAll("\\(.*", "")), reply);
      assertEquals(500, HttpWire.ask(server, "GET", "/kv/a").status());
      assertEquals("+OK|", client.ask("SET os linux"));
      assertEquals("$5|linux|", client.ask("GET os"));
      assertEquals("+PONG|", client.ask("PING"));
    }
  }

  // ======== Durability ========

  private Path storeWhoseSyncFails() throws IOException {
    return storeWith(
        "public synchronized void sync() throws IOException {",
        "if (size() > 0) { throw new IOException(\"the disk is gone\"); }");
  }

  @Test
  void withAlwaysAWriteIsNotAcknowledgedUntilItIsSynced() throws IOException {
    Server server = serve(settings(storeWhoseSyncFails()).sync(Settings.Sync.always));
    try (RespWire client = connect(server)) {
      String refused = "-MISCONF the write failed: the disk is gone|";
      assertEquals("$-1|", client.ask("GET a"));
      assertEquals(refused, client.ask("SET a 1"));
      assertEquals(refused, client.ask("SET a 2"));
      assertEquals(refused, client.ask("PING"));
      assertEquals(503, HttpWire.ask(server, "GET", "/health").status());
      assertTrue(client.ask("INFO").contains("\r\nstore_failure:the disk is gone\r\n"));
    } finally {
      server.close();
    }
  }

  @Test
  void withEverysecAWriteIsSyncedInTheBackground() throws Exception {
    Server server = serve(settings(storeWhoseSyncFails()).sync(Settings.Sync.everysec));
    try (RespWire client = connect(server)) {
      assertEquals("+OK|", client.ask("SET a 1"));
      ServerFixture.await(() -> server.context().store().failure() != null);
      assertTrue(client.ask("SET a 2").startsWith("-MISCONF"));
    } finally {
      server.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"IllegalStateException()", "StackOverflowError()", "OutOfMemoryError()"})
  void afterASyncThatThrewAnythingNoWriteIsAcknowledged(String fault) throws Exception {
    Path code =
        storeWith(
            "public synchronized void sync() throws IOException {",
            "if (size() > 0) { throw new " + fault + "; }");
    for (Settings.Sync sync : List.of(Settings.Sync.everysec, Settings.Sync.always)) {
      Server server = serve(settings(code).sync(sync));
      try (RespWire client = connect(server)) {
        client.ask("SET a 1");
        ServerFixture.await(() -> server.context().store().failure() != null);
        assertTrue(client.ask("SET a 2").startsWith("-MISCONF"));
      } finally {
        server.close();
      }
    }
  }

  @Test
  void withNoNothingIsSynced() throws IOException {
    try (Server server = serve(settings(storeWhoseSyncFails()));
        RespWire client = connect(server)) {
      assertEquals("+OK|", client.ask("SET a 1"));
      assertEquals("+OK|", client.ask("SET a 2"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"everysec", "always"})
  void everyAcknowledgedSetSurvivesKillNine(String sync) throws Exception {
    Path data = folder.resolve("data");
    int acknowledged = 0;
    for (int round = 1; round <= 2; round++) {
      try (ChildServer server = ChildServer.withCode(STEP_5, data, sync);
          RespWire client = server.connect()) {
        for (int i = 0; i < acknowledged; i++) {
          assertEquals("$" + ("v" + i).length() + "|v" + i + "|", client.ask("GET k" + i));
        }
        for (int i = 0; i < 100; i++) {
          assertEquals("+OK|", client.ask("SET k" + acknowledged + " v" + acknowledged));
          acknowledged++;
        }
        client.send(RespWire.request("SET unacknowledged x"));
        server.kill();
        server.status();
      }
    }
    try (Server server = serve(settings(STEP_5));
        RespWire client = connect(server)) {
      assertEquals("$4|v199|", client.ask("GET k199"));
      assertEquals("$2|v0|", client.ask("GET k0"));
    }
  }
}
