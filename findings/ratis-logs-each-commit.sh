#!/bin/sh
# A Ratis log that has two entries for each write, and so two fsyncs on each server.
#
# Apache Ratis notes in its log how far it has committed: an entry of its own after each commit, which
# is sent to the followers and flushed as any other. Writes that come one at a time, or in batches that
# the program makes itself, so cost twice the entries and fsyncs.
#
# Expected: the commit index is not persisted, since Raft does not need it (figure 2 of its paper has
# it in memory): a server that starts hears of it from its leader. The setting that turns the entries
# off, raft.server.log.log-metadata.enabled, is on by default.
#
# Seen with Apache Ratis 3.3.0, three servers, 100 writes, each sent after the reply to the one before:
#
#   log-metadata.enabled   entries of writes   entries of commits   flushes of each follower
#   true, the default      100                 100                  about 200
#   false                  100                 0                    about 100
#
# After a restart of all three servers, both kinds of logs are applied in full.
#
# Needs: Linux or macOS, a JDK 17 or newer, Maven, a network for the packages; up to a minute.
# Usage: findings/ratis-logs-each-commit.sh
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
cat > "$folder/Commits.java" <<'JAVA'
import java.io.File;
import java.net.ServerSocket;
import java.util.*;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.*;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;

public class Commits {
  static final int WRITES = 100;

  /** Counts what is applied, and how often the log is flushed. */
  static class Machine extends BaseStateMachine {
    final AtomicInteger applied = new AtomicInteger();
    final AtomicInteger flushes = new AtomicInteger();

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      applied.incrementAndGet();
      return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public CompletableFuture<Void> flush(long index) {
      flushes.incrementAndGet();
      return CompletableFuture.completedFuture(null);
    }
  }

  final List<RaftPeer> peers = new ArrayList<>();
  final List<RaftServer> servers = new ArrayList<>();
  final List<Machine> machines = new ArrayList<>();
  final RaftGroup group;
  final File folder;
  final boolean metadata;

  Commits(File folder, boolean metadata) throws Exception {
    this.folder = folder;
    this.metadata = metadata;
    for (String id : List.of("n1", "n2", "n3")) {
      try (ServerSocket free = new ServerSocket(0)) {
        String address = "127.0.0.1:" + free.getLocalPort();
        peers.add(RaftPeer.newBuilder().setId(id).setAddress(address).build());
      }
    }
    group = RaftGroup.valueOf(RaftGroupId.valueOf(new UUID(1, metadata ? 1 : 2)), peers);
  }

  void start() throws Exception {
    servers.clear();
    machines.clear();
    for (RaftPeer peer : peers) {
      RaftProperties properties = new RaftProperties();
      RaftServerConfigKeys.setStorageDir(
          properties, List.of(new File(folder, peer.getId().toString())));
      String port = peer.getAddress().split(":")[1];
      GrpcConfigKeys.Server.setPort(properties, Integer.parseInt(port));
      RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, metadata);
      RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
      Machine machine = new Machine();
      machines.add(machine);
      RaftServer server =
          RaftServer.newBuilder()
              .setServerId(peer.getId())
              .setGroup(group)
              .setProperties(properties)
              .setOption(RaftStorage.StartupOption.RECOVER)
              .setStateMachine(machine)
              .build();
      server.start();
      servers.add(server);
    }
  }

  void stop() throws Exception {
    for (RaftServer server : servers) {
      server.close();
    }
  }

  /** Waits until each machine has applied all writes. */
  void awaitApplied() throws Exception {
    for (int i = 0; i < 300; i++) {
      if (machines.stream().allMatch(machine -> machine.applied.get() == WRITES)) {
        return;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException("not applied after 30 seconds");
  }

  void run() throws Exception {
    start();
    try (RaftClient client =
        RaftClient.newBuilder().setRaftGroup(group).setProperties(new RaftProperties()).build()) {
      for (int i = 0; i < WRITES; i++) {
        client.io().send(Message.valueOf("write " + i));
      }
    }
    awaitApplied();
    Thread.sleep(1000);
    Map<LogEntryProto.LogEntryBodyCase, Integer> kinds =
        new EnumMap<>(LogEntryProto.LogEntryBodyCase.class);
    int leader = -1;
    for (int i = 0; i < 3; i++) {
      RaftServer.Division division = servers.get(i).getDivision(group.getGroupId());
      if (division.getInfo().isLeader()) {
        leader = i;
        RaftLog log = division.getRaftLog();
        long last = log.getLastEntryTermIndex().getIndex();
        for (long index = log.getStartIndex(); index <= last; index++) {
          kinds.merge(log.get(index).getLogEntryBodyCase(), 1, Integer::sum);
        }
      }
    }
    List<Long> flushes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      if (i != leader) {
        flushes.add(Math.round(machines.get(i).flushes.get() / (double) WRITES));
      }
    }
    stop();
    start();
    awaitApplied();
    stop();
    System.out.println("metadata " + metadata + ": " + kinds
        + ", flushes a write on the followers " + flushes + ", all applied after a restart");
  }

  public static void main(String[] arguments) {
    try {
      new Commits(new File(arguments[0]), Boolean.parseBoolean(arguments[1])).run();
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
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Commits.java"
seen=$(
  for metadata in true false; do
    java -cp "$folder:$(cat "$folder/classpath")" Commits "$folder/data-$metadata" "$metadata" \
      2> "$folder/errors" || cat "$folder/errors" >&2
  done
)
echo "$seen"
expected='metadata true: {STATEMACHINELOGENTRY=100, CONFIGURATIONENTRY=1, METADATAENTRY=100}, flushes a write on the followers [2, 2], all applied after a restart
metadata false: {STATEMACHINELOGENTRY=100, CONFIGURATIONENTRY=1}, flushes a write on the followers [1, 1], all applied after a restart'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
