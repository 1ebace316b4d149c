package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import kv.engine.Store;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that is ended under load, in several ways: no acknowledged write is lost. */
class KillTest {
  private static final int CLIENTS = 4;

  @TempDir Path directory;

  /** The number of acknowledged requests of each client. */
  private final AtomicIntegerArray acknowledged = new AtomicIntegerArray(CLIENTS);

  /** Starts clients that set a new key each time, and also the same key each time. */
  private Thread[] load(ChildServer server) {
    Thread[] threads = new Thread[CLIENTS];
    for (int c = 0; c < CLIENTS; c++) {
      int client = c;
      int first = acknowledged.get(c);
      threads[c] =
          new Thread(
              () -> {
                try (RespWire wire = server.connect()) {
                  for (int i = first; ; i++) {
                    String reply =
                        wire.ask(
                            "MSET k" + client + "-" + i + " v" + i + " last" + client + " " + i);
                    if (!reply.equals("+OK|")) {
                      return;
                    }
                    acknowledged.set(client, i + 1);
                  }
                } catch (IOException e) {
                  // The server is gone, as the test intends.
                }
              });
      threads[c].start();
    }
    return threads;
  }

  private void awaitAcknowledged(int more) throws InterruptedException {
    int[] enough = new int[CLIENTS];
    for (int c = 0; c < CLIENTS; c++) {
      enough[c] = acknowledged.get(c) + more;
    }
    for (int c = 0; c < CLIENTS; c++) {
      while (acknowledged.get(c) < enough[c]) {
        Thread.sleep(1);
      }
    }
  }

  private static void join(Thread[] threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void checkNothingIsLost() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int c = 0; c < CLIENTS; c++) {
        int count = acknowledged.get(c);
        for (int i = 0; i < count; i++) {
          assertEquals("v" + i, get(store, "k" + c + "-" + i));
        }
        int last = Integer.parseInt(get(store, "last" + c));
        // The next request was not acknowledged, so it may have run or not.
        assertTrue(last == count - 1 || last == count, last + " of " + count);
      }
    }
  }

  private static String get(Store store, String key) throws IOException {
    byte[] value = store.get(RespWire.bytes(key));
    return value == null ? null : new String(value, StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"everysec", "always"})
  void everyAcknowledgedSetSurvivesKillNine(String sync) throws Exception {
    for (int round = 1; round <= 2; round++) {
      try (ChildServer server = new ChildServer(directory, sync)) {
        Thread[] clients = load(server);
        awaitAcknowledged(200 * round);
        server.kill();
        join(clients);
        server.status();
      }
      checkNothingIsLost();
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no signal TERM")
  void theSignalTermStopsTheServerAndLosesNothing() throws Exception {
    List<String> log;
    try (ChildServer server = new ChildServer(directory, "everysec")) {
      Thread[] clients = load(server);
      awaitAcknowledged(200);
      server.terminate();
      join(clients);
      log = server.log();
      // The JVM's exit status after this signal.
      assertEquals(128 + 15, server.status(), log.toString());
    }
    assertTrue(log.get(log.size() - 1).endsWith("stopped"), log.toString());
    checkNothingIsLost();
  }
}
