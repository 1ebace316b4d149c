/*
 * WHAT THIS FILE IS
 *
 * Writes of this node's clients in one shard: to the leader, and to the next one if it is replaced.
 *
 *     leader n2, as this node has heard      n2 does not answer
 *     leader n3, as this node has heard      the same request, with the same number, to n3
 *
 * A request can be in the log several times then. It is done once: its number says that it is the
 * same, and the shard keeps the last number of each node (see ShardStore). Ratis has such numbers
 * too, but keeps them in memory, and only for a time: for Ratis, each attempt is a new request.
 */
package kv.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/** Writes of one shard. Thread-safe. */
final class ShardWrites {
  private final ShardConnection connection;

  ShardWrites(ShardConnection connection) {
    this.connection = connection;
  }

  /** Writes. Sends the commands until a leader has replied or the returned future is done. */
  CompletableFuture<List<byte[]>> write(Batch batch) {
    Write write = new Write(batch);
    write.attempt();
    return write.replies;
  }

  /** A request until it has a reply. */
  private final class Write {
    final CompletableFuture<List<byte[]>> replies = new CompletableFuture<>();
    private final ByteString content;

    Write(Batch batch) {
      content = new Entry(connection.sender(), batch).toBytes();
    }

    void attempt() {
      if (replies.isDone()) {
        return;
      }
      RaftPeerId leader = connection.division().getInfo().getLeaderId();
      if (leader == null) {
        ShardConnection.later(this::attempt);
        return;
      }
      CompletableFuture<Void> sent =
          connection
              .send(leader, RaftClientRequest.writeRequestType(), content)
              .thenAccept(reply -> replies.complete(Batch.readReplies(reply)));
      ShardConnection.later(() -> watch(leader, sent));
    }

    /** Tries again after a failure, or when another node leads. */
    private void watch(RaftPeerId asked, CompletableFuture<Void> sent) {
      if (replies.isDone()) {
        return;
      }
      RaftPeerId leader = connection.division().getInfo().getLeaderId();
      if (sent.isCompletedExceptionally() || leader != null && !leader.equals(asked)) {
        attempt();
      } else {
        ShardConnection.later(() -> watch(asked, sent));
      }
    }
  }
}
