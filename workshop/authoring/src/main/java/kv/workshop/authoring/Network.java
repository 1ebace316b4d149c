/*
 * WHAT THIS FILE IS
 *
 * The servers that a text starts, and the clients that talk to them:
 *
 *     $ java -jar server/target/server.jar --dir work/net
 *     18:34:38 INFO  the store is in /home/you/five-steps/work/net
 *     18:34:38 INFO  RESP on 127.0.0.1:6380
 *     18:34:38 INFO  HTTP and the page on http://127.0.0.1:8080/
 *     $ redis-cli -p 6380 set os linux
 *     OK
 *
 * A server runs, as in another window of the reader's, until the text stops it or ends. So does a
 * node of a cluster. A cluster that has just been started, or has just lost a node, answers
 * CLUSTERDOWN until it has leaders: a reader tries again, and so does this class. The text shows the default ports. Another program may use these while the tests run, so a server gets any
 * free ports, and the numbers are exchanged in commands and outputs.
 *
 * The clients are the stand-ins of class Clients, so they are available everywhere. A separate test
 * compares them with the real clients, where these are installed. There is no stand-in for the proxy
 * nutcracker: the text marks the fences that need it, and they are not run where it is missing.
 */
package kv.workshop.authoring;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.BadUsage;

/** The servers of one text, and the commands that start them and talk to them. */
final class Network implements Closeable {
  /** The command that starts a server. */
  private static final String SERVER = "java -jar server/target/server.jar";

  /** The beginning of the command that starts a node of a cluster. */
  private static final String NODE = "java -jar cluster/target/cluster.jar --id ";

  /** The addresses of the nodes for each other in the text, by their names. */
  private static final Map<String, String> PEERS = Map.of("n1", "7001", "n2", "7002", "n3", "7003");

  /** The beginning of an error of a cluster without a leader. */
  private static final String NO_LEADER = "CLUSTERDOWN";

  /** The default ports of a server. Those of a node are higher by its position, from 1. */
  private static final int RESP = 6380;

  private static final int HTTP = 8080;
  private static final String PROXY = "nutcracker";
  private static final Set<String> CLIENTS = Set.of("redis-cli", "curl", "nc");

  /** The last line that a server prints at its start. */
  private static final Pattern STARTED = Pattern.compile(".* on http://.*");

  private static final Pattern LISTENS = Pattern.compile("listen: 127\\.0\\.0\\.1:([0-9]+)");

  /** Limit for the start or the stop of a process, in seconds. */
  private static final int PATIENCE = 60;

  /** The ports in use by servers of all texts: several texts can be woven at once. */
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private final Sandbox sandbox;
  private final boolean realClients;

  /** Actual ports, by the ports in the text. */
  private final Map<String, String> ports = new HashMap<>();

  /** Running processes, by their ports in the text. */
  private final Map<String, Process> running = new ConcurrentHashMap<>();

  /**
   * A network without servers.
   *
   * @param realClients whether the installed clients are used, and not those of {@link Clients}
   */
  Network(Sandbox sandbox, boolean realClients) {
    this.sandbox = sandbox;
    this.realClients = realClients;
  }

  /** Ends all processes. */
  @Override
  public void close() {
    for (Process process : running.values()) {
      end(process);
    }
  }

  // ======== Servers ========

  /** Returns whether a command starts a server, a node of a cluster or the proxy. */
  static boolean isServer(String command) {
    return (command + " ").startsWith(SERVER + " ")
        || command.startsWith(NODE)
        || command.startsWith(PROXY + " ");
  }

