package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import kv.server.core.Worker;
import org.junit.jupiter.api.Test;

/** Slow commands: only the client that sent one waits. */
class WorkerTest extends RespFixture {
  /** Sends a request, and returns when the server has read it, together with a PING. */
  private static RespWire begin(RespWire wire, String request) throws IOException {
    wire.send(RespWire.text(RespWire.request("PING")) + RespWire.text(RespWire.request(request)));
    assertEquals("+PONG|", wire.reply());
    return wire;
  }

  @Test
  void otherClientsAreServedWhileTheWorkerRuns() throws Exception {
    CountDownLatch release = occupyWorker();
    begin(client, "KEYS *");
    try (RespWire other = connect()) {
      assertEquals("+OK|", other.ask("SET a 1"));
      assertEquals("$1|1|", other.ask("GET a"));
    }
    release.countDown();
    assertEquals("*1|$1|a|", client.reply());
  }

  @Test
  void laterRequestsOfTheClientWait() throws Exception {
    CountDownLatch release = occupyWorker();
    begin(client, "KEYS *").send(RespWire.request("SET a 1"));
    try (RespWire other = connect()) {
      assertEquals("$-1|", other.ask("GET a"));
    }
    release.countDown();
    assertEquals("*0|", client.reply());
    assertEquals("+OK|", client.reply());
  }

  @Test
  void withAFullQueueSlowCommandsAreRefused() throws Exception {
    CountDownLatch release = occupyWorker();
    List<RespWire> waiting = new ArrayList<>();
    for (int i = 0; i < Worker.MAX_WAITING; i++) {
      waiting.add(begin(connect(), "KEYS *"));
    }
    assertEquals(
        "-ERR busy: too many slow commands are waiting; try again later|", client.ask("SCAN 0"));
    assertEquals("+PONG|", client.ask("PING"));
    release.countDown();
    for (RespWire wire : waiting) {
      assertEquals("*0|", wire.reply());
      wire.close();
    }
    assertEquals("*2|$1|0|*0|", client.ask("SCAN 0"));
  }

  /** Every value is a string, so no walk is needed to find keys of another type. */
  @Test
  void aScanForAnotherTypeIsAnsweredAtOnce() throws Exception {
    assertEquals("+OK|", client.ask("SET a 1"));
    CountDownLatch release = occupyWorker();
    assertEquals("*2|$1|0|*0|", client.ask("SCAN 0 COUNT 1 TYPE list"));
    release.countDown();
    assertEquals("*2|$1|0|*1|$1|a|", client.ask("SCAN 0 TYPE string"));
  }

  @Test
  void aClientThatDisconnectsIsForgotten() throws IOException, InterruptedException {
    CountDownLatch release = occupyWorker();
    try (RespWire other = connect()) {
      begin(other, "KEYS *").reset();
    }
    release.countDown();
    assertEquals("*0|", client.ask("KEYS *"));
    assertEquals("+PONG|", client.ask("PING"));
  }
}
