package kv.server.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import kv.engine.Options;
import kv.engine.Store;
import kv.engine.SyncedDisk;
import kv.server.Server;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replies are sent after the turn's sync. */
class TurnTest {
  @TempDir Path directory;

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final SyncedDisk disk = new SyncedDisk(this::synced);
  private final EventLoop loop = new DefaultEventLoop();
  private volatile boolean failing;

  private void synced() {
    if (failing) {
      throw new OutOfMemoryError("only a test");
    }
    events.add("sync");
  }

  @AfterEach
  void end() {
    disk.remove();
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Returns the events of one turn with three clients, in order. */
  private List<String> turn(boolean syncs, boolean writes) throws Exception {
    try (Store store = Store.open(directory, Options.DEFAULT.withSync(Options.SyncPolicy.NEVER))) {
      store.put(new byte[1], new byte[1]);
      store.sync();
      events.clear();
      Turn turn = new Turn(loop, new EngineStore(store), syncs);
      loop.submit(
              () -> {
                for (int client = 1; client <= 3; client++) {
                  if (writes) {
                    store.put(new byte[] {(byte) client}, new byte[0]);
                  }
                  String reply = "reply " + client;
                  turn.atEnd(waiter(failure -> events.add(reply)));
                  events.add("run " + client);
                }
                return null;
              })
          .get();
      loop.submit(() -> null).get();
      return List.copyOf(events);
    }
  }

  @Test
  void withAlwaysOneSyncComesAfterAllCommandsOfATurnAndBeforeAllReplies() throws Exception {
    assertEquals(
        List.of("run 1", "run 2", "run 3", "sync", "reply 1", "reply 2", "reply 3"),
        turn(true, true));
  }

  @Test
  void aTurnWithoutAWriteNeedsNoSync() throws Exception {
    assertEquals(
        List.of("run 1", "run 2", "run 3", "reply 1", "reply 2", "reply 3"), turn(true, false));
  }

  @Test
  void withTheOtherPoliciesNoClientWaitsForTheDisk() throws Exception {
    assertEquals(
        List.of("run 1", "run 2", "run 3", "reply 1", "reply 2", "reply 3"), turn(false, true));
  }

  @Test
  void everyReplyOfATurnWhoseSyncFailsIsAnErrorAndLaterRepliesAreSent() throws Exception {
    Store store = Store.open(directory, Options.DEFAULT.withSync(Options.SyncPolicy.NEVER));
    store.put(new byte[1], new byte[1]);
    store.sync();
    store.put(new byte[0], new byte[0]);
    events.clear();
    failing = true;
    Turn turn = new Turn(loop, new EngineStore(store), true);
    for (int i = 1; i <= 2; i++) {
      loop.submit(() -> turn.atEnd(waiter(failure -> events.add("failed: " + (failure != null)))))
          .get();
      loop.submit(() -> null).get();
    }
    assertEquals(List.of("failed: true", "failed: false"), events);
    assertThrows(IOException.class, () -> store.put(new byte[0], new byte[0]));
    assertThrows(IOException.class, store::close);
  }

  /** A waiter may throw an error, for example without memory. */
  @Test
  void aConnectionThatCannotReplyIsClosedAndTheOthersReply() throws Exception {
    try (Store store = Store.open(directory)) {
      Turn turn = new Turn(loop, new EngineStore(store), false);
      loop.submit(
              () -> {
                turn.atEnd(
                    waiter(
                        failure -> {
                          throw new OutOfMemoryError("only a test");
                        }));
                turn.atEnd(waiter(failure -> events.add("reply 2")));
              })
          .get();
      loop.submit(() -> null).get();
      assertEquals(List.of("closed: only a test", "reply 2"), events);
    }
  }

  private Turn.Waiter waiter(Consumer<Throwable> ends) {
    return new Turn.Waiter() {
      @Override
      public void turnEnds(Throwable failure) {
        ends.accept(failure);
      }

      @Override
      public void giveUp(Throwable cause) {
        events.add("closed: " + cause.getMessage());
      }
    };
  }

  @Test
  void everyKindOfWriteIsSyncedBeforeItsReplyAndNoReadIs() throws IOException {
    Settings settings =
        Settings.of(directory).sync(Settings.Sync.always).segmentSize(1 << 20).build();
    try (Server server = Server.start(settings);
        RespWire client = new RespWire(server.respPort())) {
      client.ask("SET first 1");
      for (String write :
          List.of(
              "SET a 1", "MSET b 1 c 2", "SETNX d 1", "DEL a", "GETDEL b", "SET e 1", "FLUSHDB")) {
        events.clear();
        client.ask(write);
        assertTrue(events.contains("sync"), write);
      }
      client.ask("SET a 1");
      events.clear();
      for (String read : List.of("GET a", "MGET a b", "EXISTS a", "STRLEN a", "KEYS *", "PING")) {
        client.ask(read);
        assertEquals(List.of(), List.copyOf(events), read);
      }
    }
  }
}
