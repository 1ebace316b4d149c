package kv.cluster;

import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/** Holds some of a node's replies to other nodes back. */
abstract class HeldReplies implements ServerInterceptor {
  /**
   * Waits as long as a reply has to. Called on the thread that answers.
   *
   * @return OK, or the error that is sent in place of the reply
   */
  abstract Status hold(Object reply);

  @Override
  public final <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void sendMessage(R message) {
            Status status = hold(message);
            if (status.isOk()) {
              super.sendMessage(message);
            } else {
              close(status, new Metadata());
            }
          }
        },
        headers);
  }
}
