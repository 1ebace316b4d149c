/*
 * WHAT THIS FILE IS
 *
 * The commands: what each does, and what it replies. They are Redis's commands for strings, and
 * what its clients want to know when they connect. Where Redis 7.0 has the same reply or error, it
 * is the same word for word. One command is the store's own: COMPACT, which merges. SAVE, BGSAVE
 * and LASTSAVE are Redis's, so that programs that make backups of Redis can be used; they take a
 * snapshot (see Snapshots), named by the time.
 *
 * ATOMIC
 *
 * All clients' commands are run on one thread, one after the other. So nobody sees half of an MSET,
 * and of two SETNX of a key one wins, without a lock anywhere. The price: a command that has to
 * wait for the disk has everybody wait. A get does, when its record is not in the operating
 * system's memory; a put does, at the end of a segment.
 *
 * Those that take long whatever happens are done by the worker, while the others go on: KEYS,
 * SCAN, FLUSHALL, FLUSHDB, COMPACT, SAVE, BGSAVE. They are not atomic: a FLUSHALL deletes the keys
 * that were there when it began, and with it what was put under such a key while it ran.
 *
 * Atomic is not all or nothing. A process that is killed in the middle of an MSET has put some of
 * its keys, and acknowledged none; and so it is with an MSET that ends with an error, since the
 * disk is full: what it had put by then stays. The same goes for DEL.
 *
 * NOT HERE, AND WHY
 *
 * SET with an option: EX, NX, GET, and so on. The store has nothing that expires, and to ignore an
 * option would be to promise it. All options are errors.
 *
 * More than one database, MULTI, scripts, other types than strings.
 */
package kv.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kv.engine.Stats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs commands. Used on the event loop only. */
final class Commands {
  /** The longest name of a connection, in bytes: it is kept, and not in the budget. */
  private static final int MAX_NAME = 256;

  /** How much of a request an error repeats, in characters. */
  private static final int MAX_REPEATED = 128;

  /** The version of Redis whose commands these are: some clients ask before they use one. */
  private static final String VERSION = "7.0.0";

  private static final String READ_ONLY =
      "READONLY this server was started with --read-only, and changes nothing";

  private static final Logger LOGGER = LoggerFactory.getLogger(Commands.class);

  /** What a command does with a request. */
  private interface Action {
    void run(RespConnection client, byte[][] arguments) throws IOException;
  }

  /**
   * A command.
   *
   * @param arity how many arguments it takes, the name included; -n: n or more
   * @param lastKey the place of the last argument that is a key, from the end if negative; 0 if
   *     none is. The first is at 1.
   * @param step 1 if every argument up to there is a key, 2 if every other one is
   */
  private record Command(
      String name, int arity, String flag, int lastKey, int step, String summary, Action action) {
    boolean accepts(int arguments) {
      return arity < 0 ? arguments >= -arity : arguments == arity;
    }

    boolean writes() {
      return flag.equals("write");
    }

    boolean isForKeys() {
      return lastKey != 0;
    }
  }

  private final Server server;
  private final Database database;
  private final Scans scans;
  private final Map<String, Command> commands = new LinkedHashMap<>();

  /** Whether the log says that HTTP was sent to this port: any page can send it all day. */
  private boolean warned;

