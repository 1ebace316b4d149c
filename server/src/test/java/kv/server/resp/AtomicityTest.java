package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Concurrent commands of several clients act as if they ran one after the other. */
class AtomicityTest extends RespFixture {
  private static final int CLIENTS = 8;

  /** Runs a task in several threads at once, and returns the results. */
  private <T> List<T> allAtOnce(Callable<T> task) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<T>> started = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        started.add(threads.submit(task));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : started) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void ofSeveralSetnxOneWins() throws Exception {
    List<Integer> wins =
        allAtOnce(
            () -> {
              int won = 0;
              try (RespWire wire = connect()) {
                for (int i = 0; i < 300; i++) {
                  won += wire.ask("SETNX key" + i + " v").equals(":1|") ? 1 : 0;
                }
              }
              return won;
            });
    assertEquals(300, wins.stream().mapToInt(Integer::intValue).sum());
  }

  @Test
  void ofSeveralGetdelOneGetsTheValue() throws Exception {
    for (int i = 0; i < 300; i++) {
      client.ask("SET key" + i + " v");
    }
    List<Integer> got =
        allAtOnce(
            () -> {
              int mine = 0;
              try (RespWire wire = connect()) {
                for (int i = 0; i < 300; i++) {
                  mine += wire.ask("GETDEL key" + i).equals("$1|v|") ? 1 : 0;
                }
              }
              return mine;
            });
    assertEquals(300, got.stream().mapToInt(Integer::intValue).sum());
  }

  @Test
  void noClientSeesHalfAnMset() throws Exception {
    client.ask("MSET a 0 b 0");
    AtomicBoolean done = new AtomicBoolean();
    Thread writer =
        new Thread(
            () -> {
              try (RespWire wire = connect()) {
                for (int i = 1; i <= 500; i++) {
                  wire.ask("MSET a " + i + " b " + i);
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } finally {
                done.set(true);
              }
            });
    writer.start();
    while (!done.get()) {
      String[] values = client.ask("MGET a b").split("\\|");
      assertEquals(values[2], values[4]);
    }
    writer.join();
    assertTrue(client.ask("GET b").contains("500"));
  }
}
