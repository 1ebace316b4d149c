package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import kv.step5.SyncedDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read over HTTP from a server that syncs always. */
class HttpSyncTest {
  @TempDir private Path folder;

  /**
   * While the server is in an fsync, somebody puts a value, and somebody else gets it: both are
   * done in the next turn, whose fsync fails.
   */
  @Test
  void aValueThatIsNotDurableIsNotShown() throws Exception {
    // Those of the preparations do not count.
    AtomicInteger syncs = new AtomicInteger(Integer.MIN_VALUE);
    CountDownLatch syncing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    SyncedDisk disk =
        new SyncedDisk(
            () -> {
              int sync = syncs.incrementAndGet();
              if (sync == 1) {
                syncing.countDown();
                await(goOn);
              } else if (sync == 2) {
                throw new UncheckedIOException(new IOException("the disk says no"));
              }
            });
    Server server = HttpWire.serve(folder, 1 << 20, Settings.Sync.always);
    try (HttpWire first = new HttpWire(server.httpPort());
        HttpWire writer = new HttpWire(server.httpPort());
        HttpWire reader = new HttpWire(server.httpPort())) {
      server.store().put(bytes("os"), bytes("mac"));
      server.store().sync();
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
      try {
        server.close();
      } catch (IOException e) {
        // Of a store that has failed.
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
