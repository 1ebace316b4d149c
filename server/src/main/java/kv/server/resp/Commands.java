/*
 * WHAT THIS FILE IS
 *
 * From a request to its command: finds the command, checks whether it may run, and runs it, now or
 * in a transaction. The commands are in StringCommands, KeyCommands, KeyspaceCommands,
 * TransactionCommands, ConnectionCommands, ServerCommands and IntrospectionCommands.
 *
 * They are Redis's commands for strings, and those that its clients send when they connect. Replies
 * and errors that Redis 7.0 has too are the same word for word. One command is this server's own:
 * COMPACT, which merges.
 *
 * ATOMIC
 *
 * One thread runs the commands of all clients, one after the other. So no client sees half of an
 * MSET, one of two SETNX of a key wins, and no INCR is lost, without a lock anywhere. The price:
 * while a command waits for the disk, all clients wait. A get waits if its record is not in the
 * operating system's memory; a put waits at the end of a segment.
 *
 * The worker runs the commands that are always slow, beside the others. These have the flag SLOW:
 * KEYS, SCAN, COMPACT, SAVE. They are not atomic, and not allowed in a transaction.
 *
 * Atomic is not all or nothing. A process that is killed in the middle of an MSET has put some of
 * its keys, and acknowledged none. An MSET that fails, because the disk is full, keeps the puts
 * before the failure. The same holds for DEL and EXEC.
 *
 * NOT HERE, AND WHY
 *
 * Expiry, scripts, publish/subscribe, types other than strings, more than one database: see
 * Unsupported.
 */
package kv.server.resp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import kv.server.core.Database;
import kv.server.core.Glob;
import kv.server.core.Remote;
import kv.server.core.ServerContext;
import kv.server.resp.Command.Keys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs commands. Used on the event loop only. */
final class Commands {
  /** The flag of commands that the worker runs; a transaction refuses them. */
  static final String SLOW = "no_multi";

  /** The commands that a transaction does not queue, but runs at once. */
  private static final Set<String> NEVER_QUEUED =
      Set.of("multi", "exec", "discard", "watch", "quit", "reset");

  /** The commands for all keys that a cluster runs. */
  private static final Set<String> FOR_ALL_KEYS = Set.of("dbsize", "flushall", "flushdb");

  /** The commands that need all keys in one place. */
  private static final Set<String> NOT_IN_A_CLUSTER =
      Set.of(
          "multi",
          "exec",
          "discard",
          "watch",
          "unwatch",
          "compact",
          "save",
          "bgsave",
          "memory|usage");

  /** The error for a write to a read-only server. */
  static final String READ_ONLY =
      "READONLY this server was started with --read-only, and changes nothing";

  /** The most characters of a request that an error repeats. */
  private static final int MAX_REPEATED = 128;

  private static final Logger LOGGER = LoggerFactory.getLogger(Commands.class);

  private final ServerContext server;
  private final Map<String, Command> commands = new LinkedHashMap<>();

  /** The commands by their names in lower case and in upper case, as nearly all clients send. */
  private final Map<String, Command> asSent = new HashMap<>();

  /** Whether a client that sent HTTP was logged: any web page can send HTTP all day. */
  private boolean warned;

  Commands(ServerContext server) {
    this.server = server;
    new StringCommands(server.database()).addTo(this::add);
    new KeyCommands(server.database()).addTo(this::add);
    new KeyspaceCommands(server).addTo(this);
    new TransactionCommands(this).addTo(this);
    new ConnectionCommands(server).addTo(this);
    new ServerCommands(server).addTo(this);
    new IntrospectionCommands(this).addTo(this);
    if (server.remote() != null) {
      ClusterCommands.addTo(this);
    }
  }

  /** Adds a command to those that clients can send. */
  void add(Command.Builder description) {
    Command command = description.build();
    commands.put(command.name(), command);
    asSent.put(command.name(), command);
    asSent.put(command.name().toUpperCase(Locale.ROOT), command);
  }

