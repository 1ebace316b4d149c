package kv.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.util.ProtoUtils;

/** The files of Ratis about one shard on one node, beside its log. */
final class RaftFolder {
  private final Path current;

  /**
   * The folder of a shard, which need not exist.
   *
   * @param directory the directory of the node
   */
  RaftFolder(Path directory, RaftGroupId group) {
    this.current = all(directory).resolve(group.getUuid().toString()).resolve("current");
  }

  /** Returns the folder with those of all shards. */
  static Path all(Path directory) {
    return directory.resolve("raft");
  }

  /** Returns whether Ratis has created the shard here: it writes this file last. */
  boolean exists() {
    return Files.exists(current.resolve("raft-meta"));
  }

  /**
   * Returns the nodes of the shard as of the last change that was applied here; none before the first
   * one, and during a change, when a majority of those before it is needed too.
   */
  List<RaftPeer> peers() throws IOException {
    Path file = current.resolve("raft-meta.conf");
    if (!Files.exists(file)) {
      return List.of();
    }
    RaftConfigurationProto nodes =
        LogEntryProto.parseFrom(Files.readAllBytes(file)).getConfigurationEntry();
    return nodes.getOldPeersCount() == 0 ? ProtoUtils.toRaftPeers(nodes.getPeersList()) : List.of();
  }
}
