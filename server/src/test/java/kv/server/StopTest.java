package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import kv.engine.Store;
import kv.server.http.HttpWire;
import kv.server.resp.RespFixture;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;

/** A server that stops runs and answers the received requests first. */
class StopTest extends RespFixture {
  @Test
  void anIdleConnectionIsClosed() throws IOException {
    assertEquals("+PONG|", client.ask("PING"));
    server.close();
    assertEquals("", client.rest());
  }

  @Test
  void runningAndWaitingRequestsAreAnswered() throws Exception {
    CountDownLatch release = occupyWorker();
    client.send(
        RespWire.text(RespWire.request("PING"))
            + RespWire.text(RespWire.request("KEYS *"))
            + RespWire.text(RespWire.request("SET a 1")));
    assertEquals("+PONG|", client.reply());
    Future<?> close = close();
    // Closing has begun when no client can connect.
    assertThrows(
        IOException.class,
        () -> {
          while (true) {
            try (RespWire other = connect()) {
              other.ask("PING");
            }
          }
        });
    release.countDown();
    assertEquals("*0|+OK|", client.rest());
    close.get();
    try (Store store = Store.open(directory)) {
      assertEquals(1, store.size());
    }
  }

  /** The idle client is closed at once, and does not wait like the one that does not read. */
  @Test
  void anIdleClientDoesNotWaitForOneThatDoesNotRead() throws Exception {
    byte[] value = new byte[16 << 20];
    Arrays.fill(value, (byte) 'x');
    client.send(RespWire.request(RespWire.bytes("SET"), RespWire.bytes("k"), value));
    assertEquals("+OK|", client.reply());
    try (RespWire slow = connect();
        HttpWire idle = new HttpWire(server.httpPort())) {
      idle.send("GET", "/health", null);
      assertEquals(200, idle.reply().status());
      slow.send(RespWire.request("GET k"));
      // Its reply has begun, and does not fit into a socket.
      assertEquals("+PONG|", client.ask("PING"));
      Future<?> close = close();
      assertEquals("", client.rest());
      assertTrue(idle.isAtEnd());
      assertEquals(10 + value.length + 1, slow.reply().length());
      close.get();
    }
  }

  /** Closes the server, in another thread. */
  private Future<?> close() {
    FutureTask<Void> close =
        new FutureTask<>(
            () -> {
              server.close();
              return null;
            });
    new Thread(close).start();
    return close;
  }

  @Test
  void aSecondCloseDoesNothing() throws IOException {
    server.close();
    server.close();
  }
}
