package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import kv.engine.FailingDisk;
import kv.engine.Options;
import kv.engine.Store;
import kv.server.Server;
import kv.server.core.Settings;
import kv.server.core.Turn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** With a full or failing disk, clients get an error, and never an acknowledgement. */
class FailingDiskTest extends RespFixture {
  private final FailingDisk disk = new FailingDisk();

  @Override
  protected Settings.Builder settings() {
    return super.settings().sync(Settings.Sync.always);
  }

  @AfterEach
  void removeDisk() {
    disk.remove();
  }

  /** Puts until a put needs more space than was reserved, and returns its reply. */
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
  void onAFullDiskAPutIsAnErrorAndTheConnectionStaysOpen() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    disk.fill();
    assertEquals("-MISCONF the write failed: the disk says no|", firstError());
    assertEquals("$1|1|", client.ask("GET a"));
    disk.empty();
    assertEquals("+OK|", client.ask("SET a 2"));
    assertEquals("$1|2|", client.ask("GET a"));
  }

  /** The Error may have interrupted any code, so the connection ends; the server does not. */
  @Test
  void anErrorThrownByTheStoreIsTheLastReplyOfItsConnection() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    try (RespWire other = connect()) {
      disk.fillWith(new NoClassDefFoundError("only a test"));
      String big = "x".repeat(200_000);
      client.send(RespWire.request("SET big " + big)).send(RespWire.request("GET a"));
      String reply = client.rest();
      assertTrue(reply.matches("-MISCONF [^|]+\\|"), reply);
      assertEquals("$1|1|", other.ask("GET a"));
    }
    disk.empty();
    closeFailed(server);
  }

  @Test
  void anErrorInAJobOfTheWorkerIsTheReplyToItsRequest() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    assertEquals("+OK|", client.ask("SET a 2"));
    disk.failMergesWith(new NoClassDefFoundError("only a test"));
    assertEquals("-ERR only a test|", client.ask("COMPACT"));
    assertEquals("$1|2|", client.ask("GET a"));
  }

  @Test
  void aWriteWhoseSyncFailsIsNotAcknowledgedAndNeitherIsAnyOther() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    disk.failSyncs();
    // In one turn: neither the write nor a read that shows it gets its normal reply.
    client.send(
        RespWire.text(RespWire.request("SET a 2"))
            + RespWire.text(RespWire.request("GET a"))
            + RespWire.text(RespWire.request("MGET a b")));
    for (int i = 0; i < 3; i++) {
      assertEquals("-MISCONF the write failed: the disk says no|", client.reply());
    }
    disk.empty();
    String failed = "-MISCONF the write failed: the store in ";
    for (String request : new String[] {"SET a 3", "DEL a", "FLUSHALL", "PING"}) {
      assertTrue(client.ask(request).startsWith(failed), request);
    }
    assertTrue(client.ask("COMPACT").startsWith("-ERR the store in "));
    // Reads continue. They show all puts, acknowledged or not.
    assertEquals("$1|2|", client.ask("GET a"));
    assertEquals("*2|$1|2|$-1|", client.ask("MGET a b"));
    assertEquals(":1|", client.ask("DBSIZE"));
    assertEquals("*1|$1|a|", client.ask("KEYS *"));
    String info = client.ask("INFO persistence");
    assertTrue(info.contains("\r\naof_last_write_status:err\r\n"), info);
    assertTrue(info.contains("\r\nstore_failure:the store in "), info);
    // Closing reports the failure, too.
    assertThrows(IOException.class, server::close);
  }

  @Test
  void aMultiInAFailedTurnStartsNoTransaction() throws IOException {
    assertEquals("+OK|", client.ask("SET a 1"));
    disk.failSyncs();
    client.send(
        RespWire.text(RespWire.request("SET a 2")) + RespWire.text(RespWire.request("MULTI")));
    assertTrue(client.reply().startsWith("-MISCONF "));
    assertTrue(client.reply().startsWith("-MISCONF "));
    disk.empty();
    assertEquals("$1|2|", client.ask("GET a"));
    assertThrows(IOException.class, server::close);
  }

  @Test
  void writesAcknowledgedBeforeAFailureSurviveIt() throws IOException {
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
        "-MISCONF the write failed: the disk says no|",
        client.ask("MSET b BIG c BIG d BIG e BIG f BIG g BIG h BIG".replace("BIG", big)));
    assertEquals("+PONG|", client.ask("PING"));
  }

  /** No client waits for this sync. So the next request gets the error, and it is logged. */
  @Test
  void withEverysecTheNextRequestReportsAFailedSync() throws Exception {
    assertEquals("+OK|", client.ask("SET a 1"));
    server.close();
    List<String> logged = Collections.synchronizedList(new ArrayList<>());
    Logger log = (Logger) LoggerFactory.getLogger(Turn.class);
    AppenderBase<ILoggingEvent> appender =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            logged.add(event.getFormattedMessage());
          }
        };
    appender.start();
    log.addAppender(appender);
    log.setLevel(Level.ERROR);
    log.setAdditive(false);
    try (Server everysec = Server.start(settings().sync(Settings.Sync.everysec).build());
        RespWire wire = new RespWire(everysec.respPort())) {
      assertEquals("+OK|", wire.ask("SET a 2"));
      disk.failSyncs();
      String reply = "+OK|";
      while (reply.equals("+OK|")) {
        reply = wire.ask("SET a 3");
        Thread.sleep(10);
      }
      String failed = "-MISCONF the write failed: the store in ";
      assertTrue(reply.startsWith(failed), reply);
      assertTrue(wire.ask("PING").startsWith(failed));
      assertTrue(wire.ask("GET a").startsWith("$1|"));
      assertEquals(List.of("the store failed: no further write is acknowledged"), logged);
      disk.empty();
      assertThrows(IOException.class, everysec::close);
    } finally {
      log.detachAppender(appender);
      log.setLevel(null);
      log.setAdditive(true);
    }
  }
}
