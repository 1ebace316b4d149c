package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.TimeDuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** A leader that is cut off does not know that it was replaced. */
class ReplacedLeaderTest {
  @Test
  @Timeout(600)
  void itsOldStateIsNotRead(@TempDir Path folder) throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1, 2, ReplacedLeaderTest::tune)) {
      // Ratis gives the lead to the node of the highest priority.
      TestCluster.await(() -> "n1".equals(cluster.status("n2").shards().get(0).leader()));
      try (Jedis atOld = cluster.client("n1");
          Jedis atOther = cluster.client("n2")) {
        TestCluster.await(() -> set(atOld, "old"));
        assertEquals("old", atOld.get("os"));
        cluster.messages.cut("n1");
        TestCluster.await(
            () -> {
              String leader = cluster.status("n2").shards().get(0).leader();
              return leader != null && !leader.equals("n1");
            });
        TestCluster.await(() -> set(atOther, "new"));
        assertEquals("n1", cluster.status("n1").shards().get(0).leader());
        JedisDataException down = assertThrows(JedisDataException.class, () -> atOld.get("os"));
        assertTrue(down.getMessage().startsWith("CLUSTERDOWN"), down.getMessage());
        cluster.messages.heal();
        TestCluster.await(() -> get(atOld).equals("new"));
      }
    }
  }

  /** As LogTruncations expects it of Ratis: else the node would never acknowledge an entry again. */
  @Test
  @Timeout(600)
  void itsLogIsCutBeforeItAcknowledgesOtherEntries(@TempDir Path folder) throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1, 2, ReplacedLeaderTest::tune)) {
      TestCluster.await(() -> "n1".equals(cluster.status("n2").shards().get(0).leader()));
      try (Jedis atOld = cluster.client("n1");
          Jedis atOther = cluster.client("n2")) {
        TestCluster.await(() -> set(atOld, "old"));
        cluster.messages.cut("n1");
        assertThrows(JedisDataException.class, () -> atOld.set("os", "on one disk"));
        TestCluster.await(() -> set(atOther, "new"));
        LogTruncations truncations = cluster.node("n1").machine(0).truncations();
        assertEquals(0, truncations.count());
        cluster.messages.heal();
        TestCluster.await(() -> cluster.contents("n1").containsValue("new"));
        assertTrue(truncations.count() > 0);
        // After the first fsync from then on, of the new entries.
        TestCluster.await(() -> truncations.flushed(() -> Long.MAX_VALUE) == Long.MAX_VALUE);
      }
    }
  }

  /** Lets the first node believe for a minute that it leads, without hearing from the others. */
  private static void tune(String id, RaftProperties properties) {
    if (id.equals("n1")) {
      RaftServerConfigKeys.Rpc.setTimeoutMax(properties, TimeDuration.ONE_MINUTE);
    }
  }

  private static boolean set(Jedis client, String value) {
    try {
      return client.set("os", value).equals("OK");
    } catch (JedisDataException e) {
      // No leader yet.
      return false;
    }
  }

  private static String get(Jedis client) {
    try {
      return client.get("os");
    } catch (JedisDataException e) {
      return e.getMessage();
    }
  }
}
