package kv.cluster;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/** The messages between the nodes of a JVM. It can lose those of one node, and hold some back. */
final class RaftMessages {
  /** A question for a piece of a file, as it is printed. */
  private static final String FILE = "content: \"\\00" + SnapshotSender.MARK + SnapshotSender.READ;

  private final Set<ServerCall<?, ?>> lostCalls = ConcurrentHashMap.newKeySet();

  /** The number of times that a node has asked how far its leader has committed. */
  final AtomicInteger questions = new AtomicInteger();

  /** The number of times that a node was told to receive a store. */
  final AtomicInteger installs = new AtomicInteger();

  private volatile String cut;
  private volatile Hold hold;

  /**
   * A message that waits.
   *
   * @param from the node that is asked for a piece of a file
   * @param held completed when it is asked
   * @param until completed when the question may go on
   */
  private record Hold(String from, CompletableFuture<Void> held, CompletableFuture<Void> until) {}

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

  /**
   * Holds the questions for the files of a node back.
   *
   * @return is completed when there is one
   */
  CompletableFuture<Void> holdFiles(String node, CompletableFuture<Void> until) {
    hold = new Hold(node, new CompletableFuture<>(), until);
    return hold.held();
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
      if (message instanceof InstallSnapshotRequestProto) {
        installs.incrementAndGet();
      }
      if (message instanceof ReadIndexRequestProto) {
        questions.incrementAndGet();
      }
      Hold waits = hold;
      if (waits != null && receiver.equals(waits.from()) && message.toString().contains(FILE)) {
        waits.held().complete(null);
        waits.until().join();
      }
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
