package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** Jedis with its defaults. */
class JedisTest extends ClientFixture {
  private RedisClient jedis;

  @BeforeEach
  void connectJedis() {
    jedis = RedisClient.create("127.0.0.1", port());
  }

  @AfterEach
  void closeJedis() {
    jedis.close();
  }

  @Test
  @SuppressWarnings(
      "deprecation") // The command that Redis wants people to use instead has options.
  void setsGetsAndDeletesStrings() {
    assertEquals("PONG", jedis.ping());
    assertEquals("OK", jedis.set("os", "linux"));
    assertEquals("linux", jedis.get("os"));
    assertEquals(5, jedis.strlen("os"));
    assertTrue(jedis.exists("os"));
    assertEquals(0, jedis.setnx("os", "mac"));
    assertEquals("linux", jedis.getDel("os"));
    assertNull(jedis.get("os"));
    assertFalse(jedis.exists("os"));
    assertEquals(0, jedis.del("os"));
  }

  @Test
  void setsAndGetsManyAtOnce() {
    assertEquals("OK", jedis.mset("a", "1", "b", "2"));
    assertEquals(Arrays.asList("1", null, "2"), jedis.mget("a", "x", "b"));
    assertEquals(2, jedis.exists("a", "b", "x"));
    assertEquals(2, jedis.dbSize());
    assertEquals(2, jedis.del("a", "b", "x"));
    assertEquals("OK", jedis.flushAll());
    assertEquals(0, jedis.dbSize());
  }

  @Test
  void keepsBytesAsTheyAre() {
    byte[] key = {0, '\r', '\n', (byte) 0xff};
    byte[] value = new byte[100_000];
    new Random(1).nextBytes(value);
    jedis.set(key, value);
    assertArrayEquals(value, jedis.get(key));
    jedis.set("gr\u00fc\u00dfe", "\u4f60\u597d");
    assertEquals("\u4f60\u597d", jedis.get("gr\u00fc\u00dfe"));
  }

  @Test
  void pipelinesThousandsOfCommands() {
    List<Response<String>> values = new ArrayList<>();
    try (Pipeline pipeline = jedis.pipelined()) {
      for (int i = 0; i < 5000; i++) {
        pipeline.set("key" + i, "value" + i);
        values.add(pipeline.get("key" + i));
      }
      pipeline.sync();
    }
    for (int i = 0; i < values.size(); i++) {
      assertEquals("value" + i, values.get(i).get());
    }
  }

  @Test
  void scansAllKeys() {
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      jedis.set("key" + i, "");
      expected.add("key" + i);
    }
    jedis.set("other", "");
    Set<String> found = new TreeSet<>();
    String cursor = ScanParams.SCAN_POINTER_START;
    do {
      ScanResult<String> page = jedis.scan(cursor, new ScanParams().match("key*").count(7));
      found.addAll(page.getResult());
      cursor = page.getCursor();
    } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    assertEquals(expected, found);
    assertEquals(expected, new TreeSet<>(jedis.keys("key*")));
  }

  @Test
  void runsTransactions() {
    try (AbstractTransaction transaction = jedis.multi()) {
      transaction.set("n", "1");
      transaction.incr("n");
      assertEquals(Arrays.asList("OK", 2L), transaction.exec());
    }
  }

  @Test
  void discardsATransactionWhoseKeyAnotherClientChanged() throws Exception {
    try (AbstractTransaction transaction = jedis.transaction(false)) {
      transaction.watch("n");
      client.ask("set n 7");
      transaction.multi();
      transaction.incr("n");
      assertNull(transaction.exec());
    }
    assertEquals("7", jedis.get("n"));
  }

  @Test
  void survivesARestart() throws Exception {
    jedis.set("k", "v");
    restart();
    assertEquals("v", afterReconnect(() -> jedis.get("k")));
  }

  @Test
  void getsAnErrorForAnExpiry() {
    JedisDataException error =
        assertThrows(JedisDataException.class, () -> jedis.set("k", "v", new SetParams().ex(10)));
    assertTrue(error.getMessage().contains("EX is not supported"), error.getMessage());
    assertNull(jedis.get("k"));
  }

  @Test
  void getsAnErrorForAScript() {
    assertThrows(JedisDataException.class, () -> jedis.eval("return 1"));
  }
}
