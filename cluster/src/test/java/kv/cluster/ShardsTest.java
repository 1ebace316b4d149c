package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Each key has one shard, which depends on nothing else. */
class ShardsTest {
  private static int shard(String key) {
    return new Shards(8).of(key.getBytes(UTF_8));
  }

  /** If one of these numbers changed, every cluster would lose its keys. */
  @Test
  void theShardOfAKeyNeverChanges() {
    assertEquals(0, shard(""));
    assertEquals(0, shard("os"));
    assertEquals(5, shard("editor"));
    assertEquals(0, shard("shell"));
  }

  @Test
  void theCommonPartInBracesDecides() {
    assertEquals(shard("{user7}:name"), shard("{user7}:mail"));
    assertEquals(shard("user7"), shard("x{user7}y{user8}"));
    assertNotEquals(shard("{}a"), shard("{}b"));
    assertNotEquals(shard("{a"), shard("{b"));
  }

  @Test
  void theKeysAreSpreadEvenly() {
    int[] counts = new int[8];
    for (int i = 0; i < 80_000; i++) {
      counts[shard("key " + i)]++;
    }
    for (int count : counts) {
      assertTrue(count > 9_000 && count < 11_000, count + " of 80,000 keys");
    }
  }

  @Test
  void eachShardHasAGroupOfItsOwn() {
    assertNotEquals(new Shards(4).group(0), new Shards(4).group(1));
    assertNotEquals(new Shards(4).group(0), new Shards(3).group(0));
    assertEquals(new Shards(4).group(3), new Shards(4).group(3));
  }
}
