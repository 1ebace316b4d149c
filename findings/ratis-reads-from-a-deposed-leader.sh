#!/bin/sh
# A linearizable read from a Ratis leader that was replaced.
#
# Three Apache Ratis servers hold a register with the value "old". Their leader is cut off: none of
# its messages reaches the two others, and none of theirs reaches the leader. The others elect a new
# leader, which acknowledges a write of "new". Then the old leader, which has not stepped down yet,
# receives a read. raft.server.read.option is LINEARIZABLE, and the leader lease is disabled.
#
# Expected: the old leader does not return "old". For LINEARIZABLE, core-concepts.md promises the
# latest committed data also after such a cut. The Javadoc of LeaderStateImpl.getReadIndex says that
# the leader sends heartbeats and waits until a majority acknowledges them.
#
# Seen with Apache Ratis 3.2.2:
#
#   reads before the cut            the read at the old leader, after "new" was acknowledged
#   one, at the leader              "old", and the server still says that it is the leader
#   none                            NotLeaderException, when the old leader steps down
#
# The cause is in ReadIndexHeartbeats. Its ackedCommitIndex is the highest commit index that a
# majority confirmed for a read. If the commit index is not higher, addAppendEntriesListener returns
# null, and getReadIndex returns the commit index without asking a follower. The commit index of a
# leader that is cut off does not grow, so one read before the cut confirms it for all later reads.
#
# The old leader answers until it steps down. LeaderStateImpl.checkLeadership runs after the event
# queue was empty for raft.server.rpc.timeout.max, and ends the term if no majority answered within
# that time. A follower begins an election after a random time between raft.server.rpc.timeout.min
# and the maximum. Here they are 1 and 10 seconds, and the old leader stepped down 18 seconds after
# the cut. With the defaults of 150 and 300 milliseconds, one of six runs returned "old". In the
# other five, the old leader had stepped down before the read.
#
# So do not rely on this option: for each read that must not return an old value, a program has to
# ask a majority itself, or send the read through the log like a write.
#
# Needs: Linux or macOS, a JDK 17 or newer, Maven, a network for the packages; up to three minutes.
# Usage: findings/ratis-reads-from-a-deposed-leader.sh
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
cat > "$folder/Deposed.java" <<'JAVA'
import java.io.File;
import java.net.ServerSocket;
import java.util.*;
import java.util.concurrent.*;
import org.apache.ratis.conf.*;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.*;
import org.apache.ratis.server.*;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.io.grpc.*;
import org.apache.ratis.util.TimeDuration;

public class Deposed {
  static final RaftGroupId GROUP = RaftGroupId.valueOf(new UUID(1, 1));
  static final ClientId CLIENT = ClientId.randomId();

  /** The server that is cut off, or null. */
  static volatile String cut;

  static long calls;

  static class Register extends BaseStateMachine {
    private volatile String value = "none";

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      var entry = transaction.getLogEntry();
      value = entry.getStateMachineLogEntry().getLogData().toStringUtf8();
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      return query(null);
    }

