#!/bin/sh
# A majority of Ratis servers, one of them with every committed entry, that elects no leader.
#
# Two of three servers are started, and commit a few writes. The leader is closed, and the third is
# started for the first time. Its log is empty, so it cannot lead; but it votes for the other one,
# whose log is complete.
#
# Expected: that one is elected by two of three votes, as in figure 2 of the paper of Raft: a server
# grants its vote to a candidate whose log is at least as up-to-date as its own, and an empty log is a
# log.
#
# Seen, with 15 seconds of time for elections:
#
#   Apache Ratis 3.1.3   elected
#   Apache Ratis 3.3.0   not elected, until the first leader is back
#
# Since 3.2.0 a candidate that knows of a commit counts the vote of a server with an empty log as a
# refusal: the server could have had a log that was lost with its disk. It cannot tell such a server
# from one that is only late. So a group with a server that never received an entry survives no
# failure of another, although a majority is up.
#
# Needs: Linux or macOS, a JDK 17 or newer, Maven, a network for the packages; about two minutes.
# Usage: findings/ratis-refuses-a-late-servers-vote.sh
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
      <version>${ratis}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.ratis</groupId>
      <artifactId>ratis-grpc</artifactId>
      <version>${ratis}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.ratis</groupId>
      <artifactId>ratis-metrics-default</artifactId>
      <version>${ratis}</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Late.java" <<'JAVA'
import java.io.File;
import java.net.ServerSocket;
import java.util.*;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.*;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;

public class Late {
  static class Machine extends BaseStateMachine {
    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      return CompletableFuture.completedFuture(Message.EMPTY);
    }
  }

  final List<RaftPeer> peers = new ArrayList<>();
  final RaftGroup group;
  final File folder;

  Late(File folder) throws Exception {
    this.folder = folder;
    for (String id : List.of("n1", "n2", "n3")) {
      try (ServerSocket free = new ServerSocket(0)) {
        String address = "127.0.0.1:" + free.getLocalPort();
        peers.add(RaftPeer.newBuilder().setId(id).setAddress(address).build());
      }
    }
    group = RaftGroup.valueOf(RaftGroupId.valueOf(new UUID(1, 1)), peers);
  }

  RaftServer start(RaftPeer peer) throws Exception {
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(
        properties, List.of(new File(folder, peer.getId().toString())));
    String port = peer.getAddress().split(":")[1];
    GrpcConfigKeys.Server.setPort(properties, Integer.parseInt(port));
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(peer.getId())
            .setGroup(group)
            .setProperties(properties)
            .setOption(RaftStorage.StartupOption.RECOVER)
            .setStateMachine(new Machine())
            .build();
    server.start();
    return server;
  }

  /** Returns the server that leads; null if none does for a time. */
  RaftServer leader(int seconds, RaftServer... servers) throws Exception {
    for (int i = 0; i < 10 * seconds; i++) {
      for (RaftServer server : servers) {
        if (server.getDivision(group.getGroupId()).getInfo().isLeaderReady()) {
          return server;
        }
      }
      Thread.sleep(100);
    }
    return null;
  }

  void write(int number) throws Exception {
    try (RaftClient client =
        RaftClient.newBuilder().setRaftGroup(group).setProperties(new RaftProperties()).build()) {
      for (int i = 0; i < number; i++) {
        if (!client.io().send(Message.valueOf("write " + i)).isSuccess()) {
          throw new IllegalStateException("not written");
        }
      }
    }
  }

  String run() throws Exception {
    RaftServer first = start(peers.get(0));
    RaftServer second = start(peers.get(1));
    RaftServer leader = leader(30, first, second);
    write(10);
    RaftServer follower = leader == first ? second : first;
    // The follower has heard that all of them are committed.
    while (follower.getDivision(group.getGroupId()).getRaftLog().getLastCommittedIndex() < 10) {
      Thread.sleep(100);
    }
    RaftPeer closed = peers.get(leader == first ? 0 : 1);
    leader.close();
    RaftServer late = start(peers.get(2));
    boolean elected = leader(15, follower, late) == follower;
    RaftServer back = start(closed);
    boolean afterReturn = leader(30, follower, late, back) != null;
    write(1);
    for (RaftServer server : List.of(follower, late, back)) {
      server.close();
    }
    return (elected ? "elected" : "not elected")
        + (afterReturn ? ", a leader when all are up" : ", no leader when all are up");
  }

  public static void main(String[] arguments) {
    try {
      System.out.println(arguments[1] + ": " + new Late(new File(arguments[0])).run());
      System.exit(0);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
  }
}
JAVA
seen=$(
  for version in 3.1.3 3.3.0; do
    mvn -B -q -Dratis="$version" -f "$folder/pom.xml" \
      org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
      -Dmdep.outputFile="$folder/classpath" >&2
    javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Late.java" >&2
    java -cp "$folder:$(cat "$folder/classpath")" Late "$folder/data-$version" "$version" \
      2> "$folder/errors" || cat "$folder/errors" >&2
  done
)
echo "$seen"
expected='3.1.3: elected, a leader when all are up
3.3.0: not elected, a leader when all are up'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
