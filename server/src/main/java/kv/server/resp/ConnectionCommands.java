/*
 * WHAT THIS FILE IS
 *
 * The commands that concern the client's own connection: its name, its version of the protocol, and
 * its password (AUTH, HELLO).
 *
 * With --requirepass, a client that has not sent the password can run AUTH, HELLO, RESET and QUIT
 * only, and its requests have to be small (see RequestDecoder). There is one user, "default", as in
 * a Redis without ACLs.
 */
package kv.server.resp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import kv.server.core.Secret;
import kv.server.core.ServerContext;

/** The commands for a connection. Used on the event loop only. */
final class ConnectionCommands {
  /** The longest name of a connection, in bytes: names are not charged to the budget. */
  private static final int MAX_NAME = 256;

  private static final String WRONG_PASSWORD =
      "WRONGPASS invalid username-password pair or user is disabled.";

  private final ServerContext server;

  ConnectionCommands(ServerContext server) {
    this.server = server;
  }

  void addTo(Commands all) {
    addTalking(all);
    addBeginAndEnd(all);
    all.add(clientCommand());
  }

  private void addTalking(Commands all) {
    all.add(
        command("ping")
            .minArity(1)
            .flags("fast")
            .synopsis("[<message>]")
            .summary("Replies PONG, or repeats a message.")
            .runs(this::ping));
    all.add(
        command("echo")
            .arity(2)
            .flags("loading", "stale", "fast")
            .synopsis("<message>")
            .summary("Repeats a message.")
            .runs((client, arguments) -> client.replies().bulk(arguments[1])));
    all.add(
        command("select")
            .arity(2)
            .flags("loading", "stale", "fast")
            .synopsis("<index>")
            .summary("Chooses a database; only 0 exists.")
            .runs(this::select));
  }

  private void addBeginAndEnd(Commands all) {
    all.add(
        unprotected("auth")
            .minArity(2)
            .synopsis("[<username>] <password>")
            .summary("Sends the password of --requirepass.")
            .runs(this::auth));
    all.add(
        unprotected("hello")
            .minArity(1)
            .synopsis("[<protover> [AUTH <username> <password>] [SETNAME <name>]]")
            .summary("Chooses RESP2 or RESP3.")
            .runs(this::hello));
    all.add(unprotected("reset").arity(1).summary("Resets the connection.").runs(this::reset));
    all.add(unprotected("quit").minArity(1).summary("Closes the connection.").runs(this::quit));
  }

  private static Command.Builder command(String name) {
    return Command.named(name).group("connection");
  }

  /** A command that a client may send before the password. */
  private static Command.Builder unprotected(String name) {
    return command(name).flags("noscript", "loading", "stale", "fast", "no_auth", "allow_busy");
  }

  private Command.Builder clientCommand() {
    return command("client")
        .minArity(2)
        .synopsis("<subcommand>")
        .summary("Describes connections.")
        .subcommand(
            ofClient("id").arity(2).summary("Returns this connection's number.").runs(this::id))
        .subcommand(
            ofClient("info").arity(2).summary("Describes this connection.").runs(this::info))
        .subcommand(
            ofClient("list")
                .minArity(2)
                .flags("admin", "dangerous", "noscript", "loading", "stale")
                .synopsis("[TYPE <type>] | [ID <id> ...]")
                .summary("Describes all connections.")
                .runs(this::list))
        .subcommand(
            ofClient("getname")
                .arity(2)
                .summary("Returns this connection's name.")
                .runs(this::getName))
        .subcommand(
            ofClient("setname")
                .arity(3)
                .synopsis("<name>")
                .summary("Names this connection.")
                .runs(this::setName))
        .subcommand(
            ofClient("setinfo")
                .arity(4)
                .synopsis("<LIB-NAME|LIB-VER> <text>")
                .summary("Names the client's library.")
                .runs(this::setInfo))
        .help();
  }

  private static Command.Builder ofClient(String name) {
    return Command.named(name).flags("noscript", "loading", "stale");
  }

  private void ping(RespConnection client, byte[][] arguments) throws IOException, RespException {
    // As in Redis: programs send PING to find out whether the server works.
    IOException failure = server.store().failure();
    if (failure != null) {
      throw new RespException(Commands.writeFailure(failure));
    }
    switch (arguments.length) {
      case 1 -> client.replies().status("PONG");
      case 2 -> client.replies().bulk(arguments[1]);
      default -> throw RespException.wrongNumber("ping");
    }
  }

  private void select(RespConnection client, byte[][] arguments) throws RespException {
    long index = Arguments.integer(arguments[1]);
    if (index != (int) index) {
      throw new RespException(
          "ERR value is out of range, value must between -2147483648 and 2147483647");
    }
    if (index != 0) {
      throw new RespException("ERR DB index is out of range");
    }
    client.replies().ok();
  }

  // ======== Beginning and end ========

  private void auth(RespConnection client, byte[][] arguments) throws RespException {
    if (arguments.length > 3) {
      throw RespException.syntax();
    }
    if (arguments.length == 2 && server.settings().password() == null) {
      throw new RespException(
          "ERR AUTH <password> called without any password configured for the default user. Are"
              + " you sure your configuration is correct?");
    }
    byte[] user = arguments.length == 2 ? Ascii.bytes("default") : arguments[1];
    authenticate(client, user, arguments[arguments.length - 1]);
    client.replies().ok();
  }

  private void authenticate(RespConnection client, byte[] user, byte[] password)
      throws RespException {
    Secret secret = server.settings().password();
    if (!Ascii.text(user).equals("default") || secret != null && !secret.matches(password)) {
      throw new RespException(WRONG_PASSWORD);
    }
    client.session().setAuthenticated(true);
  }

