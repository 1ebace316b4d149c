package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import kv.engine.Options;
import kv.engine.Store;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** The store that lets Raft delete the begin of its log has the effects of every deleted entry. */
@Timeout(600)
class SnapshotTest {
  private static final RaftPeerId N1 = RaftPeerId.valueOf("n1");

  @TempDir private Path folder;

  private static ByteString ask(RaftClient client, char kind, long id) throws IOException {
    ByteString question = SnapshotSender.question(kind, id, null, 0);
    RaftClientReply reply = client.io().sendStaleRead(Message.valueOf(question), 0, N1);
    assertTrue(reply.isSuccess(), () -> String.valueOf(reply.getException()));
    return reply.getMessage().getContent();
  }

  private static ShardStore store(TestCluster cluster) {
    return cluster.node("n1").stores().get(0);
  }

  /** Writes a key, and starts the node again: Raft then logs an entry of its own. */
  private static void endWithAnEntryOfRaft(TestCluster cluster) throws Exception {
    cluster.awaitLeaders();
    try (Jedis n1 = cluster.client("n1")) {
      n1.set("key", "value");
    }
    cluster.stop("n1");
    cluster.start("n1");
    cluster.awaitLeaders();
    try (Jedis n1 = cluster.client("n1")) {
      // The read has waited for the entry.
      assertEquals("value", n1.get("key"));
    }
  }

