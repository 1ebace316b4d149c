/*
 * WHAT THIS FILE IS
 *
 * The command line of the server.
 *
 *     java -jar server/target/server.jar                        the defaults
 *     java -jar server/target/server.jar --dir /var/lib/kv      another directory for the store
 *     java -jar server/target/server.jar --sync always          no acknowledged write is ever lost
 *     java -jar server/target/server.jar --store work/mine --dir data/mine
 *                                                               the reader's own store
 *     java -jar server/target/server.jar --read-only            for a copy of a store
 *     java -jar server/target/server.jar --help                 all options
 *     java -jar server/target/server.jar salvage data new       copies a damaged store
 *
 * It runs until Ctrl-C, or the signal TERM. Exit status:
 *
 *     1  it could not start: a port is taken, for example, or the store is damaged; or a salvage
 *        failed, or had to leave records out
 *     2  a wrong argument
 *     3  it could no longer answer, and ended itself: see Watchdog
 */
package kv.server;

import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import kv.engine.Salvage;
import kv.server.core.Budget;
import kv.server.core.Secret;
import kv.server.core.Settings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The server's command line. */
@Command(
    name = "java -jar server/target/server.jar",
    sortOptions = false,
    sortSynopsis = false,
    description = "Serves a store by RESP (redis-cli) and by HTTP (browsers, curl).",
    footer = {
      "",
      "Commands on the port for RESP, as in Redis 7.0 (COMMAND DOCS describes each):",
      "  values        GET SET (NX XX GET) MGET MSET MSETNX SETNX GETSET GETDEL",
      "                GETRANGE STRLEN INCR INCRBY DECR DECRBY",
      "  keys          DEL UNLINK EXISTS TOUCH TYPE TTL PTTL KEYS SCAN DBSIZE",
      "                FLUSHDB FLUSHALL",
      "  transactions  MULTI EXEC DISCARD WATCH UNWATCH",
      "  connection    HELLO AUTH PING ECHO SELECT CLIENT RESET QUIT",
      "  server        INFO COMMAND CONFIG GET MEMORY USAGE TIME SAVE BGSAVE LASTSAVE",
      "                COMPACT",
      "",
      "Resources on the port for HTTP:",
      "  /kv/KEY                     GET HEAD PUT DELETE: a value",
      "  /kv?key=KEY                 the same, also for the keys . and ..",
      "  /kv?prefix=P&limit=N        GET: a list of keys; &cursor=C: its next page",
      "  /stats /events /metrics     GET: numbers; /metrics is for Prometheus",
      "  /health                     GET: 200, or 503 if the store has failed",
      "  /merge /snapshot[/NAME]     POST: merge, take a snapshot",
      "  /                           GET: a live page",
      "",
      "Not supported: expiry, scripts, publish/subscribe, types other than strings.",
      "docs/PROTOCOL.md has the reasons, docs/GUIDE.md the clients that were tested.",
      "",
      "At most 10,000 clients can be connected at a time, fewer if the limit of file",
      "descriptors (ulimit -n) is low: INFO shows the number (maxclients)."
    })
