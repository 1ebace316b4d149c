package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Processes of three nodes, each with a folder and a log of its output. */
final class Nodes implements Closeable {
  static final List<String> IDS = List.of("n1", "n2", "n3");

  /** Nodes that join for a time, and that no client uses. */
  static final List<String> GUESTS = List.of("n4", "n5");

  static final int SHARDS = 2;

  /** Time in which a cluster answers after its last fault. */
  private static final int MAX_WAIT_SECONDS = 120;

  private static final int REPLY_MILLIS = 8000;
  private static final int HTTP_MILLIS = 3000;
  private static final int FILLER_BYTES = 4096;

  private final Path folder;
  private final Network network;
  private final boolean smallDisks;
  private final String peers;
  private final Map<String, Process> processes = new TreeMap<>();

  /**
   * Starts three nodes.
   *
   * @param diskMegabytes the size of each node's disk, which is a mounted tmpfs; 0 for plain folders
   */
  Nodes(Path folder, Network network, int diskMegabytes) throws IOException {
    this.folder = folder;
    this.network = network;
    this.smallDisks = diskMegabytes > 0;
    this.peers = IDS.stream().map(this::peer).collect(Collectors.joining(","));
    try {
      for (String id : IDS) {
        Files.createDirectories(directory(id));
        if (smallDisks) {
          Shell.run(
              "mount",
              "-t",
              "tmpfs",
              "-o",
              "size=" + diskMegabytes + "m",
              "tmpfs",
              directory(id).toString());
        }
        start(id);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  Network network() {
    return network;
  }

  Path directory(String id) {
    return folder.resolve(id);
  }

  // ======== Processes ========

  void start(String id, String... options) throws IOException {
    InetSocketAddress resp = network.address(id, Network.Port.RESP);
    List<String> command = new ArrayList<>(network.prefix(id));
    command.addAll(
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            jar(),
            "kv.cluster.Main",
            "--id",
            id,
            "--peers",
            IDS.contains(id) ? peers : peer(id),
            "--dir",
            directory(id).toString(),
            "--shards",
            Integer.toString(SHARDS),
            "--bind",
            resp.getAddress().getHostAddress(),
            "--resp",
            Integer.toString(resp.getPort()),
            "--http",
            Integer.toString(network.address(id, Network.Port.HTTP).getPort())));
    command.addAll(List.of(options));
    processes.put(
        id,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(id + ".log").toFile()))
            .start());
  }

