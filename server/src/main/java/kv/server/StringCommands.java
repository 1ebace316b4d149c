/*
 * WHAT THIS FILE IS
 *
 * The commands for the values of keys, as Redis has them for strings.
 *
 * Several read a value and put another: SETNX, SET NX, GETSET, INCR. With one thread for all
 * clients (see Commands) no other command comes between, and there is nothing to lock.
 *
 * Numbers are stored as text: INCR reads "41" and puts "42".
 */
package kv.server;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import kv.server.Command.Keys;

/** The commands for values. Used on the event loop only. */
final class StringCommands {
  private static final byte[] EMPTY = {};

  private final Database database;

  StringCommands(Database database) {
    this.database = database;
  }

  void addTo(Commands all) {
    String read = "readonly fast";
    String write = "write denyoom fast";
    Keys one = Keys.ONE;
    all.add(command("get", 2, read, one, "<key>", "Returns the value of a key.", this::get));
    all.add(
        command(
            "set",
            -3,
            "write denyoom",
            one,
            "<key> <value> [NX|XX] [GET]",
            "Sets the value of a key: with NX only a new one, with XX only one that is there.",
            this::set));
    all.add(
        command("mget", -2, read, Keys.ALL, "<key> [<key> ...]", "Returns values.", this::mget));
    String pairs = "<key> <value> [<key> <value> ...]";
    all.add(
        command("mset", -3, "write denyoom", Keys.EVERY_SECOND, pairs, "Sets values.", this::mset));
    all.add(
        command(
            "msetnx",
            -3,
            "write denyoom",
            Keys.EVERY_SECOND,
            pairs,
            "Sets values if none of the keys is there.",
            this::msetnx));
    all.add(
        command(
            "setnx", 3, write, one, "<key> <value>", "Sets a key that is not there.", this::setnx));
    all.add(
        command(
            "getset",
            3,
            write,
            one,
            "<key> <value>",
            "Sets a value and returns the one before.",
            this::getset));
    all.add(
        command(
            "getdel",
            2,
            "write fast",
            one,
            "<key>",
            "Returns a value and deletes it.",
            this::getdel));
    all.add(
        command(
            "getrange",
            4,
            "readonly",
            one,
            "<key> <start> <end>",
            "Returns bytes of a value, from start to end; -1 is the last.",
            this::getrange));
    all.add(
        command("strlen", 2, read, one, "<key>", "Returns the length of a value.", this::strlen));
    all.add(command("incr", 2, write, one, "<key>", "Adds 1.", (c, a) -> add(c, a[1], 1)));
    all.add(command("decr", 2, write, one, "<key>", "Subtracts 1.", (c, a) -> add(c, a[1], -1)));
    all.add(
        command(
            "incrby",
            3,
            write,
            one,
            "<key> <increment>",
            "Adds a number.",
            (c, a) -> add(c, a[1], Arguments.integer(a[2]))));
    all.add(
        command("decrby", 3, write, one, "<key> <decrement>", "Subtracts a number.", this::decrby));
  }

  private static Command command(
      String name,
      int arity,
      String flags,
      Keys keys,
      String synopsis,
      String summary,
      Command.Action action) {
    return Command.of(name, arity, "string", flags, keys, synopsis, summary, action);
  }

  private void get(RespConnection client, byte[][] arguments) throws IOException {
    client.replies().bulk(database.get(arguments[1]));
  }

  private void set(RespConnection client, byte[][] arguments) throws IOException, RespException {
    if (arguments.length == 3) {
      database.put(arguments[1], arguments[2]);
      client.replies().ok();
      return;
    }
    boolean ifAbsent = false;
    boolean ifPresent = false;
    boolean returns = false;
    for (int i = 3; i < arguments.length; i++) {
      switch (Ascii.lowerCase(arguments[i])) {
        case "nx" -> ifAbsent = true;
        case "xx" -> ifPresent = true;
        case "get" -> returns = true;
        case "ex", "px", "exat", "pxat", "keepttl" ->
            throw Unsupported.option("SET", Ascii.text(arguments[i]).toUpperCase(Locale.ROOT));
        default -> throw RespException.syntax();
      }
    }
    if (ifAbsent && ifPresent) {
      throw RespException.syntax();
    }
    byte[] before = returns ? database.get(arguments[1]) : null;
    boolean sets =
        !ifAbsent && !ifPresent
            || ifPresent == (returns ? before != null : database.contains(arguments[1]));
    if (sets) {
      database.put(arguments[1], arguments[2]);
    }
    if (sets && !returns) {
      client.replies().ok();
    } else {
      client.replies().bulk(before);
    }
  }

