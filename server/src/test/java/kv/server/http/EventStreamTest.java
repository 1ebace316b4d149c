package kv.server.http;

import static kv.server.http.HttpWire.put;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kv.server.Server;
import kv.server.core.Budget;
import kv.server.core.ServerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The events for connections that listen. */
class EventStreamTest {
  private static final String DATA = "data: ";

  @TempDir private Path folder;

  // ======== Over the network ========

  private static JsonObject next(HttpWire listener) throws IOException {
    String line = listener.line();
    while (!line.startsWith(DATA)) {
      line = listener.line();
    }
    return JsonParser.parseString(line.substring(DATA.length())).getAsJsonObject();
  }

  @Test
  void aListenerSeesChanges() throws IOException {
    try (Server server = HttpFixture.serve(folder);
        HttpWire listener = new HttpWire(server.httpPort())) {
      listener.send("GET", "/events", null);
      assertEquals("text/event-stream", listener.reply().header("content-type"));
      assertEquals(0, next(listener).get("keys").getAsInt());
      put(server, "/kv/os", "linux");
      JsonObject event = next(listener);
      while (event.get("keys").getAsInt() == 0) {
        event = next(listener);
      }
      assertEquals(1, event.get("puts").getAsInt());
      assertEquals(
          "000001-000001.0",
          event.getAsJsonArray("segments").get(0).getAsJsonObject().get("name").getAsString());
    }
  }

  @Test
  void theNumberOfListenersIsLimited() throws IOException {
    List<HttpWire> listeners = new ArrayList<>();
    try (Server server = HttpFixture.serve(folder)) {
      for (int i = 0; i < EventStream.MAX_LISTENERS; i++) {
        HttpWire listener = new HttpWire(server.httpPort());
        listener.send("GET", "/events", null);
        assertEquals(200, listener.reply().status());
        listeners.add(listener);
      }
      HttpWire late = new HttpWire(server.httpPort());
      listeners.add(late);
      late.send("GET", "/events", null);
      assertEquals(503, late.reply().status());
      listeners.get(0).close();
      do {
        late.send("GET", "/events", null);
      } while (late.reply().status() == 503);
      next(late);
    } finally {
      for (HttpWire listener : listeners) {
        listener.close();
      }
    }
  }

  @Test
  void aStoppingServerClosesListenersAtOnce() throws IOException {
    try (Server server = HttpFixture.serve(folder)) {
      EmbeddedChannel channel = new EmbeddedChannel();
      Budget.Account account = new Budget(1 << 20).open(channel);
      Intake intake = new Intake(account);
      channel
          .pipeline()
          .addLast(
              intake,
              new HttpConnection(server.context(), new Router(server.context()), intake, account));
      channel.writeInbound(Unpooled.wrappedBuffer(HttpWire.request("GET", "/events", null)));
      assertTrue(channel.isOpen());
      channel.pipeline().fireUserEventTriggered(ServerContext.STOPPING);
      assertFalse(channel.isOpen());
      channel.finishAndReleaseAll();
    }
  }

  // ======== With a clock that is moved by hand ========

  private int computed;

  private ServerStats compute() {
    computed++;
    return new ServerStats(
        computed, 0, 0, 0, 0, List.of(), null, 0L, 0L, 0, 0, 0, 0, 0, "engine", false, null);
  }

  /** A connection whose clock is moved by hand. */
  private static EmbeddedChannel channel() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    return channel;
  }

  private static void pass(EmbeddedChannel clock, long millis) {
    for (long i = 0; i < millis; i += 10) {
      clock.advanceTimeBy(10, TimeUnit.MILLISECONDS);
      clock.runScheduledPendingTasks();
    }
  }

  private static String sent(EmbeddedChannel channel) {
    HttpContent content = channel.readOutbound();
    if (content == null) {
      return null;
    }
    String text = content.content().toString(StandardCharsets.UTF_8);
    content.release();
    return text;
  }

  @Test
  void nothingIsComputedWithoutAListener() {
    EventStream events = new EventStream(this::compute);
    EmbeddedChannel listener = channel();
    events.add(listener);
    pass(listener, 1000);
    assertEquals(5, computed);
    // Not listener.close(), which stops this connection's clock too.
    listener.pipeline().close();
    pass(listener, 1000);
    assertEquals(5, computed);
    assertEquals(0, events.listeners());
    EmbeddedChannel another = channel();
    events.add(another);
    pass(another, 1000);
    assertEquals(10, computed);
    assertTrue(listener.finishAndReleaseAll());
    assertTrue(another.finishAndReleaseAll());
  }

  @Test
  void oneComputationServesAllListeners() {
    EventStream events = new EventStream(this::compute);
    EmbeddedChannel first = channel();
    EmbeddedChannel second = channel();
    events.add(first);
    events.add(second);
    pass(first, 250);
    assertEquals(2, computed);
    assertTrue(sent(first).startsWith("data: {\"uptimeMillis\":1,"));
    assertTrue(sent(second).startsWith("data: {\"uptimeMillis\":1,"));
    assertTrue(first.finishAndReleaseAll());
    assertTrue(second.finishAndReleaseAll());
  }

  @Test
  void aListenerThatDoesNotReadIsSkipped() {
    EventStream events = new EventStream(this::compute);
    EmbeddedChannel slow = channel();
    EmbeddedChannel quick = channel();
    events.add(slow);
    events.add(quick);
    // Written, but not flushed, as if the network did not accept it.
    slow.write(Unpooled.buffer().writeZero(100_000));
    assertFalse(slow.isWritable());
    pass(slow, 1000);
    assertEquals(5, quick.outboundMessages().size());
    slow.flush();
    assertEquals(1, slow.outboundMessages().size());
    pass(slow, 250);
    assertEquals(2, slow.outboundMessages().size());
    slow.finishAndReleaseAll();
    quick.finishAndReleaseAll();
  }

  @Test
  void aFailureOfTheStoreIsAnEvent() {
    EventStream events =
        new EventStream(
            () -> {
              throw new IOException("the disk is \"gone\"\nfor good");
            });
    EmbeddedChannel listener = channel();
    events.add(listener);
    pass(listener, 10);
    assertEquals(
        "event: failure\ndata: \"the disk is \\\"gone\\\"\\nfor good\"\n\n", sent(listener));
    listener.finishAndReleaseAll();
  }

  @Test
  void eventsContinueAfterALackOfMemory() {
    EventStream events =
        new EventStream(
            () -> {
              if (compute() != null && computed == 1) {
                throw new OutOfMemoryError("only a test");
              }
              return compute();
            });
    EmbeddedChannel listener = channel();
    events.add(listener);
    pass(listener, 250);
    assertTrue(sent(listener).startsWith("event: failure\n"));
    assertTrue(sent(listener).startsWith("data: {"));
    listener.finishAndReleaseAll();
  }
}