  Commands(Server server) {
    this.server = server;
    this.database = server.database();
    this.scans = new Scans(server.store(), server.budget().limit() / 2, System::nanoTime);
    add("ping", -1, "fast", 0, 0, "Answers, or repeats a text.", this::ping);
    add("echo", 2, "fast", 0, 0, "Repeats a text.", (c, a) -> c.replyBulk(a[1]));
    add("get", 2, "readonly", 1, 1, "The value of a key.", (c, a) -> c.replyBulk(value(a[1])));
    add("set", -3, "write", 1, 1, "Sets a key to a value.", this::set);
    add("del", -2, "write", -1, 1, "Deletes keys.", this::del);
    add("exists", -2, "readonly", -1, 1, "How many of the keys are there.", this::exists);
    add("mget", -2, "readonly", -1, 1, "The values of keys.", this::mget);
    add("mset", -3, "write", -1, 2, "Sets keys to values.", this::mset);
    add("setnx", 3, "write", 1, 1, "Sets a key that is not there.", this::setnx);
    add("getdel", 2, "write", 1, 1, "The value of a key, which is deleted.", this::getdel);
    add("strlen", 2, "readonly", 1, 1, "How long a value is.", this::strlen);
    add("dbsize", 1, "readonly", 0, 0, "How many keys there are.", this::dbsize);
    add("keys", 2, "readonly", 0, 0, "All keys that match a pattern.", this::keys);
    add("scan", -2, "readonly", 0, 0, "All keys, a few at a time.", this::scan);
    add("flushdb", -1, "write", 0, 0, "Deletes all keys.", this::flush);
    add("flushall", -1, "write", 0, 0, "Deletes all keys.", this::flush);
    add("compact", 1, "admin", 0, 0, "Merges: gives dead space back.", this::compact);
    add("save", 1, "admin", 0, 0, "Takes a snapshot, and waits for it.", this::save);
    add("bgsave", -1, "admin", 0, 0, "Takes a snapshot.", this::bgsave);
    add("lastsave", 1, "fast", 0, 0, "When the last snapshot was taken.", this::lastsave);
    add("info", -1, "admin", 0, 0, "What there is to know of the server.", this::info);
    add("command", -1, "admin", 0, 0, "The commands.", this::command);
    add("config", -2, "admin", 0, 0, "The server's settings.", this::config);
    add("client", -2, "admin", 0, 0, "This connection.", this::client);
    add("select", 2, "fast", 0, 0, "Chooses a database: there is 0.", this::select);
    add("hello", -1, "fast", 0, 0, "Agrees on a protocol: there is 2.", this::hello);
    add("quit", -1, "fast", 0, 0, "Closes the connection.", this::quit);
  }

  private void add(
      String name, int arity, String flag, int lastKey, int step, String summary, Action action) {
    commands.put(name, new Command(name, arity, flag, lastKey, step, summary, action));
  }

  /**
   * Runs a command, which replies to its client, now or later.
   *
   * @throws IOException if the store could not do it; replies that were given are to be taken back
   */
  void run(RespConnection client, byte[][] arguments) throws IOException {
    String name = lowerCase(arguments[0]);
    Command command = commands.get(name);
    if (name.equals("post") || name.equals("host:")) {
      disconnect(client);
    } else if (command == null) {
      client.replyError(unknown(arguments));
    } else if (!command.accepts(arguments.length)) {
      client.replyError(wrongNumber(name));
    } else if (command.isForKeys() && hasLongKey(command, arguments)) {
      client.replyError("ERR a key is too long: at most " + Database.MAX_KEY + " bytes");
    } else if (server.settings().readOnly() && command.writes()) {
      client.replyError(READ_ONLY);
    } else {
      command.action().run(client, arguments);
    }
  }

  private static boolean hasLongKey(Command command, byte[][] arguments) {
    int last = command.lastKey() > 0 ? command.lastKey() : arguments.length - 1;
    for (int i = 1; i <= last; i += command.step()) {
      if (arguments[i].length > Database.MAX_KEY) {
        return true;
      }
    }
    return false;
  }

  private static String wrongNumber(String name) {
    return "ERR wrong number of arguments for '" + name + "' command";
  }

  /** Says what was not understood, but not all of it: it may be anything. */
  private static String unknown(byte[][] arguments) {
    StringBuilder shown = new StringBuilder();
    for (int i = 1; i < arguments.length && shown.length() < MAX_REPEATED; i++) {
      String argument = start(arguments[i], MAX_REPEATED - shown.length());
      shown.append('\'').append(argument).append("' ");
    }
    return "ERR unknown command '"
        + start(arguments[0], MAX_REPEATED)
        + "', with args beginning with: "
        + shown;
  }

  private static String unknownSubcommand(String command, byte[][] arguments) {
    return "ERR unknown subcommand '"
        + start(arguments[1], MAX_REPEATED)
        + "'. Try "
        + command
        + " HELP.";
  }

  private static String start(byte[] bytes, int length) {
    return text(bytes.length <= length ? bytes : Arrays.copyOf(bytes, length));
  }

  /** As Redis compares names: by byte, and without regard to case. */
  private static String lowerCase(byte[] name) {
    return text(name).toLowerCase(Locale.ROOT);
  }

  // ======== Strings ========

