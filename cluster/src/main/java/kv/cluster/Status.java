package kv.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;

/**
 * The state of a cluster as one node sees it.
 *
 * @param node the id of the node that answers
 * @param leads the number of shards that it leads
 * @param shards the shards, in order
 */
record Status(String node, int leads, List<Shard> shards) {
  /**
   * A shard.
   *
   * @param leader the id of the node that leads it; null if none is known
   * @param term the number of its last election
   * @param applied the last entry that this node has applied
   * @param nodes its nodes
   */
  record Shard(int shard, String leader, long term, long applied, List<Member> nodes) {}

  /**
   * A node of a shard.
   *
   * @param address of its Raft port
   * @param priority for elections: of nodes that are up, one with the highest leads
   * @param commit the last entry that it knows to be on a majority, as far as the answering node has
   *     heard; -1 if it has not
   * @param lag the number of entries by which that is less than the leader's
   */
  record Member(String id, String address, int priority, long commit, long lag) {}

  /** Returns the most entries by which this node lags in a shard. */
  long lag() {
    return shards.stream()
        .flatMap(shard -> shard.nodes().stream())
        .filter(member -> member.id().equals(node))
        .mapToLong(Member::lag)
        .max()
        .orElse(0);
  }

  /** Returns the state as a server sees it. */
  static Status of(RaftServer server, int shards) {
    List<Shard> all = new ArrayList<>();
    int leads = 0;
    for (int shard = 0; shard < shards; shard++) {
      try {
        RaftServer.Division division = server.getDivision(new Shards(shards).group(shard));
        all.add(shard(shard, division));
        leads += division.getInfo().isLeader() ? 1 : 0;
      } catch (IOException e) {
        all.add(new Shard(shard, null, 0, -1, List.of()));
      }
    }
    return new Status(server.getId().toString(), leads, all);
  }

  /** Returns the last entry that a node knows to be on a majority; -1 if that was not heard. */
  static long commitOf(RaftPeerId node, Iterable<CommitInfoProto> infos) {
    for (CommitInfoProto info : infos) {
      if (RaftPeerId.valueOf(info.getServer().getId()).equals(node)) {
        return info.getCommitIndex();
      }
    }
    return -1;
  }

  private static Shard shard(int number, RaftServer.Division division) {
    RaftPeerId leader = division.getInfo().getLeaderId();
    long most = -1;
    for (CommitInfoProto info : division.getCommitInfos()) {
      most = Math.max(most, info.getCommitIndex());
    }
    List<Member> members = new ArrayList<>();
    for (RaftPeer peer : division.getRaftConf().getAllPeers()) {
      long commit = commitOf(peer.getId(), division.getCommitInfos());
      members.add(
          new Member(
              peer.getId().toString(),
              peer.getAddress(),
              peer.getPriority(),
              commit,
              Math.max(0, most - commit)));
    }
    return new Shard(
        number,
        leader == null ? null : leader.toString(),
        division.getInfo().getCurrentTerm(),
        division.getInfo().getLastAppliedIndex(),
        members);
  }
}
