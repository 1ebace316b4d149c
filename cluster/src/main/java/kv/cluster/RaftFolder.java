package kv.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.ProtoUtils;

/** The files of Ratis about one shard on one node, beside its log. */
final class RaftFolder {
  /** More elections than there can have been since the last entry. */
  private static final long UNREACHED = 1L << 32;

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
    return Files.exists(vote());
  }

  /** Returns the file with the last term that the node has heard of, and its vote in that term. */
  private Path vote() {
    return current.resolve("raft-meta");
  }

  /** Returns the file with the nodes of the shard; there is none before the first change. */
  private Path nodes() {
    return current.resolve("raft-meta.conf");
  }

  /**
   * Writes the vote and the nodes again if they were lost. Ratis puts an empty file in their place if
   * the disk is full: see findings/ratis-full-disk-empties-its-vote.sh.
   *
   * <p>Without its vote the node does not know in which terms it has voted. So it goes on in a term
   * that no node has reached: an election raises the term by one, and takes a fraction of a second;
   * the new term is that of the last entry plus four billion.
   *
   * @throws IOException if the log does not have what is needed
   */
  void restore() throws IOException {
    boolean hasVote = Files.size(vote()) > 0;
    boolean hasNodes = !Files.exists(nodes()) || Files.size(nodes()) > 0;
    if (hasVote && hasNodes) {
      return;
    }
    AtomicLong lastTerm = new AtomicLong();
    AtomicReference<LogEntryProto> lastNodes = new AtomicReference<>();
    forEachEntry(
        entry -> {
          lastTerm.set(entry.getTerm());
          // During a change an entry has the nodes before it too, and the change can still fail.
          if (entry.hasConfigurationEntry()
              && entry.getConfigurationEntry().getOldPeersCount() == 0) {
            lastNodes.set(entry);
          }
        });
    if (lastTerm.get() == 0 || !hasNodes && lastNodes.get() == null) {
      throw new IOException(
          "a full disk took the vote of this node or its list of nodes, and the log in "
              + current
              + " does not tell them: see docs/CLUSTER.md, A lost folder");
    }
    if (!hasNodes) {
      replace(nodes(), lastNodes.get().toByteArray());
    }
    if (!hasVote) {
      String vote = "votedFor=\nterm=" + (lastTerm.get() + UNREACHED) + "\n";
      replace(vote(), vote.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Passes the entries of the log on, in their order. */
  private void forEachEntry(Consumer<LogEntryProto> consumer) throws IOException {
    List<LogSegmentPath> segments;
    try (Stream<Path> files = Files.list(current)) {
      segments =
          files
              .map(LogSegmentPath::matchLogSegment)
              .filter(Objects::nonNull)
              .sorted(Comparator.comparing(LogSegmentPath::getStartEnd))
              .toList();
    }
    for (LogSegmentPath segment : segments) {
      LogSegment.readSegmentFile(
          segment.getPath().toFile(),
          segment.getStartEnd(),
          Properties.MOST_ENTRY,
          // The last entry may be torn.
          CorruptionPolicy.WARN_AND_RETURN,
          null,
          consumer);
    }
  }

  private void replace(Path file, byte[] content) throws IOException {
    // Ratis deletes it at a start.
    Path unfinished = current.resolve("raft-meta.tmp");
    Files.write(unfinished, content);
    ShardFiles.sync(unfinished, StandardOpenOption.WRITE);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    ShardFiles.syncDirectory(current);
  }

  /**
   * Returns the nodes of the shard as of the last change that was applied here; none before the first
   * one, and during a change, when a majority of those before it is needed too.
   */
  List<RaftPeer> peers() throws IOException {
    if (!Files.exists(nodes())) {
      return List.of();
    }
    RaftConfigurationProto nodes =
        LogEntryProto.parseFrom(Files.readAllBytes(nodes())).getConfigurationEntry();
    return nodes.getOldPeersCount() == 0 ? ProtoUtils.toRaftPeers(nodes.getPeersList()) : List.of();
  }
}
