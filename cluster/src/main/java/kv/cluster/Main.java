/*
 * WHAT THIS FILE IS
 *
 * The command line of a node, and of the commands for a running cluster.
 *
 *     java -jar cluster/target/cluster.jar --id n1     one of three nodes on this machine
 *     java -jar cluster/target/cluster.jar admin status
 *     java -jar cluster/target/cluster.jar --help
 *
 * A node runs until Ctrl-C, or the signal TERM. Exit status:
 *
 *     1  it could not start, or a command for the cluster failed
 *     2  a wrong argument
 *     3  it could no longer follow the others, since its disk is full for example, and ended itself
 */
package kv.cluster;

import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import kv.server.ProcessEnd;
import kv.server.core.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of a node. */
@Command(
    name = "java -jar cluster/target/cluster.jar",
    sortOptions = false,
    sortSynopsis = false,
    subcommands = Admin.class,
    description = "Runs a node of a cluster, which serves its keys by RESP and HTTP.")
final class Main implements Callable<Integer> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Main.class);

  /** The logger of Ratis's gRPC. A logger that nothing refers to forgets its level. */
  private static final java.util.logging.Logger QUIET =
      java.util.logging.Logger.getLogger("org.apache.ratis.thirdparty");

  /** The first Java that warns of sun.misc.Unsafe. */
  private static final int WARNS_OF_UNSAFE = 24;

  private static final int MAX_PORT = 65_535;

  /** The default port of a node is one of these, and its position among the nodes, from 1. */
  private static final int RESP = 6380;

  private static final int HTTP = 8080;
  private static final int MAX_STOP_SECONDS = 20;
  private static final int MAX_TIMEOUT = 600;

  @Spec private CommandSpec spec;

  @Option(
      names = "--id",
      paramLabel = "NAME",
      description = "the name of this node, one of --peers")
  private String id;

  @Option(
      names = "--peers",
      paramLabel = "NAME=HOST:PORT,...",
      defaultValue = "n1=127.0.0.1:7001,n2=127.0.0.1:7002,n3=127.0.0.1:7003",
      description =
          "all nodes, three to seven, with the addresses at which "
              + "they reach each other; the same on every node (default: "
              + "n1, n2 and n3 on this machine, at ports 7001 to 7003)")
  private String peers;

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      description = "the directory of this node (default: data/NAME)")
  private Path directory;

  @Option(
      names = "--shards",
      paramLabel = "COUNT",
      defaultValue = "3",
      description =
          "the number of parts of the keys (default: ${DEFAULT-VALUE}); "
              + "the same on every node, and it never changes")
  private int shards;

  @Option(
      names = "--resp",
      paramLabel = "PORT",
      description =
          "the port for RESP (default: 6381 for the first node of "
              + "--peers, 6382 for the second, and so on); 0 for any free one")
  private Integer resp;

  @Option(
      names = "--http",
      paramLabel = "PORT",
      description = "the port for HTTP (default: 8081 for the first node, and so on)")
  private Integer http;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "the address for clients (default: ${DEFAULT-VALUE}, this machine only)")
  private String bind;

  @Option(
      names = "--join",
      description =
          "wait to be added to a running cluster by admin add; --peers "
              + "then names this node, and may name others")
  private boolean joins;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description =
          "the time after which a command gets an error, if no "
              + "majority of the nodes answers (default: ${DEFAULT-VALUE})")
  private int timeout;

  @Option(
      names = "--requirepass",
      paramLabel = "PASSWORD",
      description = "the password that clients must send, as for the server")
  private String password;

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description = "a further host name of this node for HTTP clients; can be repeated")
  private List<String> hosts = List.of();

  @Option(names = "--help", usageHelp = true, description = "show this text")
  private boolean help;

  private Main() {}

  /** Runs the command line. */
  public static void main(String[] arguments) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    // On one or two processors CompletableFuture would start a thread for each asynchronous step
    // of Ratis, since the common pool has one thread only. The property is read once, so first.
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors() - 1);
    System.setProperty("java.util.concurrent.ForkJoinPool.common.parallelism", "" + threads);
    QUIET.setLevel(Level.WARNING);
    if (Runtime.version().feature() >= WARNS_OF_UNSAFE) {
      // Ratis's Netty would use sun.misc.Unsafe, and newer JVMs print a warning about that.
      System.setProperty("org.apache.ratis.thirdparty.io.netty.noUnsafe", "true");
    }
    int status = run(arguments, new PrintWriter(System.out), new PrintWriter(System.err));
    if (status != 0) {
      System.exit(status);
    }
  }

  /** Runs the command line, and returns the exit status. A started node keeps running. */
  static int run(String[] arguments, PrintWriter out, PrintWriter err) {
    return new CommandLine(new Main())
        .setUseSimplifiedAtFiles(true)
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(
            (e, ignored) -> {
              err.println(e.getMessage() + ". --help lists the options");
              err.flush();
              return 2;
            })
        .execute(arguments);
  }

  @Override
  public Integer call() {
    NodeSettings settings = settings();
    Node node;
    try {
      node = Node.start(settings, Main::end);
    } catch (IOException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(e.getMessage());
      err.flush();
      return 1;
    }
    ProcessEnd.closes(node, "could not close the node");
    LOGGER.info(
        "node {} of {} with {} shards is in {}",
        id,
        settings.peers().keySet(),
        shards,
        settings.directory().toAbsolutePath().normalize());
    LOGGER.info("RESP on {}:{}", bind, node.server().respPort());
    LOGGER.info("HTTP on http://{}:{}/", bind, node.server().httpPort());
    return 0;
  }

  private NodeSettings settings() {
    if (id == null) {
      throw refused("--id is missing: the name of this node, one of " + peers);
    }
    Map<String, String> all;
    try {
      all = NodeSettings.peers(peers);
    } catch (IllegalArgumentException e) {
      throw refused("--peers: " + e.getMessage());
    }
    if (!all.containsKey(id)) {
      throw refused("--peers does not name this node, " + id);
    }
    if (!joins && (all.size() < 3 || all.size() > 7)) {
      throw refused("--peers names " + all.size() + " nodes; a cluster has three to seven");
    }
    requireRange("--shards", shards, 1, Shards.MOST);
    requireRange("--timeout", timeout, 1, MAX_TIMEOUT);
    int position = List.copyOf(all.keySet()).indexOf(id) + 1;
    int respPort = resp == null ? RESP + position : resp;
    int httpPort = http == null ? HTTP + position : http;
    requireRange("--resp", respPort, 0, MAX_PORT);
    requireRange("--http", httpPort, 0, MAX_PORT);
    if (password != null && password.isEmpty()) {
      throw refused("--requirepass is empty");
    }
    return new NodeSettings(
        id,
        all,
        directory == null ? Path.of("data", id) : directory,
        shards,
        joins,
        timeout,
        bind,
        respPort,
        httpPort,
        password == null ? null : new Secret(password),
        hosts);
  }

  private ParameterException refused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void requireRange(String option, int value, int from, int to) {
    if (value < from || value > to) {
      throw refused(option + " is " + value + "; the range is " + from + " to " + to);
    }
  }

  /** Ends a process whose node can no longer follow the others. */
  private static void end(String fault) {
    LOGGER.error("{}: the node cannot continue, and the process ends", fault);
    ProcessEnd.broken(MAX_STOP_SECONDS);
  }
}
