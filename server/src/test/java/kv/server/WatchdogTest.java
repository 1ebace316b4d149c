package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import kv.server.core.Budget;
import kv.server.core.Settings;
import kv.server.core.Watchdog;
import kv.server.resp.RespWire;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The watchdog notices a server that can no longer answer, and the process ends. */
class WatchdogTest {
  private static final long PATIENCE_SECONDS = 30;

  @TempDir Path directory;

  private final BlockingQueue<String> faults = new LinkedBlockingQueue<>();
  private final EventLoop loop = new DefaultEventLoop();
  private Watchdog watch;
  private volatile boolean released;

  private void watch(long maxCpuNanos) {
    watch = new Watchdog(loop, maxCpuNanos, faults::add);
  }

  @AfterEach
  void end() {
    if (watch != null) {
      watch.close();
    }
    released = true;
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private String firstFault() throws InterruptedException {
    return faults.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void aLoopThatSpinsIsReported() throws Exception {
    watch(TimeUnit.MILLISECONDS.toNanos(50));
    loop.execute(
        () -> {
          while (!released) {
            Thread.onSpinWait();
          }
        });
    assertEquals("the event loop spins", firstFault());
  }

  @Test
  void aLoopThatWaitsLongIsNotReported() throws Exception {
    watch(TimeUnit.MILLISECONDS.toNanos(50));
    loop.submit(
            () -> {
              Thread.sleep(300);
              return null;
            })
        .get();
    assertEquals(List.of(), List.copyOf(faults));
  }

  @Test
  void aLoopThatEndsIsReported() throws Exception {
    watch(Watchdog.MAX_CPU_NANOS);
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    assertEquals("the event loop ended", firstFault());
  }

  @Test
  void aServerThatIsClosedIsNotReported() throws Exception {
    serve().close();
    assertEquals(List.of(), List.copyOf(faults));
  }

  private Server serve() throws IOException {
    return Server.start(
        Settings.of(directory).sync(Settings.Sync.no).segmentSize(1 << 20).build(),
        new Budget(Budget.defaultLimit()),
        faults::add);
  }

  @Test
  void anErrorInTheLoopsOwnCodeIsReportedAndTheServerCanBeClosed() throws Exception {
    try (Server server = serve();
        RespWire client = new RespWire(server.respPort())) {
      assertEquals("+OK|", client.ask("SET a 1"));
      server.context().loop().execute(FaultyServer::breakLoop);
      assertEquals("the event loop ended", firstFault());
    }
    try (Server server = serve();
        RespWire client = new RespWire(server.respPort())) {
      assertEquals("$1|1|", client.ask("GET a"));
    }
  }

  @Test
  void anErrorInATaskEndsOnlyTheTask() throws Exception {
    try (Server server = serve();
        RespWire client = new RespWire(server.respPort())) {
      server
          .context()
          .loop()
          .execute(
              () -> {
                throw new InternalError("only a test");
              });
      assertEquals("+PONG|", client.ask("PING"));
      assertEquals(List.of(), List.copyOf(faults));
    }
  }

  /** Netty closes a port if accept throws anything but an IOException. */
  @Test
  void aPortThatIsClosedIsReported() throws Exception {
    try (Server server = serve()) {
      server.listeners().get(0).close();
      assertEquals("the port for RESP was closed", firstFault());
    }
  }

  @Test
  void anErrorInTheLoopsOwnCodeEndsTheProcessWithAStatusAndALogLine() throws Exception {
    try (ChildServer server = new ChildServer(FaultyServer.class, directory, "always");
        RespWire client = server.connect();
        RespWire other = server.connect()) {
      assertEquals("+OK|", client.ask("SET a 1"));
      assertEquals("*1|$1|a|", other.ask("KEYS *"));
      server.type("break");
      List<String> log = server.log();
      assertEquals(3, server.status(), log.toString());
      assertTrue(
          log.stream().anyMatch(l -> l.contains("ERROR the event loop ended")), log.toString());
      assertTrue(log.get(log.size() - 1).endsWith("stopped"), log.toString());
    }
    try (ChildServer server = new ChildServer(directory, "always");
        RespWire client = server.connect()) {
      assertEquals("$1|1|", client.ask("GET a"));
    }
  }
}
