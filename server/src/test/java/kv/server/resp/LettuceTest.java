package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.KeyValue;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lettuce with its defaults: RESP3, and commands that are sent without waiting for replies. */
class LettuceTest extends ClientFixture {
  private RedisClient lettuce;
  private StatefulRedisConnection<String, String> connection;
  private RedisCommands<String, String> commands;

  @BeforeEach
  void connectLettuce() {
    lettuce = RedisClient.create(RedisURI.create("127.0.0.1", port()));
    connection = lettuce.connect();
    commands = connection.sync();
  }

  @AfterEach
  void closeLettuce() {
    connection.close();
    lettuce.shutdown(Duration.ZERO, Duration.ofSeconds(5));
  }

  @Test
  @SuppressWarnings("deprecation") // GETSET is deprecated; older programs send it.
  void setsGetsAndDeletes() {
    assertEquals("PONG", commands.ping());
    assertEquals("OK", commands.set("os", "linux"));
    assertEquals("linux", commands.get("os"));
    assertEquals("string", commands.type("os"));
    assertEquals(-1, commands.ttl("os"));
    assertEquals("OK", commands.mset(Map.of("a", "1", "b", "2")));
    assertEquals(
        List.of(KeyValue.just("a", "1"), KeyValue.empty("x"), KeyValue.just("b", "2")),
        commands.mget("a", "x", "b"));
    assertEquals(43, commands.incrby("n", 43));
    assertEquals(42, commands.decr("n"));
    assertEquals("linux", commands.getset("os", "bsd"));
    assertEquals("sd", commands.getrange("os", 1, -1));
    assertNull(commands.set("os", "mac", SetArgs.Builder.nx()));
    assertEquals("bsd", commands.setGet("os", "mac", SetArgs.Builder.xx()));
    assertEquals(2, commands.unlink("os", "a", "x"));
    assertNull(commands.get("os"));
  }

  @Test
  void pipelines() throws Exception {
    List<RedisFuture<?>> futures = new ArrayList<>();
    for (int i = 0; i < MANY_KEYS; i++) {
      futures.add(connection.async().set("key" + i, "value" + i));
      futures.add(connection.async().get("key" + i));
    }
    assertTrue(
        LettuceFutures.awaitAll(20, TimeUnit.SECONDS, futures.toArray(new RedisFuture<?>[0])));
    assertEquals("value7", futures.get(15).get());
  }

  @Test
  void scansAllKeys() {
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < MANY_KEYS; i++) {
      expected.add("key" + i);
      commands.set("key" + i, "");
    }
    Set<String> found = new HashSet<>();
    KeyScanCursor<String> cursor = commands.scan(ScanArgs.Builder.limit(20));
    found.addAll(cursor.getKeys());
    while (!cursor.isFinished()) {
      cursor = commands.scan(cursor, ScanArgs.Builder.limit(20));
      found.addAll(cursor.getKeys());
    }
    assertEquals(expected, found);
  }

  @Test
  void runsTransactions() {
    commands.set("n", "1");
    commands.watch("n");
    assertEquals("OK", commands.multi());
    assertNull(commands.incr("n"));
    assertNull(commands.get("n"));
    TransactionResult result = commands.exec();
    assertFalse(result.wasDiscarded());
    assertEquals(List.of(2L, "2"), result.stream().toList());
  }

  @Test
  void discardsATransactionWhoseKeyAnotherClientChanged() throws Exception {
    commands.set("n", "1");
    commands.watch("n");
    client.ask("set n 7");
    commands.multi();
    commands.set("n", "2");
    assertTrue(commands.exec().wasDiscarded());
    assertEquals("7", commands.get("n"));
  }

  @Test
  void connectsWithResp2() {
    lettuce.setOptions(ClientOptions.builder().protocolVersion(ProtocolVersion.RESP2).build());
    try (StatefulRedisConnection<String, String> resp2 = lettuce.connect()) {
      assertEquals("OK", resp2.sync().set("k", "v"));
      assertEquals("v", resp2.sync().get("k"));
    }
  }

  @Test
  void survivesARestart() throws Exception {
    commands.set("k", "v");
    restart();
    assertEquals("v", afterReconnect(() -> commands.get("k")));
    assertEquals("OK", commands.set("k", "w"));
  }

  @Test
  void getsAnErrorForAnExpiry() {
    RedisCommandExecutionException error =
        assertThrows(
            RedisCommandExecutionException.class,
            () -> commands.set("k", "v", SetArgs.Builder.ex(60)));
    assertTrue(error.getMessage().contains("EX is not supported"), error.getMessage());
    assertThrows(RedisCommandExecutionException.class, () -> commands.expire("k", 60));
    assertNull(commands.get("k"));
  }

  @Test
  void getsAnErrorForAScript() {
    assertThrows(
        RedisCommandExecutionException.class,
        () -> commands.eval("return 1", ScriptOutputType.INTEGER));
  }

  @Test
  void getsAnErrorForPublish() {
    assertThrows(RedisCommandExecutionException.class, () -> commands.publish("channel", "text"));
  }
}
