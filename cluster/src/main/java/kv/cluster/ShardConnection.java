package kv.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests from this node to the nodes of one shard, itself among them. Thread-safe. */
final class ShardConnection implements Closeable {
  /** Time for which a node that could not be reached counts as unreachable. */
  private static final long SKIP_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** Time between two attempts, and between two looks at who leads. */
  private static final long PAUSE_MILLIS = 50;

  private static final Logger LOGGER = LoggerFactory.getLogger(ShardConnection.class);

  private final RaftServer server;
  private final RaftServer.Division division;
  private final RaftClient client;
  private final long session = new SecureRandom().nextLong();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong attempts = new AtomicLong();
  private final Map<RaftPeerId, Long> unreachable = new ConcurrentHashMap<>();

  ShardConnection(RaftServer server, RaftGroupId group) throws IOException {
    this.server = server;
    this.division = server.getDivision(group);
    this.client = Clients.of(division.getGroup(), server.getProperties());
  }

  RaftServer.Division division() {
    return division;
  }

  /** Returns this node as the sender of a new request. */
  Entry.Sender sender() {
    return new Entry.Sender(division.getId().toString(), session, numbers.incrementAndGet());
  }

  /** Runs a task after a pause. */
  static void later(Runnable task) {
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS).execute(task);
  }

  /** Returns whether the last request to a node arrived, or was sent some time ago. */
  boolean isReachable(RaftPeerId node) {
    Long since = unreachable.get(node);
    return since == null || System.nanoTime() - since > SKIP_NANOS;
  }

  /**
   * Sends a request to a node once.
   *
   * @return the content of the reply; fails if there is none within the timeout of Ratis, or if it
   *     is an error
   */
  CompletableFuture<ByteString> send(
      RaftPeerId node, RaftClientRequest.Type type, ByteString content) {
    RaftClientRequest request = request(node, type).setMessage(Message.valueOf(content)).build();
    CompletableFuture<RaftClientReply> reply;
    try {
      reply =
          node.equals(division.getId()) ? server.submitClientRequestAsync(request) : away(request);
    } catch (IOException | RuntimeException e) {
      reply = CompletableFuture.failedFuture(e);
    }
    return reply.thenApply(ShardConnection::content);
  }

  /**
   * Asks the leader for a message with the index up to which entries are committed. It sends that
   * index with its next entry by itself, or after half of the shortest election timeout.
   */
  void askForCommitIndex() {
    RaftPeerId leader = division.getInfo().getLeaderId();
    if (leader == null || leader.equals(division.getId())) {
      return;
    }
    RaftClientRequest read = request(leader, RaftClientRequest.readRequestType()).build();
    ReadIndexRequestProto request =
        ReadIndexRequestProto.newBuilder()
            .setServerRequest(
                ClientProtoUtils.toRaftRpcRequestProtoBuilder(division.getMemberId(), leader))
            .setClientRequest(ClientProtoUtils.toRaftClientRequestProto(read, false))
            .build();
    try {
      // The reply is of no use. If it fails, the index comes with the leader's next message.
      server.getServerRpc().async().readIndexAsync(request);
    } catch (IOException e) {
      LOGGER.debug("{} could not be asked", leader, e);
    }
  }

  private RaftClientRequest.Builder request(RaftPeerId node, RaftClientRequest.Type type) {
    return RaftClientRequest.newBuilder()
        .setClientId(client.getId())
        .setServerId(node)
        .setGroupId(client.getGroupId())
        .setCallId(attempts.incrementAndGet())
        .setType(type);
  }

  private CompletableFuture<RaftClientReply> away(RaftClientRequest request) {
    RaftPeerId node = request.getServerId();
    // Nodes can have been added.
    client.getClientRpc().addRaftPeers(division.getGroup().getPeers());
    return client
        .getClientRpc()
        .sendRequestAsyncUnordered(request)
        .whenComplete(
            (reply, failure) -> {
              if (failure == null) {
                unreachable.remove(node);
              } else {
                unreachable.put(node, System.nanoTime());
                // The next request then opens a new connection.
                client.getClientRpc().handleException(node, failure, true);
              }
            });
  }

  private static ByteString content(RaftClientReply reply) {
    if (!reply.isSuccess()) {
      throw new IllegalStateException(reply.getException());
    }
    return reply.getMessage().getContent();
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