  private void mget(RespConnection client, byte[][] arguments) throws IOException {
    client.replies().array(arguments.length - 1);
    for (int i = 1; i < arguments.length; i++) {
      if (!client.replies().bulk(database.get(arguments[i]))) {
        return;
      }
    }
  }

  private void mset(RespConnection client, byte[][] arguments) throws IOException, RespException {
    requirePairs("mset", arguments);
    putAll(arguments);
    client.replies().ok();
  }

  private void msetnx(RespConnection client, byte[][] arguments) throws IOException, RespException {
    requirePairs("msetnx", arguments);
    for (int i = 1; i < arguments.length; i += 2) {
      if (database.contains(arguments[i])) {
        client.replies().integer(0);
        return;
      }
    }
    putAll(arguments);
    client.replies().integer(1);
  }

  private static void requirePairs(String name, byte[][] arguments) throws RespException {
    if (arguments.length % 2 == 0) {
      throw RespException.wrongNumber(name);
    }
  }

  private void putAll(byte[][] arguments) throws IOException {
    for (int i = 1; i < arguments.length; i += 2) {
      database.put(arguments[i], arguments[i + 1]);
    }
  }

  private void setnx(RespConnection client, byte[][] arguments) throws IOException {
    boolean isNew = !database.contains(arguments[1]);
    if (isNew) {
      database.put(arguments[1], arguments[2]);
    }
    client.replies().integer(isNew ? 1 : 0);
  }

  private void getset(RespConnection client, byte[][] arguments) throws IOException {
    byte[] before = database.get(arguments[1]);
    database.put(arguments[1], arguments[2]);
    client.replies().bulk(before);
  }

  private void getdel(RespConnection client, byte[][] arguments) throws IOException {
    byte[] value = database.get(arguments[1]);
    if (value != null) {
      database.delete(arguments[1]);
    }
    client.replies().bulk(value);
  }

  private void getrange(RespConnection client, byte[][] arguments)
      throws IOException, RespException {
    long start = Arguments.integer(arguments[2]);
    long end = Arguments.integer(arguments[3]);
    byte[] value = database.get(arguments[1]);
    int length = value == null ? 0 : value.length;
    boolean reversed = start < 0 && end < 0 && start > end;
    long from = Math.max(0, start < 0 ? length + start : start);
    long to = Math.min(length - 1L, Math.max(0, end < 0 ? length + end : end));
    client
        .replies()
        .bulk(reversed || from > to ? EMPTY : Arrays.copyOfRange(value, (int) from, (int) to + 1));
  }

  private void strlen(RespConnection client, byte[][] arguments) throws IOException {
    byte[] value = database.get(arguments[1]);
    client.replies().integer(value == null ? 0 : value.length);
  }

  private void decrby(RespConnection client, byte[][] arguments) throws IOException, RespException {
    long decrement = Arguments.integer(arguments[2]);
    if (decrement == Long.MIN_VALUE) {
      throw new RespException("ERR decrement would overflow");
    }
    add(client, arguments[1], -decrement);
  }

  private void add(RespConnection client, byte[] key, long increment)
      throws IOException, RespException {
    byte[] value = database.get(key);
    long before = value == null ? 0 : Arguments.integer(value);
    long after;
    try {
      after = Math.addExact(before, increment);
    } catch (ArithmeticException e) {
      throw new RespException("ERR increment or decrement would overflow");
    }
    database.put(key, Ascii.bytes(Long.toString(after)));
    client.replies().integer(after);
  }
}
