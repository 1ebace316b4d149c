package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH: replies as Redis 7.0 gives them. */
class TransactionTest extends RespFixture {
  private RespWire other;

  @BeforeEach
  void connectOther() throws IOException {
    other = connect();
  }

  @AfterEach
  void closeOther() throws IOException {
    other.close();
  }

  @Test
  void execRunsTheQueueAndNothingRunsBefore() throws IOException {
    check("MULTI", "+OK|");
    check("SET a 1", "+QUEUED|");
    check("INCR a", "+QUEUED|");
    check("GET a", "+QUEUED|");
    assertEquals("$-1|", other.ask("GET a"));
    check("EXEC", "*3|+OK|:2|$1|2|");
    assertEquals("$1|2|", other.ask("GET a"));
    check("EXEC", "-ERR EXEC without MULTI|");
  }

  @Test
  void anEmptyTransactionIsAnEmptyArray() throws IOException {
    check("MULTI", "+OK|");
    check("EXEC", "*0|");
  }

  @Test
  void discardRunsNothing() throws IOException {
    check("MULTI", "+OK|");
    check("SET a 1", "+QUEUED|");
    check("DISCARD", "+OK|");
    check("GET a", "$-1|");
    check("DISCARD", "-ERR DISCARD without MULTI|");
  }

  @Test
  void afterARequestThatCannotBeQueuedExecRunsNothing() throws IOException {
    for (String wrong :
        new String[] {"BOGUS", "GET", "EXPIRE a 1", "KEYS *", "SAVE", "CLIENT BOGUS"}) {
      check("MULTI", "+OK|");
      check("SET a 1", "+QUEUED|");
      assertTrue(client.ask(wrong).startsWith("-ERR "), wrong);
      check("SET b 1", "+QUEUED|");
      check("EXEC", "-EXECABORT Transaction discarded because of previous errors.|");
      check("EXISTS a b", ":0|");
    }
  }

  @Test
  void aCommandThatFailsDoesNotStopTheOthers() throws IOException {
    check("SET text x", "+OK|");
    check("MULTI", "+OK|");
    check("INCR text", "+QUEUED|");
    check("SET a 1", "+QUEUED|");
    check("SET a 2 EX 10", "+QUEUED|");
    check(
        "EXEC",
        "*3|-ERR value is not an integer or out of range|+OK|"
            + "-ERR SET: EX is not supported by this server: it has no expiry|");
    check("GET a", "$1|1|");
  }

  @Test
  void aFlushRunsInItsPlace() throws IOException {
    check("SET a 1", "+OK|");
    check("MULTI", "+OK|");
    check("GET a", "+QUEUED|");
    check("FLUSHALL", "+QUEUED|");
    check("GET a", "+QUEUED|");
    check("SET b 2", "+QUEUED|");
    check("EXEC", "*4|$1|1|+OK|$-1|+OK|");
    check("KEYS *", "*1|$1|b|");
  }

  @Test
  void anExecThatIsRefusedEndsTheTransaction() throws IOException {
    String error =
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec'"
            + " command|";
    check("EXEC 1", error);
    check("MULTI", "+OK|");
    check("SET a 1", "+QUEUED|");
    check("EXEC 1", error);
    check("GET a", "$-1|");
  }

  @Test
  void slowCommandsAreNotAllowed() throws IOException {
    for (String slow : new String[] {"KEYS *", "SCAN 0", "SAVE", "COMPACT"}) {
      check("MULTI", "+OK|");
      check(
          slow,
          "-ERR Command not allowed inside a transaction: "
              + slow.split(" ")[0].toLowerCase(java.util.Locale.ROOT)
              + " is slow, and runs beside other commands|");
      check("DISCARD", "+OK|");
    }
  }

  @Test
  void aTransactionInATransactionIsAnErrorAndChangesNothing() throws IOException {
    check("MULTI", "+OK|");
    check("MULTI", "-ERR MULTI calls can not be nested|");
    check("WATCH a", "-ERR WATCH inside MULTI is not allowed|");
    check("UNWATCH", "+QUEUED|");
    check("EXEC", "*1|+OK|");
  }

  @Test
  void quitInATransactionClosesAndRunsNothing() throws IOException {
    check("MULTI", "+OK|");
    check("SET a 1", "+QUEUED|");
    check("QUIT", "+OK|");
    assertEquals("", client.rest());
    assertEquals("$-1|", other.ask("GET a"));
  }

  @Test
  void resetEndsATransaction() throws IOException {
    check("WATCH w", "+OK|");
    check("MULTI", "+OK|");
    check("SET a 1", "+QUEUED|");
    check("RESET", "+RESET|");
    check("EXEC", "-ERR EXEC without MULTI|");
    check("GET a", "$-1|");
  }

  // ======== Watching ========

  private void checkWatch(String change, boolean fails) throws IOException {
    check("MULTI", "+OK|");
    check("ECHO x", "+QUEUED|");
    assertEquals(fails ? "*-1|" : "*1|$1|x|", client.ask("EXEC"), change);
  }