    @Override
    public CompletableFuture<Message> query(Message request) {
      return CompletableFuture.completedFuture(Message.valueOf(value));
    }
  }

  /** Drops the messages to a receiver if the receiver or the sender is cut off. */
  record Network(String receiver) implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(
          next.startCall(call, headers)) {
        private boolean dropped;

        @Override
        public void onMessage(Q message) {
          // Each message between servers names its sender.
          dropped |= receiver.equals(cut) || ("" + message).contains("requestorId: \"" + cut + '"');
          if (!dropped) {
            super.onMessage(message);
          }
        }

        @Override
        public void onHalfClose() {
          if (!dropped) {
            super.onHalfClose();
          }
        }
      };
    }
  }

  static RaftServer server(RaftPeer peer, RaftGroup group, File folder) throws Exception {
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(new File(folder, "" + peer.getId())));
    GrpcConfigKeys.Server.setPort(properties, Integer.parseInt(peer.getAddress().split(":")[1]));
    RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
    RaftServerConfigKeys.Read.setLeaderLeaseEnabled(properties, false);
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, TimeDuration.ONE_SECOND);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, TimeDuration.ONE_SECOND.multiply(10));
    Parameters parameters = new Parameters();
    GrpcConfigKeys.Server.setServicesCustomizer(
        parameters, (builder, types) -> builder.intercept(new Network("" + peer.getId())));
    RaftServer.Builder server = RaftServer.newBuilder().setServerId(peer.getId()).setGroup(group);
    server.setProperties(properties).setParameters(parameters);
    return server.setStateMachine(new Register()).build();
  }

  /** Waits until one of the servers is a leader that can answer, for two minutes at most. */
  static RaftServer leader(List<RaftServer> servers) throws Exception {
    for (int i = 0; i < 12_000; i++) {
      for (RaftServer server : servers) {
        if (server.getDivision(GROUP).getInfo().isLeaderReady()) {
          return server;
        }
      }
      Thread.sleep(10);
    }
    System.exit(1);
    return null;
  }

  /** Writes a value, or reads if it is empty. Returns the server's answer, or its exception. */
  static String ask(RaftServer server, String value) throws Exception {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(CLIENT)
            .setServerId(server.getId())
            .setGroupId(GROUP)
            .setCallId(++calls)
            .setMessage(Message.valueOf(value))
            .setType(
                value.isEmpty()
                    ? RaftClientRequest.readRequestType()
                    : RaftClientRequest.writeRequestType())
            .build();
    try {
      RaftClientReply reply = server.submitClientRequestAsync(request).get(60, TimeUnit.SECONDS);
      return reply.isSuccess()
          ? reply.getMessage().getContent().toStringUtf8()
          : reply.getException().getClass().getSimpleName();
    } catch (TimeoutException e) {
      return "nothing for a minute";
    } catch (ExecutionException e) {
      return e.getCause().getClass().getSimpleName();
    }
  }

  public static void main(String[] arguments) throws Exception {
    List<RaftPeer> peers = new ArrayList<>();
    for (String id : List.of("n1", "n2", "n3")) {
      try (ServerSocket free = new ServerSocket(0)) {
        String address = "127.0.0.1:" + free.getLocalPort();
        peers.add(RaftPeer.newBuilder().setId(id).setAddress(address).build());
      }
    }
    List<RaftServer> servers = new ArrayList<>();
    for (RaftPeer peer : peers) {
      servers.add(server(peer, RaftGroup.valueOf(GROUP, peers), new File(arguments[0])));
    }
    for (RaftServer server : servers) {
      server.start();
    }
    RaftServer old = leader(servers);
    System.out.print("wrote " + ask(old, "old"));
    // After a write Ratis adds an entry of its own, which raises the commit index.
    Thread.sleep(2000);
    if (arguments.length > 1) {
      System.out.print(", read " + ask(old, ""));
    }
    cut = "" + old.getId();
    servers.remove(old);
    RaftServer elected = leader(servers);
    System.out.print("; new leader: wrote " + ask(elected, "new") + ", read " + ask(elected, ""));
    System.out.print("; old " + old.getDivision(GROUP).getInfo().getCurrentRole() + ": read ");
    System.out.print(ask(old, ""));
    System.out.println(", now " + old.getDivision(GROUP).getInfo().getCurrentRole());
    System.exit(0);
  }
}
JAVA
mvn -B -q -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
  -Dmdep.outputFile="$folder/classpath"
javac -d "$folder" -cp "$(cat "$folder/classpath")" "$folder/Deposed.java"

# Runs the program, again if the old leader stepped down before the new one had acknowledged "new".
run() {
  for try in 1 2 3; do
    java -cp "$folder:$(cat "$folder/classpath")" Deposed "$folder/data-$#-$try" "$@" \
      > "$folder/out" 2> "$folder/errors" || cat "$folder/errors" >&2
    if grep -q "old LEADER" "$folder/out"; then break; fi
  done
  cat "$folder/out"
}
seen=$(
  run read
  run
)
echo "$seen"
expected='wrote old, read old; new leader: wrote new, read new; old LEADER: read old, now LEADER
wrote old; new leader: wrote new, read new; old LEADER: read NotLeaderException, now FOLLOWER'
if [ "$seen" = "$expected" ]; then
  echo "as described"
else
  echo "not as described: this has changed" >&2
  exit 1
fi
