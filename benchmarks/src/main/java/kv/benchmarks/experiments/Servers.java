package kv.benchmarks.experiments;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server and a cluster as processes, from the jars of their modules. They listen on the loopback
 * interface, at free ports. Their ends are certain: a close ends them, and so does the end of this
 * JVM, for example by Ctrl-C.
 */
final class Servers implements Closeable {
  private static final int NODES = 3;
  private static final long START_SECONDS = 60;

  /** The line of a server's log that names its port for RESP; a line about HTTP follows. */
  private static final Pattern PORT =
      Pattern.compile("RESP on 127\\.0\\.0\\.1:(\\d+)\\R.*HTTP.*on http://.*\\R");

  private final Path project;
  private final Path directory;
  private final List<Process> processes = new ArrayList<>();
  private final Thread atExit = new Thread(this::end);

  /**
   * No servers yet.
   *
   * @param project the folder of the project
   * @param directory for all files of the servers
   */
  Servers(Path project, Path directory) {
    this.project = project;
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Returns the place of the server's jar, whether it is there or not. */
  static Path serverJar(Path project) {
    return project.resolve("server/target/server.jar");
  }

  /** Returns the place of the jar of a node, whether it is there or not. */
  static Path nodeJar(Path project) {
    return project.resolve("cluster/target/cluster.jar");
  }

  /** Starts a server that syncs before it replies, and returns its port in a list. */
  List<Integer> startServer() throws IOException {
    Path log = directory.resolve("server.log");
    Process process =
        start(
            log,
            serverJar(project),
            List.of("--dir", directory.resolve("server").toString(), "--sync", "always"));
    return List.of(awaitPort(process, log));
  }

  /** Starts a cluster, and returns the ports of its nodes. */
  List<Integer> startCluster() throws IOException {
    List<String> peers = new ArrayList<>();
    for (int port : freePorts()) {
      peers.add("n" + (peers.size() + 1) + "=127.0.0.1:" + port);
    }
    List<Process> nodes = new ArrayList<>();
    List<Path> logs = new ArrayList<>();
    for (int i = 1; i <= NODES; i++) {
      String id = "n" + i;
      Path log = directory.resolve(id + ".log");
      nodes.add(
          start(
              log,
              nodeJar(project),
              List.of(
                  "--shards",
                  "1",
                  "--id",
                  id,
                  "--peers",
                  String.join(",", peers),
                  "--dir",
                  directory.resolve(id).toString())));
      logs.add(log);
    }
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      ports.add(awaitPort(nodes.get(i), logs.get(i)));
    }
    return ports;
  }

  /** Returns ports that were free a moment ago. */
  private static List<Integer> freePorts() throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < NODES; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        ports.add(sockets.get(i).getLocalPort());
      }
      return ports;
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  private Process start(Path log, Path jar, List<String> arguments) throws IOException {
    List<String> call =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-jar",
                jar.toString(),
                "--resp",
                "0",
                "--http",
                "0"));
    call.addAll(arguments);
    Process process =
        new ProcessBuilder(call).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    synchronized (processes) {
      processes.add(process);
    }
    return process;
  }

  private static int awaitPort(Process process, Path log) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      boolean ended = !process.isAlive();
      String text = Files.readString(log);
      Matcher port = PORT.matcher(text);
      if (port.find()) {
        return Integer.parseInt(port.group(1));
      }
      if (ended || System.nanoTime() > deadline) {
        throw new IOException("a server did not start:\n" + text);
      }
      pause();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Ends all processes, and returns when they have ended. */
  @Override
  public void close() {
    end();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  private void end() {
    synchronized (processes) {
      processes.forEach(Process::destroyForcibly);
      processes.forEach(process -> process.onExit().join());
    }
  }
}
