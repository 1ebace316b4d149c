package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Clients through twemproxy 0.5.0, which hangs up on HELLO, CLIENT, INFO, SELECT, QUIT, ECHO and on
 * inline commands: with their defaults or, where these commands are sent, with others.
 */
@Tag("clients")
class TwemproxyTest extends ProgramFixture {
  private Process proxy;
  private int front;

  @BeforeEach
  void startProxy() throws Exception {
    ClientPrograms.require("nutcracker", "nutcracker");
    front = RedisProcess.freePort();
    Path configuration =
        Files.writeString(
            work.resolve("nutcracker.yml"),
            String.format(
                Locale.ROOT,
                """
                kv:
                  listen: 127.0.0.1:%d
                  redis: true
                  hash: fnv1a_64
                  distribution: ketama
                  timeout: 2000
                  servers:
                    - 127.0.0.1:%d:1
                """,
                front,
                port()));
    proxy =
        new ProcessBuilder(
                "/usr/sbin/nutcracker",
                "-c",
                configuration.toString(),
                "-a",
                "127.0.0.1",
                "-s",
                "" + RedisProcess.freePort())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("nutcracker.log").toFile())
            .start();
    afterReconnect(
        () -> {
          new RespWire(front).close();
          return true;
        });
  }

  @AfterEach
  void stopProxy() throws Exception {
    proxy.destroy();
    proxy.waitFor(10, TimeUnit.SECONDS);
    proxy.destroyForcibly();
  }

  @Test
  void servesJedisWithoutHelloAndClient() {
    try (Jedis jedis = new Jedis("127.0.0.1", front)) {
      assertEquals("OK", jedis.set("k", "v"));
    }
    try (RedisClient jedis =
        RedisClient.builder()
            .hostAndPort("127.0.0.1", front)
            .clientConfig(
                DefaultJedisClientConfig.builder()
                    .serverDefaultProtocol()
                    .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                    .build())
            .build()) {
      assertEquals("v", jedis.get("k"));
    }
    try (RedisClient defaults = RedisClient.create("127.0.0.1", front)) {
      assertThrows(JedisConnectionException.class, () -> defaults.get("k"));
    }
  }

  @Test
  void servesLettuceWithoutHelloAndClient() {
    RedisURI uri =
        RedisURI.builder()
            .withHost("127.0.0.1")
            .withPort(front)
            .withLibraryName("")
            .withLibraryVersion("")
            .build();
    io.lettuce.core.RedisClient lettuce = io.lettuce.core.RedisClient.create(uri);
    lettuce.setOptions(
        ClientOptions.builder()
            .protocolVersion(ProtocolVersion.RESP2)
            .maintNotificationsConfig(MaintNotificationsConfig.disabled())
            .build());
    try (StatefulRedisConnection<String, String> connection = lettuce.connect()) {
      assertEquals("OK", connection.sync().set("k", "v"));
      assertEquals("v", connection.sync().get("k"));
    } finally {
      lettuce.shutdown(Duration.ZERO, Duration.ofSeconds(5));
    }
  }

  @Test
  void servesRedissonWithItsDefaults() {
    Config config = new Config();
    config.useSingleServer().setAddress("redis://127.0.0.1:" + front);
    RedissonClient redisson = Redisson.create(config);
    try {
      redisson.getBucket("k").set("v");
      assertEquals("v", redisson.getBucket("k").get());
    } finally {
      redisson.shutdown(0, 5, TimeUnit.SECONDS);
    }
  }

  @Test
  void servesNpmsClientsWithoutHelloClientAndInfo() throws Exception {
    Path folder = npm();
    String program = folder.resolve("twemproxy.mjs").toString();
    ClientPrograms.run(90, null, "node", program, "" + front).checked();
  }

  @Test
  void servesRedisCliAndRedisPyWithTheirDefaults() throws Exception {
    String[] cli = {"redis-cli", "-p", "" + front, "set", "k", "v"};
    assertEquals("OK\n", ClientPrograms.output(cli));
    String python = "import redis; print(redis.Redis(port=" + front + ").get('k'))";
    assertEquals("b'v'\n", ClientPrograms.output("/usr/bin/python3", "-c", python));
  }
}