  @Test
  void anyChangeOfAWatchedKeyFailsExec() throws IOException {
    for (String change :
        new String[] {
          "SET k 2",
          "DEL k",
          "UNLINK k",
          "INCR k",
          "GETSET k 3",
          "GETDEL k",
          "MSET z 1 k 1",
          "SET k 1",
          "SET k 2 XX",
          "DECRBY k 1",
          "FLUSHALL",
          "FLUSHDB"
        }) {
      check("SET k 1", "+OK|");
      check("WATCH a k b", "+OK|");
      assertTrue(!other.ask(change).startsWith("-"), change);
      checkWatch(change, true);
    }
    check("WATCH absent", "+OK|");
    assertEquals(":1|", other.ask("SETNX absent 1"));
    checkWatch("SETNX", true);
  }

  @Test
  void otherCommandsDoNotFailExec() throws IOException {
    for (String harmless :
        new String[] {
          "GET k",
          "SET other 2",
          "SETNX k 2",
          "SET k 2 NX",
          "DEL absent",
          "MSETNX k 1 z 1",
          "TOUCH k",
          "COMPACT"
        }) {
      check("SET k 1", "+OK|");
      check("WATCH k absent", "+OK|");
      assertTrue(!other.ask(harmless).startsWith("-"), harmless);
      checkWatch(harmless, false);
    }
    check("DEL k", ":1|");
    check("WATCH k", "+OK|");
    assertEquals("+OK|", other.ask("FLUSHALL"));
    checkWatch("FLUSHALL without the key", false);
  }

  @Test
  void aWriteByHttpFailsExecToo() throws Exception {
    check("WATCH k", "+OK|");
    HttpRequest put =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + "/kv/k"))
            .PUT(HttpRequest.BodyPublishers.ofString("v"))
            .build();
    HttpClient.newHttpClient().send(put, HttpResponse.BodyHandlers.discarding());
    checkWatch("PUT", true);
  }

  @Test
  void theClientsOwnChangesCountBeforeMultiAndNotAfter() throws IOException {
    check("WATCH k", "+OK|");
    check("SET k 1", "+OK|");
    checkWatch("before", true);
    check("WATCH k", "+OK|");
    check("MULTI", "+OK|");
    check("SET k 2", "+QUEUED|");
    check("EXEC", "*1|+OK|");
    check("MULTI", "+OK|");
    check("EXEC", "*0|");
  }

  @Test
  void execDiscardAndUnwatchEndAllWatches() throws IOException {
    for (String end : new String[] {"UNWATCH", "MULTI|EXEC", "MULTI|DISCARD", "RESET"}) {
      check("WATCH k k", "+OK|");
      for (String request : end.split("\\|")) {
        client.ask(request);
      }
      assertEquals("+OK|", other.ask("SET k 1"));
      checkWatch(end, false);
    }
  }

  @Test
  void aFailedExecEndsTheTransaction() throws IOException {
    check("WATCH k", "+OK|");
    other.ask("SET k 1");
    check("MULTI", "+OK|");
    check("SET k 2", "+QUEUED|");
    check("EXEC", "*-1|");
    check("GET k", "$1|1|");
    check("EXEC", "-ERR EXEC without MULTI|");
  }

  @Test
  void twoWatchersOfAKeyAreIndependent() throws IOException {
    check("WATCH k", "+OK|");
    assertEquals("+OK|", other.ask("WATCH k"));
    assertEquals("+OK|", other.ask("UNWATCH"));
    other.ask("SET k 1");
    checkWatch("the other's watch has ended", true);
  }

  // ======== Memory ========

  private long held() throws IOException {
    return heldBytes(other);
  }

  @Test
  void queuedCommandsAndWatchedKeysAreChargedUntilTheyEnd() throws IOException {
    long before = held();
    client.ask("WATCH " + "w".repeat(60_000));
    assertTrue(held() - before > 60_000, "watched: " + (held() - before));
    client.ask("MULTI");
    for (int i = 0; i < 10; i++) {
      check("SET k " + "x".repeat(50_000), "+QUEUED|");
    }
    assertTrue(held() - before > 560_000, "queued: " + (held() - before));
    client.ask("EXEC");
    assertEquals(before, held());
    client.ask("WATCH " + "w".repeat(60_000));
    client.ask("MULTI");
    client.ask("SET k 1");
    client.ask("DISCARD");
    assertEquals(before, held());
  }

  @Test
  void aConnectionThatClosesLeavesNoWatch() throws IOException {
    check("WATCH k", "+OK|");
    check("MULTI", "+OK|");
    check("SET a 1", "+QUEUED|");
    client.reset();
    while (server.context().connections().size() > 1) {
      Thread.onSpinWait();
    }
    assertEquals("+OK|", other.ask("SET k 1"));
    assertEquals("$-1|", other.ask("GET a"));
  }
}