  private void hello(RespConnection client, byte[][] arguments) throws RespException {
    int version = arguments.length == 1 ? client.replies().version() : version(arguments[1]);
    for (int i = 2; i < arguments.length; i++) {
      String option = Ascii.lowerCase(arguments[i]);
      if (option.equals("auth") && i + 2 < arguments.length) {
        authenticate(client, arguments[i + 1], arguments[i + 2]);
        i += 2;
      } else if (option.equals("setname") && i + 1 < arguments.length) {
        setName(client, arguments[i + 1]);
        i++;
      } else {
        throw new RespException(
            "ERR Syntax error in HELLO option '" + Commands.start(arguments[i], MAX_NAME) + "'");
      }
    }
    if (!client.session().isAuthenticated()) {
      throw new RespException(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " AUTH <user> <pass> option can be used to authenticate the client and select the"
              + " RESP protocol version at the same time");
    }
    client.replies().setVersion(version);
    welcome(client);
  }

  private static int version(byte[] text) throws RespException {
    long version =
        Arguments.integer(text, "ERR Protocol version is not an integer or out of range");
    if (version != 2 && version != 3) {
      throw new RespException("NOPROTO unsupported protocol version");
    }
    return (int) version;
  }

  private static void welcome(RespConnection client) {
    Replies replies = client.replies();
    replies.map(7);
    replies.bulk("server");
    replies.bulk("kv");
    replies.bulk("version");
    replies.bulk(Info.VERSION);
    replies.bulk("proto");
    replies.integer(replies.version());
    replies.bulk("id");
    replies.integer(client.session().id());
    replies.bulk("mode");
    replies.bulk("standalone");
    replies.bulk("role");
    replies.bulk("master");
    replies.bulk("modules");
    replies.array(0);
  }

  private void reset(RespConnection client, byte[][] arguments) {
    Session session = client.session();
    session.transaction().end();
    session.setName(null);
    session.setAuthenticated(server.settings().password() == null);
    client.replies().setVersion(2);
    client.replies().status("RESET");
  }

  private void quit(RespConnection client, byte[][] arguments) {
    client.replies().ok();
    client.quit();
  }

  // ======== CLIENT ========

  private void id(RespConnection client, byte[][] arguments) {
    client.replies().integer(client.session().id());
  }

  private void info(RespConnection client, byte[][] arguments) {
    client.replies().text(client.describe());
  }

  private void list(RespConnection client, byte[][] arguments) throws RespException {
    List<RespConnection> all = connections();
    List<RespConnection> listed = new ArrayList<>();
    String option = arguments.length > 3 ? Ascii.lowerCase(arguments[2]) : "";
    if (arguments.length == 2) {
      listed = all;
    } else if (option.equals("type") && arguments.length == 4) {
      switch (Ascii.lowerCase(arguments[3])) {
        case "normal" -> listed = all;
        case "master", "replica", "slave", "pubsub" -> {}
        default ->
            throw new RespException(
                "ERR Unknown client type '" + Commands.start(arguments[3], MAX_NAME) + "'");
      }
    } else if (option.equals("id")) {
      Set<Long> ids = new HashSet<>();
      for (int i = 3; i < arguments.length; i++) {
        ids.add(Arguments.integer(arguments[i], "ERR Invalid client ID"));
      }
      all.stream().filter(other -> ids.contains(other.session().id())).forEach(listed::add);
    } else {
      throw RespException.syntax();
    }
    StringBuilder lines = new StringBuilder();
    listed.forEach(other -> lines.append(other.describe()));
    client.replies().text(lines.toString());
  }

  /** Returns the clients of the RESP port, in the order in which they connected. */
  private List<RespConnection> connections() {
    return server.connections().stream()
        .map(channel -> channel.pipeline().get(RespConnection.class))
        .filter(Objects::nonNull)
        .sorted(Comparator.comparingLong(connection -> connection.session().id()))
        .toList();
  }

  private void getName(RespConnection client, byte[][] arguments) {
    client.replies().bulk(client.session().name());
  }

  private void setName(RespConnection client, byte[][] arguments) throws RespException {
    setName(client, arguments[2]);
    client.replies().ok();
  }

  private static void setName(RespConnection client, byte[] name) throws RespException {
    requireWord(name, "Client names");
    client.session().setName(name.length == 0 ? null : name);
  }

  private void setInfo(RespConnection client, byte[][] arguments) throws RespException {
    switch (Ascii.lowerCase(arguments[2])) {
      case "lib-name" -> {
        requireWord(arguments[3], "lib-name");
        client.session().setLibrary(Ascii.text(arguments[3]));
      }
      case "lib-ver" -> {
        requireWord(arguments[3], "lib-ver");
        client.session().setLibraryVersion(Ascii.text(arguments[3]));
      }
      default ->
          throw new RespException(
              "ERR Unrecognized option '" + Commands.start(arguments[2], MAX_NAME) + "'");
    }
    client.replies().ok();
  }

  /** Refuses a text that would break a line of CLIENT LIST. */
  private static void requireWord(byte[] text, String subject) throws RespException {
    if (text.length > MAX_NAME) {
      throw new RespException(
          "ERR " + subject + " cannot have " + text.length + " bytes; the limit is " + MAX_NAME);
    }
    for (byte b : text) {
      if (b < '!' || b > '~') {
        throw new RespException(
            "ERR " + subject + " cannot contain spaces, newlines or special characters.");
      }
    }
  }
}