final class Main implements Callable<Integer> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Main.class);

  private static final int MAX_PORT = 65_535;

  /** The largest value of the store, in bytes. */
  private static final int MAX_MAX_VALUE = 512 << 20;

  /** Maximum time for such a server to stop. */
  private static final int MAX_STOP_SECONDS = 60;

  @Spec private CommandSpec spec;

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      defaultValue = "data",
      description = "the directory of the store (default: ${DEFAULT-VALUE})")
  private Path directory;

  @Option(
      names = "--store",
      paramLabel = "FOLDER",
      description = {
        "serve your own store instead of the engine: the folder",
        "work/mine that the workshop's start mine made"
      })
  private Path code;

  @Option(
      names = "--resp",
      paramLabel = "PORT",
      defaultValue = "6380",
      description = "the port for RESP (default: ${DEFAULT-VALUE}); 0 for any free one")
  private int resp;

  @Option(
      names = "--http",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "the port for HTTP (default: ${DEFAULT-VALUE}); 0 for any free one")
  private int http;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "the address to listen on (default: ${DEFAULT-VALUE}, this machine only)")
  private String bind;

  @Option(
      names = "--sync",
      paramLabel = "WHEN",
      defaultValue = "everysec",
      description = {
        "when writes survive power loss (default: ${DEFAULT-VALUE})",
        "always: before they are acknowledged",
        "everysec: within about a second",
        "no: when the operating system writes them to disk"
      })
  private Settings.Sync sync;

  @Option(
      names = "--snapshots",
      paramLabel = "DIRECTORY",
      description = {
        "the directory for snapshots, which clients take by",
        "POST /snapshot, SAVE and BGSAVE (default: none)"
      })
  private Path snapshots;

  @Option(
      names = "--read-only",
      description = "change nothing in the store's directory: for copies")
  private boolean readOnly;

  @Option(
      names = "--requirepass",
      paramLabel = "PASSWORD",
      description = {
        "the password that clients must send: with AUTH or",
        "HELLO; over HTTP as bearer token or Basic password.",
        "To keep it out of the list of processes, put the",
        "option in a line of a file, and give @FILE instead"
      })
  private String password;

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description = {
        "a further host name of this server for HTTP clients,",
        "in addition to localhost, addresses and --bind's name;",
        "can be repeated"
      })
  private List<String> hosts = List.of();

  @Option(
      names = "--max-value",
      paramLabel = "BYTES",
      defaultValue = "" + Settings.DEFAULT_MAX_VALUE,
      description = {
        "the longest value in bytes, at most " + MAX_MAX_VALUE,
        "(default: ${DEFAULT-VALUE})"
      })
  private int maxValue;

  @Option(names = "--help", usageHelp = true, description = "show this text")
  private boolean help;

  private Main() {}

  /** Runs the command line. */
  public static void main(String[] arguments) {
    // Netty's search for buffers that were not released: for development, and slow.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    int status = run(arguments, new PrintWriter(System.out), new PrintWriter(System.err));
    if (status != 0) {
      System.exit(status);
    }
  }

  /** Runs the command line, and returns the exit status. A started server keeps running. */
  static int run(String[] arguments, PrintWriter out, PrintWriter err) {
    for (String argument : arguments) {
      if (argument.startsWith("@") && !Files.isReadable(Path.of(argument.substring(1)))) {
        err.println("cannot read the file " + argument.substring(1) + ", given as " + argument);
        err.flush();
        return 2;
      }
    }
    return new CommandLine(new Main())
        // Each line of a file is one argument, unchanged: a password can have any characters.
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
    checkOptions();
    Server server;
    try {
      server = Server.start(settings(), new Budget(Budget.defaultLimit()), Main::end);
    } catch (IOException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(e.getMessage());
      err.flush();
      return 1;
    }
    ProcessEnd.closes(server, "could not close the store");
    logStart(server);
    return 0;
  }

  private void checkOptions() {
    requireRange("--resp", resp, 0, MAX_PORT);
    requireRange("--http", http, 0, MAX_PORT);
    requireRange("--max-value", maxValue, 1, MAX_MAX_VALUE);
    if (readOnly && snapshots != null) {
      throw new ParameterException(
          spec.commandLine(), "--snapshots cannot be used with --read-only");
    }
    if (code != null && (readOnly || snapshots != null)) {
      throw new ParameterException(
          spec.commandLine(),
          (readOnly ? "--read-only" : "--snapshots")
              + " cannot be used with --store: step 5 has no call for that");
    }
    if (password != null && password.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--requirepass is empty");
    }
  }

  private void requireRange(String option, int value, int from, int to) {
    if (value < from || value > to) {
      throw new ParameterException(
          spec.commandLine(), option + " is " + value + "; the range is " + from + " to " + to);
    }
  }

  private Settings settings() {
    return Settings.of(directory)
        .code(code)
        .bind(bind)
        .respPort(resp)
        .httpPort(http)
        .sync(sync)
        .snapshots(snapshots)
        .readOnly(readOnly)
        .password(password == null ? null : new Secret(password))
        .hosts(hosts)
        .maxValue(maxValue)
        .build();
  }

  /** Salvages a store, and returns the exit status: 1 if a record was left out. */
  @Command(
      name = "salvage",
      sortOptions = false,
      description = "Copies all intact records of a store that cannot be opened into a new store.")
  int salvage(
      @Parameters(
              paramLabel = "FROM",
              description = "the store's directory; nothing in it is changed")
          Path from,
      @Parameters(paramLabel = "TO", description = "a new directory") Path to) {
    PrintWriter out = spec.commandLine().getOut();
    try {
      return Salvage.run(from, to, out::println).isWhole() ? 0 : 1;
    } catch (IOException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("cannot salvage " + from + ": " + e.getMessage());
      err.flush();
      return 1;
    } finally {
      out.flush();
    }
  }

  private void logStart(Server server) {
    String host = bind.contains(":") ? "[" + bind + "]" : bind;
    LOGGER.info(
        "the store is in {}{}",
        directory.toAbsolutePath().normalize(),
        readOnly ? ", read-only" : "");
    if (code != null) {
      LOGGER.info("it is your own store, compiled from {}", code.toAbsolutePath().normalize());
    }
    if (snapshots != null) {
      LOGGER.info("snapshots go to {}", snapshots.toAbsolutePath().normalize());
    }
    LOGGER.info("RESP on {}:{}", host, server.respPort());
    LOGGER.info("HTTP and the page on http://{}:{}/", host, server.httpPort());
    try {
      if (password == null && !InetAddress.getByName(bind).isLoopbackAddress()) {
        LOGGER.warn(
            "every program that can reach {} can read and change all data: set a password with"
                + " --requirepass",
            bind);
      }
    } catch (IOException e) {
      LOGGER.warn("the host {} is no longer known", bind);
    }
  }

  /** Ends a process whose server can no longer answer. */
  private static void end(String fault) {
    LOGGER.error("{}: the server cannot continue, and the process ends", fault);
    ProcessEnd.broken(MAX_STOP_SECONDS);
  }
}
