package kv.server.resp;

import java.util.List;
import java.util.Locale;
import kv.server.Server;

/** The names of the server's commands, for tests of other packages. */
public final class CommandNames {
  private CommandNames() {}

  /** Returns all names in upper case, without subcommands. */
  public static List<String> of(Server server) {
    return new Commands(server.context())
        .all().stream().map(command -> command.name().toUpperCase(Locale.ROOT)).toList();
  }

  /** Returns the syntax of each command and subcommand. */
  public static List<String> syntaxesOf(Server server) {
    return new Commands(server.context())
        .matching(command -> command.action() != null).stream()
            .map(
                command -> {
                  String name = command.name().replace('|', ' ').toUpperCase(Locale.ROOT);
                  return (name + " " + command.synopsis()).strip();
                })
            .toList();
  }
}
