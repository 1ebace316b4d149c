package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HAProxy's health checks for Redis: the server is up, and requests reach it. */
@Tag("clients")
class HaproxyTest extends ProgramFixture {
  /** The checks: HAProxy's own, and the usual one that looks for a primary server. */
  private static final String REDIS_CHECK = "  option redis-check\n";

  private static final String PRIMARY_CHECK =
      """
        option tcp-check
        tcp-check connect
        tcp-check send PING\\r\\n
        tcp-check expect string +PONG
        tcp-check send info\\ replication\\r\\n
        tcp-check expect string role:master
        tcp-check send QUIT\\r\\n
        tcp-check expect string +OK
      """;

  @ParameterizedTest
  @ValueSource(strings = {REDIS_CHECK, PRIMARY_CHECK})
  void callsTheServerUp(String check) throws Exception {
    ClientPrograms.require("haproxy", "haproxy");
    int front = RedisProcess.freePort();
    Path configuration =
        Files.writeString(
            work.resolve("haproxy.cfg"),
            String.format(
                Locale.ROOT,
                """
                defaults
                  mode tcp
                  timeout connect 5s
                  timeout client 30s
                  timeout server 30s
                listen kv
                  bind 127.0.0.1:%d
                %s  default-server inter 100ms rise 2 fall 1
                  server kv 127.0.0.1:%d check
                """,
                front,
                check,
                port()));
    Process haproxy =
        new ProcessBuilder("/usr/sbin/haproxy", "-db", "-f", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("haproxy.log").toFile())
            .start();
    try {
      assertEquals("+PONG|", afterReconnect(() -> ping(front)));
      // Several checks later the server is still up.
      Thread.sleep(1000);
      assertEquals("+PONG|", ping(front));
      String log = Files.readString(work.resolve("haproxy.log"));
      assertFalse(log.contains("DOWN"), log);
    } finally {
      haproxy.destroy();
      haproxy.waitFor(10, TimeUnit.SECONDS);
      haproxy.destroyForcibly();
    }
  }

  private static String ping(int port) throws IOException {
    try (RespWire wire = new RespWire(port)) {
      return wire.ask("ping");
    }
  }
}
