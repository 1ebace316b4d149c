package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroupId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** The files of Ratis after a full disk: findings/ratis-full-disk-empties-its-vote.sh. */
@Timeout(900)
class RaftFolderTest {
  private static final List<String> IDS = List.of("n1", "n2", "n3");

  @TempDir private Path folder;

  @Test
  void aClusterGoesOnInANewTermAfterFullDisksTookItsVotesAndNodes() throws Exception {
    try (TestCluster cluster = new TestCluster(folder, 3, 2)) {
      cluster.awaitLeaders();
      try (Jedis n1 = cluster.client("n1")) {
        for (int i = 0; i < 20; i++) {
          n1.set("key " + i, "value");
        }
      }
      long before = cluster.status("n1").shards().get(0).term();
      cluster.stopAll();
      for (String id : IDS) {
        for (Path file : files(cluster.directory(id))) {
          Files.write(file, new byte[0]);
        }
      }

      RaftFolder first = new RaftFolder(cluster.directory("n1"), cluster.group(0));
      assertEquals(0, first.peers().size());
      first.restore();
      assertEquals(3, first.peers().size());
      cluster.startAll();

      try (Jedis n2 = cluster.client("n2")) {
        assertEquals(20, n2.keys("key *").size());
        n2.set("after", "value");
      }
      TestCluster.await(() -> cluster.contents("n3").containsKey("after"));
      assertTrue(cluster.status("n1").shards().get(0).term() > before + (1L << 32));
      for (String id : IDS) {
        for (Path file : files(cluster.directory(id))) {
          assertTrue(Files.size(file) > 0, file.toString());
        }
      }
    }
  }

  @Test
  void aNodeWhoseVoteIsThereKeepsIt() throws Exception {
    RaftGroupId group = new Shards(1).group(0);
    Path current = Files.createDirectories(current(group));
    Files.writeString(current.resolve("raft-meta"), "votedFor=n2\nterm=7\n");

    new RaftFolder(folder, group).restore();

    assertEquals("votedFor=n2\nterm=7\n", Files.readString(current.resolve("raft-meta")));
  }

  @Test
  void aNodeThatCannotKnowItsTermIsRefused() throws Exception {
    RaftGroupId group = new Shards(1).group(0);
    Path current = Files.createDirectories(current(group));
    Files.createFile(current.resolve("raft-meta"));

    IOException refused =
        assertThrows(IOException.class, () -> new RaftFolder(folder, group).restore());

    assertTrue(refused.getMessage().contains("A lost folder"), refused.getMessage());
    assertEquals(0, Files.size(current.resolve("raft-meta")));
  }

  private Path current(RaftGroupId group) {
    return RaftFolder.all(folder).resolve(group.getUuid().toString()).resolve("current");
  }

  /** Returns the files of a node with its votes and its nodes, two for each shard. */
  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(RaftFolder.all(directory))) {
      List<Path> files =
          all.filter(file -> file.getFileName().toString().matches("raft-meta(\\.conf)?")).toList();
      assertEquals(4, files.size());
      return files;
    }
  }
}
