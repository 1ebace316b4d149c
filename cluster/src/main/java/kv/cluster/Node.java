/*
 * WHAT THIS FILE IS
 *
 * One node of a cluster: a Raft server with a group for each shard, and a front for clients.
 *
 *     clients --> RESP, HTTP (kv.server) --> Router --> ShardClient --> the leader of the shard
 *                                                                            |
 *                                  Ratis: log on the disks of a majority <---'
 *                                                 |
 *                                  ShardMachine, on every node: the engine
 *
 * Every node has every shard. Leaders are spread: shard i is led by node i modulo their number, as
 * long as that node is up. A node that does not lead a shard passes its commands on.
 *
 * FOLDERS
 *
 *     cluster.properties        the number of shards
 *     raft/<group>/current      the log of Raft
 *     raft/<group>/engine       the store: see ShardFiles
 */
package kv.cluster;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import kv.server.Server;
import kv.server.core.Budget;
import kv.server.core.Remote;
import kv.server.core.Settings;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.util.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node that runs. */
final class Node implements Closeable, Remote {
  private static final Logger LOGGER = LoggerFactory.getLogger(Node.class);

  private final NodeSettings settings;
  private final RaftProperties properties;
  private final Shards shards;
  private final Map<RaftGroupId, ShardMachine> machines = new ConcurrentHashMap<>();
  private final Map<Integer, ShardClient> clients = new ConcurrentHashMap<>();
  private final RaftServer raft;
  private final Router router;
  private Server server;
  private volatile boolean closing;

