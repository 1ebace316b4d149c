/*
 * WHAT THIS FILE IS
 *
 * Reads of this node's clients in one shard. Each shows every write that was acknowledged before it
 * began (it is linearizable), though a leader may have been replaced without knowing it: it was
 * paused, or cut off from the others.
 *
 *     this node                         leader              the others, as many as are needed
 *        |-- read these keys ------------->|                       |
 *        |-- what is your term? -----------|---------------------->|
 *        |<-- values, term 7, its nodes ---|                       |
 *        |<-- 7 ---------------------------|-----------------------|
 *
 * The values are taken if a majority of the shard's nodes, with the leader, were in the leader's
 * term or an earlier one after the read began. If this node leads the shard, or is one of a
 * majority of two with the leader, that is its own part, without a message.
 *
 * WHY THIS IS ENOUGH
 *
 * Terms only grow. A newer leader needs the votes of a majority in its newer term, and one of these
 * nodes was still in the older term after the read began. So no newer leader existed then: every
 * write acknowledged before was acknowledged by this leader, or by one before it. A leader
 * acknowledges a write after applying it, and is ready when it has applied all entries of earlier
 * terms. So its store has all of these writes.
 *
 * This is the read index of Raft (section 6.4 of Diego Ongaro's dissertation), with two differences:
 * the node that has the client asks the majority, not the leader, which saves one round of the
 * network; and the question is for the term. Ratis has a read index, too, but does not ask again if
 * nothing was written since it asked last, and so reads from a leader that was replaced. No clock is
 * trusted, as a lease would.
 *
 * QUESTIONS
 *
 *     03                   to any node: its term (8 bytes)
 *     04 then a Batch      to the leader: term (8), the names of the nodes whose majority counts
 *                          (a list, and during a change of nodes a second one), then the replies
 */
package kv.cluster;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/** Linearizable reads of one shard. Thread-safe. */
final class ShardReads {
  private static final byte TERM = 3;
  private static final byte READ = 4;

  private final ShardConnection connection;
  private final RaftServer.Division division;
  private final Reader local;

  /** Reads from this node's store. */
  interface Reader {
    List<byte[]> read(Batch batch) throws IOException;

    /** Runs a task that reads: at once, or on another thread if it may wait for the disk. */
    void runReader(Runnable task);
  }

  ShardReads(ShardConnection connection, Reader local) {
    this.connection = connection;
    this.division = connection.division();
    this.local = local;
  }

  // ======== Asking ========

  /** Reads. Asks again and again, until a majority has answered or the returned future is done. */
  CompletableFuture<List<byte[]>> read(Batch batch) {
    CompletableFuture<List<byte[]>> replies = new CompletableFuture<>();
    attempt(batch, replies);
    return replies;
  }

  private void attempt(Batch batch, CompletableFuture<List<byte[]>> replies) {
    if (replies.isDone()) {
      return;
    }
    Round round = new Round();
    round.result.whenComplete(
        (values, failure) -> {
          if (failure == null) {
            replies.complete(values);
          } else {
            ShardConnection.later(() -> attempt(batch, replies));
          }
        });
    local.runReader(() -> round.run(batch));
  }

  /** The values of a leader, and the nodes whose majority must confirm it. */
  record Answer(long term, List<Set<String>> nodes, List<byte[]> values) {
    /**
     * Returns whether no newer leader can have existed.
     *
     * @param terms the terms of nodes, each asked after the read began
     */
    boolean isConfirmedBy(Map<String, Long> terms) {
      return nodes.stream().allMatch(its -> 2 * count(its, terms) > its.size());
    }

    private long count(Set<String> its, Map<String, Long> terms) {
      return its.stream()
          .filter(node -> terms.containsKey(node) && terms.get(node) <= term)
          .count();
    }
  }

  /** One round of questions. */
  private final class Round {
    final CompletableFuture<List<byte[]>> result = new CompletableFuture<>();
    private final Map<String, Long> terms = new HashMap<>();
    private Answer answer;

    /** The number of questions without an answer; one of them is to this node. */
    private int open = 1;

