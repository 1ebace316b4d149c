/*
 * WHAT THIS FILE IS
 *
 * How a request becomes a command: which command it names, whether it may be run, and whether now
 * or in a transaction. What the commands do is in StringCommands, KeyCommands, TransactionCommands,
 * ConnectionCommands and ServerCommands.
 *
 * They are Redis's commands for strings, and those that its clients send when they connect. Where
 * Redis 7.0 has the same reply or error, it is the same word for word. One command is the store's
 * own: COMPACT, which merges.
 *
 * ATOMIC
 *
 * All clients' commands are run on one thread, one after the other. So no client sees half of an
 * MSET, one of two SETNX of a key wins, and no INCR is lost, without a lock anywhere. The price:
 * while a command waits for the disk, all clients wait. A get waits if its record is not in the
 * operating system's memory; a put waits at the end of a segment.
 *
 * The worker runs the commands that always take long, those with the flag SLOW, beside the others:
 * KEYS, SCAN, COMPACT, SAVE. They are not atomic, and not allowed in a transaction.
 *
 * Atomic is not all or nothing. A process that is killed in the middle of an MSET has put some of
 * its keys, and acknowledged none. An MSET that ends with an error, since the disk is full, leaves
 * what it had put by then. The same holds for DEL and EXEC.
 *
 * NOT HERE, AND WHY
 *
 * Expiry, scripts, publish/subscribe, types other than strings, more than one database: see
 * Unsupported.
 */
package kv.server;

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
import kv.server.Command.Keys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs commands. Used on the event loop only. */
final class Commands {
  /** The flag of commands that the worker runs; in a transaction they are refused. */
  static final String SLOW = "no_multi";

  /** The commands that a transaction does not queue, but runs at once. */
  private static final Set<String> NEVER_QUEUED =
      Set.of("multi", "exec", "discard", "watch", "quit", "reset");

  /** The error for a write to a store that is only read. */
  static final String READ_ONLY =
      "READONLY this server was started with --read-only, and changes nothing";

  /** How much of a request an error repeats, in characters. */
  private static final int MAX_REPEATED = 128;

  private static final Logger LOGGER = LoggerFactory.getLogger(Commands.class);

  private final Server server;
  private final Map<String, Command> commands = new LinkedHashMap<>();

  /** The same, by the two forms of a name that nearly all clients send. */
  private final Map<String, Command> asSent = new HashMap<>();

  /** Whether the log says that HTTP was sent to this port: any page can send it all day. */
  private boolean warned;

  Commands(Server server) {
    this.server = server;
    new StringCommands(server.database()).addTo(this);
    new KeyCommands(server).addTo(this);
    new TransactionCommands(this).addTo(this);
    new ConnectionCommands(server).addTo(this);
    new ServerCommands(server, this).addTo(this);
  }

  /** Adds a command to those that clients can send. */
  void add(Command command) {
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

  /** Refuses a request: a transaction that it was meant for will not be run. */
  private static void refuse(RespConnection client, Command command, String error) {
    Transaction transaction = client.session().transaction();
    transaction.refuse();
    if (command != null && command.name().equals("exec")) {
      transaction.end();
      String reason = error.startsWith("ERR ") ? error.substring("ERR ".length()) : error;
      client.replies().error("EXECABORT Transaction discarded because of: " + reason);
    } else {
      client.replies().error(error);
    }
  }

  /** Returns the command that a request names; null if the request is part of one in HTTP. */
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
              + " takes long, and runs beside other commands");
    }
    if (hasLongKey(command.keys(), arguments)) {
      throw new RespException("ERR a key is too long: at most " + Database.MAX_KEY + " bytes");
    }
    if (server.settings().readOnly() && command.is("write")) {
      throw new RespException(READ_ONLY);
    }
  }

  private static boolean hasLongKey(Keys keys, byte[][] arguments) {
    if (keys.first() == 0) {
      return false;
    }
    int last = keys.last() > 0 ? keys.last() : arguments.length + keys.last();
    for (int i = keys.first(); i <= last; i += keys.step()) {
      if (arguments[i].length > Database.MAX_KEY) {
        return true;
      }
    }
    return false;
  }

  /** Runs a command that may be run; if it fails, its error is the reply. */
  void perform(RespConnection client, Command command, byte[][] arguments) {
    server.counters().commands++;
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

  /** The error for a failure of the store. */
  static String failure(Throwable failure) {
    return "ERR " + message(failure);
  }

  /** The error for a write that the store could not do: with Redis's word for it, MISCONF. */
  static String writeFailure(Throwable failure) {
    return failure instanceof IOException
        ? "MISCONF the write failed: " + message(failure)
        : failure(failure);
  }

  private static String message(Throwable failure) {
    return Ascii.text(String.valueOf(failure.getMessage()).getBytes(StandardCharsets.UTF_8));
  }

  // ======== Requests that name no command ========

  /** Says what was not understood, but not all of it: it may be anything. */
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

  /** The first characters of an argument, for an error that repeats it. */
  static String start(byte[] bytes, int length) {
    return Ascii.text(bytes.length <= length ? bytes : Arrays.copyOf(bytes, length));
  }

  /**
   * Closes the connection without a reply. A browser lets any page send a request to any port of
   * this machine, and its lines could be commands.
   */
  private void disconnect(RespConnection client) {
    if (!warned) {
      warned = true;
      LOGGER.warn(
          "a client sent HTTP to the port for RESP, and was disconnected. The next ones are not"
              + " logged");
    }
    client.abort();
  }
}
