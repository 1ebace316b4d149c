package kv.cluster;

import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.retry.RetryPolicy;
import org.apache.ratis.util.TimeDuration;

/** Clients of Raft groups. */
final class Clients {
  private static final int PAUSE_MILLIS = 100;
  private static final int ATTEMPTS = 50;

  private Clients() {}

  /** Returns a client of a group that tries once. */
  static RaftClient once(RaftGroup group, RaftProperties properties) {
    return client(group, properties, RetryPolicies.noRetry());
  }

  /** Returns a client of a group that tries to reach a leader for five seconds. */
  static RaftClient of(RaftGroup group, RaftProperties properties) {
    TimeDuration pause = TimeDuration.valueOf(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    return client(
        group, properties, RetryPolicies.retryUpToMaximumCountWithFixedSleep(ATTEMPTS, pause));
  }

  private static RaftClient client(RaftGroup group, RaftProperties properties, RetryPolicy policy) {
    return RaftClient.newBuilder()
        .setRaftGroup(group)
        .setProperties(properties)
        .setRetryPolicy(policy)
        .build();
  }
}