  @Test
  void theStoreHasTheEntryThatASnapshotEndsWith() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1, 1)) {
      endWithAnEntryOfRaft(cluster);
      try (RaftClient client = cluster.raftClient(0)) {
        RaftClientReply reply = client.getSnapshotManagementApi(N1).create(1, 10_000);
        assertTrue(reply.isSuccess());
        assertEquals(reply.getLogIndex(), store(cluster).appliedIndex());
      }
    }
  }

  @Test
  void aCopyHasTheEntryThatItIsSaidToEndWith() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 1, 1)) {
      endWithAnEntryOfRaft(cluster);
      try (RaftClient client = cluster.raftClient(0)) {
        DataInputStream answer =
            new DataInputStream(ask(client, SnapshotSender.BEGIN, 5).newInput());
        TermIndex last = TermIndex.valueOf(answer.readLong(), answer.readLong());
        Path copy = folder.resolve("copy");
        TestCluster.copy(cluster.shardFolder("n1").resolve("copies").resolve("5"), copy);
        try (ShardStore opened = new ShardStore(Store.open(copy, Options.DEFAULT))) {
          assertEquals(last, opened.applied());
          assertEquals("value", new String(opened.get("key".getBytes(UTF_8)), UTF_8));
        }
      }
    }
  }

  @Test
  void aListOfKeysDoesNotWaitForAnEntryOfRaftThatOnlyTheLeaderHasNoted() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 1, 30)) {
      cluster.awaitLeaders();
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("key", "value");
      }
      cluster.stopAll();
      cluster.startAll();
      TestCluster.await(() -> "n1".equals(cluster.status("n1").shards().get(0).leader()));
      try (RaftClient client = cluster.raftClient(0);
          Jedis n2 = cluster.client("n2")) {
        assertEquals("value", n2.get("key"));
        assertTrue(client.getSnapshotManagementApi(N1).create(1, 10_000).isSuccess());
        assertEquals(Set.of("key"), n2.keys("*"));
      }
    }
  }

  @Test
  void aNodeThatReceivesTheStoreDoesNotWaitForAReplacedLeader() throws Exception {
    RaftPeer gone =
        RaftPeer.newBuilder().setId("n1").setAddress("127.0.0.1:" + TestCluster.freePort()).build();
    RaftGroup group = RaftGroup.valueOf(new Shards(1).group(0), gone);
    AtomicInteger looks = new AtomicInteger();
    try (RaftClient client = Clients.once(group, new RaftProperties())) {
      SnapshotReceiver.Leader leader =
          new SnapshotReceiver.Leader(client, N1, 1, () -> looks.incrementAndGet() < 3);
      IOException failure =
          assertThrows(IOException.class, () -> leader.ask(SnapshotSender.READ, "1.data", 0));
      assertTrue(failure.getMessage().startsWith("another node was elected"), failure.getMessage());
      assertEquals(3, looks.get());
      leader.end();
    }
  }

  /** Starts three nodes. The third has missed more than the log of the first, the leader, has. */
  private TestCluster withANodeFarBack() throws Exception {
    TestCluster cluster = new TestCluster(folder, 3, 1, 150, SnapshotTest::shortLog);
    cluster.awaitLeaders();
    TestCluster.await(() -> "n1".equals(cluster.status("n1").shards().get(0).leader()));
    try (Jedis n1 = cluster.client("n1")) {
      n1.set("first", "value");
      TestCluster.await(() -> cluster.contents("n3").containsKey("first"));
      cluster.stop("n3");
      for (int i = 0; i < 300; i++) {
        n1.set("key " + i % 60, "value ".repeat(1000) + i);
      }
    }
    TestCluster.await(() -> cluster.firstLogIndex("n1") > 100);
    return cluster;
  }

  /** Starts the third node. It receives the store of the first once the returned future is done. */
  private static CompletableFuture<Void> startHeld(TestCluster cluster) throws Exception {
    CompletableFuture<Void> release = new CompletableFuture<>();
    CompletableFuture<Void> held = cluster.messages.holdFiles("n1", release);
    cluster.start("n3");
    held.get();
    return release;
  }

  /** The new leader has the entries. Ratis would refuse them until the new leader asks for a copy. */
  @Test
  void aNodeThatReceivesTheStoreDuringAnElectionGoesOnWithTheNewLeader() throws Exception {
    try (TestCluster cluster = withANodeFarBack()) {
      assertEquals(0, cluster.firstLogIndex("n2"));
      CompletableFuture<Void> release = startHeld(cluster);
      long term = cluster.status("n3").shards().get(0).term();
      assertEquals("", cluster.admin("n1", "lead", "0", "n2"));
      TestCluster.await(() -> cluster.status("n3").shards().get(0).term() > term);
      try (Jedis n1 = cluster.client("n1")) {
        n1.set("last", "value");
      }
      release.complete(null);
      TestCluster.await(() -> cluster.contents("n1").equals(cluster.contentsIfOpen("n3")));
    }
  }

  /** An election without nodes would close the shard. */
  @Test
  void aNodeThatIsToldToReceiveTheStoreNeverForgetsTheNodes() throws Exception {
    try (TestCluster cluster = withANodeFarBack()) {
      CompletableFuture<Void> release = startHeld(cluster);
      RaftServer.Division n3 = cluster.node("n3").division(0);
      // The leader tells it again and again, but not as often as it can.
      cluster.messages.installs.set(0);
      long end = System.nanoTime() + 1_000_000_000;
      while (System.nanoTime() < end) {
        assertEquals(3, n3.getRaftConf().getCurrentPeers().size());
      }
      int installs = cluster.messages.installs.get();
      assertTrue(installs > 0 && installs < 50, () -> installs + " times");
      release.complete(null);
      TestCluster.await(() -> cluster.contents("n1").equals(cluster.contentsIfOpen("n3")));
      assertEquals(List.of(), cluster.broken);
    }
  }

  /** Ratis would wait for a leader that asks for the copy, and take no entries. */
  @Test
  void aReceivedStoreOfAReplacedLeaderThatIsNotTakenIsNoticed() throws Exception {
    ShardFiles files = new ShardFiles(folder);
    Files.writeString(files.beginReceiving().resolve("file"), "content");
    files.endReceiving();
    assertFalse(SnapshotReceiver.isTaken(files, () -> false, () -> true));
    assertTrue(SnapshotReceiver.isTaken(files, () -> true, () -> false));
    CompletableFuture<Boolean> taken =
        CompletableFuture.supplyAsync(
            () -> SnapshotReceiver.isTaken(files, () -> true, () -> true));
    files.finishInstall();
    assertTrue(taken.get());
  }

  /** Lets the first node delete its log early. */
  private static void shortLog(String id, RaftProperties properties) {
    if (id.equals("n1")) {
      RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf("256KB"));
      RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("64KB"));
      RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, 50);
    }
  }
}