  private byte[] value(byte[] key) throws IOException {
    return database.get(key);
  }

  private void set(RespConnection client, byte[][] arguments) throws IOException {
    if (arguments.length > 3) {
      client.replyError("ERR syntax error");
      return;
    }
    database.put(arguments[1], arguments[2]);
    client.replyOk();
  }

  private void del(RespConnection client, byte[][] arguments) throws IOException {
    int deleted = 0;
    for (int i = 1; i < arguments.length; i++) {
      if (database.delete(arguments[i])) {
        deleted++;
      }
    }
    client.replyInteger(deleted);
  }

  private void exists(RespConnection client, byte[][] arguments) throws IOException {
    int there = 0;
    for (int i = 1; i < arguments.length; i++) {
      if (database.contains(arguments[i])) {
        there++;
      }
    }
    client.replyInteger(there);
  }

  private void mget(RespConnection client, byte[][] arguments) throws IOException {
    client.replyArray(arguments.length - 1);
    for (int i = 1; i < arguments.length; i++) {
      if (!client.replyBulk(value(arguments[i]))) {
        return;
      }
    }
  }

  private void mset(RespConnection client, byte[][] arguments) throws IOException {
    if (arguments.length % 2 == 0) {
      client.replyError(wrongNumber("mset"));
      return;
    }
    for (int i = 1; i < arguments.length; i += 2) {
      database.put(arguments[i], arguments[i + 1]);
    }
    client.replyOk();
  }

  private void setnx(RespConnection client, byte[][] arguments) throws IOException {
    boolean isNew = !database.contains(arguments[1]);
    if (isNew) {
      database.put(arguments[1], arguments[2]);
    }
    client.replyInteger(isNew ? 1 : 0);
  }

  private void getdel(RespConnection client, byte[][] arguments) throws IOException {
    byte[] value = value(arguments[1]);
    if (value != null) {
      database.delete(arguments[1]);
    }
    client.replyBulk(value);
  }

  private void strlen(RespConnection client, byte[][] arguments) throws IOException {
    byte[] value = value(arguments[1]);
    client.replyInteger(value == null ? 0 : value.length);
  }

  // ======== All keys ========

  private void dbsize(RespConnection client, byte[][] arguments) throws IOException {
    client.replyInteger(server.store().size());
  }

  private void keys(RespConnection client, byte[][] arguments) {
    if (isTooLong(arguments[1].length, client)) {
      return;
    }
    client.later(() -> scans.keys(arguments[1]), keys -> replyKeys(client, keys));
  }

  private static boolean isTooLong(long pattern, RespConnection client) {
    if (pattern <= Glob.MAX_LENGTH) {
      return false;
    }
    client.replyError("ERR a pattern is too long: at most " + Glob.MAX_LENGTH + " bytes");
    return true;
  }

  private static void replyKeys(RespConnection client, List<byte[]> keys) {
    client.replyArray(keys.size());
    for (byte[] key : keys) {
      if (!client.replyBulk(key)) {
        return;
      }
    }
  }

  private void scan(RespConnection client, byte[][] arguments) {
    long cursor;
    try {
      cursor = Long.parseUnsignedLong(text(arguments[1]));
    } catch (NumberFormatException e) {
      client.replyError("ERR invalid cursor");
      return;
    }
    byte[] pattern = null;
    long count = 10;
    boolean strings = true;
    for (int i = 2; i < arguments.length; i += 2) {
      String option = lowerCase(arguments[i]);
      if (i + 1 == arguments.length) {
        client.replyError("ERR syntax error");
        return;
      }
      switch (option) {
        case "match" -> pattern = arguments[i + 1];
        case "type" -> strings = lowerCase(arguments[i + 1]).equals("string");
        case "count" -> {
          try {
            count = Long.parseLong(text(arguments[i + 1]));
          } catch (NumberFormatException e) {
            client.replyError("ERR value is not an integer or out of range");
            return;
          }
          if (count < 1) {
            client.replyError("ERR syntax error");
            return;
          }
        }
        default -> {
          client.replyError("ERR syntax error");
          return;
        }
      }
    }
    if (pattern != null && isTooLong(pattern.length, client)) {
      return;
    }
    scan(client, cursor, count, pattern, strings);
  }

