package kv.cluster;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * Slows a leader down while this node receives its store. Ratis tells the node to do so, hears that it
 * does, and tells it again at once: a third of a processor on each of the two.
 */
final class InstallBrake extends HeldReplies {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  @Override
  Status hold(Object reply) {
    if (reply instanceof InstallSnapshotReplyProto install
        && install.getResult() == InstallSnapshotResult.IN_PROGRESS) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return Status.OK;
  }
}
