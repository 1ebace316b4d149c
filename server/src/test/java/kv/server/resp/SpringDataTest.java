package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.cache.Cache;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.cache.BatchStrategies;
import org.springframework.data.redis.cache.BatchStrategy;
import org.springframework.data.redis.cache.RedisCacheConfiguration;
import org.springframework.data.redis.cache.RedisCacheManager;
import org.springframework.data.redis.cache.RedisCacheWriter;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.Cursor;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.ScanOptions;
import org.springframework.data.redis.core.SessionCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

/** Spring Data Redis with its default driver, and a cache of Spring's kept in this server. */
class SpringDataTest extends ClientFixture {
  private LettuceConnectionFactory factory;
  private StringRedisTemplate template;

  @BeforeEach
  void connectSpring() {
    factory = new LettuceConnectionFactory("127.0.0.1", port());
    factory.afterPropertiesSet();
    factory.start();
    template = new StringRedisTemplate(factory);
  }

  @AfterEach
  void closeSpring() {
    factory.destroy();
  }

  @Test
  void setsGetsAndDeletes() {
    template.opsForValue().set("os", "linux");
    assertEquals("linux", template.opsForValue().get("os"));
    assertEquals("linux", template.opsForValue().getAndSet("os", "bsd"));
    assertFalse(template.opsForValue().setIfAbsent("os", "mac"));
    assertTrue(template.opsForValue().setIfPresent("os", "mac"));
    assertEquals(3, template.opsForValue().increment("n", 3));
    assertEquals(-1, template.getExpire("os"));
    template.opsForValue().multiSet(Map.of("a", "1", "b", "2"));
    assertEquals(List.of("1", "2"), template.opsForValue().multiGet(List.of("a", "b")));
    assertFalse(template.opsForValue().multiSetIfAbsent(Map.of("a", "3", "c", "4")));
    assertTrue(template.unlink("os"));
    assertTrue(template.delete("a"));
    assertFalse(template.hasKey("os"));
  }

  @Test
  void scansAllKeys() {
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < MANY_KEYS; i++) {
      template.opsForValue().set("key" + i, "");
      expected.add("key" + i);
    }
    Set<String> found = new HashSet<>();
    try (Cursor<String> cursor = template.scan(ScanOptions.scanOptions().match("key*").build())) {
      cursor.forEachRemaining(found::add);
    }
    assertEquals(expected, found);
  }

  @Test
  void runsTransactions() {
    List<Object> results =
        template.execute(
            new SessionCallback<List<Object>>() {
              @Override
              @SuppressWarnings("unchecked") // Spring passes the template that runs the callback.
              public <K, V> List<Object> execute(RedisOperations<K, V> operations) {
                RedisOperations<String, String> strings =
                    (RedisOperations<String, String>) operations;
                strings.watch("n");
                strings.multi();
                strings.opsForValue().set("n", "1");
                strings.opsForValue().increment("n");
                return strings.exec();
              }
            });
    assertEquals(List.of(true, 2L), results);
  }

  @Test
  void pipelines() {
    List<Object> results =
        template.executePipelined(
            new SessionCallback<Object>() {
              @Override
              @SuppressWarnings("unchecked") // Spring passes the template that runs the callback.
              public <K, V> Object execute(RedisOperations<K, V> operations) {
                RedisOperations<String, String> strings =
                    (RedisOperations<String, String>) operations;
                strings.opsForValue().set("a", "1");
                strings.opsForValue().get("a");
                return null;
              }
            });
    assertEquals(List.of(true, "1"), results);
  }

  @Test
  void survivesARestart() throws Exception {
    template.opsForValue().set("k", "v");
    restart();
    assertEquals("v", afterReconnect(() -> template.opsForValue().get("k")));
  }

  @Test
  void cachesUntilEvicted() {
    Cache cache = cache(BatchStrategies.keys(), RedisCacheConfiguration.defaultCacheConfig());
    cache.put("a", "1");
    cache.put("b", "2");
    assertEquals("1", cache.get("a", String.class));
    assertEquals("3", cache.get("c", () -> "3"));
    assertNotNull(cache.putIfAbsent("a", "4"));
    assertTrue(cache.evictIfPresent("a"));
    assertNull(cache.get("a"));
    cache.evict("b");
    assertNull(cache.get("b"));
  }

  @Test
  void clearsACacheByKeysAndByScan() {
    for (BatchStrategy strategy : List.of(BatchStrategies.keys(), BatchStrategies.scan(10))) {
      template.opsForValue().set("other", "kept");
      Cache cache = cache(strategy, RedisCacheConfiguration.defaultCacheConfig());
      for (int i = 0; i < 50; i++) {
        cache.put("key" + i, "value");
      }
      cache.clear();
      assertNull(cache.get("key7"));
      assertEquals(Set.of("other"), template.keys("*"));
    }
  }

  /** The values would never expire: better no cache than one that is never refreshed. */
  @Test
  void refusesACacheWhoseEntriesExpire() {
    Cache cache =
        cache(
            BatchStrategies.keys(),
            RedisCacheConfiguration.defaultCacheConfig().entryTtl(Duration.ofMinutes(1)));
    DataAccessException error = assertThrows(DataAccessException.class, () -> cache.put("a", "1"));
    String cause = NestedExceptionUtils.getMostSpecificCause(error).getMessage();
    assertTrue(cause.matches(".*[EP]X is not supported.*"), cause);
    assertNull(cache.get("a"));
  }

  /** With the writer that Spring uses by default, only some of a cache's methods show the error. */
  @Test
  void cachesNothingThatExpiresWithSpringsDefaultWriter() {
    RedisCacheManager manager =
        RedisCacheManager.builder(factory)
            .cacheDefaults(
                RedisCacheConfiguration.defaultCacheConfig().entryTtl(Duration.ofMinutes(1)))
            .build();
    manager.afterPropertiesSet();
    Cache cache = manager.getCache("cache");
    cache.put("a", "1");
    assertNull(cache.get("a"));
    assertThrows(DataAccessException.class, () -> cache.putIfAbsent("a", "1"));
  }

  /** Returns a cache whose writes are waited for, and whose errors reach the caller. */
  private Cache cache(BatchStrategy strategy, RedisCacheConfiguration configuration) {
    RedisCacheWriter writer =
        RedisCacheWriter.create(
            factory, settings -> settings.immediateWrites().batchStrategy(strategy));
    RedisCacheManager manager =
        RedisCacheManager.builder(writer).cacheDefaults(configuration).build();
    manager.afterPropertiesSet();
    return manager.getCache("cache");
  }
}
