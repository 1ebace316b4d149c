/*
 * WHAT THIS FILE IS
 *
 * The commands that concern the server as a whole: what it is, what it can do, and how its files
 * are looked after. COMPACT is the store's own and merges. SAVE, BGSAVE and LASTSAVE are Redis's,
 * so that programs that back up Redis can be used; they take a snapshot, named by the time (see
 * Snapshots).
 */
package kv.server;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import kv.server.Command.Keys;

/** The commands for the server. Used on the event loop only. */
final class ServerCommands {
  /** What a key takes besides its name and value: a record's header, in bytes. */
  private static final int RECORD_OVERHEAD = 16;

  private final Server server;
  private final Commands commands;
  private final Info info;

  ServerCommands(Server server, Commands commands) {
    this.server = server;
    this.commands = commands;
    this.info = new Info(server);
  }

  void addTo(Commands all) {
    String slow = "admin noscript " + Commands.SLOW;
    all.add(command("compact", 1, slow, "", "Merges: reclaims dead space.", this::compact));
    all.add(command("save", 1, slow, "", "Takes a snapshot and waits for it.", this::save));
    all.add(
        command("bgsave", -1, "admin noscript", "[SCHEDULE]", "Takes a snapshot.", this::bgsave));
    all.add(
        command(
            "lastsave",
            1,
            "loading stale fast",
            "",
            "Returns when the last snapshot was taken, in seconds since 1970.",
            (client, a) -> client.replies().integer(server.snapshots().last().time())));
    all.add(
        command(
            "info",
            -1,
            "loading stale",
            "[<section> [<section> ...]]",
            "Describes the server.",
            this::info));
    all.add(command("time", 1, "loading stale fast", "", "Returns the time.", this::time));
    all.add(commandCommand());
    all.add(
        command("config", -2, "", "<subcommand>", "Shows settings.", null)
            .with(
                "get",
                -3,
                "admin noscript loading stale",
                "<pattern> [<pattern> ...]",
                "Returns settings.",
                this::configGet)
            .withHelp());
    all.add(
        command("memory", -2, "", "<subcommand>", "Shows what a key takes.", null)
            .with(
                "usage",
                -3,
                "readonly",
                "<key> [SAMPLES <count>]",
                "Returns the bytes of a key's record in the log.",
                this::memoryUsage)
            .withHelp());
  }

  private static Command command(
      String name,
      int arity,
      String flags,
      String synopsis,
      String summary,
      Command.Action action) {
    return Command.of(name, arity, "server", flags, Keys.NONE, synopsis, summary, action);
  }

  private Command commandCommand() {
    String flags = "loading stale";
    return command(
            "command",
            -1,
            flags,
            "",
            "Describes the commands.",
            (c, a) -> describe(c, commands.all()))
        .with("count", 2, flags, "", "Returns the number of commands.", this::count)
        .with("docs", -2, flags, "[<name> ...]", "Documents the commands.", this::document)
        .with("info", -2, flags, "[<name> ...]", "Describes the commands.", this::describeNamed)
        .with(
            "list",
            -2,
            flags,
            "[FILTERBY MODULE|ACLCAT|PATTERN <filter>]",
            "Returns the names of the commands.",
            this::listNames)
        .withHelp();
  }

  // ======== The store's files ========

  private void compact(RespConnection client, byte[][] arguments) throws RespException {
    requireWritable();
    client.later(
        () -> {
          server.store().merge();
          return null;
        },
        done -> client.replies().ok());
  }

  private void save(RespConnection client, byte[][] arguments) throws RespException {
    requireSnapshots();
    client.later(
        () -> server.snapshots().take(Snapshots.nameNow()), taken -> client.replies().ok());
  }

  private void bgsave(RespConnection client, byte[][] arguments) throws RespException {
    boolean scheduled = arguments.length == 2 && Ascii.lowerCase(arguments[1]).equals("schedule");
    if (arguments.length > 1 && !scheduled) {
      throw RespException.syntax();
    }
    requireSnapshots();
    // A failure is in the log, and in INFO.
    boolean accepted =
        server
            .worker()
            .run(() -> server.snapshots().take(Snapshots.nameNow()), (taken, failure) -> {});
    if (!accepted) {
      throw new RespException(RespConnection.BUSY);
    }
    client.replies().status("Background saving started");
  }

