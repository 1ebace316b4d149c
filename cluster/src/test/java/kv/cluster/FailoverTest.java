package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.ratis.RaftConfigKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** Nodes go and come back, and no acknowledged write is lost. */
@Timeout(600)
class FailoverTest {
  @TempDir private Path folder;

  /** Sends a command to n2; returns the error that the client gets. */
  private static CompletableFuture<String> failure(TestCluster cluster, Consumer<Jedis> command) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (Jedis n2 = cluster.client("n2")) {
            return assertThrows(JedisDataException.class, () -> command.accept(n2)).getMessage();
          }
        });
  }

  @Test
  void oneOfThreeIsEnoughToLoseAndTwoAreNot() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2, 10)) {
      cluster.awaitLeaders();
      Map<String, String> expected = new TreeMap<>();
      try (Jedis n2 = cluster.client("n2")) {
        for (int i = 0; i < 20; i++) {
          n2.set("key " + i, "before");
          expected.put("key " + i, "before");
        }
        cluster.stop("n1");
        for (int i = 10; i < 30; i++) {
          n2.set("key " + i, "with two nodes");
          expected.put("key " + i, "with two nodes");
        }
        for (String key : expected.keySet()) {
          assertEquals(expected.get(key), n2.get(key));
        }
        cluster.stop("n3");
        CompletableFuture<String> read = failure(cluster, n -> n.get("key 1"));
        CompletableFuture<String> list = failure(cluster, n -> n.keys("*"));
        String written = failure(cluster, n -> n.set("key 0", "alone")).get();
        String down = "CLUSTERDOWN no majority of the nodes answered";
        assertTrue(written.startsWith(down), written);
        assertTrue(written.endsWith("may have been done, or be done later"), written);
        assertTrue(read.get().startsWith(down), read.get());
        assertTrue(list.get().startsWith(down), list.get());
        // A reader who does not need the newest state can still read.
        n2.sendCommand(() -> "READONLY".getBytes(UTF_8));
        assertEquals("before", n2.get("key 1"));
      }
      cluster.start("n1");
      cluster.start("n3");
      // The node that had no majority serves again too.
      try (Jedis n2 = cluster.client("n2")) {
        TestCluster.await(
            () -> {
              try {
                return "OK".equals(n2.set("key 0", "after")) && "before".equals(n2.get("key 1"));
              } catch (JedisDataException e) {
                return false;
              }
            });
      }
      try (Jedis n3 = cluster.client("n3")) {
        TestCluster.await(
            () -> {
              try {
                return "OK".equals(n3.set("key 0", "again"));
              } catch (JedisDataException e) {
                return false;
              }
            });
        expected.put("key 0", "again");
        for (String key : expected.keySet()) {
          assertEquals(expected.get(key), n3.get(key));
        }
      }
      for (String node : new String[] {"n1", "n2", "n3"}) {
        TestCluster.await(() -> cluster.contents(node).equals(expected));
      }
    }
  }

  @Test
  void aNodeThatWasDownForLongReceivesTheStore() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1)) {
      cluster.awaitLeaders();
      cluster.stop("n3");
      try (Jedis n1 = cluster.client("n1")) {
        byte[] value = new byte[256 << 10];
        for (int i = 0; i < 400; i++) {
          n1.set(("key " + i % 60).getBytes(UTF_8), value);
          n1.set("small " + i, "value " + i);
        }
        // More than two segments of Raft's log were deleted.
        TestCluster.await(() -> cluster.firstLogIndex("n1") > 100);
        n1.set("last", "value");
      }
      cluster.start("n3");
      TestCluster.await(
          () -> {
            Map<String, String> contents = cluster.contentsIfOpen("n3");
            return contents != null && contents.containsKey("last");
          });
      assertEquals(cluster.contents("n1"), cluster.contents("n3"));
      try (Jedis n3 = cluster.client("n3")) {
        assertEquals("value", n3.get("last"));
        n3.set("after", "value");
      }
      // Started again, it goes on from there.
      cluster.stop("n3");
      cluster.start("n3");
      TestCluster.await(() -> cluster.contents("n3").containsKey("after"));
    }
  }

  /** Ratis 3.2.2 never started it again. Then the node had no leader until the next election. */
  @Test
  void aLeaderWhoseThreadForANodeFailedStillReachesTheNode() throws Exception {
    try (TestCluster cluster =
        new TestCluster(
            folder,
            3,
            1,
            150,
            (id, properties) -> RaftConfigKeys.Rpc.setType(properties, new FailingAppenders()))) {
      cluster.awaitLeaders();
      TestCluster.await(() -> "n1".equals(cluster.status("n1").shards().get(0).leader()));
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "before");
        TestCluster.await(() -> cluster.contents("n3").containsKey("key"));
        long term = cluster.status("n1").shards().get(0).term();
        FailingAppenders.ARMED.set(true);
        TestCluster.await(() -> !FailingAppenders.ARMED.get());
        n1.set("key", "after");
        TestCluster.await(() -> cluster.contents("n3").containsValue("after"));
        assertEquals(term, cluster.status("n1").shards().get(0).term());
      }
    }
  }

  /** As Ratis does after an error in a thread of its own. */
  @Test
  void aNodeOfWhichRaftHasClosedAShardEnds() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2)) {
      cluster.awaitLeaders();
      assertEquals(List.of(), cluster.broken);
      cluster.node("n3").division(1).close();
      TestCluster.await(() -> !cluster.broken.isEmpty());
      assertTrue(cluster.broken.get(0).startsWith("Raft has closed a shard"));
      cluster.stop("n3");
      cluster.stop("n2");
      assertEquals(1, cluster.broken.size());
    }
  }

  /** As if it had crashed after it received the store, before Ratis replaced its log. */
  @Test
  void aNodeWhoseStoreIsNewerThanItsLogGoesOn() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1)) {
      cluster.awaitLeaders();
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "both have it");
        TestCluster.await(() -> cluster.contents("n3").containsKey("key"));
        cluster.stop("n3");
        for (int i = 0; i < 20; i++) {
          n1.set("key", "value " + i);
        }
      }
      cluster.stop("n1");
      TestCluster.copy(
          cluster.shardFolder("n1").resolve("engine"),
          cluster.shardFolder("n3").resolve("received"));
      cluster.start("n1");
      cluster.start("n3");
      TestCluster.await(() -> cluster.contents("n3").containsValue("value 19"));
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "after");
      }
      TestCluster.await(() -> cluster.contents("n3").containsValue("after"));
    }
  }
}