  /** Returns all commands, in the order in which they were added. */
  Collection<Command> all() {
    return commands.values();
  }

  /** Returns the command, or subcommand, with a full name such as {@code client|id}, or null. */
  Command find(String name) {
    int bar = name.indexOf('|');
    if (bar < 0) {
      return commands.get(name);
    }
    Command command = commands.get(name.substring(0, bar));
    return command == null ? null : command.subcommands().get(name.substring(bar + 1));
  }

  /** Returns the commands, subcommands too, that a filter accepts. */
  List<Command> matching(Predicate<Command> filter) {
    List<Command> matching = new ArrayList<>();
    for (Command command : commands.values()) {
      if (filter.test(command)) {
        matching.add(command);
      }
      command.subcommands().values().stream().filter(filter).forEach(matching::add);
    }
    return matching;
  }

  /** Returns whether a pattern, in any case, matches a name in lower case. */
  static boolean matchesName(byte[] pattern, String name) {
    return Glob.matches(Ascii.bytes(Ascii.lowerCase(pattern)), Ascii.bytes(name));
  }

  // ======== Running ========

  /**
   * Runs a request, or queues it for EXEC, and replies to its client, now or later.
   *
   * @return whether the request is kept, with its cost, in a transaction
   */
  boolean run(RespConnection client, Request request) {
    byte[][] arguments = request.arguments();
    Transaction transaction = client.session().transaction();
    Command command = null;
    try {
      command = choose(arguments);
      if (command == null) {
        disconnect(client);
        return false;
      }
      check(client, command, arguments);
    } catch (RespException e) {
      refuse(client, command, e.getMessage());
      return false;
    }
    client.session().setLastCommand(command.name());
    if (transaction.isOpen() && !NEVER_QUEUED.contains(command.name())) {
      transaction.queue(command, request);
      client.replies().status("QUEUED");
      return true;
    }
    perform(client, command, arguments);
    return false;
  }

  /**
   * Returns the command of a request that runs on keys and not here: see {@link Remote}. Returns null
   * if it runs here, if only to be refused.
   */
  Command elsewhere(RespConnection client, Request request) {
    if (request.error() != null) {
      return null;
    }
    try {
      Command command = choose(request.arguments());
      if (command == null
          || command.keyAction() == null && !FOR_ALL_KEYS.contains(command.name())) {
        return null;
      }
      check(client, command, request.arguments());
      return command;
    } catch (RespException e) {
      return null;
    }
  }

  /** Refuses a request; an open transaction will run nothing. */
  private void refuse(RespConnection client, Command command, String error) {
    Transaction transaction = client.session().transaction();
    transaction.refuse();
    // A cluster never opens a transaction, so EXEC discards nothing there.
    if (command != null && command.name().equals("exec") && server.remote() == null) {
      transaction.end();
      String reason = error.startsWith("ERR ") ? error.substring("ERR ".length()) : error;
      client.replies().error("EXECABORT Transaction discarded because of: " + reason);
    } else {
      client.replies().error(error);
    }
  }

  /** Returns the command that a request names; null if the request is a line of HTTP. */
  private Command choose(byte[][] arguments) throws RespException {
    Command command = asSent.get(Ascii.text(arguments[0]));
    if (command == null) {
      String name = Ascii.lowerCase(arguments[0]);
      if (name.equals("post") || name.equals("host:")) {
        return null;
      }
      command = commands.get(name);
      if (command == null) {
        throw unknown(name, arguments);
      }
    }
    if (!command.subcommands().isEmpty() && arguments.length > 1) {
      Command subcommand = command.subcommands().get(Ascii.lowerCase(arguments[1]));
      if (subcommand == null) {
        throw unknownSubcommand(command, arguments[1]);
      }
      return subcommand;
    }
    return command;
  }