  private void requireSnapshots() throws RespException {
    requireWritable();
    if (!server.snapshots().areOn()) {
      throw new RespException("ERR " + Snapshots.OFF);
    }
  }

  private void requireWritable() throws RespException {
    if (server.settings().readOnly()) {
      throw new RespException(Commands.READ_ONLY);
    }
  }

  // ======== The server ========

  private void info(RespConnection client, byte[][] arguments) {
    List<String> sections = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      sections.add(Ascii.lowerCase(arguments[i]));
    }
    client.replies().text(info.text(sections));
  }

  private void time(RespConnection client, byte[][] arguments) {
    Instant now = Instant.now();
    client.replies().array(2);
    client.replies().bulk(Long.toString(now.getEpochSecond()));
    client.replies().bulk(Long.toString(now.getNano() / 1000));
  }

  private void configGet(RespConnection client, byte[][] arguments) throws RespException {
    byte[][] patterns = Arrays.copyOfRange(arguments, 2, arguments.length);
    // Together, since they are matched on the event loop.
    KeyCommands.requirePattern(Arrays.stream(patterns).mapToLong(p -> p.length).sum());
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("save", "");
    settings.put("appendonly", "yes");
    settings.put("appendfsync", server.settings().sync().toString());
    settings.put("databases", "1");
    settings.put("maxclients", String.valueOf(server.maxConnections()));
    settings.put("maxmemory", "0");
    settings.put("proto-max-bulk-len", String.valueOf(server.settings().maxValue()));
    settings
        .keySet()
        .removeIf(name -> Arrays.stream(patterns).noneMatch(pattern -> matches(pattern, name)));
    client.replies().map(settings.size());
    settings.forEach(
        (name, value) -> {
          client.replies().bulk(name);
          client.replies().bulk(value);
        });
  }

  private static boolean matches(byte[] pattern, String name) {
    return Glob.matches(Ascii.bytes(Ascii.lowerCase(pattern)), Ascii.bytes(name));
  }

  private void memoryUsage(RespConnection client, byte[][] arguments)
      throws IOException, RespException {
    for (int i = 3; i < arguments.length; i += 2) {
      // A string has nothing to sample.
      if (i + 1 == arguments.length || !Ascii.lowerCase(arguments[i]).equals("samples")) {
        throw RespException.syntax();
      }
      if (Arguments.integer(arguments[i + 1]) < 0) {
        throw RespException.syntax();
      }
    }
    byte[] value = server.database().get(arguments[2]);
    if (value == null) {
      client.replies().bulk((byte[]) null);
    } else {
      client.replies().integer(RECORD_OVERHEAD + arguments[2].length + value.length);
    }
  }

  // ======== COMMAND ========

  private void count(RespConnection client, byte[][] arguments) {
    client.replies().integer(commands.all().size());
  }

  private void listNames(RespConnection client, byte[][] arguments) throws RespException {
    Predicate<Command> filter = command -> true;
    if (arguments.length > 2) {
      if (arguments.length != 5 || !Ascii.lowerCase(arguments[2]).equals("filterby")) {
        throw RespException.syntax();
      }
      KeyCommands.requirePattern(arguments[4].length);
      String text = Ascii.lowerCase(arguments[4]);
      filter =
          switch (Ascii.lowerCase(arguments[3])) {
            case "module" -> command -> false;
            case "aclcat" -> command -> categories(command).contains("@" + text);
            case "pattern" -> command -> matches(arguments[4], command.name());
            default -> throw RespException.syntax();
          };
    }
    List<Command> listed = commands.matching(filter);
    client.replies().array(listed.size());
    listed.forEach(command -> client.replies().bulk(command.name()));
  }

  /** Returns the commands that a request names from its third argument on, null if unknown. */
  private List<Command> named(byte[][] arguments) {
    List<Command> named = new ArrayList<>();
    for (int i = 2; i < arguments.length; i++) {
      named.add(commands.find(Ascii.lowerCase(arguments[i])));
    }
    return named;
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
    List<String> flags = command.flags().stream().filter(flag -> !flag.isEmpty()).toList();
    replies.set(flags.size());
    flags.forEach(replies::status);
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

  /** Returns Redis's ACL categories of a command, as they follow from its group and flags. */
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
