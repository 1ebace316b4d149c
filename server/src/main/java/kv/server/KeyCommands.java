/*
 * WHAT THIS FILE IS
 *
 * The commands for keys, whatever their values are, and for all keys.
 *
 * KEYS, and the first call of a SCAN, read the whole log, so the worker runs them, and they are not
 * atomic. FLUSHALL is:
 * the store is cleared at one moment, which takes a few fsyncs, however many keys there are.
 */
package kv.server;

import java.io.IOException;
import java.util.List;
import kv.server.Command.Keys;

/** The commands for keys. Used on the event loop only. */
final class KeyCommands {
  private final Server server;
  private final Database database;
  private final Scans scans;

  KeyCommands(Server server) {
    this.server = server;
    this.database = server.database();
    this.scans = server.scans();
  }

  void addTo(Commands all) {
    String some = "<key> [<key> ...]";
    all.add(command("del", -2, "write", Keys.ALL, some, "Deletes keys.", this::del));
    all.add(command("unlink", -2, "write fast", Keys.ALL, some, "Deletes keys.", this::del));
    all.add(
        command(
            "exists",
            -2,
            "readonly fast",
            Keys.ALL,
            some,
            "Counts keys that are there.",
            this::exists));
    all.add(
        command(
            "touch",
            -2,
            "readonly fast",
            Keys.ALL,
            some,
            "Counts keys that are there.",
            this::exists));
    all.add(
        command(
            "type", 2, "readonly fast", Keys.ONE, "<key>", "Returns string, or none.", this::type));
    String ttl = "Returns -1, since keys do not expire, or -2 for a key that is not there.";
    all.add(command("ttl", 2, "readonly fast", Keys.ONE, "<key>", ttl, this::ttl));
    all.add(command("pttl", 2, "readonly fast", Keys.ONE, "<key>", ttl, this::ttl));
    all.add(
        command(
            "keys",
            2,
            "readonly dangerous " + Commands.SLOW,
            Keys.NONE,
            "<pattern>",
            "Returns all keys that match a pattern.",
            this::keys));
    all.add(
        command(
            "scan",
            -2,
            "readonly " + Commands.SLOW,
            Keys.NONE,
            "<cursor> [MATCH <pattern>] [COUNT <count>] [TYPE <type>]",
            "Returns all keys, some at a time.",
            this::scan));
    all.add(
        Command.of(
            "dbsize",
            1,
            "server",
            "readonly fast",
            Keys.NONE,
            "",
            "Returns the number of keys.",
            (client, arguments) -> client.replies().integer(server.store().size())));
    for (String name : List.of("flushdb", "flushall")) {
      all.add(
          Command.of(
              name,
              -1,
              "server",
              "write dangerous",
              Keys.NONE,
              "[ASYNC|SYNC]",
              "Deletes all keys.",
              this::flush));
    }
  }

  private static Command command(
      String name,
      int arity,
      String flags,
      Keys keys,
      String synopsis,
      String summary,
      Command.Action action) {
    return Command.of(name, arity, "generic", flags, keys, synopsis, summary, action);
  }

  // ======== Some keys ========

  private void del(RespConnection client, byte[][] arguments) throws IOException {
    int deleted = 0;
    for (int i = 1; i < arguments.length; i++) {
      if (database.delete(arguments[i])) {
        deleted++;
      }
    }
    client.replies().integer(deleted);
  }

  private void exists(RespConnection client, byte[][] arguments) throws IOException {
    int present = 0;
    for (int i = 1; i < arguments.length; i++) {
      if (database.contains(arguments[i])) {
        present++;
      }
    }
    client.replies().integer(present);
  }

  private void type(RespConnection client, byte[][] arguments) throws IOException {
    client.replies().status(database.contains(arguments[1]) ? "string" : "none");
  }

  private void ttl(RespConnection client, byte[][] arguments) throws IOException {
    client.replies().integer(database.contains(arguments[1]) ? -1 : -2);
  }

  // ======== All keys ========

  private void keys(RespConnection client, byte[][] arguments) throws RespException {
    byte[] pattern = arguments[1];
    requirePattern(pattern.length);
    client.later(() -> scans.keys(pattern), keys -> reply(client, keys));
  }

  /** Refuses patterns that would take long to match. */
  static void requirePattern(long length) throws RespException {
    if (length > Glob.MAX_LENGTH) {
      throw new RespException("ERR a pattern is too long: at most " + Glob.MAX_LENGTH + " bytes");
    }
  }

  private static void reply(RespConnection client, List<byte[]> keys) {
    client.replies().array(keys.size());
    for (byte[] key : keys) {
      if (!client.replies().bulk(key)) {
        return;
      }
    }
  }

  private void scan(RespConnection client, byte[][] arguments) throws RespException {
    long cursor = cursor(arguments[1]);
    byte[] pattern = null;
    long count = 10;
    boolean strings = true;
    for (int i = 2; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw RespException.syntax();
      }
      switch (Ascii.lowerCase(arguments[i])) {
        case "match" -> pattern = arguments[i + 1];
        case "count" -> count = count(arguments[i + 1]);
        // Every value is a string: of another type there is none.
        case "type" -> strings = Ascii.lowerCase(arguments[i + 1]).equals("string");
        default -> throw RespException.syntax();
      }
    }
    requirePattern(pattern == null ? 0 : pattern.length);
    scan(client, cursor, count, pattern, strings);
  }

  private static long cursor(byte[] text) throws RespException {
    try {
      return Long.parseUnsignedLong(Ascii.text(text));
    } catch (NumberFormatException e) {
      throw new RespException("ERR invalid cursor");
    }
  }

  private static long count(byte[] text) throws RespException {
    long count = Arguments.integer(text);
    if (count < 1) {
      throw RespException.syntax();
    }
    return count;
  }

  private void scan(
      RespConnection client, long cursor, long count, byte[] pattern, boolean strings) {
    client.later(
        () -> scans.scan(cursor, count, pattern),
        page -> {
          client.replies().array(2);
          client.replies().bulk(Long.toUnsignedString(page.cursor()));
          reply(client, strings ? page.keys() : List.of());
        });
  }

  private void flush(RespConnection client, byte[][] arguments) throws IOException, RespException {
    List<String> modes = List.of("async", "sync");
    if (arguments.length > 2
        || arguments.length == 2 && !modes.contains(Ascii.lowerCase(arguments[1]))) {
      throw RespException.syntax();
    }
    database.clear();
    client.replies().ok();
  }
}
