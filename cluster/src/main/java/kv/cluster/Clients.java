package kv.cluster;

import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.util.TimeDuration;

/** Clients of Raft groups. */
final class Clients {
  /** Pause between two attempts to reach a leader. */
  private static final TimeDuration PAUSE = TimeDuration.valueOf(100, TimeUnit.MILLISECONDS);

  /** Attempts: within {@link Router#MOST_SECONDS}, no client waits longer for a reply. */
  private static final int ATTEMPTS = 40;

  private Clients() {}

  /** Returns a client of a group. */
  static RaftClient of(RaftGroup group, RaftProperties properties) {
    return RaftClient.newBuilder()
        .setRaftGroup(group)
        .setProperties(properties)
        .setRetryPolicy(RetryPolicies.retryUpToMaximumCountWithFixedSleep(ATTEMPTS, PAUSE))
        .build();
  }
}
