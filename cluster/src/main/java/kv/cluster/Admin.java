package kv.cluster;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Commands for a running cluster. They ask one node for the others. */
@Command(name = "admin", sortOptions = false, description = "Shows and changes a running cluster.")
final class Admin {
  private static final int TIMEOUT_SECONDS = 10;
  private static final long TRANSFER_MILLIS = 3000;
  private static final int TRANSFERS = 5;

  /** Attempts of a change while another one goes on, and the time between them. */
  private static final int ATTEMPTS = 20;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  @Spec private CommandSpec spec;

  @Option(
      names = "--http",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8081",
      description = "the HTTP port of any node (default: ${DEFAULT-VALUE})")
  private String http;

  @Option(
      names = "--requirepass",
      paramLabel = "PASSWORD",
      description = "the password of the nodes, if they have one")
  private String password;

  @Option(
      names = "--help",
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "show this text")
  private boolean help;

  private final RaftProperties properties = new RaftProperties();

  /** A change of one shard. */
  private interface Change {
    void of(Status.Shard shard, RaftGroupId group, RaftClient client) throws IOException;
  }

  // ======== The commands ========

  @Command(name = "status", description = "Shows the leader of each shard, and the nodes that lag.")
  int status() {
    return run(
        status -> {
          PrintWriter out = spec.commandLine().getOut();
          for (Status.Shard shard : status.shards()) {
            out.printf(
                Locale.ROOT,
                "shard %d  leader %s  term %d ",
                shard.shard(),
                shard.leader() == null ? "none" : shard.leader(),
                shard.term());
            for (Status.Member member : shard.nodes()) {
              out.printf(
                  Locale.ROOT, " %s:%s", member.id(), member.lag() == 0 ? "" : "-" + member.lag());
            }
            out.println();
          }
          out.flush();
        });
  }

  @Command(
      name = "add",
      description = "Adds a node that was started with --join. Returns when it has caught up.")
  int add(@Parameters(paramLabel = "NAME=HOST:PORT") String node) {
    Map<String, String> added = peers(node);
    String id = added.keySet().iterator().next();
    return change(
        status -> requireNew(status, id),
        (shard, group, client) -> {
          List<RaftPeer> peers = new ArrayList<>(peers(shard));
          if (peers.stream().anyMatch(peer -> peer.getId().toString().equals(id))) {
            return;
          }
          RaftPeer peer = RaftPeer.newBuilder().setId(id).setAddress(added.get(id)).build();
          peers.add(peer);
          try (RaftClient target = Clients.once(RaftGroup.valueOf(group, peer), properties)) {
            RaftClientReply created =
                target.getGroupManagementApi(peer.getId()).add(RaftGroup.valueOf(group));
            if (!created.isSuccess()) {
              throw created.getException();
            }
          } catch (IOException e) {
            // After an attempt that failed later, the shard waits there already.
            String text = e.toString();
            if (!text.contains("AlreadyExists") && !text.contains("already exists")) {
              throw new IOException(
                  "the node "
                      + id
                      + " does not take shard "
                      + shard.shard()
                      + ": "
                      + reason(e, peer),
                  e);
            }
          }
          configure(client, shard, peers, "add " + id);
        });
  }

  @Command(name = "remove", description = "Removes a node, which can be down.")
  int remove(@Parameters(paramLabel = "NAME") String id) {
    return change(
        status -> requireOthers(status, id),
        (shard, group, client) -> {
          List<RaftPeer> peers = new ArrayList<>(peers(shard));
          if (peers.removeIf(peer -> peer.getId().toString().equals(id))) {
            configure(client, shard, peers, "remove " + id);
          }
        });
  }

  @Command(name = "lead", description = "Lets a node lead a shard, as long as it is up.")
  int lead(
      @Parameters(paramLabel = "SHARD") int number, @Parameters(paramLabel = "NAME") String id) {
    return change(
        status -> {
          requireNode(status, id);
          if (number < 0 || number >= status.shards().size()) {
            throw new IOException(
                "there is no shard "
                    + number
                    + ": the last one is "
                    + (status.shards().size() - 1));
          }
        },
        (shard, group, client) -> {
          if (shard.shard() != number) {
            return;
          }
          List<RaftPeer> peers = new ArrayList<>();
          for (RaftPeer peer : peers(shard)) {
            boolean leads = peer.getId().toString().equals(id);
            peers.add(RaftPeer.newBuilder(peer).setPriority(leads ? 1 : 0).build());
          }
          configure(client, shard, peers, "prefer " + id);
          transfer(client, shard, RaftPeerId.valueOf(id));
        });
  }

