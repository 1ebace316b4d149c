package kv.cluster;

import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.util.ProtoUtils;

/**
 * Holds a follower's acknowledgement of entries back until they are on its disk. Ratis acknowledges
 * entries that it receives a second time at once, even if the fsync of the first time still runs.
 */
final class FlushedAcks extends HeldReplies {
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final ToLongFunction<RaftGroupId> flushed;

  /**
   * Holds the acknowledgements of a node back.
   *
   * @param flushed returns the last entry of a shard that is on the disk
   */
  FlushedAcks(ToLongFunction<RaftGroupId> flushed) {
    this.flushed = flushed;
  }

  @Override
  Status hold(Object reply) {
    return reply instanceof AppendEntriesReplyProto acknowledgement && !isOnDisk(acknowledgement)
        // The leader sends the entries again.
        ? Status.UNAVAILABLE.withDescription("the disk is slow")
        : Status.OK;
  }

  /** Waits until the entries of an acknowledgement are on the disk; returns false after a while. */
  private boolean isOnDisk(AppendEntriesReplyProto reply) {
    if (reply.getResult() != AppendResult.SUCCESS) {
      return true;
    }
    RaftGroupId group = ProtoUtils.toRaftGroupId(reply.getServerReply().getRaftGroupId());
    long end = System.nanoTime() + WAIT_NANOS;
    while (flushed.applyAsLong(group) < reply.getMatchIndex()) {
      if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
        return false;
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return true;
  }
}
