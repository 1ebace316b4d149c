package kv.cluster;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.grpc.server.GrpcLogAppender;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.raftlog.RaftLogIOException;

/**
 * Ratis, except that the thread with which a leader sends its log to n3 fails once. So it does if
 * entries that n3 needs are deleted while it reads them. Ratis creates it by its name.
 */
public final class FailingAppenders implements RpcType {
  /** Whether the next request fails. */
  static final AtomicBoolean ARMED = new AtomicBoolean();

  @Override
  public String name() {
    return FailingAppenders.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new GrpcFactory(parameters) {
      @Override
      public LogAppender newLogAppender(
          RaftServer.Division server, LeaderState state, FollowerInfo follower) {
        return new GrpcLogAppender(server, state, follower) {
          @Override
          public AppendEntriesRequestProto newAppendEntriesRequest(long callId, boolean heartbeat)
              throws RaftLogIOException {
            if (getFollowerId().toString().equals("n3") && ARMED.getAndSet(false)) {
              throw new RaftLogIOException("a test: the entry was just deleted");
            }
            return super.newAppendEntriesRequest(callId, heartbeat);
          }
        };
      }
    };
  }
}
