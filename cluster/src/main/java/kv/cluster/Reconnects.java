package kv.cluster;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;

/**
 * Opens the connections to a node again when a message from it arrives after a silence: it was down,
 * or cut off. By itself gRPC waits before each attempt, up to two minutes after a long time. If this
 * node has the highest priority for a shard, the others do not lead it without asking this one, and
 * this one cannot ask them: so the shard would have no leader for that time.
 */
final class Reconnects implements ServerInterceptor {
  /** Longer than a leader is silent, and too short for long waits. */
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final LongSupplier clock;
  private final Consumer<RaftPeerId> reconnect;
  private final long startedAt;
  private final Map<RaftPeerId, Long> heardAt = new ConcurrentHashMap<>();

  /**
   * Connections of a node that starts now.
   *
   * @param clock returns the time in nanoseconds
   * @param reconnect closes the connections to a node, and opens others; must not wait
   */
  Reconnects(LongSupplier clock, Consumer<RaftPeerId> reconnect) {
    this.clock = clock;
    this.reconnect = reconnect;
    this.startedAt = clock.getAsLong();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      @Override
      public void onMessage(Q message) {
        hear(message);
        super.onMessage(message);
      }
    };
  }

  /** Notes the sender of a message. */
  void hear(Object message) {
    if (message instanceof AppendEntriesRequestProto entries) {
      hear(entries.getServerRequest());
    } else if (message instanceof RequestVoteRequestProto vote) {
      hear(vote.getServerRequest());
    }
  }

  private void hear(RaftRpcRequestProto request) {
    RaftPeerId sender = RaftPeerId.valueOf(request.getRequestorId());
    long now = clock.getAsLong();
    Long before = heardAt.put(sender, now);
    if (now - (before == null ? startedAt : before) > SILENCE_NANOS) {
      reconnect.accept(sender);
    }
  }
}