  private Node(
      NodeSettings settings,
      RaftProperties properties,
      List<ServerInterceptor> interceptors,
      Consumer<String> broken)
      throws IOException {
    this.settings = settings;
    this.properties = properties;
    this.shards = new Shards(settings.shards());
    // Ratis would open the shards that it finds: see openShards.
    RaftServerConfigKeys.setStorageDir(
        properties, List.of(settings.directory().resolve("none").toFile()));
    this.raft =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(settings.id()))
            .setProperties(properties)
            .setParameters(parameters(interceptors))
            .setStateMachineRegistry(group -> machine(group, broken))
            .setOption(RaftStorage.StartupOption.RECOVER)
            .build();
    RaftServerConfigKeys.setStorageDir(
        properties, List.of(RaftFolder.all(settings.directory()).toFile()));
    this.router = new Router(shards, settings.timeoutSeconds(), this::clientOf, this::machine);
  }

  private Parameters parameters(List<ServerInterceptor> interceptors) {
    Parameters parameters = new Parameters();
    GrpcConfigKeys.Server.setServicesCustomizer(
        parameters,
        (builder, types) -> {
          interceptors.forEach(builder::intercept);
          return builder
              .intercept(new FlushedAcks(this::flushed))
              .intercept(new InstallBrake())
              .intercept(new Reconnects(System::nanoTime, this::reconnect));
        });
    return parameters;
  }

  /** Closes the connections to a node, which can take seconds, and lets Ratis open others. */
  private void reconnect(RaftPeerId node) {
    Exception reason = new IOException("heard again");
    Thread thread =
        new Thread(() -> raft.getServerRpc().handleException(node, reason, true), "kv-reconnect");
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns the last entry of a shard's log that is on the disk; -1 if the shard was removed. */
  private long flushed(RaftGroupId group) {
    try {
      RaftLog log = raft.getDivision(group).getRaftLog();
      return machines.get(group).truncations().flushed(log::getFlushIndex);
    } catch (IOException e) {
      return -1;
    }
  }

  /**
   * Starts a node. On return it takes requests; a shard answers when a majority of its nodes is up.
   *
   * @param broken called with the fault if the node cannot go on
   * @throws IOException with advice in its message, if it cannot start
   */
  static Node start(NodeSettings settings, Consumer<String> broken) throws IOException {
    return start(settings, Properties.of(settings), List.of(), broken);
  }

  /** Starts a node with settings of Ratis, and with interceptors of its messages, for a test. */
  static Node start(
      NodeSettings settings,
      RaftProperties properties,
      List<ServerInterceptor> interceptors,
      Consumer<String> broken)
      throws IOException {
    ShardCount.check(settings.directory(), settings.shards());
    requireFree(settings, properties);
    Node node = new Node(settings, properties, interceptors, broken);
    try {
      // Before other nodes can send entries: Ratis reads the log of a shard while it opens it.
      node.openShards();
      node.raft.start();
      if (!settings.joins()) {
        node.createShards();
      }
      node.server =
          Server.start(
              node.front(), new Budget(Budget.defaultLimit()), node.localShards(), node, broken);
    } catch (IOException | RuntimeException e) {
      node.close();
      throw e;
    }
    return node;
  }

  /** Checks that the port for other nodes is free: Ratis ends the process otherwise, without a word. */
  private static void requireFree(NodeSettings settings, RaftProperties properties)
      throws IOException {
    InetAddress host = InetAddress.getByName(GrpcConfigKeys.Server.host(properties));
    try {
      new ServerSocket(GrpcConfigKeys.Server.port(properties), 1, host).close();
    } catch (IOException e) {
      throw new IOException(
          settings.id()
              + " cannot listen at "
              + settings.peers().get(settings.id())
              + ", its address in --peers: "
              + e.getMessage()
              + ". Does the node run already, or another program at this port?",
          e);
    }
  }

  private Settings front() {
    return Settings.of(settings.directory())
        .bind(settings.bind())
        .respPort(settings.respPort())
        .httpPort(settings.httpPort())
        // Ratis has made a write durable before it is answered.
        .sync(Settings.Sync.no)
        .password(settings.password())
        .hosts(settings.hosts())
        .build();
  }

  /**
   * Opens the shards that this node has. Ratis opens them by itself too, but does not tell them their
   * nodes: such a shard forgets them for a moment whenever it hears that it needs the store of its
   * leader, and an election in this moment closes it for good. See
   * findings/ratis-forgets-its-peers.sh.
   */
  private void openShards() throws IOException {
    for (int shard = 0; shard < settings.shards(); shard++) {
      RaftGroupId id = shards.group(shard);
      RaftFolder folder = new RaftFolder(settings.directory(), id);
      if (folder.exists()) {
        folder.restore();
        add(shard, RaftGroup.valueOf(id, folder.peers()), false);
      }
    }
  }

  /** Creates the shards that this node does not have yet. */
  private void createShards() throws IOException {
    for (int shard = 0; shard < settings.shards(); shard++) {
      if (machine(shard) == null) {
        requireUnknown(shard);
        add(shard, group(shard), true);
      }
    }
  }

  private void add(int shard, RaftGroup group, boolean isNew) throws IOException {
    RaftClientReply reply =
        raft.groupManagement(
            GroupManagementRequest.newAdd(ClientId.randomId(), raft.getId(), shard, group, isNew));
    if (!reply.isSuccess()) {
      throw new IOException("cannot open shard " + shard, reply.getException());
    }
  }

  /**
   * Checks that the other nodes have not heard of this one, which has no data. A node that votes and
   * has forgotten what it acknowledged can let acknowledged writes be lost.
   */
  private void requireUnknown(int shard) throws IOException {
    RaftGroup group = group(shard);
    try (RaftClient client = Clients.once(group, properties)) {
      for (RaftPeer peer : group.getPeers()) {
        if (!peer.getId().equals(raft.getId()) && knowsThis(client, peer, group.getGroupId())) {
          throw new IOException(
              settings.id()
                  + " is a node of this cluster already, and "
                  + settings.directory()
                  + " has no data. If its folder was lost: admin remove "
                  + settings.id()
                  + ", start it with --join, then admin add");
        }
      }
    }
  }

  private boolean knowsThis(RaftClient client, RaftPeer peer, RaftGroupId group) {
    try {
      GroupInfoReply info = client.getGroupManagementApi(peer.getId()).info(group);
      return info.isSuccess() && Status.commitOf(raft.getId(), info.getCommitInfos()) >= 0;
    } catch (IOException | RuntimeException e) {
      // gRPC throws exceptions of its own.
      LOGGER.debug("{} does not answer, or not yet", peer.getId(), e);
      return false;
    }
  }

  /** Returns the state machine of a shard, for Ratis. */
  private ShardMachine machine(RaftGroupId group, Consumer<String> broken) {
    if (IntStream.range(0, shards.count()).noneMatch(i -> shards.group(i).equals(group))) {
      throw new IllegalArgumentException(
          settings.id()
              + " was started for "
              + shards.count()
              + " shards, and the cluster has another number of them: start it with its --shards");
    }
    // A new one also for a node that was removed, and is added again.
    ShardMachine machine =
        new ShardMachine(
            fault -> {
              if (!closing) {
                broken.accept(fault);
              }
            });
    machines.put(group, machine);
    return machine;
  }

  private RaftGroup group(int shard) {
    List<RaftPeer> peers = new ArrayList<>();
    int preferred = shard % settings.peers().size();
    settings
        .peers()
        .forEach(
            (id, address) ->
                peers.add(
                    RaftPeer.newBuilder()
                        .setId(id)
                        .setAddress(address)
                        .setPriority(peers.size() == preferred ? 1 : 0)
                        .build()));
    return RaftGroup.valueOf(shards.group(shard), peers);
  }

  /** Returns the way to a shard. */
  private ShardClient clientOf(int shard) {
    return clients.computeIfAbsent(
        shard, its -> new ShardClient(settings.timeoutSeconds(), () -> machine(its)));
  }

  private LocalShards localShards() {
    Barrier barrier =
        new Barrier(settings.shards(), settings.timeoutSeconds(), this::clientOf, this::machine);
    return new LocalShards(this::stores, this::store, shards, barrier);
  }

  ShardMachine machine(int shard) {
    return machines.get(shards.group(shard));
  }

  /** Returns the store of a shard; null if it is not open. */
  private ShardStore store(int shard) {
    ShardMachine machine = machine(shard);
    return machine == null ? null : machine.store();
  }

  /** Returns the stores of all shards that are open. */
  List<ShardStore> stores() {
    return IntStream.range(0, shards.count())
        .mapToObj(this::store)
        .filter(Objects::nonNull)
        .toList();
  }

  /** Returns what Raft has of a shard. */
  RaftServer.Division division(int shard) throws IOException {
    return raft.getDivision(shards.group(shard));
  }

  /** Returns the front for clients. */
  Server server() {
    return server;
  }

  // ======== Clients ========

  @Override
  public CompletionStage<List<byte[]>> run(List<Request> requests, Mode mode) {
    return router.run(requests, mode);
  }

  @Override
  public Map<String, Object> replication() {
    Status status = Status.of(raft, settings.shards());
    Map<String, Object> fields = new LinkedHashMap<>();
    // Any node takes writes, and passes them on.
    fields.put("role", "master");
    fields.put("connected_slaves", 0);
    fields.put("cluster_node", settings.id());
    fields.put("cluster_shards", settings.shards());
    fields.put("cluster_shards_led", status.leads());
    fields.put(
        "cluster_shards_without_leader",
        status.shards().stream().filter(shard -> shard.leader() == null).count());
    fields.put("cluster_lag", status.lag());
    return fields;
  }

  @Override
  public Object status() {
    return Status.of(raft, settings.shards());
  }

  // ======== Closing ========

  @Override
  public void close() throws IOException {
    closing = true;
    try {
      if (server != null) {
        server.close();
      }
    } finally {
      boolean started = raft.getLifeCycleState() != LifeCycle.State.NEW;
      raft.close();
      if (!started) {
        // Ratis leaves the shards open then.
        for (RaftGroupId group : raft.getGroupIds()) {
          raft.getDivision(group).close();
        }
      }
    }
  }

  /** The number of shards that a node was started with first. */
  static final class ShardCount {
    private static final String FILE = "cluster.properties";

    private ShardCount() {}

    /** Notes the number at the first start, and refuses another one later. */
    static void check(Path directory, int shards) throws IOException {
      Files.createDirectories(directory);
      Path file = directory.resolve(FILE);
      String line = "shards=" + shards + "\n";
      // Empty if the disk was full, or the power failed.
      if (!Files.exists(file) || Files.size(file) == 0) {
        Files.writeString(file, line);
        return;
      }
      String before = Files.readString(file);
      if (!before.equals(line)) {
        throw new IOException(
            "the node in "
                + directory
                + " has "
                + before.strip()
                + ", and the number of shards never changes: start it with --"
                + before.strip().replace('=', ' '));
      }
    }
  }
}
