package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import kv.engine.SyncedDisk;
import kv.server.Server;
import kv.server.ServerFixture;
import kv.server.core.Settings;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read over HTTP from a server that syncs always. */
class HttpSyncTest {
  @TempDir private Path folder;

  private Server serve() throws IOException {
    return Server.start(
        Settings.of(folder).sync(Settings.Sync.always).segmentSize(1 << 20).build());
  }

  /** How many fsyncs there were; those of a test's preparations do not count. */
  private final AtomicInteger syncs = new AtomicInteger(Integer.MIN_VALUE);

  /** Opened when the first fsync has begun, and when it may end. */
  private final CountDownLatch syncing = new CountDownLatch(1);

  private final CountDownLatch goOn = new CountDownLatch(1);

  /**
   * While the server is in an fsync, somebody puts a value, and somebody else gets it: both are
   * done in the next turn, whose fsync fails.
   */
  @Test
  void aValueThatIsNotDurableIsNotShown() throws Exception {
    SyncedDisk disk = disk(HttpSyncTest::fail);
    Server server = serve();
    try (HttpWire first = new HttpWire(server.httpPort());
        HttpWire writer = new HttpWire(server.httpPort());
        HttpWire reader = new HttpWire(server.httpPort())) {
      server.context().store().put(bytes("os"), bytes("mac"));
      server.context().store().sync();
      syncs.set(0);
      first.send("PUT", "/kv/editor", bytes("vim"));
      syncing.await();
      writer.send("PUT", "/kv/os", bytes("linux"));
      reader.send("GET", "/kv/os", null);
      goOn.countDown();
      assertEquals(201, first.reply().status());
      assertEquals(500, writer.reply().status());
      assertEquals(500, reader.reply().status());
    } finally {
      disk.remove();
      ServerFixture.closeFailed(server);
    }
  }

  /** A list is made by the worker, and there it may have seen what is not durable yet. */
  @Test
  void aListDoesNotShowWhatIsNotDurable() throws Exception {
    SyncedDisk disk = disk(HttpSyncTest::fail);
    Server server = serve();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch listed = new CountDownLatch(1);
    try (HttpWire writer = new HttpWire(server.httpPort());
        RespWire lister = new RespWire(server.respPort());
        RespWire last = new RespWire(server.respPort());
        HttpWire reader = new HttpWire(server.httpPort())) {
      server.context().store().put(bytes("os"), bytes("mac"));
      server.context().store().sync();
      server.context().worker().run(() -> wait(asked), (result, failure) -> {});
      // In this order for the worker, which is kept from all three.
      server
          .context()
          .worker()
          .run(() -> server.context().store().delete(bytes("os")), (result, failure) -> {});
      lister.ask("PING");
      lister.send(RespWire.request("KEYS *"));
      last.ask("PING");
      reader.send("GET", "/kv", null);
      last.ask("PING");
      syncs.set(0);
      writer.send("PUT", "/kv/editor", bytes("vim"));
      syncing.await();
      // The event loop is in an fsync. When it goes on, the worker has done all three.
      server
          .context()
          .worker()
          .run(
              () -> {
                listed.countDown();
                return null;
              },
              (result, failure) -> {});
      asked.countDown();
      listed.await();
      goOn.countDown();
      assertEquals(201, writer.reply().status());
      assertTrue(lister.reply().startsWith("-ERR "));
      assertEquals(500, reader.reply().status());
    } finally {
      disk.remove();
      ServerFixture.closeFailed(server);
    }
  }

  /** What waits for an fsync is in the budget: many may wait. */
  @Test
  void aValueThatWaitsIsCharged() throws Exception {
    AtomicLong used = new AtomicLong();
    AtomicReference<Server> serverOrNot = new AtomicReference<>();
    SyncedDisk disk = disk(() -> used.set(serverOrNot.get().context().budget().used()));
    try (Server server = serve();
        HttpWire first = new HttpWire(server.httpPort());
        HttpWire writer = new HttpWire(server.httpPort());
        HttpWire reader = new HttpWire(server.httpPort())) {
      serverOrNot.set(server);
      server.context().store().put(bytes("os"), new byte[100_000]);
      server.context().store().sync();
      syncs.set(0);
      first.send("PUT", "/kv/editor", bytes("vim"));
      syncing.await();
      writer.send("PUT", "/kv/shell", bytes("bash"));
      reader.send("GET", "/kv/os", null);
      goOn.countDown();
      assertEquals(200, reader.reply().status());
      assertEquals(201, writer.reply().status());
      assertTrue(used.get() >= 100_000, used + " bytes");
      // A client may have its reply some time before the event loop knows that it was sent.
      ServerFixture.await(() -> server.context().budget().used() == 0);
    } finally {
      disk.remove();
    }
  }

  /** A disk whose first fsync takes until it may end, and whose second one does something else. */
  private SyncedDisk disk(Runnable atSecondSync) {
    return new SyncedDisk(
        () -> {
          int sync = syncs.incrementAndGet();
          if (sync == 1) {
            syncing.countDown();
            wait(goOn);
          } else if (sync == 2) {
            atSecondSync.run();
          }
        });
  }

  private static void fail() {
    throw new UncheckedIOException(new IOException("the disk says no"));
  }

  private static Void wait(CountDownLatch latch) {
    try {
      latch.await();
      return null;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