    void run(Batch batch) {
      RaftPeerId own = division.getId();
      RaftPeerId leader = division.getInfo().getLeaderId();
      boolean leads = own.equals(leader);
      Set<RaftPeerId> others = others();
      others.remove(leader);
      if (!leads && leader != null) {
        ask(leader, ByteString.copyFrom(new byte[] {READ}).concat(batch.toBytes()));
      }
      // With one other node, this one and the leader are a majority.
      if (leads || leader != null && others.size() > 1) {
        others.stream()
            .filter(connection::isReachable)
            .forEach(other -> ask(other, ByteString.copyFrom(new byte[] {TERM})));
      }
      try {
        answered(own, leads ? answerAsLeader(batch) : term());
      } catch (IOException | RuntimeException | Error e) {
        answered(own, null);
      }
    }

    private void ask(RaftPeerId node, ByteString question) {
      synchronized (this) {
        open++;
      }
      connection
          .send(node, RaftClientRequest.staleReadRequestType(0), question)
          .whenComplete((content, failure) -> answered(node, content));
    }

    /** Takes the answer of a node, or null if it has none. */
    private void answered(RaftPeerId node, ByteString content) {
      boolean over;
      List<byte[]> values;
      synchronized (this) {
        if (content != null) {
          take(node.toString(), content);
        }
        open--;
        over = open == 0;
        values = answer != null && answer.isConfirmedBy(terms) ? answer.values() : null;
      }
      if (values != null) {
        result.complete(values);
      } else if (over) {
        result.completeExceptionally(new IllegalStateException("no majority has one leader"));
      }
    }

    private void take(String node, ByteString content) {
      try (DataInputStream in = new DataInputStream(content.newInput())) {
        long term = in.readLong();
        terms.put(node, term);
        int lists = in.available() == 0 ? 0 : in.readByte();
        List<Set<String>> nodes = new ArrayList<>();
        for (int i = 0; i < lists; i++) {
          nodes.add(names(in));
        }
        if (lists > 0) {
          ByteString replies = content.substring(content.size() - in.available());
          answer = new Answer(term, nodes, Batch.readReplies(replies));
        }
      } catch (IOException e) {
        throw new IllegalStateException("an answer was cut off", e);
      }
    }

    private static Set<String> names(DataInputStream in) throws IOException {
      Set<String> names = new HashSet<>();
      for (int left = in.readByte(); left > 0; left--) {
        names.add(in.readUTF());
      }
      return names;
    }
  }

  /** Returns the nodes of the shard without this one. */
  private Set<RaftPeerId> others() {
    Set<RaftPeerId> others = new HashSet<>();
    for (Collection<RaftPeer> peers : lists()) {
      peers.forEach(peer -> others.add(peer.getId()));
    }
    others.remove(division.getId());
    return others;
  }

  /** Returns the nodes; during a change those after it, and those before it. */
  private List<Collection<RaftPeer>> lists() {
    var nodes = division.getRaftConf();
    return nodes.getPreviousPeers().isEmpty()
        ? List.of(nodes.getCurrentPeers())
        : List.of(nodes.getCurrentPeers(), nodes.getPreviousPeers());
  }

  // ======== Answering ========

  /** Returns whether a question is one of a read. */
  static boolean isFor(ByteString question) {
    return question.byteAt(0) == TERM || question.byteAt(0) == READ;
  }

  /** Answers a question of another node. */
  ByteString answer(ByteString question) throws IOException {
    return question.byteAt(0) == TERM ? term() : answerAsLeader(Batch.of(question.substring(1)));
  }

  private ByteString term() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new DataOutputStream(bytes).writeLong(division.getInfo().getCurrentTerm());
    return ByteString.copyFrom(bytes.toByteArray());
  }

  private ByteString answerAsLeader(Batch batch) throws IOException {
    DivisionInfo info = division.getInfo();
    // The term before the role: if this node leads a later term by then, the majority says so.
    ByteString term = term();
    List<Collection<RaftPeer>> lists = lists();
    if (!info.isLeaderReady()) {
      throw new IOException("this node does not lead the shard, or not yet");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeByte(lists.size());
    for (Collection<RaftPeer> peers : lists) {
      out.writeByte(peers.size());
      for (RaftPeer peer : peers) {
        out.writeUTF(peer.getId().toString());
      }
    }
    return term.concat(ByteString.copyFrom(bytes.toByteArray()))
        .concat(Batch.replies(local.read(batch)));
  }
}
