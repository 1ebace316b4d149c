/*
 * WHAT THIS FILE IS
 *
 * The settings of Ratis, each with its reason.
 */
package kv.cluster;

import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** The settings of Ratis. */
final class Properties {
  /** The size of an entry in Ratis: the commands have up to ShardQueue.MOST_BYTES. */
  static final SizeInBytes MOST_ENTRY = SizeInBytes.valueOf("24MB");

  private Properties() {}

  private static TimeDuration millis(long number) {
    return TimeDuration.valueOf(number, TimeUnit.MILLISECONDS);
  }

  static RaftProperties of(NodeSettings settings) {
    RaftProperties properties = new RaftProperties();
    String address = settings.peers().get(settings.id());
    int colon = address.lastIndexOf(':');
    GrpcConfigKeys.Server.setHost(properties, address.substring(0, colon));
    GrpcConfigKeys.Server.setPort(properties, Integer.parseInt(address.substring(colon + 1)));
    RaftServerConfigKeys.setRemovedGroupsDir(
        properties, settings.directory().resolve("removed").toFile());
    elections(properties);
    log(properties);
    sizes(properties);
    return properties;
  }

  private static void elections(RaftProperties properties) {
    // Longer than a pause of a JVM on a busy laptop, or leaders would change for no reason.
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, millis(500));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, millis(1000));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, millis(200));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, millis(500));
    // Each attempt of a request is a new one for Ratis (see ShardWrites), so that the replies that
    // it keeps in memory are of no use.
    RaftServerConfigKeys.RetryCache.setExpiryTime(properties, millis(1000));
    // Entries by which a new node may be late when it is added.
    RaftServerConfigKeys.setStagingCatchupGap(properties, 100);
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(properties, millis(2000));
    // By default a server that was stopped for a minute, like a laptop at night, closes itself.
    RaftServerConfigKeys.setCloseThreshold(properties, TimeDuration.valueOf(365, TimeUnit.DAYS));
  }

  private static void log(RaftProperties properties) {
    // Segments are small, since Ratis deletes its log by whole segments, and a node has many logs.
    RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf("8MB"));
    RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("1MB"));
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 2);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SizeInBytes.valueOf("16MB"));
    // By default Ratis logs how far it has committed, after each commit: an entry, and an fsync on
    // each node, so that the others hear of it at once. Barrier asks if it needs to know:
    // findings/ratis-logs-each-commit.sh.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
    // A node that is down does not make the others keep their logs: it gets a copy of the store.
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, false);
    // With it, a follower that receives entries twice, and more of them the second time, appends
    // those of the first time, and acknowledges all of them:
    // findings/ratis-acknowledges-entries-it-drops.sh.
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
    // By default an entry waits until a millisecond has passed since the last message to the node.
    RaftServerConfigKeys.Log.Appender.setWaitTimeMin(properties, millis(0));
    // By default the wait after failures grows to five seconds, in which a node that is back
    // receives nothing.
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(properties, "1ms,10, 200ms,1000000");
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, 100_000);
    // The engine recovers what it has: a stop needs no snapshot.
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
  }

  private static void sizes(RaftProperties properties) {
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, MOST_ENTRY);
    RaftServerConfigKeys.Log.setWriteBufferSize(properties, SizeInBytes.valueOf("25MB"));
    GrpcConfigKeys.setMessageSizeMax(properties, SizeInBytes.valueOf("64MB"));
    // The front limits what its clients have in flight.
    RaftClientConfigKeys.Async.setOutstandingRequestsMax(properties, 100_000);
    RaftServerConfigKeys.Write.setElementLimit(properties, 100_000);
    RaftClientConfigKeys.Rpc.setRequestTimeout(properties, millis(3000));
  }
}
