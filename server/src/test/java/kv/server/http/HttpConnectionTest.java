package kv.server.http;

import static kv.server.http.HttpWire.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import kv.engine.Store;
import kv.server.Server;
import kv.server.core.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests on one connection: in pieces, in any order, too large, or malformed. */
class HttpConnectionTest extends HttpFixture {
  private static final byte[] VALUE = "linux".getBytes(StandardCharsets.UTF_8);

  private HttpWire wire;

  @BeforeEach
  void connectWire() throws IOException {
    wire = connect();
  }

  @AfterEach
  void closeWire() throws IOException {
    wire.close();
  }

  private void assertServes() throws IOException {
    put("/kv/still", "there");
    assertEquals("there", ask("GET", "/kv/still").text());
  }

  // ======== Many requests ========

  @Test
  void aConnectionServesSeveralRequests() throws IOException {
    for (int i = 0; i < 3; i++) {
      wire.send("PUT", "/kv/" + i, VALUE);
      assertEquals(201, wire.reply().status());
    }
  }

  @Test
  void aPipelineIsAnsweredInOrder() throws IOException {
    ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
    pipeline.writeBytes(request("PUT", "/kv/a", "1".getBytes(StandardCharsets.UTF_8)));
    // Answered by the event loop, at the turn's end, by the worker, and refused.
    for (int i = 0; i < 10; i++) {
      pipeline.writeBytes(request("GET", "/kv/a", null));
      pipeline.writeBytes(request("PUT", "/kv/b", VALUE));
      pipeline.writeBytes(request("GET", "/kv?prefix=a", null));
      pipeline.writeBytes(request("POST", "/merge", null));
      pipeline.writeBytes(request("GET", "/nothing", null));
    }
    wire.send(pipeline.toByteArray());
    assertEquals(201, wire.reply().status());
    for (int i = 0; i < 10; i++) {
      assertEquals("1", wire.reply().text());
      assertEquals(i == 0 ? 201 : 204, wire.reply().status());
      assertEquals("{\"keys\":[\"a\"],\"more\":false}\n", wire.reply().text());
      assertTrue(wire.reply().text().contains("reclaimedBytes"));
      assertEquals(404, wire.reply().status());
    }
  }

  @Test
  void aRequestMayComeByteByByte() throws IOException {
    for (byte b : request("PUT", "/kv/os", VALUE)) {
      wire.send(new byte[] {b});
    }
    assertEquals(201, wire.reply().status());
    assertEquals("linux", ask("GET", "/kv/os").text());
  }

