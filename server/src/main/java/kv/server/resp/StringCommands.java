/*
 * WHAT THIS FILE IS
 *
 * The commands that read and write values: Redis's commands for strings.
 *
 * Several commands read a value and put another: SETNX, SET NX, GETSET, INCR. One thread runs the
 * commands of all clients (see Commands), so no other command runs in between, and no lock is
 * needed.
 *
 * Numbers are stored as text: INCR reads "41" and puts "42".
 */
package kv.server.resp;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import kv.server.core.Database;
import kv.server.resp.Command.Keys;

/** The commands for values. Used on the event loop only. */
final class StringCommands {
  private static final byte[] EMPTY = {};

  private final Database database;

  StringCommands(Database database) {
    this.database = database;
  }

  void addTo(Commands all) {
    addReads(all);
    addWrites(all);
    addNumbers(all);
  }

  private void addReads(Commands all) {
    all.add(
        read("get")
            .arity(2)
            .synopsis("<key>")
            .summary("Returns the value of a key.")
            .runs(this::get));
    all.add(
        read("mget")
            .minArity(2)
            .keys(Keys.ALL)
            .synopsis("<key> [<key> ...]")
            .summary("Returns the values of keys.")
            .runs(this::mget));
    all.add(
        read("getrange")
            .arity(4)
            .flags("readonly")
            .synopsis("<key> <start> <end>")
            .summary("Returns the bytes of a value from start to end; -1 is the last.")
            .runs(this::getrange));
    all.add(
        read("strlen")
            .arity(2)
            .synopsis("<key>")
            .summary("Returns the length of a value.")
            .runs(this::strlen));
  }

  private void addWrites(Commands all) {
    all.add(
        write("set")
            .minArity(3)
            .flags("write", "denyoom")
            .synopsis("<key> <value> [NX|XX] [GET]")
            .summary("Sets the value of a key; with NX only if absent, with XX only if present.")
            .runs(this::set));
    all.add(writePairs("mset").summary("Sets the values of keys.").runs(this::mset));
    all.add(
        writePairs("msetnx")
            .summary("Sets the values of keys if none of them exists.")
            .runs(this::msetnx));
    all.add(
        write("setnx")
            .arity(3)
            .synopsis("<key> <value>")
            .summary("Sets the value of a key if it is absent.")
            .runs(this::setnx));
    all.add(
        write("getset")
            .arity(3)
            .synopsis("<key> <value>")
            .summary("Sets the value of a key and returns the previous one.")
            .runs(this::getset));
    all.add(
        write("getdel")
            .arity(2)
            .flags("write", "fast")
            .synopsis("<key>")
            .summary("Returns the value of a key and deletes the key.")
            .runs(this::getdel));
  }

  private void addNumbers(Commands all) {
    all.add(
        write("incr")
            .arity(2)
            .synopsis("<key>")
            .summary("Adds 1 to a number.")
            .runs((client, arguments) -> add(client, arguments[1], 1)));
    all.add(
        write("decr")
            .arity(2)
            .synopsis("<key>")
            .summary("Subtracts 1 from a number.")
            .runs((client, arguments) -> add(client, arguments[1], -1)));
    all.add(
        write("incrby")
            .arity(3)
            .synopsis("<key> <increment>")
            .summary("Adds to a number.")
            .runs(this::incrby));
    all.add(
        write("decrby")
            .arity(3)
            .synopsis("<key> <decrement>")
            .summary("Subtracts from a number.")
            .runs(this::decrby));
  }

  private static Command.Builder read(String name) {
    return Command.named(name).group("string").flags("readonly", "fast").keys(Keys.ONE);
  }

  private static Command.Builder write(String name) {
    return Command.named(name).group("string").flags("write", "denyoom", "fast").keys(Keys.ONE);
  }

  private static Command.Builder writePairs(String name) {
    return write(name)
        .minArity(3)
        .flags("write", "denyoom")
        .keys(Keys.EVERY_SECOND)
        .synopsis("<key> <value> [<key> <value> ...]");
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

  private void incrby(RespConnection client, byte[][] arguments) throws IOException, RespException {
    add(client, arguments[1], Arguments.integer(arguments[2]));
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