  private void scan(
      RespConnection client, long cursor, long count, byte[] pattern, boolean strings) {
    client.later(
        () -> scans.scan(cursor, count, pattern),
        page -> {
          client.replyArray(2);
          client.replyBulk(bytes(Long.toUnsignedString(page.cursor())));
          // Every value is a string: of another type there is none.
          replyKeys(client, strings ? page.keys() : List.of());
        });
  }

  private void flush(RespConnection client, byte[][] arguments) {
    List<String> modes = List.of("async", "sync");
    if (arguments.length > 2 || arguments.length == 2 && !modes.contains(lowerCase(arguments[1]))) {
      client.replyError("ERR syntax error");
      return;
    }
    client.later(
        () -> {
          server.store().forEach((key, value) -> delete(key));
          return null;
        },
        done -> client.replyOk());
  }

  /** Deletes a key, from within a walk through the store. */
  private void delete(byte[] key) {
    try {
      server.store().delete(key);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private void compact(RespConnection client, byte[][] arguments) {
    if (server.settings().readOnly()) {
      client.replyError(READ_ONLY);
      return;
    }
    client.later(
        () -> {
          server.store().merge();
          return null;
        },
        done -> client.replyOk());
  }

  // ======== Snapshots ========

  private void save(RespConnection client, byte[][] arguments) {
    if (maySave(client)) {
      client.later(() -> server.snapshots().take(Snapshots.nameNow()), taken -> client.replyOk());
    }
  }

  private void bgsave(RespConnection client, byte[][] arguments) {
    boolean scheduled = arguments.length == 2 && lowerCase(arguments[1]).equals("schedule");
    if (arguments.length > 1 && !scheduled) {
      client.replyError("ERR syntax error");
    } else if (maySave(client)) {
      // A failure is in the log, and in INFO.
      boolean accepted =
          server
              .worker()
              .run(() -> server.snapshots().take(Snapshots.nameNow()), (taken, failure) -> {});
      if (accepted) {
        client.replyStatus("Background saving started");
      } else {
        client.replyError(RespConnection.BUSY);
      }
    }
  }

  private boolean maySave(RespConnection client) {
    if (server.settings().readOnly()) {
      client.replyError(READ_ONLY);
      return false;
    }
    if (!server.snapshots().areOn()) {
      client.replyError("ERR " + Snapshots.OFF);
      return false;
    }
    return true;
  }

  private void lastsave(RespConnection client, byte[][] arguments) {
    client.replyInteger(server.snapshots().last().time());
  }

  // ======== The server ========

  private void info(RespConnection client, byte[][] arguments) throws IOException {
    Counters counters = server.counters();
    Stats stats = server.store().stats();
    IOException failure = server.store().failure();
    Snapshots snapshots = server.snapshots();
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put(
        "server",
        section(
            """
            # Server
            redis_version:%s
            redis_mode:standalone
            process_id:%d
            tcp_port:%d
            uptime_in_seconds:%d
            """,
            VERSION,
            ProcessHandle.current().pid(),
            server.respPort(),
            server.uptime().toSeconds()));
    sections.put(
        "clients",
        section(
            """
            # Clients
            connected_clients:%d
            maxclients:%d
            """,
            server.connections(), server.maxConnections()));
    sections.put(
        "memory",
        section(
            """
            # Memory
            client_buffers:%d
            client_buffers_limit:%d
            evicted_clients:%d
            """,
            server.budget().used(), server.budget().limit(), server.budget().evictions()));
    sections.put(
        "persistence",
        section(
            """
            # Persistence
            appendfsync:%s
            read_only:%d
            aof_last_write_status:%s
            store_failure:%s
            rdb_last_save_time:%d
            rdb_last_bgsave_status:%s
            last_snapshot:%s
            segments:%d
            live_bytes:%d
            dead_bytes:%d
            merges:%d
            merged_bytes:%d
            """,
            server.settings().sync(),
            server.settings().readOnly() ? 1 : 0,
            failure == null ? "ok" : "err",
            failure == null ? "" : failure.getMessage(),
            snapshots.last().time(),
            snapshots.failure() == null ? "ok" : "err",
            snapshots.last().name(),
            stats.files(),
            stats.liveBytes(),
            stats.deadBytes(),
            stats.merges(),
            stats.mergedBytes()));
    sections.put(
        "stats",
        section(
            """
            # Stats
            total_connections_received:%d
            gets:%d
            puts:%d
            deletes:%d
            total_error_replies:%d
            """,
            counters.connections, counters.gets, counters.puts, counters.deletes, counters.errors));
    sections.put(
        "keyspace",
        section(
            """
            # Keyspace
            db0:keys=%d,expires=0,avg_ttl=0
            """,
            stats.keys()));
    List<String> wanted = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      wanted.add(lowerCase(arguments[i]));
    }
    if (wanted.isEmpty()
        || !Collections.disjoint(wanted, List.of("all", "default", "everything"))) {
      wanted.addAll(sections.keySet());
    }
    sections.keySet().retainAll(wanted);
    client.replyBulk(bytes(String.join("\n", sections.values()).replace("\n", "\r\n")));
  }

  private static String section(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private void command(RespConnection client, byte[][] arguments) {
    List<Command> known = List.copyOf(commands.values());
    String subcommand = arguments.length == 1 ? "info" : lowerCase(arguments[1]);
    switch (subcommand) {
      case "count" -> {
        if (arguments.length == 2) {
          client.replyInteger(known.size());
        } else {
          client.replyError(wrongNumber("command|count"));
        }
      }
      case "list" -> {
        client.replyArray(known.size());
        known.forEach(c -> client.replyBulk(bytes(c.name())));
      }
      case "info" -> {
        List<Command> asked = asked(known, arguments);
        client.replyArray(asked.size());
        asked.forEach(c -> replyInfo(client, c));
      }
      case "docs" -> {
        List<Command> asked = new ArrayList<>(asked(known, arguments));
        asked.removeIf(c -> c == null);
        client.replyArray(2 * asked.size());
        asked.forEach(c -> replyDocs(client, c));
      }
      default -> client.replyError(unknownSubcommand("COMMAND", arguments));
    }
  }

  /** Those that are named from the third argument on, null for what is not known; without, all. */
  private static List<Command> asked(List<Command> known, byte[][] arguments) {
    if (arguments.length <= 2) {
      return known;
    }
    List<Command> asked = new ArrayList<>();
    for (int i = 2; i < arguments.length; i++) {
      String name = lowerCase(arguments[i]);
      asked.add(known.stream().filter(c -> c.name().equals(name)).findAny().orElse(null));
    }
    return asked;
  }

  private static void replyInfo(RespConnection client, Command command) {
    if (command == null) {
      client.replyBulk(null);
      return;
    }
    client.replyArray(6);
    client.replyBulk(bytes(command.name()));
    client.replyInteger(command.arity());
    client.replyArray(1);
    client.replyStatus(command.flag());
    client.replyInteger(command.isForKeys() ? 1 : 0);
    client.replyInteger(command.lastKey());
    client.replyInteger(command.step());
  }

  private static void replyDocs(RespConnection client, Command command) {
    client.replyBulk(bytes(command.name()));
    client.replyArray(4);
    client.replyBulk(bytes("summary"));
    client.replyBulk(bytes(command.summary()));
    client.replyBulk(bytes("group"));
    client.replyBulk(bytes(command.isForKeys() ? "string" : "server"));
  }

  private void config(RespConnection client, byte[][] arguments) {
    if (!lowerCase(arguments[1]).equals("get")) {
      client.replyError(unknownSubcommand("CONFIG", arguments));
      return;
    }
    if (arguments.length == 2) {
      client.replyError(wrongNumber("config|get"));
      return;
    }
    // Together, since it is on the event loop that they are matched.
    if (isTooLong(
        Arrays.stream(arguments, 2, arguments.length).mapToLong(p -> p.length).sum(), client)) {
      return;
    }
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("save", "");
    settings.put("appendonly", "yes");
    settings.put("appendfsync", server.settings().sync().toString());
    settings.put("databases", "1");
    settings.put("maxclients", String.valueOf(server.maxConnections()));
    settings.put("proto-max-bulk-len", String.valueOf(RequestAssembler.MAX_ARGUMENT));
    settings
        .keySet()
        .removeIf(
            name ->
                Arrays.stream(arguments, 2, arguments.length)
                    .noneMatch(p -> Glob.matches(bytes(lowerCase(p)), bytes(name))));
    client.replyArray(2 * settings.size());
    settings.forEach(
        (name, value) -> {
          client.replyBulk(bytes(name));
          client.replyBulk(bytes(value));
        });
  }

  // ======== The connection ========

  private void ping(RespConnection client, byte[][] arguments) throws IOException {
    // As in Redis: programs that ask this want to know whether the server is well.
    IOException failure = server.store().failure();
    if (failure != null) {
      throw failure;
    }
    switch (arguments.length) {
      case 1 -> client.replyStatus("PONG");
      case 2 -> client.replyBulk(arguments[1]);
      default -> client.replyError(wrongNumber("ping"));
    }
  }

  private void client(RespConnection client, byte[][] arguments) {
    String subcommand = lowerCase(arguments[1]);
    int arity =
        switch (subcommand) {
          case "id", "getname" -> 2;
          case "setname" -> 3;
          case "setinfo" -> 4;
          default -> 0;
        };
    if (arity == 0) {
      client.replyError(unknownSubcommand("CLIENT", arguments));
    } else if (arguments.length != arity) {
      client.replyError(wrongNumber("client|" + subcommand));
    } else {
      switch (subcommand) {
        case "id" -> client.replyInteger(client.id());
        case "getname" -> client.replyBulk(client.name());
        case "setname" -> {
          if (setName(client, arguments[2])) {
            client.replyOk();
          }
        }
        // What a library says of itself: nobody here wants to know.
        default -> client.replyOk();
      }
    }
  }

  /** Sets the name of a connection; if it cannot be one, replies that, and returns false. */
  private static boolean setName(RespConnection client, byte[] name) {
    if (name.length > MAX_NAME) {
      client.replyError("ERR a name is too long: at most " + MAX_NAME + " bytes");
      return false;
    }
    for (byte b : name) {
      if (b < '!' || b > '~') {
        client.replyError(
            "ERR Client names cannot contain spaces, newlines or special characters.");
        return false;
      }
    }
    client.setName(name.length == 0 ? null : name);
    return true;
  }

  private void select(RespConnection client, byte[][] arguments) {
    try {
      long index = Long.parseLong(text(arguments[1]));
      if (index == 0) {
        client.replyOk();
      } else if (index == (int) index) {
        client.replyError("ERR DB index is out of range");
      } else {
        client.replyError(
            "ERR value is out of range, value must between -2147483648 and 2147483647");
      }
    } catch (NumberFormatException e) {
      client.replyError("ERR value is not an integer or out of range");
    }
  }

  private void hello(RespConnection client, byte[][] arguments) {
    if (arguments.length > 1) {
      long version;
      try {
        version = Long.parseLong(text(arguments[1]));
      } catch (NumberFormatException e) {
        client.replyError("ERR Protocol version is not an integer or out of range");
        return;
      }
      if (version != 2) {
        client.replyError("NOPROTO unsupported protocol version");
        return;
      }
    }
    for (int i = 2; i < arguments.length; i += 2) {
      if (!lowerCase(arguments[i]).equals("setname") || i + 1 == arguments.length) {
        client.replyError(
            "ERR Syntax error in HELLO option '" + start(arguments[i], MAX_REPEATED) + "'");
        return;
      }
      if (!setName(client, arguments[i + 1])) {
        return;
      }
    }
    client.replyArray(14);
    client.replyBulk(bytes("server"));
    client.replyBulk(bytes("kv"));
    client.replyBulk(bytes("version"));
    client.replyBulk(bytes(VERSION));
    client.replyBulk(bytes("proto"));
    client.replyInteger(2);
    client.replyBulk(bytes("id"));
    client.replyInteger(client.id());
    client.replyBulk(bytes("mode"));
    client.replyBulk(bytes("standalone"));
    client.replyBulk(bytes("role"));
    client.replyBulk(bytes("master"));
    client.replyBulk(bytes("modules"));
    client.replyArray(0);
  }

  private void quit(RespConnection client, byte[][] arguments) {
    client.replyOk();
    client.quit();
  }

  /**
   * Closes the connection without a word. A browser lets any page send a request to any port of
   * this machine, and what is in it, line by line, could be commands.
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

  /** The bytes that stand for themselves as characters: see {@link #text}. */
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Each byte as a character, so that none is changed on the way through a text. */
  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
