package kv.cluster;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;

/**
 * Slows a leader down while this node receives its store. Ratis tells the node to do so, hears that it
 * does, and tells it again at once: a third of a processor on each of the two.
 */
final class InstallBrake implements ServerInterceptor {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void sendMessage(R message) {
            if (message instanceof InstallSnapshotReplyProto reply
                && reply.getResult() == InstallSnapshotResult.IN_PROGRESS) {
              LockSupport.parkNanos(PAUSE_NANOS);
            }
            super.sendMessage(message);
          }
        },
        headers);
  }
}
