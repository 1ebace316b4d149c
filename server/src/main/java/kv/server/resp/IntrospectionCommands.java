/*
 * WHAT THIS FILE IS
 *
 * COMMAND and its subcommands: clients ask them for the names, the arguments and the properties of
 * all commands. redis-cli completes names with COMMAND DOCS; proxies find keys with COMMAND INFO.
 */
package kv.server.resp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The commands that describe the commands. Used on the event loop only. */
final class IntrospectionCommands {
  private final Commands commands;

  IntrospectionCommands(Commands commands) {
    this.commands = commands;
  }

  void addTo(Commands all) {
    all.add(
        command("command")
            .group("server")
            .minArity(1)
            .summary("Describes the commands.")
            .runs(this::describeAll)
            .subcommand(
                command("count")
                    .arity(2)
                    .summary("Returns the number of commands.")
                    .runs(this::count))
            .subcommand(
                command("docs")
                    .minArity(2)
                    .synopsis("[<name> ...]")
                    .summary("Documents the commands.")
                    .runs(this::document))
            .subcommand(
                command("info")
                    .minArity(2)
                    .synopsis("[<name> ...]")
                    .summary("Describes the commands.")
                    .runs(this::describeNamed))
            .subcommand(
                command("list")
                    .minArity(2)
                    .synopsis("[FILTERBY MODULE|ACLCAT|PATTERN <filter>]")
                    .summary("Returns the names of the commands.")
                    .runs(this::listNames))
            .help());
  }

  private static Command.Builder command(String name) {
    return Command.named(name).flags("loading", "stale");
  }

  private void count(RespConnection client, byte[][] arguments) {
    client.replies().integer(commands.all().size());
  }

  private void listNames(RespConnection client, byte[][] arguments) throws RespException {
    Predicate<Command> filter = command -> true;
    if (arguments.length > 2) {
      if (arguments.length != 5 || !Ascii.lowerCase(arguments[2]).equals("filterby")) {
        throw RespException.syntax();
      }
      KeyspaceCommands.requirePattern(arguments[4].length);
      String text = Ascii.lowerCase(arguments[4]);
      filter =
          switch (Ascii.lowerCase(arguments[3])) {
            case "module" -> command -> false;
            case "aclcat" -> command -> categories(command).contains("@" + text);
            case "pattern" -> command -> Commands.matchesName(arguments[4], command.name());
            default -> throw RespException.syntax();
          };
    }
    List<Command> listed = commands.matching(filter);
    client.replies().array(listed.size());
    listed.forEach(command -> client.replies().bulk(command.name()));
  }

  /** Returns the commands that a request names after its subcommand; null for an unknown name. */
  private List<Command> named(byte[][] arguments) {
    List<Command> named = new ArrayList<>();
    for (int i = 2; i < arguments.length; i++) {
      named.add(commands.find(Ascii.lowerCase(arguments[i])));
    }
    return named;
  }

  private void describeAll(RespConnection client, byte[][] arguments) {
    describe(client, commands.all());
  }

  private void describeNamed(RespConnection client, byte[][] arguments) {
    describe(client, arguments.length == 2 ? commands.all() : named(arguments));
  }

  private void describe(RespConnection client, Iterable<Command> described) {
    List<Command> all = new ArrayList<>();
    described.forEach(all::add);
    client.replies().array(all.size());
    all.forEach(command -> describe(client.replies(), command));
  }

  private void describe(Replies replies, Command command) {
    if (command == null) {
      replies.bulk((byte[]) null);
      return;
    }
    replies.array(10);
    replies.bulk(command.name());
    replies.integer(command.arity());
    replies.set(command.flags().size());
    command.flags().forEach(replies::status);
    replies.integer(command.keys().first());
    replies.integer(command.keys().last());
    replies.integer(command.keys().step());
    List<String> categories = categories(command);
    replies.set(categories.size());
    categories.forEach(replies::status);
    // No tips, and no key specifications beyond the three numbers.
    replies.set(0);
    replies.set(0);
    replies.array(command.subcommands().size());
    command.subcommands().values().forEach(subcommand -> describe(replies, subcommand));
  }

  /** Returns a command's ACL categories in Redis, which follow from its group and flags. */
  private static List<String> categories(Command command) {
    List<String> categories = new ArrayList<>();
    if (command.is("readonly")) {
      categories.add("@read");
    }
    if (command.is("write")) {
      categories.add("@write");
    }
    switch (command.group()) {
      case "string" -> categories.add("@string");
      case "generic" -> categories.add("@keyspace");
      case "connection" -> categories.add("@connection");
      case "transactions" -> categories.add("@transaction");
      default -> {}
    }
    if (command.is("admin")) {
      categories.add("@admin");
    }
    if (command.is("admin") || command.is("dangerous")) {
      categories.add("@dangerous");
    }
    categories.add(command.is("fast") ? "@fast" : "@slow");
    return categories;
  }

  private void document(RespConnection client, byte[][] arguments) {
    List<Command> documented =
        arguments.length == 2 ? List.copyOf(commands.all()) : named(arguments);
    List<Command> known = documented.stream().filter(command -> command != null).toList();
    client.replies().map(known.size());
    known.forEach(command -> document(client.replies(), command));
  }

  private static void document(Replies replies, Command command) {
    replies.bulk(command.name());
    replies.map(command.subcommands().isEmpty() ? 2 : 3);
    replies.bulk("summary");
    replies.bulk(command.summary());
    replies.bulk("group");
    replies.bulk(command.group());
    if (!command.subcommands().isEmpty()) {
      replies.bulk("subcommands");
      replies.map(command.subcommands().size());
      command.subcommands().values().forEach(subcommand -> document(replies, subcommand));
    }
  }
}
