/*
 * WHAT THIS FILE IS
 *
 * The command line of the server.
 *
 *     java -jar server/target/server.jar                        as it is meant
 *     java -jar server/target/server.jar --dir /var/lib/kv      another place for the store
 *     java -jar server/target/server.jar --sync always          nothing acknowledged is ever lost
 *     java -jar server/target/server.jar --read-only            for a copy
 *     java -jar server/target/server.jar --help                 the rest
 *     java -jar server/target/server.jar salvage data new       instead, if data is damaged
 *
 * It runs until it is told to stop: by Ctrl-C, or the signal TERM. Exit status:
 *
 *     1  it could not start: a port is taken, for example, or the store is damaged; a salvage has
 *        failed, or had to leave something out
 *     2  it was called wrongly
 *     3  it could no longer answer, and has ended itself: see Watch
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
import java.util.concurrent.TimeUnit;
import kv.engine.Salvage;
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
    description = "Serves the store in a directory by RESP, for redis-cli, and by HTTP.",
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
      "  /kv?key=KEY                 the same, for the keys . and .. too",
      "  /kv?prefix=P&limit=N        GET: a list of keys; &cursor=C: its next page",
      "  /stats /events /metrics     GET: numbers, for Prometheus too",
      "  /health                     GET: whether the store is well",
      "  /merge /snapshot[/NAME]     POST",
      "  /                           the page",
      "",
      "Not there: expiry, scripts, publish/subscribe, types other than strings. README",
      "says why, and which clients were tried.",
      "",
      "Up to 10,000 clients can be connected at a time, or as many as the limit of file",
      "descriptors (ulimit -n) allows, less those that the store needs: INFO shows the",
      "number."
    })
final class Main implements Callable<Integer> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Main.class);

  private static final int SEGMENT_SIZE = 64 << 20;
  private static final int MAX_PORT = 65_535;

  /** The largest value of the store, in bytes. */
  private static final int MAX_MAX_VALUE = 512 << 20;

  /** The exit status of a server that could no longer answer. */
  private static final int BROKEN = 3;

  /** How long such a server may take to stop, in seconds. */
  private static final int MAX_STOP_SECONDS = 60;

  @Spec private CommandSpec spec;

  @Option(
      names = "--dir",
      paramLabel = "DIRECTORY",
      defaultValue = "data",
      description = "the directory of the store (default: ${DEFAULT-VALUE})")
  private Path directory;

  @Option(
      names = "--resp",
      paramLabel = "PORT",
      defaultValue = "6380",
      description = "the port for RESP (default: ${DEFAULT-VALUE}), 0 for any")
  private int resp;

  @Option(
      names = "--http",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "the port for HTTP and the page (default: ${DEFAULT-VALUE}), 0 for any")
  private int http;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "the address to listen on (default: ${DEFAULT-VALUE}, for this machine only)")
  private String bind;

  @Option(
      names = "--sync",
      paramLabel = "WHEN",
      defaultValue = "everysec",
      description = {
        "when writes survive power loss (default: ${DEFAULT-VALUE})",
        "always: before they are acknowledged",
        "everysec: within about a second",
        "no: when the operating system writes them"
      })
  private Settings.Sync sync;

  @Option(
      names = "--snapshots",
      paramLabel = "DIRECTORY",
      description = {
        "the directory for snapshots that clients ask for",
        "(POST /snapshot, SAVE, BGSAVE; default: none)"
      })
  private Path snapshots;

  @Option(names = "--read-only", description = "changes nothing in the directory: for copies")
  private boolean readOnly;

  @Option(
      names = "--requirepass",
      paramLabel = "PASSWORD",
      description = {
        "the password that clients must send: by AUTH or HELLO;",
        "by HTTP as a bearer token or Basic's password.",
        "The list of processes shows it, unless the option is",
        "a line of a file and @FILE is given instead"
      })
  private String password;

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description = {
        "a host name that HTTP clients may use for this server,",
        "as they may use localhost, addresses, and --bind's;",
        "can be repeated"
      })
  private List<String> hosts = List.of();

  @Option(
      names = "--max-value",
      paramLabel = "BYTES",
      defaultValue = "" + Settings.DEFAULT_MAX_VALUE,
      description = {
        "the limit for a value in bytes, at most " + MAX_MAX_VALUE,
        "(default: ${DEFAULT-VALUE})"
      })
  private int maxValue;

  @Option(names = "--help", usageHelp = true, description = "shows this text")
  private boolean help;

  private Main() {}

  /** The command line. */
  public static void main(String[] arguments) {
    // Netty's search for buffers that were not given back: for development, and not for free.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    int status = run(arguments, new PrintWriter(System.out), new PrintWriter(System.err));
    if (status != 0) {
      System.exit(status);
    }
  }

  /** Does what the arguments say: the exit status. The server runs on. */
  static int run(String[] arguments, PrintWriter out, PrintWriter err) {
    for (String argument : arguments) {
      if (argument.startsWith("@") && !Files.isReadable(Path.of(argument.substring(1)))) {
        err.println(
            "cannot read the file " + argument.substring(1) + " that is given as " + argument);
        err.flush();
        return 2;
      }
    }
    return new CommandLine(new Main())
        // A line of a file is an argument as it stands: a password can have any characters.
        .setUseSimplifiedAtFiles(true)
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(
            (e, ignored) -> {
              err.println(e.getMessage() + ". --help shows what there is");
              err.flush();
              return 2;
            })
        .execute(arguments);
  }

  @Override
  public Integer call() {
    for (int port : new int[] {resp, http}) {
      if (port < 0 || port > MAX_PORT) {
        throw new ParameterException(
            spec.commandLine(), "there is no port " + port + ", ports are 0 to " + MAX_PORT);
      }
    }
    if (readOnly && snapshots != null) {
      throw new ParameterException(
          spec.commandLine(), "--snapshots cannot be used with --read-only");
    }
    if (maxValue < 1 || maxValue > MAX_MAX_VALUE) {
      throw new ParameterException(
          spec.commandLine(),
          "--max-value is " + maxValue + ", and can be 1 to " + MAX_MAX_VALUE + " bytes");
    }
    if (password != null && password.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--requirepass is empty");
    }
    Settings settings =
        new Settings(directory, bind, resp, http, sync, SEGMENT_SIZE)
            .withSnapshots(snapshots)
            .withReadOnly(readOnly)
            .withPassword(password == null ? null : new Secret(password))
            .withHosts(hosts)
            .withMaxValue(maxValue);
    Server server;
    try {
      server = Server.start(settings, new Budget(Budget.defaultLimit()), Main::end);
    } catch (IOException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(e.getMessage());
      err.flush();
      return 1;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "kv-stop"));
    tell(server);
    return 0;
  }

  /** Copies what is whole in a damaged store: the exit status, 1 if something was left out. */
  @Command(
      name = "salvage",
      sortOptions = false,
      description =
          "Copies every record that is whole, in a store that cannot be opened, into a new one.")
  int salvage(
      @Parameters(paramLabel = "FROM", description = "the store's directory, which is only read")
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

  private void tell(Server server) {
    String host = bind.contains(":") ? "[" + bind + "]" : bind;
    LOGGER.info(
        "the store is in {}{}",
        directory.toAbsolutePath().normalize(),
        readOnly ? ", and is only read" : "");
    if (snapshots != null) {
      LOGGER.info("snapshots go to {}", snapshots.toAbsolutePath().normalize());
    }
    LOGGER.info("RESP on {}:{}", host, server.respPort());
    LOGGER.info("the page, and HTTP, on http://{}:{}/", host, server.httpPort());
    try {
      if (password == null && !InetAddress.getByName(bind).isLoopbackAddress()) {
        LOGGER.warn(
            "every program that can reach {} can read and change everything: --requirepass sets a"
                + " password",
            bind);
      }
    } catch (IOException e) {
      LOGGER.warn("{} is not known any more", bind);
    }
  }

  /** Ends a process whose server can no longer answer. */
  private static void end(String fault) {
    LOGGER.error("{}: the server cannot go on, and the process ends", fault);
    Thread halt =
        new Thread(
            () -> {
              try {
                Thread.sleep(TimeUnit.SECONDS.toMillis(MAX_STOP_SECONDS));
              } catch (InterruptedException e) {
                // As good as the end of the wait.
              }
              // The store may be what does not end. What was acknowledged is the operating
              // system's.
              Runtime.getRuntime().halt(BROKEN);
            },
            "kv-halt");
    halt.setDaemon(true);
    halt.start();
    // On another thread: the one that found the fault may be the one that closing waits for.
    new Thread(() -> System.exit(BROKEN), "kv-end").start();
  }

  private static void stop(Server server) {
    LOGGER.info("stopping");
    try {
      server.close();
      LOGGER.info("stopped");
    } catch (IOException e) {
      LOGGER.error("could not close the store", e);
    }
  }
}
