package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import kv.step5.FailingDisk;
import kv.step5.Options;
import kv.step5.Store;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A disk that is full, or fails: clients get an error, and never an acknowledgement. */
class FailingDiskTest extends RespFixture {
  private final FailingDisk disk = new FailingDisk();

  @Override
  Server serve() throws IOException {
    return Server.start(settings(Settings.Sync.always));
  }

  @AfterEach
  void removeDisk() {
    disk.remove();
  }

  /** Puts until a put needs more space than was reserved: the reply to that. */
  private String firstError() throws IOException {
    String big = "x".repeat(20_000);
    for (int i = 0; i < 100; i++) {
      String reply = client.ask("SET big" + i + " " + big);
      if (!reply.equals("+OK|")) {
        return reply;
      }
    }
    return "none";
  }

  @Test
  void onAFullDiskAPutIsAnErrorAndTheConnectionGoesOn() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    disk.fill();
    assertEquals("-ERR the disk says no|", firstError());
    assertEquals("$1|1|", client.ask("GET a"));
    disk.empty();
    assertEquals("+OK|", client.ask("SET a 2"));
    assertEquals("$1|2|", client.ask("GET a"));
  }

  @Test
  void aWriteWhoseSyncFailsIsNotAcknowledgedAndNeitherIsAnyOther() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    disk.failSyncs();
    // In one turn: of what was to be made durable, and what would tell of it, nothing is said.
    client.send(
        RespWire.text(RespWire.request("SET a 2"))
            + RespWire.text(RespWire.request("GET a"))
            + RespWire.text(RespWire.request("MGET a b")));
    for (int i = 0; i < 3; i++) {
      assertEquals("-ERR the disk says no|", client.reply());
    }
    disk.empty();
    for (String request :
        new String[] {"SET a 3", "GET a", "MGET a b", "DBSIZE", "KEYS *", "PING"}) {
      assertTrue(client.ask(request).startsWith("-ERR the store in "), request);
    }
    // Closing tells of it, too.
    assertThrows(IOException.class, server::close);
  }

  @Test
  void whatWasAcknowledgedBeforeTheDiskFailedIsThereAfterwards() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    disk.failSyncs();
    client.ask("SET a 2");
    assertThrows(IOException.class, server::close);
    disk.empty();
    try (Store store = Store.open(directory, Options.DEFAULT)) {
      assertEquals(1, store.size());
    }
  }

  @Test
  void aCommandThatFailsHalfWayRepliesWithOneError() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    disk.fill();
    firstError();
    String big = "x".repeat(20_000);
    assertEquals(
        "-ERR the disk says no|",
        client.ask(
            "MSET b %s c %s d %s e %s f %s g %s h %s"
                .formatted(big, big, big, big, big, big, big)));
    assertEquals("+PONG|", client.ask("PING"));
  }
}