  @ParameterizedTest
  @EnumSource(Settings.Sync.class)
  void writesAcknowledgedBeforeTheStopSurviveIt(Settings.Sync sync, @TempDir Path other)
      throws IOException {
    List<String> acknowledged = new ArrayList<>();
    Server ending = Server.start(Settings.of(other).sync(sync).segmentSize(1 << 20).build());
    try (HttpWire client = new HttpWire(ending.httpPort())) {
      for (int i = 0; i < 100; i++) {
        client.send("PUT", "/kv/" + i, VALUE);
      }
      assertEquals(201, client.reply().status());
      CompletableFuture<Void> end =
          CompletableFuture.runAsync(
              () -> {
                try {
                  ending.close();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      acknowledged.add("0");
      try {
        while (acknowledged.size() < 500 && client.reply().status() == 201) {
          acknowledged.add(String.valueOf(acknowledged.size()));
        }
      } catch (IOException e) {
        // The connection was closed: no more was acknowledged.
      }
      end.join();
    }
    try (Store store = Store.open(other)) {
      for (String key : acknowledged) {
        assertTrue(store.containsKey(key.getBytes(StandardCharsets.UTF_8)), key);
      }
    }
  }

  // ======== The end of a connection ========

  @Test
  void aConnectionIsClosedWhenTheClientAsksForThat() throws IOException {
    wire.send("GET", "/health", null, "Connection: close");
    assertEquals("close", wire.reply().header("connection"));
    assertTrue(wire.isAtEnd());
  }

  @Test
  void anOldClientIsAnsweredOnce() throws IOException {
    wire.send("GET /health HTTP/1.0\r\n\r\n");
    assertEquals(200, wire.reply().status());
    assertTrue(wire.isAtEnd());
  }

  @Test
  void aBodyThatIsCutOffIsNotStored() throws IOException {
    put("/kv/os", "mac");
    wire.send("PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nlin");
    wire.close();
    assertEquals("mac", ask("GET", "/kv/os").text());
    try (HttpWire chunked = connect()) {
      chunked.send("PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      chunked.send("3\r\nlin\r\n");
    }
    assertEquals("mac", ask("GET", "/kv/os").text());
  }

  // ======== Bodies ========

  @Test
  void aBodyMayComeInChunks() throws IOException {
    wire.send("PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire.send("3\r\nlin\r\n2\r\nux\r\n0\r\n\r\n");
    assertEquals(201, wire.reply().status());
    assertEquals("linux", ask("GET", "/kv/os").text());
  }

  @Test
  void anUnneededBodyIsSkipped() throws IOException {
    put("/kv/os", "linux");
    wire.send("GET", "/kv/os", new byte[100_000]);
    assertEquals("linux", wire.reply().text());
    wire.send("GET", "/kv/os", null);
    assertEquals("linux", wire.reply().text());
  }

  @Test
  void aClientThatExpects100ContinueGetsIt() throws IOException {
    String head =
        "PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            + "Content-Length: 5\r\n\r\n";
    wire.send(head);
    assertEquals(100, wire.reply().status());
    wire.send("linux");
    assertEquals(201, wire.reply().status());
    assertEquals("linux", ask("GET", "/kv/os").text());
  }

  @Test
  void aValueThatIsTooLargeIsRefusedBeforeItIsSent() throws IOException {
    wire.send(
        "PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
            + (Settings.DEFAULT_MAX_VALUE + 1)
            + "\r\n\r\n");
    assertEquals(413, wire.reply().status());
    assertTrue(wire.isAtEnd());
  }

  @Test
  void aRefusalArrivesWhileTheClientIsStillSending() throws IOException {
    byte[] large = request("PUT", "/kv/os", new byte[Settings.DEFAULT_MAX_VALUE + 1]);
    wire.send(large);
    HttpWire.Reply reply = wire.reply();
    assertEquals(413, reply.status());
    assertEquals("close", reply.header("connection"));
    assertTrue(wire.isAtEnd());
  }

  @Test
  void theLimitForValuesIsASetting(@TempDir Path other) throws IOException {
    Settings settings = Settings.of(other).segmentSize(1 << 20).maxValue(4).build();
    try (Server small = Server.start(settings)) {
      assertEquals(201, HttpWire.put(small, "/kv/os", "unix").status());
      HttpWire.Reply reply = HttpWire.put(small, "/kv/os", "linux");
      assertEquals(413, reply.status());
      assertEquals("the value is 5 bytes long; the limit is 4 (--max-value)\n", reply.text());
      try (HttpWire chunked = new HttpWire(small.httpPort())) {
        chunked.send("PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n");
        chunked.send("\r\n3\r\nlin\r\n2\r\nux\r\n0\r\n\r\n");
        assertEquals(
            "the value is at least 5 bytes long; the limit is 4 (--max-value)\n",
            chunked.reply().text());
      }
      assertEquals("unix", HttpWire.ask(small, "GET", "/kv/os").text());
    }
  }

  @Test
  void chunksThatBecomeTooLargeAreRefused() throws IOException {
    wire.send("PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    byte[] chunk = new byte[1 << 20];
    for (int i = 0; i <= Settings.DEFAULT_MAX_VALUE / chunk.length; i++) {
      wire.send("100000\r\n");
      wire.send(chunk);
      wire.send("\r\n");
    }
    assertEquals(413, wire.reply().status());
    assertNull(server.context().store().get("os".getBytes(StandardCharsets.UTF_8)));
  }

  // ======== Malformed requests ========

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n\r\n",
        "GET\r\n\r\n",
        "GET /health HTTP/1.1\r\nno colon\r\n\r\n",
        "PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "*1\r\n$4\r\nPING\r\n\r\n"
      })
  void aMalformedRequestIsABadRequest(String text) throws IOException {
    wire.send(text);
    assertEquals(400, wire.reply().status());
    assertTrue(wire.isAtEnd());
    assertEquals(0, server.context().store().size());
  }

  @Test
  void headersThatAreTooLongAreRefused() throws IOException {
    wire.send("GET", "/health", null, "X: " + "a".repeat(Intake.MAX_HEADERS));
    assertEquals(431, wire.reply().status());
    assertServes();
  }

  @Test
  void anAddressThatIsTooLongIsRefused() throws IOException {
    wire.send("GET", "/" + "a".repeat(10 * Intake.MAX_LINE), null);
    assertEquals(414, wire.reply().status());
    assertServes();
  }

  // ======== Memory ========

  @Test
  void aClientThatNeverReadsCostsOneReply() throws Exception {
    ask("PUT", "/kv/large", new byte[8 << 20]);
    List<HttpWire> silent = new ArrayList<>();
    ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
    for (int i = 0; i < 1000; i++) {
      pipeline.writeBytes(request("GET", "/kv/large", null));
    }
    for (int i = 0; i < 10; i++) {
      HttpWire client = connect();
      client.send(pipeline.toByteArray());
      silent.add(client);
    }
    await(() -> server.context().budget().used() >= 80 << 20);
    assertServes();
    // Not ten times a thousand replies of 8 MiB.
    assertEquals(80, server.context().budget().used() >> 20);
    for (HttpWire client : silent) {
      client.close();
    }
    assertServes();
  }

  @Test
  void unfinishedRequestsAreCharged() throws Exception {
    wire.send("PUT /kv/os HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n");
    wire.send(new byte[1_000_000]);
    HttpWire head = connect();
    head.send("GET /kv/" + "a".repeat(100_000));
    await(() -> server.context().budget().used() >= 2_000_000 + 100_000);
    wire.send(new byte[1_000_000]);
    assertEquals(201, wire.reply().status());
    head.send(" HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertEquals(413, head.reply().status());
    // Netty keeps a buffer as long as the longest line.
    await(() -> server.context().budget().used() < 110_000);
    head.close();
    await(() -> server.context().budget().used() < 1000);
    assertServes();
  }
}
