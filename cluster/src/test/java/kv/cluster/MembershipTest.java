package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Nodes join and leave a running cluster. */
@Timeout(600)
class MembershipTest {
  @TempDir private Path folder;

  @Test
  void nodesAreAddedAndRemoved() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2)) {
      cluster.awaitLeaders();
      try (Jedis n1 = cluster.client("n1")) {
        for (int i = 0; i < 50; i++) {
          n1.set("key " + i, "value " + i);
        }
        cluster.startToJoin("n4");
        assertEquals("", cluster.admin("n1", "add", "n4=" + cluster.address("n4")));
        TestCluster.await(() -> cluster.contents("n4").size() == 50);
        assertEquals("", cluster.admin("n1", "remove", "n2"));
        cluster.stop("n2");
        for (int i = 50; i < 100; i++) {
          n1.set("key " + i, "value " + i);
        }
        assertEquals("", cluster.admin("n1", "lead", "1", "n4"));
        TestCluster.await(() -> "n4".equals(cluster.status("n4").shards().get(1).leader()));
        TestCluster.await(() -> cluster.contents("n4").size() == 100);
      }
      try (Jedis n4 = cluster.client("n4")) {
        assertEquals("value 77", n4.get("key 77"));
      }
      String status = cluster.admin("n3", "status");
      assertTrue(status.contains("shard 1  leader n4  term "), status);
      assertTrue(status.contains(" n1: n3: n4:"), status);
    }
  }

  private static long commitOf(Status status, String id) {
    return status.shards().get(0).nodes().stream()
        .filter(node -> node.id().equals(id))
        .mapToLong(Status.Member::commit)
        .max()
        .orElse(-1);
  }

  /** It would vote, and has forgotten what it acknowledged. */
  @Test
  void aNodeThatLostItsFolderIsRefusedUntilItJoinsAgain() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1)) {
      cluster.awaitLeaders();
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "value");
        TestCluster.await(() -> cluster.contents("n3").containsKey("key"));
        // The others remember a node once it has told how far it has committed.
        TestCluster.await(() -> commitOf(cluster.status("n1"), "n3") >= 0);
        cluster.stop("n3");
        ShardFiles.delete(cluster.directory("n3"));
        IOException refused = assertThrows(IOException.class, () -> cluster.start("n3"));
        assertTrue(
            refused.getMessage().startsWith("n3 is a node of this cluster already"),
            refused.getMessage());
        assertEquals("", cluster.admin("n1", "remove", "n3"));
        cluster.startToJoin("n3");
        assertEquals("", cluster.admin("n1", "add", "n3=" + cluster.address("n3")));
        TestCluster.await(() -> cluster.contents("n3").containsKey("key"));
      }
    }
  }

  @Test
  void anAdminCommandThatCannotBeDoneSaysSoAndChangesNothing() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2)) {
      cluster.awaitLeaders();
      assertEquals(
          "there is no node n7: see status", cluster.refused("n1", "remove", "n7").strip());
      assertEquals(
          "there is no node n7: see status", cluster.refused("n1", "lead", "0", "n7").strip());
      assertEquals(
          "there is no shard 2: the last one is 1",
          cluster.refused("n1", "lead", "2", "n1").strip());
      assertEquals(
          "n2 is a node already. If it has lost its folder: remove n2 first",
          cluster.refused("n1", "add", "n2=" + cluster.address("n2")).strip());
      cluster.startToJoin("n4", 3);
      String other = cluster.refused("n1", "add", "n4=" + cluster.address("n4"));
      assertTrue(other.contains("does not take shard 0"), other);
      assertTrue(other.contains("started for 3 shards"), other);
      assertEquals(3, cluster.status("n1").shards().get(0).nodes().size());
    }
  }

  @Test
  void theLastNodeButOneIsNotRemoved() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 2, 1)) {
      cluster.awaitLeaders();
      assertEquals(
          "only one node would be left: add another one first",
          cluster.refused("n1", "remove", "n2").strip());
      assertEquals(2, cluster.status("n1").shards().get(0).nodes().size());
    }
  }

  /** Answers admin's questions for the state. */
  private static HttpServer stateServer(Supplier<Status> state) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/cluster",
        exchange -> {
          byte[] answer = new Gson().toJson(state.get()).getBytes(UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static int admin(HttpServer server, StringWriter err, String... arguments) {
    return TestCluster.admin(server.getAddress().getPort(), new StringWriter(), err, arguments);
  }

  @Test
  void aChangeWaitsUntilTheNodeThatIsAskedHasHeardOfTheLastOne() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1)) {
      cluster.awaitLeaders();
      Status before = cluster.status("n1");
      cluster.admin("n1", "lead", "0", "n3");
      cluster.admin("n1", "remove", "n2");
      AtomicInteger asked = new AtomicInteger();
      HttpServer late =
          stateServer(() -> asked.incrementAndGet() < 4 ? before : cluster.status("n3"));
      try {
        StringWriter err = new StringWriter();
        assertEquals(0, admin(late, err, "lead", "0", "n1"), err.toString());
        assertEquals(4, asked.get());
        TestCluster.await(() -> "n1".equals(cluster.status("n1").shards().get(0).leader()));
      } finally {
        late.stop(0);
      }
    }
  }

  @Test
  void aChangeOfNodesThatAreNotThoseOfTheStateSaysSoAndChangesNothing() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1)) {
      cluster.awaitLeaders();
      Status before = cluster.status("n1");
      cluster.admin("n1", "lead", "0", "n3");
      cluster.admin("n1", "remove", "n2");
      HttpServer old = stateServer(() -> before);
      try {
        StringWriter err = new StringWriter();
        assertEquals(1, admin(old, err, "remove", "n1"));
        assertEquals(
            "another command changes the nodes of shard 0; see status, try again",
            err.toString().strip());
        assertEquals(2, cluster.status("n3").shards().get(0).nodes().size());
      } finally {
        old.stop(0);
      }
    }
  }

  @Test
  void eachCommandHasHelp() {
    for (String command : List.of("status", "add", "remove", "lead")) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      String[] arguments = {"admin", command, "--help"};
      assertEquals(0, Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true)));
      assertEquals("", err.toString());
      assertTrue(out.toString().contains("admin " + command), out.toString());
    }
  }

  @Test
  void aCommandWithoutANodeSaysSo() throws Exception {
    StringWriter err = new StringWriter();
    assertEquals(1, TestCluster.admin(TestCluster.freePort(), err, err, "status"));
    assertTrue(err.toString().startsWith("no node answers at 127.0.0.1:"), err.toString());
  }
}