  private void check(RespConnection client, Command command, byte[][] arguments)
      throws RespException {
    if (!command.accepts(arguments.length)) {
      throw command.wrongNumber();
    }
    if (!client.session().isAuthenticated() && !command.is("no_auth")) {
      throw new RespException("NOAUTH Authentication required.");
    }
    if (client.session().transaction().isOpen() && command.is(SLOW)) {
      throw new RespException(
          "ERR Command not allowed inside a transaction: "
              + command.name()
              + " is slow, and runs beside other commands");
    }
    if (server.remote() != null && NOT_IN_A_CLUSTER.contains(command.name())) {
      throw new RespException(
          "ERR "
              + command.name().toUpperCase(Locale.ROOT)
              + " does not run in a cluster, since its keys are in several shards");
    }
    checkKeys(command.keys(), arguments);
    if (server.settings().readOnly() && command.is("write")) {
      throw new RespException(READ_ONLY);
    }
  }

  private static void checkKeys(Keys keys, byte[][] arguments) throws RespException {
    if (keys.first() == 0) {
      return;
    }
    int last = keys.last() > 0 ? keys.last() : arguments.length + keys.last();
    for (int i = keys.first(); i <= last; i += keys.step()) {
      int length = arguments[i].length;
      if (length > Database.MAX_KEY) {
        throw new RespException(
            "ERR the key is " + length + " bytes long; the limit is " + Database.MAX_KEY);
      }
    }
  }

  /** Runs a checked command; if it fails, its error is the reply. */
  void perform(RespConnection client, Command command, byte[][] arguments) {
    server.counters().countCommand();
    int mark = client.replies().mark();
    try {
      command.action().run(client, arguments);
    } catch (RespException e) {
      client.replies().takeBack(mark);
      client.replies().error(e.getMessage());
    } catch (IOException | RuntimeException e) {
      client.replies().takeBack(mark);
      client.replies().error(command.is("write") ? writeFailure(e) : failure(e));
    }
  }

  /** Returns the error for a failure of the store. */
  static String failure(Throwable failure) {
    return (failure instanceof Remote.Down ? "" : "ERR ") + message(failure);
  }

  /** Returns the error for a failed write, with Redis's code for it, MISCONF. */
  static String writeFailure(Throwable failure) {
    return failure instanceof IOException
        ? "MISCONF the write failed: " + message(failure)
        : failure(failure);
  }

  private static String message(Throwable failure) {
    return Ascii.text(String.valueOf(failure.getMessage()).getBytes(StandardCharsets.UTF_8));
  }

  // ======== Requests that name no command ========

  /** Returns an error that repeats the start of the request, which may contain any bytes. */
  private static RespException unknown(String name, byte[][] arguments) {
    RespException unsupported = Unsupported.command(name.toUpperCase(Locale.ROOT));
    if (unsupported != null) {
      return unsupported;
    }
    StringBuilder shown = new StringBuilder();
    for (int i = 1; i < arguments.length && shown.length() < MAX_REPEATED; i++) {
      String argument = start(arguments[i], MAX_REPEATED - shown.length());
      shown.append('\'').append(argument).append("' ");
    }
    return new RespException(
        "ERR unknown command '"
            + start(arguments[0], MAX_REPEATED)
            + "', with args beginning with: "
            + shown);
  }

  private static RespException unknownSubcommand(Command command, byte[] subcommand) {
    return new RespException(
        "ERR unknown subcommand '"
            + start(subcommand, MAX_REPEATED)
            + "'. Try "
            + command.name().toUpperCase(Locale.ROOT)
            + " HELP.");
  }

  /** Returns the first characters of an argument, for an error that repeats it. */
  static String start(byte[] bytes, int length) {
    return Ascii.text(bytes.length <= length ? bytes : Arrays.copyOf(bytes, length));
  }

  /**
   * Closes the connection without a reply. A browser lets any web page send a request to any port
   * of this machine, and the lines of that request could be commands.
   */
  private void disconnect(RespConnection client) {
    if (!warned) {
      warned = true;
      LOGGER.warn(
          "closed the connection of a client that sent HTTP to the RESP port; later ones are not"
              + " logged");
    }
    client.abort();
  }
}
