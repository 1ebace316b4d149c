#!/bin/sh
# A Ratis follower acknowledges entries that are not in its log, and entries that are not on its disk.
#
# One Apache Ratis server is a follower. The requests of its leader come from this program, as a
# leader sends them that got no reply in time: entry 1, and then entry 1 once more. The fsync of entry
# 1 takes a second; the state machine's flush, which belongs to it, makes it slow.
#
# Expected, of Raft: a follower that replies SUCCESS with matchIndex 2 has the entries up to 2 on its
# disk. The leader counts it for the majority of entry 2, and may acknowledge it to a client.
#
# Seen with Apache Ratis 3.3.0, and with 3.2.2:
#
#   the second request   raft.server.log.append-entries.compose.enabled   its reply        the log then
#   entries 1 and 2      true, the default                                SUCCESS, match 2 ends with 1
#   entry 1              false                                            SUCCESS at once  not on disk
#
# The next request, with entry 3, is refused by the first follower: INCONSISTENCY, next index 2. A
# leader never goes back before an entry that a follower has acknowledged, so it sends entry 3 again,
# and the follower gets no more entries until another leader is elected. If the leader dies, and the
# third server does not have entry 2, it is lost, though it was acknowledged.
#
# The first cause is in ServerImplUtils.NavigableIndices: append() takes a request for one that is
# under way if the first index is the same, and does not look at the others. The second is in
# SegmentedRaftLog.appendImpl, which returns a future for each entry that is new in its cache, and so
# none for an entry whose write is under way.
#
# So set the property to false, and hold an acknowledgement back until RaftLog.getFlushIndex() has
# reached its matchIndex, with an interceptor of the server, for example.
#
# Needs: Linux or macOS, a JDK 17 or newer, Maven, a network for the packages; up to a minute.
# Usage: findings/ratis-acknowledges-entries-it-drops.sh
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.ratis</groupId>
      <artifactId>ratis-server</artifactId>
      <version>3.3.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.ratis</groupId>
      <artifactId>ratis-grpc</artifactId>
      <version>3.3.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.ratis</groupId>
      <artifactId>ratis-metrics-default</artifactId>
      <version>3.3.0</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Follower.java" <<'JAVA'
import java.io.File;
import java.net.ServerSocket;
import java.util.*;
import java.util.concurrent.*;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.*;
import org.apache.ratis.protocol.*;
import org.apache.ratis.server.*;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.*;

public class Follower {
  static final RaftGroupId GROUP = RaftGroupId.valueOf(new UUID(1, 1));

  /** What the disk waits for. */
  static volatile CompletableFuture<Void> disk = CompletableFuture.completedFuture(null);

  static class Machine extends BaseStateMachine {
    @Override
    public CompletableFuture<Void> flush(long index) {
      return disk;
    }
  }

  static long calls;

  /** Returns a request of the leader n2 in term 1. */
  static AppendEntriesRequestProto append(long previous, long... indexes) {
    AppendEntriesRequestProto.Builder request = AppendEntriesRequestProto.newBuilder();
    request.setServerRequest(
        RaftRpcRequestProto.newBuilder()
            .setRequestorId(ByteString.copyFromUtf8("n2"))
            .setReplyId(ByteString.copyFromUtf8("n1"))
            .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(GROUP))
            .setCallId(++calls));
    request.setLeaderTerm(1).setLeaderCommit(0);
    if (previous >= 0) {
      request.setPreviousLog(TermIndexProto.newBuilder().setTerm(1).setIndex(previous));
    }
    for (long index : indexes) {
      request.addEntries(
          LogEntryProto.newBuilder()
              .setTerm(1)
              .setIndex(index)
              .setStateMachineLogEntry(
                  StateMachineLogEntryProto.newBuilder()
                      .setClientId(ClientId.randomId().toByteString())
                      .setCallId(index)
                      .setLogData(ByteString.copyFromUtf8("entry " + index))));
    }
    return request.build();
  }

  static String text(AppendEntriesReplyProto reply) {
    return reply.getResult() == AppendEntriesReplyProto.AppendResult.SUCCESS
        ? "SUCCESS, match " + reply.getMatchIndex()
        : reply.getResult() + ", next " + reply.getNextIndex();
  }

  public static void main(String[] arguments) {
    try {
      run(new File(arguments[0]), Boolean.parseBoolean(arguments[1]));
      System.exit(0);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
  }

  static void run(File folder, boolean composed) throws Exception {
    List<RaftPeer> peers = new ArrayList<>();
    for (String id : List.of("n1", "n2", "n3")) {
      try (ServerSocket free = new ServerSocket(0)) {
        String address = "127.0.0.1:" + free.getLocalPort();
        peers.add(RaftPeer.newBuilder().setId(id).setAddress(address).build());
      }
    }
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(folder));
    String port = peers.get(0).getAddress().split(":")[1];
    GrpcConfigKeys.Server.setPort(properties, Integer.parseInt(port));
    // No election in this time.
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, TimeDuration.ONE_MINUTE);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, TimeDuration.ONE_MINUTE.multiply(2));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, TimeDuration.ONE_MINUTE);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
        properties, TimeDuration.ONE_MINUTE.multiply(2));
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, composed);
    RaftServer.Builder builder = RaftServer.newBuilder().setServerId(peers.get(0).getId());
    builder.setGroup(RaftGroup.valueOf(GROUP, peers)).setProperties(properties);
    RaftServer server = builder.setStateMachine(new Machine()).build();
    server.start();
    RaftLog log = server.getDivision(GROUP).getRaftLog();
    server.appendEntriesAsync(append(-1, 0)).get(20, TimeUnit.SECONDS);

    disk = new CompletableFuture<>();
    var first = server.appendEntriesAsync(append(0, 1));
    var second = server.appendEntriesAsync(composed ? append(0, 1, 2) : append(0, 1));
    String early = "";
    try {
      early = "second: " + text(second.get(1, TimeUnit.SECONDS));
      early += ", on disk up to " + log.getFlushIndex() + "; ";
    } catch (TimeoutException e) {
      // It waits for the disk, as it should.
    }
    disk.complete(null);
    System.out.print("composed " + composed + ": " + early);
    System.out.print("first: " + text(first.get(20, TimeUnit.SECONDS)));
    System.out.print("; second: " + text(second.get(20, TimeUnit.SECONDS)));
    System.out.print("; log ends with " + log.getLastEntryTermIndex().getIndex());
    var third = server.appendEntriesAsync(append(composed ? 2 : 1, composed ? 3 : 2));
    System.out.println("; third: " + text(third.get(20, TimeUnit.SECONDS)));
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Follower.java"
seen=$(
  for composed in true false; do
    java -cp "$folder:$(cat "$folder/classpath")" Follower "$folder/data-$composed" "$composed" \
      2> "$folder/errors" || cat "$folder/errors" >&2
  done
)
echo "$seen"
expected='composed true: first: SUCCESS, match 1; second: SUCCESS, match 2; log ends with 1; third: INCONSISTENCY, next 2
composed false: second: SUCCESS, match 1, on disk up to 0; first: SUCCESS, match 1; second: SUCCESS, match 1; log ends with 1; third: SUCCESS, match 2'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
