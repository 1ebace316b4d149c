#!/bin/sh
# A Ratis follower that forgets the servers of its group while it is told to install a snapshot.
#
# A follower that was down for long is told by its leader, again and again, to install a snapshot:
# with raft.server.log.appender.install.snapshot.enabled set to false, so that the state machine
# fetches it. Each such request carries the group's configuration.
#
# Expected: the configuration is the same before, during and after the request.
#
# Seen with Apache Ratis 3.3.0, one follower of three servers, which gets 2,000 such requests:
#
#   started with the group                         always 3 servers
#   restarted, which opens the groups on its disk  3 servers, and for a moment in some requests none
#
# Why: SnapshotInstallationHandler removes the configurations from the one in the request on, then
# compares, and then adds it again. If there was no earlier one, the follower in the meantime has its
# initial configuration. That is the group for which it was created, but RaftServerProxy.initGroups
# creates those that it finds on the disk as groups without servers.
#
# An election in that moment has the result NOT_IN_CONF, and then the server closes the group. It is
# never opened again, the process goes on, and only the log says so. With three servers and two groups
# on a busy machine that came about once in ten restarts of a follower that was down for long.
#
# A program can create the RaftServer with an empty storage directory, set the real one, and add each
# group with its servers and without formatting: GroupManagementRequest.newAdd(..., group, false).
#
# Needs: Linux or macOS, a JDK 17 or newer, Maven, a network for the packages; up to a minute.
# Usage: findings/ratis-forgets-its-peers.sh
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
cat > "$folder/Forgetful.java" <<'JAVA'
import java.io.File;
import java.net.ServerSocket;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.*;
import org.apache.ratis.protocol.*;
import org.apache.ratis.server.*;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.*;

public class Forgetful {
  static final RaftGroupId GROUP = RaftGroupId.valueOf(new UUID(1, 1));

  /** Never ends to fetch the snapshot. */
  static class Machine extends BaseStateMachine {
    @Override
    public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(
        RoleInfoProto role, TermIndex first) {
      return new CompletableFuture<>();
    }
  }

  final List<RaftPeer> peers = new ArrayList<>();
  final File folder;
  long calls;

  Forgetful(File folder) throws Exception {
    this.folder = folder;
    for (String id : List.of("n1", "n2", "n3")) {
      try (ServerSocket free = new ServerSocket(0)) {
        String address = "127.0.0.1:" + free.getLocalPort();
        peers.add(RaftPeer.newBuilder().setId(id).setAddress(address).build());
      }
    }
  }

  /** Starts the follower n1. */
  RaftServer start(boolean withGroup) throws Exception {
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(folder));
    String port = peers.get(0).getAddress().split(":")[1];
    GrpcConfigKeys.Server.setPort(properties, Integer.parseInt(port));
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, false);
    // No election in this time.
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, TimeDuration.ONE_MINUTE);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, TimeDuration.ONE_MINUTE.multiply(2));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, TimeDuration.ONE_MINUTE);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
        properties, TimeDuration.ONE_MINUTE.multiply(2));
    RaftServer.Builder builder = RaftServer.newBuilder().setServerId(peers.get(0).getId());
    builder.setProperties(properties).setStateMachine(new Machine());
    builder.setOption(RaftStorage.StartupOption.RECOVER);
    if (withGroup) {
      builder.setGroup(RaftGroup.valueOf(GROUP, peers));
      builder.setOption(
          folder.exists() ? RaftStorage.StartupOption.RECOVER : RaftStorage.StartupOption.FORMAT);
    }
    RaftServer server = builder.build();
    server.start();
    return server;
  }

  RaftRpcRequestProto.Builder fromLeader() {
    return RaftRpcRequestProto.newBuilder()
        .setRequestorId(ByteString.copyFromUtf8("n2"))
        .setReplyId(ByteString.copyFromUtf8("n1"))
        .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(GROUP))
        .setCallId(++calls);
  }

  /** The first entry of the log: the servers of the group. */
  LogEntryProto configuration() {
    RaftConfigurationProto.Builder servers = RaftConfigurationProto.newBuilder();
    peers.forEach(peer -> servers.addPeers(peer.getRaftPeerProto()));
    return LogEntryProto.newBuilder()
        .setTerm(1)
        .setIndex(0)
        .setConfigurationEntry(servers)
        .build();
  }

  void append(RaftServer server) throws Exception {
    server
        .appendEntriesAsync(
            AppendEntriesRequestProto.newBuilder()
                .setServerRequest(fromLeader())
                .setLeaderTerm(1)
                .setLeaderCommit(0)
                .addEntries(configuration())
                .build())
        .get(20, TimeUnit.SECONDS);
    Thread.sleep(1000);
  }

  InstallSnapshotRequestProto install() {
    return InstallSnapshotRequestProto.newBuilder()
        .setServerRequest(fromLeader())
        .setLeaderTerm(1)
        .setLastRaftConfigurationLogEntryProto(configuration())
        .setNotification(
            InstallSnapshotRequestProto.NotificationProto.newBuilder()
                .setFirstAvailableTermIndex(
                    TermIndexProto.newBuilder().setTerm(1).setIndex(100)))
        .build();
  }

  /** Returns the smallest number of servers that the follower knows during the requests. */
  int fewest(RaftServer server) throws Exception {
    RaftServer.Division division = server.getDivision(GROUP);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> fewest =
        CompletableFuture.supplyAsync(
            () -> {
              int least = Integer.MAX_VALUE;
              while (!over.get()) {
                least = Math.min(least, division.getRaftConf().getCurrentPeers().size());
              }
              return least;
            });
    for (int i = 0; i < 2000; i++) {
      server.installSnapshot(install());
    }
    over.set(true);
    return fewest.get();
  }

  public static void main(String[] arguments) {
    try {
      Forgetful follower = new Forgetful(new File(arguments[0]));
      RaftServer server = follower.start(true);
      follower.append(server);
      server.close();
      for (boolean withGroup : new boolean[] {true, false}) {
        server = follower.start(withGroup);
        int before = server.getDivision(GROUP).getRaftConf().getCurrentPeers().size();
        int fewest = follower.fewest(server);
        int after = server.getDivision(GROUP).getRaftConf().getCurrentPeers().size();
        server.close();
        System.out.println((withGroup ? "with the group" : "from the disk") + ": servers before "
            + before + ", fewest " + fewest + ", after " + after);
      }
      System.exit(0);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Forgetful.java"
seen=$(
  java -cp "$folder:$(cat "$folder/classpath")" Forgetful "$folder/data" \
    2> "$folder/errors" || cat "$folder/errors" >&2
)
echo "$seen"
expected='with the group: servers before 3, fewest 3, after 3
from the disk: servers before 3, fewest 0, after 3'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
