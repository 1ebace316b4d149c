#!/bin/sh
# A Raft server that closes itself after its process was stopped for a minute.
#
# Apache Ratis watches for pauses of the JVM. A leader that was paused steps down, rightly: the others
# have elected a new one. After a longer pause the whole server closes itself, and its process goes
# on without it. So a laptop that sleeps, or a virtual machine that is moved, ends a node for good,
# and a program that only watches the process does not notice.
#
# Expected: the server takes part again after any pause, as Raft allows. Its documentation of the
# settings does not name raft.server.close.threshold, whose default is 60 seconds.
#
# Seen with Apache Ratis 3.2.2, one server with one group, stopped by SIGSTOP:
#
#   after 10 seconds                         RUNNING, and a write succeeds
#   after 70 seconds                         CLOSED, and the process is still there
#   after 70 seconds, with a threshold of
#   a day                                    RUNNING, and a write succeeds
#
# Needs: Linux or macOS, a JDK 17 or newer, Maven and a network for the packages; about four minutes.
# Usage: findings/ratis-closes-after-a-pause.sh
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
      <version>3.2.2</version>
    </dependency>
    <dependency>
      <groupId>org.apache.ratis</groupId>
      <artifactId>ratis-grpc</artifactId>
      <version>3.2.2</version>
    </dependency>
    <dependency>
      <groupId>org.apache.ratis</groupId>
      <artifactId>ratis-metrics-default</artifactId>
      <version>3.2.2</version>
    </dependency>
  </dependencies>
</project>
XML
cat > "$folder/Paused.java" <<'JAVA'
import java.io.File;
import java.net.ServerSocket;
import java.util.List;
import java.util.Scanner;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.TimeDuration;

public class Paused {
  public static void main(String[] arguments) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(new File(arguments[0])));
    GrpcConfigKeys.Server.setPort(properties, port);
    if (arguments.length > 1) {
      RaftServerConfigKeys.setCloseThreshold(
          properties, TimeDuration.valueOf(1, TimeUnit.DAYS));
    }
    RaftPeer peer = RaftPeer.newBuilder().setId("n1").setAddress("127.0.0.1:" + port).build();
    RaftGroup group = RaftGroup.valueOf(RaftGroupId.valueOf(new UUID(1, 1)), peer);
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(peer.getId())
            .setGroup(group)
            .setProperties(properties)
            .setStateMachine(new BaseStateMachine())
            .build();
    server.start();
    // Each line of the input asks for the state.
    for (Scanner in = new Scanner(System.in); in.hasNextLine(); in.nextLine()) {
      boolean written;
      try (RaftClient client =
          RaftClient.newBuilder()
              .setRaftGroup(group)
              .setProperties(properties)
              .setRetryPolicy(
                  RetryPolicies.retryUpToMaximumCountWithFixedSleep(
                      20, TimeDuration.valueOf(200, TimeUnit.MILLISECONDS)))
              .build()) {
        written = client.io().send(Message.valueOf("x")).isSuccess();
      } catch (Exception e) {
        written = false;
      }
      System.out.println(
          server.getLifeCycleState() + (written ? ", a write succeeds" : ", a write fails"));
    }
    System.exit(0);
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Paused.java"

# Runs a server, stops its process for some seconds, and prints its state before and after.
run() {
  seconds=$1
  shift
  mkfifo "$folder/in-$seconds-$#"
  java -cp "$folder:$(cat "$folder/classpath")" Paused "$folder/data-$seconds-$#" "$@" \
    < "$folder/in-$seconds-$#" > "$folder/out-$seconds-$#" 2> "$folder/errors" &
  server=$!
  exec 3> "$folder/in-$seconds-$#"
  echo state >&3
  sleep 15
  kill -STOP $server
  sleep "$seconds"
  kill -CONT $server
  sleep 5
  echo state >&3
  sleep 10
  there=$(kill -0 $server 2> "$folder/errors" && echo there || echo gone)
  exec 3>&-
  wait $server || true
  echo "$(tr '\n' ';' < "$folder/out-$seconds-$#") the process is $there"
}
seen=$(
  echo "10 seconds: $(run 10)"
  echo "70 seconds: $(run 70)"
  echo "70 seconds, a day: $(run 70 day)"
)
echo "$seen"
expected='10 seconds: RUNNING, a write succeeds;RUNNING, a write succeeds; the process is there
70 seconds: RUNNING, a write succeeds;CLOSED, a write fails; the process is there
70 seconds, a day: RUNNING, a write succeeds;RUNNING, a write succeeds; the process is there'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