  private Map<String, String> peers(String node) {
    try {
      return NodeSettings.peers(node);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** Returns the reason why a node that is to be added does not answer as it should. */
  private static String reason(IOException failure, RaftPeer peer) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("UNAVAILABLE")
        ? "nothing answers at " + peer.getAddress() + "; start it with --join first"
        : message.replace(IllegalArgumentException.class.getName() + ": ", "");
  }

  /** Lets a node lead. Tries again if yet another node was elected in between. */
  private static void transfer(RaftClient client, Status.Shard shard, RaftPeerId id)
      throws IOException {
    RaftClientReply reply = client.admin().transferLeadership(id, TRANSFER_MILLIS);
    for (int i = 1; i < TRANSFERS && !reply.isSuccess(); i++) {
      reply = client.admin().transferLeadership(id, TRANSFER_MILLIS);
    }
    require(reply, "transfer to " + id, shard);
  }

  // ======== The cluster ========

  /** A use of the state. */
  private interface Use {
    void of(Status status) throws IOException;
  }

  private int run(Use use) {
    try {
      use.of(ask());
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(e.getMessage());
      err.flush();
      return 1;
    }
  }

  /** Changes shard after shard, if the state passes a check. */
  private int change(Use check, Change change) {
    return run(
        first -> {
          check.of(first);
          Status status = first;
          for (int i = 0; i < first.shards().size(); i++) {
            status = changeShard(i, status, check, change);
          }
        });
  }

  /**
   * Changes a shard, as soon as no other command changes its nodes.
   *
   * @return the newest state
   */
  private Status changeShard(int number, Status first, Use check, Change change)
      throws IOException {
    RaftGroupId group = new Shards(first.shards().size()).group(number);
    Status status = first;
    for (int attempt = 1; !changed(status.shards().get(number), group, change); attempt++) {
      if (attempt == ATTEMPTS) {
        throw new IOException(
            "another command changes the nodes of shard " + number + "; see status, try again");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
      status = ask();
      check.of(status);
    }
    return status;
  }

  /**
   * Changes a shard.
   *
   * @return false if its nodes are others by now, or are being changed: the node that was asked may
   *     not have heard of the last change yet
   */
  private boolean changed(Status.Shard shard, RaftGroupId group, Change change) throws IOException {
    try (RaftClient client = Clients.of(RaftGroup.valueOf(group, peers(shard)), properties)) {
      change.of(shard, group, client);
      return true;
    } catch (SetConfigurationException | ReconfigurationInProgressException e) {
      return false;
    }
  }

  /** Returns the number of shards that a node has. */
  private static long shardsOf(Status status, String id) {
    return status.shards().stream()
        .filter(shard -> shard.nodes().stream().anyMatch(node -> node.id().equals(id)))
        .count();
  }

  private static void requireNode(Status status, String id) throws IOException {
    if (shardsOf(status, id) == 0) {
      throw new IOException("there is no node " + id + ": see status");
    }
  }

  /** Refuses a node that has all shards; one that has some is left by an attempt that failed. */
  private static void requireNew(Status status, String id) throws IOException {
    if (shardsOf(status, id) == status.shards().size()) {
      throw new IOException(
          id + " is a node already. If it has lost its folder: remove " + id + " first");
    }
  }

  /** Refuses to remove a node if one other would be left. */
  private static void requireOthers(Status status, String id) throws IOException {
    requireNode(status, id);
    if (status.shards().stream().anyMatch(shard -> shard.nodes().size() == 2)) {
      throw new IOException("only one node would be left: add another one first");
    }
  }

  /** Changes the nodes of a shard, unless they are others by now than the status said. */
  private static void configure(
      RaftClient client, Status.Shard shard, List<RaftPeer> peers, String what) throws IOException {
    SetConfigurationRequest.Arguments change =
        SetConfigurationRequest.Arguments.newBuilder()
            .setServersInCurrentConf(peers(shard))
            .setServersInNewConf(peers)
            .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
            .build();
    require(client.admin().setConfiguration(change), what, shard);
  }

  private static List<RaftPeer> peers(Status.Shard shard) {
    return shard.nodes().stream()
        .map(
            node ->
                RaftPeer.newBuilder()
                    .setId(node.id())
                    .setAddress(node.address())
                    .setPriority(node.priority())
                    .build())
        .toList();
  }

  private static void require(RaftClientReply reply, String what, Status.Shard shard)
      throws IOException {
    if (!reply.isSuccess()) {
      throw new IOException(
          "could not " + what + " in shard " + shard.shard() + ": " + reply.getException(),
          reply.getException());
    }
  }

  private Status ask() throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + http + "/cluster"))
            .timeout(Duration.ofSeconds(TIMEOUT_SECONDS));
    if (password != null) {
      request.header("Authorization", "Bearer " + password);
    }
    try {
      HttpResponse<String> reply =
          HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
      if (reply.statusCode() != 200) {
        throw new IOException(http + " answered: " + reply.body().strip());
      }
      return new Gson().fromJson(reply.body(), Status.class);
    } catch (ConnectException e) {
      throw new IOException("no node answers at " + http + "; name another one with --http", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
