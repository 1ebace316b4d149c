package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** Nodes of a cluster in this JVM. */
final class TestCluster implements AutoCloseable {
  private static final int WAIT_SECONDS = 150;
  private static final int FIRST_PORT = 15_000;
  private static final int LAST_PORT = 32_000;
  private static final int PORT_ATTEMPTS = 100;

  private final Path folder;
  private final int shards;
  private final int timeoutSeconds;
  private final BiConsumer<String, RaftProperties> tuning;
  private final Map<String, String> peers = new LinkedHashMap<>();
  private final Map<String, Node> nodes = new TreeMap<>();
  final List<String> broken = new CopyOnWriteArrayList<>();

  /** Carries the messages between the nodes. */
  final RaftMessages messages = new RaftMessages();

  /** Starts a cluster of nodes n1, n2, ..., which wait long for a majority. */
  TestCluster(Path folder, int count, int shards) throws IOException {
    this(folder, count, shards, WAIT_SECONDS);
  }

  /** Starts a cluster of nodes n1, n2, ... */
  TestCluster(Path folder, int count, int shards, int timeoutSeconds) throws IOException {
    this(folder, count, shards, timeoutSeconds, (id, properties) -> {});
  }

  /** Starts a cluster of nodes n1, n2, ... with changed settings of Ratis by node. */
  TestCluster(
      Path folder,
      int count,
      int shards,
      int timeoutSeconds,
      BiConsumer<String, RaftProperties> tuning)
      throws IOException {
    this.folder = folder;
    this.tuning = tuning;
    this.timeoutSeconds = timeoutSeconds;
    this.shards = shards;
    for (int i = 1; i <= count; i++) {
      peers.put("n" + i, "127.0.0.1:" + freePort());
    }
    startAll();
  }

  /** Starts all nodes of the cluster. */
  void startAll() throws IOException {
    for (String id : List.copyOf(peers.keySet())) {
      start(id);
    }
  }

  /**
   * Returns a port that no process listens at. The system gives none of this range to connections, so
   * that it stays free while its node is down.
   */
  static int freePort() throws IOException {
    for (int i = 0; i < PORT_ATTEMPTS; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // Another one.
      }
    }
    throw new IOException("no port is free between " + FIRST_PORT + " and " + LAST_PORT);
  }

  /** Starts a node of the cluster. */
  Node start(String id) throws IOException {
    return start(id, peers, shards, false);
  }

  /** Starts a node that waits to be added. */
  Node startToJoin(String id) throws IOException {
    return startToJoin(id, shards);
  }

  /** Starts a node that waits to be added, with any number of shards. */
  Node startToJoin(String id, int itsShards) throws IOException {
    String address = peers.containsKey(id) ? peers.get(id) : "127.0.0.1:" + freePort();
    Map<String, String> own = Map.of(id, address);
    peers.putAll(own);
    return start(id, own, itsShards, true);
  }

  private Node start(String id, Map<String, String> all, int itsShards, boolean joins)
      throws IOException {
    NodeSettings settings =
        new NodeSettings(
            id,
            all,
            directory(id),
            itsShards,
            joins,
            timeoutSeconds,
            "127.0.0.1",
            0,
            0,
            null,
            List.of());
    RaftProperties properties = Properties.of(settings);
    tuning.accept(id, properties);
    Node node = Node.start(settings, properties, List.of(messages.to(id)), broken::add);
    nodes.put(id, node);
    return node;
  }

  String address(String id) {
    return peers.get(id);
  }

  Path directory(String id) {
    return folder.resolve(id);
  }

  /** Returns the folder of a node for its first shard. */
  Path shardFolder(String id) {
    return RaftFolder.all(directory(id)).resolve(group(0).getUuid().toString());
  }

  RaftGroupId group(int shard) {
    return new Shards(shards).group(shard);
  }

  /** Returns a client of Raft for a shard. */
  RaftClient raftClient(int shard) {
    List<RaftPeer> all =
        peers.entrySet().stream()
            .map(peer -> RaftPeer.newBuilder().setId(peer.getKey()).setAddress(peer.getValue()))
            .map(RaftPeer.Builder::build)
            .toList();
    return Clients.of(RaftGroup.valueOf(group(shard), all), new RaftProperties());
  }

  /** Returns the index of the first entry in a node's log of the first shard. */
  long firstLogIndex(String id) throws IOException {
    return node(id).division(0).getRaftLog().getStartIndex();
  }

  /** Copies the files of a folder, and creates the other folder if needed. */
  static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  Node node(String id) {
    return nodes.get(id);
  }

  /** Stops a node. */
  void stop(String id) throws IOException {
    nodes.remove(id).close();
  }

  /** Returns a client of a node. */
  Jedis client(String id) {
    return new Jedis(
        new HostAndPort("127.0.0.1", node(id).server().respPort()),
        DefaultJedisClientConfig.builder().timeoutMillis(WAIT_SECONDS * 1000).build());
  }

  Status status(String id) {
    return (Status) node(id).status();
  }

  /** Returns what a node has: the values of its own copies. */
  Map<String, String> contents(String id) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    for (ShardStore store : node(id).stores()) {
      store.forEachKey(
          key -> {
            try {
              contents.put(new String(key, UTF_8), new String(store.get(key), UTF_8));
              return true;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
    return contents;
  }

  /** As {@link #contents}; null while a node's store is replaced by a received one. */
  Map<String, String> contentsIfOpen(String id) throws IOException {
    try {
      return contents(id);
    } catch (IllegalStateException e) {
      // Its old store was just closed.
      return null;
    }
  }

  /** Runs a command for the cluster, and returns what it prints. */
  String admin(String id, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    assertEquals(0, admin(id, out, err, arguments), err.toString());
    assertEquals("", err.toString());
    return out.toString();
  }

  /** Runs a command that fails, and returns its message. */
  String refused(String id, String... arguments) {
    StringWriter err = new StringWriter();
    assertEquals(1, admin(id, new StringWriter(), err, arguments));
    return err.toString();
  }

  private int admin(String id, StringWriter out, StringWriter err, String... arguments) {
    return admin(node(id).server().httpPort(), out, err, arguments);
  }

  /** Runs a command that asks an HTTP port of this machine, and returns its exit status. */
  static int admin(int port, StringWriter out, StringWriter err, String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "admin";
    all[1] = "--http";
    all[2] = "127.0.0.1:" + port;
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return Main.run(all, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  /** Waits until every shard has a leader. */
  void awaitLeaders() throws Exception {
    String any = nodes.keySet().iterator().next();
    await(() -> status(any).shards().stream().allMatch(shard -> shard.leader() != null));
  }

  /** Waits until a condition holds. */
  static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + WAIT_SECONDS * 1_000_000_000L;
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("still not true after " + WAIT_SECONDS + " seconds");
      }
      Thread.sleep(50);
    }
  }

  /** Stops all nodes that run. */
  void stopAll() throws IOException {
    for (String id : List.copyOf(nodes.keySet())) {
      stop(id);
    }
  }

  @Override
  public void close() throws IOException {
    stopAll();
  }
}
