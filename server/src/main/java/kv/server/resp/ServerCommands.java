/*
 * WHAT THIS FILE IS
 *
 * The commands that concern the server as a whole, and its files. COMPACT is this server's own: it
 * merges. SAVE, BGSAVE and LASTSAVE are Redis's, for programs that back up Redis; they take a
 * snapshot, named by the time (see Snapshots).
 */
package kv.server.resp;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kv.server.core.ServerContext;
import kv.server.core.Snapshots;

/** The commands for the server. Used on the event loop only. */
final class ServerCommands {
  /** The bytes of a record in addition to its key and value: the header. */
  private static final int RECORD_OVERHEAD = 16;

  private final ServerContext server;
  private final Info info;

  ServerCommands(ServerContext server) {
    this.server = server;
    this.info = new Info(server);
  }

  void addTo(Commands all) {
    addForFiles(all);
    addForServer(all);
  }

  private void addForFiles(Commands all) {
    all.add(
        command("compact")
            .arity(1)
            .flags("admin", "noscript", Commands.SLOW)
            .summary("Merges: reclaims dead space.")
            .runs(this::compact));
    all.add(
        command("save")
            .arity(1)
            .flags("admin", "noscript", Commands.SLOW)
            .summary("Takes a snapshot and waits for it.")
            .runs(this::save));
    all.add(
        command("bgsave")
            .minArity(1)
            .flags("admin", "noscript")
            .synopsis("[SCHEDULE]")
            .summary("Takes a snapshot.")
            .runs(this::bgsave));
    all.add(
        command("lastsave")
            .arity(1)
            .flags("loading", "stale", "fast")
            .summary("Returns the time of the last snapshot, in seconds since 1970.")
            .runs((client, a) -> client.replies().integer(server.snapshots().last().time())));
  }

  private void addForServer(Commands all) {
    all.add(
        command("info")
            .minArity(1)
            .flags("loading", "stale")
            .synopsis("[<section> [<section> ...]]")
            .summary("Describes the server.")
            .runs(this::info));
    all.add(
        command("time")
            .arity(1)
            .flags("loading", "stale", "fast")
            .summary("Returns the time.")
            .runs(this::time));
    all.add(configCommand());
    all.add(memoryCommand());
  }

  private Command.Builder configCommand() {
    return command("config")
        .minArity(2)
        .synopsis("<subcommand>")
        .summary("Shows settings.")
        .subcommand(
            Command.named("get")
                .minArity(3)
                .flags("admin", "noscript", "loading", "stale")
                .synopsis("<pattern> [<pattern> ...]")
                .summary("Returns settings.")
                .runs(this::configGet))
        .help();
  }

  private Command.Builder memoryCommand() {
    return command("memory")
        .minArity(2)
        .synopsis("<subcommand>")
        .summary("Shows the size of a key.")
        .subcommand(
            Command.named("usage")
                .minArity(3)
                .flags("readonly")
                .synopsis("<key> [SAMPLES <count>]")
                .summary("Returns the bytes of a key's record in the log.")
                .runs(this::memoryUsage))
        .help();
  }

  private static Command.Builder command(String name) {
    return Command.named(name).group("server");
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
    // A failure appears in the log and in INFO.
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
    String refusal = server.snapshots().refusal();
    if (refusal != null) {
      throw new RespException("ERR " + refusal);
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
    // The limit is for all together, since they are matched on the event loop.
    KeyspaceCommands.requirePattern(Arrays.stream(patterns).mapToLong(p -> p.length).sum());
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
        .removeIf(name -> Arrays.stream(patterns).noneMatch(p -> Commands.matchesName(p, name)));
    client.replies().map(settings.size());
    settings.forEach(
        (name, value) -> {
          client.replies().bulk(name);
          client.replies().bulk(value);
        });
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
}