  /** Returns the jar alone: the test classes would change the settings of its log. */
  private static String jar() {
    return Path.of(
            URI.create(Main.class.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }

  /** Ends a process without notice, as {@code kill -9} does. */
  void kill(String id) throws InterruptedException {
    if (processes.containsKey(id)) {
      processes.get(id).destroyForcibly().waitFor();
    }
  }

  /** Sends a signal to a process, for example STOP. */
  void signal(String id, String signal) throws IOException {
    Shell.run("kill", "-" + signal, Long.toString(processes.get(id).pid()));
  }

  /** Waits until a process ends by itself; returns its exit status, or -1 if it does not end. */
  int awaitEnd(String id, int seconds) throws InterruptedException {
    Process process = processes.get(id);
    return process.waitFor(seconds, TimeUnit.SECONDS) ? process.exitValue() : -1;
  }

  /** Starts the nodes that ended by themselves; returns a description of each. */
  List<String> restartEnded() throws IOException {
    List<String> ended = new ArrayList<>();
    for (String id : IDS) {
      if (!processes.get(id).isAlive()) {
        ended.add(id + " ended by itself with status " + processes.get(id).exitValue());
        start(id);
      }
    }
    return ended;
  }

  // ======== Disks ========

  /** Fills a node's disk to the last byte. Needs small disks. */
  void fillDisk(String id) throws IOException {
    try (OutputStream filler =
        Files.newOutputStream(
            directory(id).resolve("filler"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE)) {
      byte[] zeros = new byte[FILLER_BYTES];
      while (true) {
        filler.write(zeros);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  /** Limits the number of writes that a node's disk takes in a second. */
  WriteLimit limitWrites(String id, int perSecond) throws IOException {
    return new WriteLimit(processes.get(id).pid(), directory(id), perSecond);
  }

  void makeSpace(String id) throws IOException {
    Files.delete(directory(id).resolve("filler"));
  }

  void deleteFolder(String id) throws IOException {
    ShardFiles.delete(directory(id));
  }

  // ======== The cluster ========

  RespClient client(String id, int timeoutMillis) throws IOException {
    return new RespClient(network.address(id, Network.Port.RESP), timeoutMillis);
  }

  /** Returns all nodes that there can be. */
  static List<String> all() {
    return Stream.concat(IDS.stream(), GUESTS.stream()).toList();
  }

  /** Returns the leader of a shard, once all nodes agree about it. */
  String leader(int shard) throws IOException, InterruptedException {
    return leader(shard, null);
  }

  /** Returns the leader of a shard, once all nodes but one that is down agree about it. */
  String leader(int shard, String down) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_WAIT_SECONDS);
    while (System.nanoTime() < end) {
      List<String> leaders = new ArrayList<>();
      for (String id : IDS) {
        if (!id.equals(down)) {
          leaders.add(leaderAt(id, shard));
        }
      }
      String first = leaders.get(0);
      if (first != null && !first.equals(down) && leaders.stream().distinct().count() == 1) {
        return first;
      }
      Thread.sleep(100);
    }
    throw new IOException("the nodes do not agree about the leader of shard " + shard);
  }

  private String leaderAt(String id, int shard) {
    try {
      return status(id).shards().get(shard).leader();
    } catch (IOException e) {
      return null;
    }
  }

  private Status status(String id) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://" + text(network.address(id, Network.Port.HTTP)) + "/cluster")
                .toURL()
                .openConnection();
    connection.setConnectTimeout(HTTP_MILLIS);
    connection.setReadTimeout(HTTP_MILLIS);
    String json = new String(connection.getInputStream().readAllBytes(), UTF_8);
    return new Gson().fromJson(json, Status.class);
  }

  /** Waits until a node answers at its HTTP port. */
  void awaitHttp(String id) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_WAIT_SECONDS);
    while (true) {
      try {
        status(id);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  /** Returns a node that does not lead a shard, and if possible leads none. */
  String follower(int shard) throws IOException, InterruptedException {
    List<String> followers = new ArrayList<>(IDS);
    followers.remove(leader(shard));
    if (followers.size() > 1) {
      String other = leader((shard + 1) % SHARDS);
      if (followers.contains(other)) {
        followers.remove(other);
      }
    }
    return followers.get(0);
  }

  /** Waits until each node answers a write and a read of each shard. */
  void awaitAll() throws IOException, InterruptedException {
    Shards shards = new Shards(SHARDS);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_WAIT_SECONDS);
    for (String id : IDS) {
      for (int shard = 0; shard < SHARDS; shard++) {
        int number = 0;
        while (shards.of(("probe " + number).getBytes(UTF_8)) != shard) {
          number++;
        }
        while (!answers(id, "probe " + number)) {
          if (System.nanoTime() > end || !processes.get(id).isAlive()) {
            throw new IOException(id + " does not answer for shard " + shard);
          }
          Thread.sleep(100);
        }
      }
    }
  }

  private boolean answers(String id, String key) {
    try (RespClient client = client(id, REPLY_MILLIS)) {
      client.call("SET", key, id);
      return client.call("GET", key) != null;
    } catch (IOException e) {
      return false;
    }
  }

  /** Runs a command for the cluster through a node. */
  void admin(String through, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("admin", "--http"));
    all.add(text(network.address(through, Network.Port.HTTP)));
    all.addAll(List.of(arguments));
    StringWriter output = new StringWriter();
    PrintWriter out = new PrintWriter(output, true);
    if (Main.run(all.toArray(String[]::new), out, out) != 0) {
      throw new IOException("admin " + String.join(" ", arguments) + ": " + output);
    }
  }

  /** Returns a node as {@code admin add} names it. */
  String peer(String id) {
    return id + "=" + text(network.address(id, Network.Port.RAFT));
  }

  /** Kills all processes and unmounts their disks. */
  @Override
  public void close() throws IOException {
    for (Process process : processes.values()) {
      process.destroyForcibly();
    }
    for (Process process : processes.values()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (smallDisks) {
      for (String id : IDS) {
        Shell.succeeds("umount", directory(id).toString());
      }
    }
  }
}
