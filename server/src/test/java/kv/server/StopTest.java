package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import kv.step5.Store;
import org.junit.jupiter.api.Test;

/** How a server ends: what was received is run and answered first. */
class StopTest extends RespFixture {
  @Test
  void aConnectionIsClosedWhenItHasNothingToDo() throws IOException {
    assertEquals("+PONG|", client.ask("PING"));
    server.close();
    assertEquals("", client.rest());
    assertThrows(ConnectException.class, () -> connect().close());
  }

  @Test
  void whatIsBeingDoneAndWhatWaitsForItIsAnswered() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    server
        .worker()
        .run(
            () -> {
              release.await();
              return null;
            },
            (result, failure) -> {});
    client.send(
        RespWire.text(RespWire.request("PING"))
            + RespWire.text(RespWire.request("KEYS *"))
            + RespWire.text(RespWire.request("SET a 1")));
    assertEquals("+PONG|", client.reply());
    FutureTask<Void> close =
        new FutureTask<>(
            () -> {
              server.close();
              return null;
            });
    new Thread(close).start();
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

  @Test
  void closingTwiceIsClosingOnce() throws IOException {
    server.close();
    server.close();
  }
}
