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

/** Reads over HTTP from a server with --sync always. */
class HttpSyncTest {
  @TempDir private Path folder;

  private Server serve() throws IOException {
    return Server.start(
        Settings.of(folder).sync(Settings.Sync.always).segmentSize(1 << 20).build());
  }

  /** The number of fsyncs, without those of a test's preparation. */
  private final AtomicInteger syncs = new AtomicInteger(Integer.MIN_VALUE);

  /** Opened when the first fsync begins. */
  private final CountDownLatch syncing = new CountDownLatch(1);

  /** Opened when the first fsync may end. */
  private final CountDownLatch goOn = new CountDownLatch(1);

  /**
   * While the server is in an fsync, one client puts a value, and another gets it: both requests
   * run in the next turn, whose fsync fails.
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

  /** The worker makes the list, and may read a write that is not durable yet. */
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
      // In this order for the worker, which is still busy.
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
      // The event loop is in an fsync. When it continues, the worker has done all three jobs.
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

  /** A reply that waits for an fsync is charged to the budget, since many may wait. */
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
      // A client may receive its reply before the event loop knows that it was sent.
      ServerFixture.await(() -> server.context().budget().used() == 0);
    } finally {
      disk.remove();
    }
  }

  /** A disk whose first fsync waits for a latch, and whose second one runs an action. */
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
