package kv.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import kv.server.core.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server with an empty store, on free ports, for each test. */
public abstract class ServerFixture {
  /** Maximum time for a condition to become true. */
  private static final long PATIENCE_SECONDS = 20;

  /** The folder with the code of step 5, which a store of the reader's is made from. */
  public static final Path STEP_5 = Path.of("..", "step5-merge");

  @TempDir protected Path directory;

  protected Server server;

  @BeforeEach
  void startServer() throws IOException {
    server = serve();
  }

  /** Starts a server with {@link #settings}. A test may override either. */
  protected Server serve() throws IOException {
    return Server.start(settings().build());
  }

  /** Returns the settings for a server with small segments. */
  protected Settings.Builder settings() {
    return Settings.of(directory).sync(Settings.Sync.no).segmentSize(1 << 20);
  }

  @AfterEach
  void stopServer() throws IOException {
    server.close();
  }

  /** Closes a server whose store may have failed. */
  public static void closeFailed(Server server) {
    try {
      server.close();
    } catch (IOException e) {
      assertTrue(e.getMessage().startsWith("the store in "), e.getMessage());
    }
  }

  /** Waits until a condition is true. */
  public static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("the condition is still false after " + PATIENCE_SECONDS + " s");
      }
      Thread.sleep(10);
    }
  }

  /** Keeps the worker busy until the returned latch is counted down. Returns when it has begun. */
  protected CountDownLatch occupyWorker() throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    server
        .context()
        .worker()
        .run(
            () -> {
              started.countDown();
              release.await();
              return null;
            },
            (result, failure) -> {});
    started.await();
    return release;
  }
}
