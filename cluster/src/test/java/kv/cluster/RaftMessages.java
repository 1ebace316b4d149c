package kv.cluster;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/** The messages of Raft between the nodes of a JVM. It can lose those of one node. */
final class RaftMessages {
  private final Set<ServerCall<?, ?>> lostCalls = ConcurrentHashMap.newKeySet();
  private volatile String cut;

  /** Loses the messages to and from a node from now on. */
  void cut(String node) {
    cut = node;
  }

  /** Carries all messages again. Streams of which a message was lost end with an error. */
  void heal() {
    cut = null;
    for (ServerCall<?, ?> call : lostCalls) {
      call.close(Status.UNAVAILABLE, new Metadata());
    }
    lostCalls.clear();
  }

  /** Returns what the messages to a node go through. */
  ServerInterceptor to(String receiver) {
    return new ServerInterceptor() {
      @Override
      public <Q, R> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        return new Losing<>(next.startCall(call, headers), call, receiver);
      }
    };
  }

  private final class Losing<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<?, ?> call;
    private final String receiver;

    Losing(ServerCall.Listener<Q> next, ServerCall<?, ?> call, String receiver) {
      super(next);
      this.call = call;
      this.receiver = receiver;
    }

    @Override
    public void onMessage(Q message) {
      String its = cut;
      // A message of Raft names its sender.
      if (its != null
          && (receiver.equals(its) || message.toString().contains("requestorId: \"" + its + '"'))) {
        lostCalls.add(call);
      }
      if (!lostCalls.contains(call)) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!lostCalls.contains(call)) {
        super.onHalfClose();
      }
    }
  }
}