  /**
   * Starts a server, a node of a cluster or the proxy.
   *
   * @return the lines that it prints at its start, or up to its end if it ends at once
   * @throws BadUsage if it ends with another exit code than this one
   */
  List<String> start(String command, int exit) throws IOException, BadUsage {
    List<String> words = new ArrayList<>(Words.of(command));
    if (words.get(0).equals(PROXY)) {
      startProxy(words);
      return List.of();
    }
    List<String> arguments = words.subList(SERVER.split(" ").length, words.size());
    boolean isNode = command.startsWith(NODE);
    int position = isNode ? position(Words.after("--id", arguments)) : 0;
    String resp = take("--resp", String.valueOf(RESP + position), arguments);
    String http = take("--http", String.valueOf(HTTP + position), arguments);
    List<String> call = isNode ? sandbox.nodeCall() : sandbox.serverCall();
    call.addAll(arguments);
    if (isNode) {
      call.addAll(List.of("--peers", peers()));
    }
    call.addAll(List.of("--resp", free(resp), "--http", free(http)));
    Process process = sandbox.process(call).start();
    CompletableFuture.delayedExecutor(PATIENCE, TimeUnit.SECONDS)
        .execute(
            () -> {
              if (!running.containsValue(process)) {
                process.destroyForcibly();
              }
            });
    List<String> lines = new ArrayList<>();
    // Not closed: that would end a server with its next message.
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      lines.add(line);
      if (STARTED.matcher(line).matches()) {
        running.put(resp, process);
        return shown(lines);
      }
    }
    Sandbox.requireExit(command, process, exit, String.join("\n", lines));
    return shown(lines);
  }

  private static int position(String node) throws BadUsage {
    if (!PEERS.containsKey(node)) {
      throw new BadUsage("the nodes of a text are n1, n2 and n3, and not " + node);
    }
    return Integer.parseInt(node.substring(1));
  }

  /** Returns the nodes with their addresses, as an argument. */
  private String peers() throws IOException {
    List<String> peers = new ArrayList<>();
    for (String node : List.of("n1", "n2", "n3")) {
      peers.add(node + "=127.0.0.1:" + free(PEERS.get(node)));
    }
    return String.join(",", peers);
  }

  /** Returns the free port that replaces one of the text. */
  private String free(String port) throws IOException {
    if (!ports.containsKey(port)) {
      ports.put(port, freePort());
    }
    return ports.get(port);
  }

  /**
   * Returns a free port, outside the range from which systems choose ports for other programs: it
   * stays free until the server starts, and while the server restarts.
   */
  private static String freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
      if (!GIVEN.add(port)) {
        continue;
      }
      try (ServerSocket socket = new ServerSocket(port)) {
        return String.valueOf(socket.getLocalPort());
      } catch (BindException e) {
        // Another program uses it.
      }
    }
  }

  /** Removes an option and its value from the arguments, and returns the value. */
  private static String take(String option, String otherwise, List<String> arguments)
      throws BadUsage {
    if (!arguments.contains(option)) {
      return otherwise;
    }
    String value = Words.after(option, arguments);
    int at = arguments.indexOf(option);
    arguments.subList(at, at + 2).clear();
    return value;
  }

  /**
   * Stops a server.
   *
   * @param port its port for RESP in the text
   * @throws BadUsage if there is no such server
   */
  void stop(String port) throws BadUsage {
    end(remove(port));
  }

  /**
   * Ends a server at once, as {@code kill -9} does.
   *
   * @param port its port for RESP in the text
   * @throws BadUsage if there is no such server
   */
  void kill(String port) throws BadUsage {
    // A reader takes longer to find the process. By then the nodes of a cluster have heard what was
    // committed.
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    remove(port).destroyForcibly().onExit().join();
  }

  private Process remove(String port) throws BadUsage {
    Process process = running.remove(port);
    if (process == null) {
      throw new BadUsage("no server runs on port " + port + ", so it cannot be stopped");
    }
    return process;
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ======== The proxy ========

  /** Returns whether a program is installed. */
  static boolean isInstalled(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder).resolve(program))) {
        return true;
      }
    }
    return false;
  }

  /** Starts the proxy, with the ports of its configuration exchanged. */
  private void startProxy(List<String> words) throws IOException, BadUsage {
    Path configuration = sandbox.folder().resolve(Words.after("-c", words));
    String text = Files.readString(configuration);
    Matcher listens = LISTENS.matcher(text);
    if (!listens.find()) {
      throw new BadUsage(configuration + " does not name the port of the proxy");
    }
    String port = listens.group(1);
    int actual = Integer.parseInt(free(port));
    Files.writeString(configuration, actual(text));
    // Its statistics have a port of their own.
    words.addAll(List.of("-s", freePort()));
    Process process =
        sandbox.process(words).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    running.put(port, process);
    awaitListener(actual, process);
  }

  private static void awaitListener(int port, Process process) throws IOException {
    boolean listens = false;
    while (!listens) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        listens = true;
      } catch (ConnectException e) {
        if (!process.isAlive()) {
          throw new IOException(PROXY + " ended with exit code " + process.exitValue(), e);
        }
      }
    }
  }

  // ======== Clients ========

  /** Returns whether a command runs a client. */
  static boolean isClient(String command) {
    return CLIENTS.contains(command.replaceFirst(" .*", ""));
  }

  /**
   * Runs a client.
   *
   * @param shown the lines below the command: with nc, some of them are typed
   * @return the output of the client; with nc, also the typed lines
   * @throws BadUsage if the stand-in does not support the command
   */
  List<String> talk(String command, List<String> shown) throws IOException, BadUsage {
    List<String> words = new ArrayList<>();
    for (String word : Words.of(command)) {
      words.add(actual(word));
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
    boolean mayRefuse = isRefused(shown);
    try {
      while (true) {
        List<String> lines =
            realClients ? runReal(command, words, shown) : Clients.run(words, shown);
        if (mayRefuse || !isRefused(lines) || System.nanoTime() > deadline) {
          return shown(lines);
        }
      }
    } catch (IOException e) {
      throw new BadUsage("\"" + command + "\" got no answer: " + e.getMessage());
    }
  }

  private static boolean isRefused(List<String> lines) {
    return lines.stream().anyMatch(line -> line.contains(NO_LEADER));
  }

  private List<String> runReal(String command, List<String> words, List<String> shown)
      throws IOException, BadUsage {
    switch (words.get(0)) {
      case "nc":
        Process process = sandbox.process(words).start();
        try {
          return Clients.converse(
              process.inputReader(StandardCharsets.UTF_8),
              process.outputWriter(StandardCharsets.UTF_8),
              shown);
        } finally {
          process.destroyForcibly();
        }
      case "redis-cli":
        // The output for a terminal, though there is none.
        words.add(1, "--no-raw");
        break;
      default:
        // Without a progress bar.
        words.add(1, "-s");
    }
    return sandbox.run(command, words, "", 0);
  }

  /** Returns a text with the actual ports. */
  private String actual(String text) {
    String actual = text;
    for (Map.Entry<String, String> port : ports.entrySet()) {
      actual = actual.replaceAll("\\b" + port.getKey() + "\\b", port.getValue());
    }
    return actual;
  }

  /** Returns lines with the ports and the folder that the text shows. */
  private List<String> shown(List<String> lines) {
    List<String> shown = new ArrayList<>();
    for (String line : lines) {
      String changed = sandbox.shown(line);
      for (Map.Entry<String, String> port : ports.entrySet()) {
        changed = changed.replaceAll("\\b" + port.getValue() + "\\b", port.getKey());
      }
      shown.add(changed.stripTrailing());
    }
    return shown;
  }
}
