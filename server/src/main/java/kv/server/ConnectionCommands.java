/*
 * WHAT THIS FILE IS
 *
 * The commands that concern the client's own connection: what it is called, which version of the
 * protocol it speaks, and whether it may send anything else (AUTH, HELLO).
 *
 * With --requirepass, a client that has not sent the password can run AUTH, HELLO, RESET and QUIT
 * only, and its requests have to be small (see RequestDecoder). There is one user, "default", as in
 * a Redis without ACLs.
 */
package kv.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kv.server.Command.Keys;

/** The commands for a connection. Used on the event loop only. */
final class ConnectionCommands {
  /** The longest name of a connection, in bytes: it is kept, and not in the budget. */
  private static final int MAX_NAME = 256;

  private static final String WRONG_PASSWORD =
      "WRONGPASS invalid username-password pair or user is disabled.";

  private final Server server;

  ConnectionCommands(Server server) {
    this.server = server;
  }

  void addTo(Commands all) {
    String always = "noscript loading stale fast no_auth allow_busy";
    all.add(
        command("ping", -1, "fast", "[<message>]", "Replies, or repeats a message.", this::ping));
    all.add(
        command(
            "echo",
            2,
            "loading stale fast",
            "<message>",
            "Repeats a message.",
            (client, arguments) -> client.replies().bulk(arguments[1])));
    all.add(
        command(
            "select",
            2,
            "loading stale fast",
            "<index>",
            "Chooses a database: there is only 0.",
            this::select));
    all.add(
        command(
            "auth",
            -2,
            always,
            "[<username>] <password>",
            "Sends the password of --requirepass.",
            this::auth));
    all.add(
        command(
            "hello",
            -1,
            always,
            "[<protover> [AUTH <username> <password>] [SETNAME <name>]]",
            "Agrees on RESP2 or RESP3.",
            this::hello));
    all.add(command("reset", 1, always, "", "Begins the connection again.", this::reset));
    all.add(command("quit", -1, always, "", "Closes the connection.", this::quit));
    all.add(clientCommand());
  }

  private static Command command(
      String name,
      int arity,
      String flags,
      String synopsis,
      String summary,
      Command.Action action) {
    return Command.of(name, arity, "connection", flags, Keys.NONE, synopsis, summary, action);
  }

  private Command clientCommand() {
    String flags = "noscript loading stale";
    return command("client", -2, "", "<subcommand>", "Describes connections.", null)
        .with("id", 2, flags, "", "Returns this connection's number.", this::id)
        .with("info", 2, flags, "", "Describes this connection.", this::info)
        .with(
            "list",
            -2,
            "admin dangerous " + flags,
            "[TYPE <type>] | [ID <id> ...]",
            "Describes all connections.",
            this::list)
        .with("getname", 2, flags, "", "Returns this connection's name.", this::getName)
        .with("setname", 3, flags, "<name>", "Names this connection.", this::setName)
        .with(
            "setinfo",
            4,
            flags,
            "<LIB-NAME|LIB-VER> <text>",
            "Says which library the client uses.",
            this::setInfo)
        .withHelp();
  }

  private void ping(RespConnection client, byte[][] arguments) throws IOException, RespException {
    // As in Redis: programs that send PING want to know whether the server is well.
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
    List<RespConnection> all = server.respConnections();
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

  /** Refuses what could not stand in a line of CLIENT LIST. */
  private static void requireWord(byte[] text, String what) throws RespException {
    if (text.length > MAX_NAME) {
      throw new RespException(
          "ERR " + what + " can have at most " + MAX_NAME + " bytes, not " + text.length);
    }
    for (byte b : text) {
      if (b < '!' || b > '~') {
        throw new RespException(
            "ERR " + what + " cannot contain spaces, newlines or special characters.");
      }
    }
  }
}
