/*
 * WHAT THIS FILE IS
 *
 * The commands that concern all keys.
 *
 * KEYS walks through all keys, and so does the second call of a SCAN. So the worker runs them, and
 * they are not atomic. FLUSHALL is atomic: it clears the store at one moment, in a few fsyncs for
 * any number of keys.
 */
package kv.server.resp;

import java.io.IOException;
import java.util.List;
import kv.server.core.Database;
import kv.server.core.Glob;
import kv.server.core.Scans;
import kv.server.core.ServerContext;

/** The commands for all keys. Used on the event loop only. */
final class KeyspaceCommands {
  private final ServerContext server;
  private final Database database;
  private final Scans scans;

  KeyspaceCommands(ServerContext server) {
    this.server = server;
    this.database = server.database();
    this.scans = server.scans();
  }

  void addTo(Commands all) {
    all.add(
        command("keys")
            .arity(2)
            .flags("readonly", "dangerous", Commands.SLOW)
            .synopsis("<pattern>")
            .summary("Returns all keys that match a pattern.")
            .runs(this::keys));
    all.add(
        command("scan")
            .minArity(2)
            .flags("readonly", Commands.SLOW)
            .synopsis("<cursor> [MATCH <pattern>] [COUNT <count>] [TYPE <type>]")
            .summary("Returns all keys, some at a time.")
            .runs(this::scan));
    all.add(
        command("dbsize")
            .group("server")
            .arity(1)
            .flags("readonly", "fast")
            .summary("Returns the number of keys.")
            .runs((client, arguments) -> client.replies().integer(server.store().size())));
    for (String name : List.of("flushdb", "flushall")) {
      all.add(
          command(name)
              .group("server")
              .minArity(1)
              .flags("write", "dangerous")
              .synopsis("[ASYNC|SYNC]")
              .summary("Deletes all keys.")
              .runs(this::flush));
    }
  }

  private static Command.Builder command(String name) {
    return Command.named(name).group("generic");
  }

  private void keys(RespConnection client, byte[][] arguments) throws RespException {
    byte[] pattern = arguments[1];
    requirePattern(pattern.length);
    client.later(
        () -> {
          StringArray keys = new StringArray();
          scans.keys(pattern, keys::add);
          return keys;
        },
        client.replies()::array);
  }

  /** Refuses a pattern that would take long to match. */
  static void requirePattern(long length) throws RespException {
    if (length > Glob.MAX_LENGTH) {
      throw new RespException(
          "ERR the pattern is " + length + " bytes long; the limit is " + Glob.MAX_LENGTH);
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
        case "type" -> strings = Ascii.lowerCase(arguments[i + 1]).equals("string");
        default -> throw RespException.syntax();
      }
    }
    requirePattern(pattern == null ? 0 : pattern.length);
    if (cursor == 0 && !strings) {
      // Every value is a string, so no key has another type: there is nothing to look for.
      reply(client, 0, List.of());
      return;
    }
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
        page -> reply(client, page.cursor(), strings ? page.keys() : List.of()));
  }

  /** Replies with a page of a scan. */
  private static void reply(RespConnection client, long cursor, List<byte[]> keys) {
    StringArray page = new StringArray();
    keys.forEach(page::add);
    client.replies().array(2);
    client.replies().bulk(Long.toUnsignedString(cursor));
    client.replies().array(page);
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
