package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
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

  private static Map<String, String> contents(TestCluster cluster, String node) throws Exception {
    Map<String, String> contents = new TreeMap<>();
    for (ShardStore store : cluster.node(node).stores()) {
      store.forEachKey(
          key -> {
            try {
              contents.put(new String(key, UTF_8), new String(store.get(key), UTF_8));
              return true;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
    return contents;
  }

  @Test
  void oneOfThreeIsEnoughToLoseAndTwoAreNot() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2, 5)) {
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
        JedisDataException down =
            assertThrows(JedisDataException.class, () -> n2.set("key 0", "alone"));
        assertTrue(
            down.getMessage().startsWith("CLUSTERDOWN no majority of the nodes answered"),
            down.getMessage());
        assertTrue(down.getMessage().endsWith("may have been done, or be done later"));
        assertThrows(JedisDataException.class, () -> n2.get("key 1"));
        JedisDataException unlisted = assertThrows(JedisDataException.class, () -> n2.keys("*"));
        assertTrue(unlisted.getMessage().startsWith("CLUSTERDOWN"), unlisted.getMessage());
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
        TestCluster.await(() -> contents(cluster, node).equals(expected));
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
        TestCluster.await(() -> firstLogIndex(cluster, "n1") > 100);
        n1.set("last", "value");
      }
      cluster.start("n3");
      TestCluster.await(
          () -> {
            try {
              return contents(cluster, "n3").containsKey("last");
            } catch (IllegalStateException e) {
              // Its old store was just closed.
              return false;
            }
          });
      assertEquals(contents(cluster, "n1"), contents(cluster, "n3"));
      try (Jedis n3 = cluster.client("n3")) {
        assertEquals("value", n3.get("last"));
        n3.set("after", "value");
      }
      // Started again, it goes on from there.
      cluster.stop("n3");
      cluster.start("n3");
      TestCluster.await(() -> contents(cluster, "n3").containsKey("after"));
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
        TestCluster.await(() -> contents(cluster, "n3").containsKey("key"));
        long term = cluster.status("n1").shards().get(0).term();
        FailingAppenders.ARMED.set(true);
        TestCluster.await(() -> !FailingAppenders.ARMED.get());
        n1.set("key", "after");
        TestCluster.await(() -> contents(cluster, "n3").containsValue("after"));
        assertEquals(term, cluster.status("n1").shards().get(0).term());
      }
    }
  }

  private static long firstLogIndex(TestCluster cluster, String node) throws Exception {
    return cluster.node(node).firstLogIndex(0);
  }

  @Test
  void nodesAreAddedAndRemoved() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2)) {
      cluster.awaitLeaders();
      try (Jedis n1 = cluster.client("n1")) {
        for (int i = 0; i < 50; i++) {
          n1.set("key " + i, "value " + i);
        }
        cluster.startToJoin("n4");
        assertEquals("", admin(cluster, "n1", "add", "n4=" + cluster.address("n4")));
        TestCluster.await(() -> contents(cluster, "n4").size() == 50);
        assertEquals("", admin(cluster, "n1", "remove", "n2"));
        cluster.stop("n2");
        for (int i = 50; i < 100; i++) {
          n1.set("key " + i, "value " + i);
        }
        assertEquals("", admin(cluster, "n1", "lead", "1", "n4"));
        TestCluster.await(() -> "n4".equals(cluster.status("n4").shards().get(1).leader()));
        TestCluster.await(() -> contents(cluster, "n4").size() == 100);
      }
      try (Jedis n4 = cluster.client("n4")) {
        assertEquals("value 77", n4.get("key 77"));
      }
      String status = admin(cluster, "n3", "status");
      assertTrue(status.contains("shard 1  leader n4  term "), status);
      assertTrue(status.contains(" n1: n3: n4:"), status);
    }
  }

  /** As if it had crashed after it received the store, before Ratis replaced its log. */
  @Test
  void aNodeWhoseStoreIsNewerThanItsLogGoesOn() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1)) {
      cluster.awaitLeaders();
      Path shard = Path.of("raft", new Shards(1).group(0).getUuid().toString());
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "both have it");
        TestCluster.await(() -> contents(cluster, "n3").containsKey("key"));
        cluster.stop("n3");
        for (int i = 0; i < 20; i++) {
          n1.set("key", "value " + i);
        }
      }
      cluster.stop("n1");
      Path received = cluster.directory("n3").resolve(shard).resolve("received");
      Files.createDirectories(received);
      try (Stream<Path> files =
          Files.list(cluster.directory("n1").resolve(shard).resolve("engine"))) {
        for (Path file : files.toList()) {
          Files.copy(file, received.resolve(file.getFileName()));
        }
      }
      cluster.start("n1");
      cluster.start("n3");
      TestCluster.await(() -> contents(cluster, "n3").containsValue("value 19"));
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "after");
      }
      TestCluster.await(() -> contents(cluster, "n3").containsValue("after"));
    }
  }

  /** It would vote, and has forgotten what it acknowledged. */
  @Test
  void aNodeThatLostItsFolderIsRefusedUntilItJoinsAgain() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1)) {
      cluster.awaitLeaders();
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "value");
        TestCluster.await(() -> contents(cluster, "n3").containsKey("key"));
        cluster.stop("n3");
        ShardFiles.delete(cluster.directory("n3"));
        IOException refused = assertThrows(IOException.class, () -> cluster.start("n3"));
        assertTrue(
            refused.getMessage().startsWith("n3 is a node of this cluster already"),
            refused.getMessage());
        assertEquals("", admin(cluster, "n1", "remove", "n3"));
        cluster.startToJoin("n3");
        assertEquals("", admin(cluster, "n1", "add", "n3=" + cluster.address("n3")));
        TestCluster.await(() -> contents(cluster, "n3").containsKey("key"));
      }
    }
  }

  @Test
  void anAdminCommandThatCannotBeDoneSaysSoAndChangesNothing() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2)) {
      cluster.awaitLeaders();
      assertEquals(
          "there is no node n7: see status", refused(cluster, "n1", "remove", "n7").strip());
      assertEquals(
          "there is no node n7: see status", refused(cluster, "n1", "lead", "0", "n7").strip());
      assertEquals(
          "there is no shard 2: the last one is 1",
          refused(cluster, "n1", "lead", "2", "n1").strip());
      cluster.startToJoin("n4", 3);
      String other = refused(cluster, "n1", "add", "n4=" + cluster.address("n4"));
      assertTrue(other.contains("does not take shard 0"), other);
      assertTrue(other.contains("started for 3 shards"), other);
      assertEquals(3, cluster.status("n1").shards().get(0).nodes().size());
    }
  }

  @Test
  void aCommandWithoutANodeSaysSo() throws Exception {
    StringWriter err = new StringWriter();
    String[] arguments = {"admin", "--http", "127.0.0.1:" + TestCluster.freePort(), "status"};
    int status = Main.run(arguments, new PrintWriter(err, true), new PrintWriter(err, true));
    assertEquals(1, status);
    assertTrue(err.toString().startsWith("no node answers at 127.0.0.1:"), err.toString());
  }

  /** Runs a command for the cluster, and returns what it prints. */
  private static String admin(TestCluster cluster, String node, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    assertEquals(0, admin(cluster, node, out, err, arguments), err.toString());
    assertEquals("", err.toString());
    return out.toString();
  }

  /** Runs a command that fails, and returns its message. */
  private static String refused(TestCluster cluster, String node, String... arguments) {
    StringWriter err = new StringWriter();
    assertEquals(1, admin(cluster, node, new StringWriter(), err, arguments));
    return err.toString();
  }

  private static int admin(
      TestCluster cluster, String node, StringWriter out, StringWriter err, String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "admin";
    all[1] = "--http";
    all[2] = "127.0.0.1:" + cluster.node(node).server().httpPort();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return Main.run(all, new PrintWriter(out, true), new PrintWriter(err, true));
  }
}
