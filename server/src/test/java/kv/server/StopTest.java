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

/** How a server ends: what was received is run and answered first. */
class StopTest extends RespFixture {
  @Test
  void aConnectionIsClosedWhenItHasNothingToDo() throws IOException {
    assertEquals("+PONG|", client.ask("PING"));
    server.close();
    assertEquals("", client.rest());
  }

  @Test
  void whatIsBeingDoneAndWhatWaitsForItIsAnswered() throws Exception {
    CountDownLatch release = occupyWorker();
    client.send(
        RespWire.text(RespWire.request("PING"))
            + RespWire.text(RespWire.request("KEYS *"))
            + RespWire.text(RespWire.request("SET a 1")));
    assertEquals("+PONG|", client.reply());
    Future<?> close = close();
    // When nobody can connect any more, closing has begun.
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

  /** It is told that the server stops, and not just cut off in the end, as who does not read is. */
  @Test
  void whoHasNothingToDoDoesNotWaitForWhoDoesNotRead() throws Exception {
    byte[] value = new byte[16 << 20];
    Arrays.fill(value, (byte) 'x');
    client.send(RespWire.request(RespWire.bytes("SET"), RespWire.bytes("k"), value));
    assertEquals("+OK|", client.reply());
    try (RespWire slow = connect();
        HttpWire idle = new HttpWire(server.httpPort())) {
      idle.send("GET", "/health", null);
      assertEquals(200, idle.reply().status());
      slow.send(RespWire.request("GET k"));
      // Its reply has been begun, and is more than fits into a socket.
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
  void closingTwiceIsClosingOnce() throws IOException {
    server.close();
    server.close();
  }
}
