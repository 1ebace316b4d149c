package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.BatchResult;
import org.redisson.api.RBatch;
import org.redisson.api.RBucket;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redisson with its defaults: a pool of connections, and scripts for most of its objects. */
class RedissonTest extends ClientFixture {
  /** Time for a call to fail that the server cannot serve: Redisson repeats some. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private RedissonClient redisson;

  @BeforeEach
  void connectRedisson() {
    Config config = new Config();
    config.setCodec(StringCodec.INSTANCE);
    config.useSingleServer().setAddress("redis://127.0.0.1:" + port());
    redisson = Redisson.create(config);
  }

  @AfterEach
  void closeRedisson() {
    redisson.shutdown(0, 5, java.util.concurrent.TimeUnit.SECONDS);
  }

  @Test
  void setsGetsAndDeletes() {
    RBucket<String> os = redisson.getBucket("os");
    os.set("linux");
    assertEquals("linux", os.get());
    assertEquals("linux", os.getAndSet("bsd"));
    assertFalse(os.setIfAbsent("mac"));
    assertTrue(os.setIfExists("mac"));
    assertTrue(os.isExists());
    assertTrue(os.delete());
    assertNull(os.get());
    redisson.getBuckets().set(java.util.Map.of("a", "1", "b", "2"));
    assertEquals("2", redisson.getBuckets().get("a", "b").get("b"));
    assertEquals(2, redisson.getKeys().delete("a", "b"));
  }

  @Test
  void counts() {
    assertEquals(1, redisson.getAtomicLong("n").incrementAndGet());
    assertEquals(8, redisson.getAtomicLong("n").addAndGet(7));
    assertEquals(7, redisson.getAtomicLong("n").decrementAndGet());
    assertEquals(7, redisson.getAtomicLong("n").get());
  }

  @Test
  void pipelines() {
    RBatch batch = redisson.createBatch();
    for (int i = 0; i < MANY_KEYS; i++) {
      batch.getBucket("key" + i).setAsync("value" + i);
    }
    batch.getBucket("key7").getAsync();
    BatchResult<?> result = batch.execute();
    assertEquals("value7", result.getResponses().get(MANY_KEYS));
  }

  @Test
  void runsTransactions() {
    RBatch batch =
        redisson.createBatch(
            BatchOptions.defaults().executionMode(BatchOptions.ExecutionMode.IN_MEMORY_ATOMIC));
    batch.getAtomicLong("n").incrementAndGetAsync();
    batch.getAtomicLong("n").incrementAndGetAsync();
    assertEquals(List.of(1L, 2L), batch.execute().getResponses());
  }

  @Test
  void scansAllKeys() {
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < MANY_KEYS; i++) {
      expected.add("key" + i);
    }
    RBatch batch = redisson.createBatch();
    expected.forEach(key -> batch.getBucket(key).setAsync(""));
    batch.execute();
    Set<String> found = new HashSet<>();
    redisson.getKeys().getKeys().forEach(found::add);
    assertEquals(expected, found);
    assertEquals(MANY_KEYS, redisson.getKeys().count());
  }

  @Test
  void survivesARestart() throws Exception {
    RBucket<String> bucket = redisson.getBucket("k");
    bucket.set("v");
    restart();
    assertEquals("v", afterReconnect(bucket::get));
    bucket.set("w");
  }

  @Test
  void getsAnErrorForAnExpiry() {
    RBucket<String> bucket = redisson.getBucket("k");
    String message =
        failure(
            () -> {
              bucket.set("v", Duration.ofSeconds(60));
              return null;
            });
    assertTrue(message.contains("not supported"), message);
    assertNull(bucket.get());
  }

  /**
   * A lock is a script, and the server has none. Redisson repeats a script without end, and without
   * a pause, while the error begins with "ERR unknown command". Any other error ends the call.
   */
  @Test
  void failsToLock() {
    RLock lock = redisson.getLock("lock");
    String message = failure(lock::tryLock);
    assertTrue(message.contains("not supported"), message);
  }

  /** Returns the message of a call that must fail, and not hang. */
  private static String failure(Supplier<Object> call) {
    return assertTimeoutPreemptively(
        PATIENCE, () -> assertThrows(RedisException.class, call::get).getMessage());
  }
}
