#!/bin/sh
# What a full disk does to the vote of a Ratis server.
#
# A server of Apache Ratis keeps its current term and its vote in the file raft-meta, which Raft needs
# to be durable before a reply. It writes a temporary file, makes it durable, and renames it over the
# old one: "atomically", says its documentation.
#
# Expected: if there is no space for the temporary file, the write fails and the old file stays.
#
# Seen with Apache Ratis 3.2.2 and 3.3.0, on a tmpfs of 16 MiB that another file fills:
#
#   1  a server, alone in its group, is started, leads, and is closed: raft-meta has a term and a vote
#   2  the disk is filled, and the server is started: it begins an election, and its write fails
#   3  raft-meta has 0 bytes
#   4  the other file is deleted, and the server is started: "Failed to load", each time from then on
#
# The stream that renames the file when it is closed is inside a writer. The write fails when the
# writer flushes its buffer. Then the writer is closed, as after any failure, and with it the stream,
# which does not know of the failure, and renames the empty file. If the disks of all servers are full
# when a leader is elected, none of them can be started again, although their logs are whole. To write
# the file again with the last term of the log would be wrong: the server may have voted in a later
# one, and would vote in it a second time.
#
# Needs: Linux with user namespaces (unshare -rm), a JDK 17 or newer, Maven and a network for the
# packages; about a minute.
# Usage: findings/ratis-full-disk-empties-its-vote.sh
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
cat > "$folder/Vote.java" <<'JAVA'
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.*;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.SizeInBytes;

public class Vote {
  /** Starts a server, gives it some seconds for an election, and closes it. */
  static String run(Path disk, RaftPeer peer, RaftGroup group) throws Exception {
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(disk.resolve("server").toFile()));
    RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("64KB"));
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
    String port = peer.getAddress().split(":")[1];
    GrpcConfigKeys.Server.setPort(properties, Integer.parseInt(port));
    try (RaftServer server =
        RaftServer.newBuilder()
            .setServerId(peer.getId())
            .setGroup(group)
            .setProperties(properties)
            .setOption(RaftStorage.StartupOption.RECOVER)
            .setStateMachine(new BaseStateMachine())
            .build()) {
      server.start();
      for (int i = 0; i < 50; i++) {
        Thread.sleep(100);
        if (server.getDivision(group.getGroupId()).getInfo().isLeaderReady()) {
          return "leads";
        }
      }
      return "does not lead";
    } catch (CompletionException e) {
      return e.getCause().getMessage().replaceAll("/.*/", "");
    }
  }

  static String bytes(Path disk) throws IOException {
    try (Stream<Path> files = Files.walk(disk)) {
      Path file = files.filter(f -> f.endsWith("raft-meta")).findFirst().orElseThrow();
      return "raft-meta is " + (Files.size(file) == 0 ? "empty" : "not empty");
    }
  }

  public static void main(String[] arguments) {
    try {
      Path disk = Path.of(arguments[0]);
      int port;
      try (ServerSocket free = new ServerSocket(0)) {
        port = free.getLocalPort();
      }
      RaftPeer peer = RaftPeer.newBuilder().setId("n1").setAddress("127.0.0.1:" + port).build();
      RaftGroup group = RaftGroup.valueOf(RaftGroupId.valueOf(new UUID(1, 1)), List.of(peer));
      List<String> seen = new ArrayList<>();
      seen.add(run(disk, peer, group) + ", " + bytes(disk));
      Path filler = disk.resolve("filler");
      try (var out = Files.newOutputStream(filler)) {
        while (true) {
          out.write(new byte[1024]);
        }
      } catch (IOException e) {
        seen.add(e.getMessage());
      }
      seen.add(run(disk, peer, group) + ", " + bytes(disk));
      Files.delete(filler);
      seen.add(run(disk, peer, group) + ", " + bytes(disk));
      System.out.println(arguments[1] + ": " + String.join("; ", seen));
      System.exit(0);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
  }
}
JAVA
seen=$(
  for version in 3.2.2 3.3.0; do
    mvn -B -q -Dratis="$version" -f "$folder/pom.xml" \
      org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
      -Dmdep.outputFile="$folder/classpath" >&2
    javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Vote.java" >&2
    mkdir "$folder/disk-$version"
    unshare -rm sh -c '
      mount -t tmpfs -o size=16m none "$1"
      java -XX:-UsePerfData -cp "$2" Vote "$1" "$3"
    ' sh "$folder/disk-$version" "$folder:$(cat "$folder/classpath")" "$version" \
      2> "$folder/errors" || cat "$folder/errors" >&2
  done
)
echo "$seen"
expected='3.2.2: leads, raft-meta is not empty; No space left on device; does not lead, raft-meta is empty; Failed to load raft-meta, raft-meta is empty
3.3.0: leads, raft-meta is not empty; No space left on device; does not lead, raft-meta is empty; Failed to load raft-meta, raft-meta is empty'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
