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
import java.util.function.Consumer;
import kv.server.core.Database;
import kv.server.resp.Command.Keys;

/** The commands for values. Used by one thread, such as the event loop. */
final class StringCommands {
  private static final byte[] EMPTY = {};

  private final Database database;

  StringCommands(Database database) {
    this.database = database;
  }

  void addTo(Consumer<Command.Builder> all) {
    addReads(all);
    addWrites(all);
    addNumbers(all);
  }

  private void addReads(Consumer<Command.Builder> all) {
    all.accept(
        read("get")
            .arity(2)
            .synopsis("<key>")
            .summary("Returns the value of a key.")
            .runsOnKeys(this::get));
    all.accept(
        read("mget")
            .minArity(2)
            .keys(Keys.ALL)
            .synopsis("<key> [<key> ...]")
            .summary("Returns the values of keys.")
            .runsOnKeys(this::mget));
    all.accept(
        read("getrange")
            .arity(4)
            .flags("readonly")
            .synopsis("<key> <start> <end>")
            .summary("Returns the bytes of a value from start to end; -1 is the last.")
            .runsOnKeys(this::getrange));
    all.accept(
        read("strlen")
            .arity(2)
            .synopsis("<key>")
            .summary("Returns the length of a value.")
            .runsOnKeys(this::strlen));
  }

  private void addWrites(Consumer<Command.Builder> all) {
    all.accept(
        write("set")
            .minArity(3)
            .flags("write", "denyoom")
            .synopsis("<key> <value> [NX|XX] [GET]")
            .summary("Sets the value of a key; with NX only if absent, with XX only if present.")
            .runsOnKeys(this::set));
    all.accept(writePairs("mset").summary("Sets the values of keys.").runsOnKeys(this::mset));
    all.accept(
        writePairs("msetnx")
            .summary("Sets the values of keys if none of them exists.")
            .runsOnKeys(this::msetnx));
    all.accept(
        write("setnx")
            .arity(3)
            .synopsis("<key> <value>")
            .summary("Sets the value of a key if it is absent.")
            .runsOnKeys(this::setnx));
    all.accept(
        write("getset")
            .arity(3)
            .synopsis("<key> <value>")
            .summary("Sets the value of a key and returns the previous one.")
            .runsOnKeys(this::getset));
    all.accept(
        write("getdel")
            .arity(2)
            .flags("write", "fast")
            .synopsis("<key>")
            .summary("Returns the value of a key and deletes the key.")
            .runsOnKeys(this::getdel));
  }

  private void addNumbers(Consumer<Command.Builder> all) {
    all.accept(
        write("incr")
            .arity(2)
            .synopsis("<key>")
            .summary("Adds 1 to a number.")
            .runsOnKeys((replies, arguments) -> add(replies, arguments[1], 1)));
    all.accept(
        write("decr")
            .arity(2)
            .synopsis("<key>")
            .summary("Subtracts 1 from a number.")
            .runsOnKeys((replies, arguments) -> add(replies, arguments[1], -1)));
    all.accept(
        write("incrby")
            .arity(3)
            .synopsis("<key> <increment>")
            .summary("Adds to a number.")
            .runsOnKeys(this::incrby));
    all.accept(
        write("decrby")
            .arity(3)
            .synopsis("<key> <decrement>")
            .summary("Subtracts from a number.")
            .runsOnKeys(this::decrby));
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

  private void get(Replies replies, byte[][] arguments) throws IOException {
    replies.bulk(database.get(arguments[1]));
  }

  private void set(Replies replies, byte[][] arguments) throws IOException, RespException {
    if (arguments.length == 3) {
      database.put(arguments[1], arguments[2]);
      replies.ok();
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
      replies.ok();
    } else {
      replies.bulk(before);
    }
  }

  private void mget(Replies replies, byte[][] arguments) throws IOException {
    replies.array(arguments.length - 1);
    for (int i = 1; i < arguments.length; i++) {
      if (!replies.bulk(database.get(arguments[i]))) {
        return;
      }
    }
  }

  private void mset(Replies replies, byte[][] arguments) throws IOException, RespException {
    requirePairs("mset", arguments);
    putAll(arguments);
    replies.ok();
  }

  private void msetnx(Replies replies, byte[][] arguments) throws IOException, RespException {
    requirePairs("msetnx", arguments);
    for (int i = 1; i < arguments.length; i += 2) {
      if (database.contains(arguments[i])) {
        replies.integer(0);
        return;
      }
    }
    putAll(arguments);
    replies.integer(1);
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

  private void setnx(Replies replies, byte[][] arguments) throws IOException {
    boolean isNew = !database.contains(arguments[1]);
    if (isNew) {
      database.put(arguments[1], arguments[2]);
    }
    replies.integer(isNew ? 1 : 0);
  }

  private void getset(Replies replies, byte[][] arguments) throws IOException {
    byte[] before = database.get(arguments[1]);
    database.put(arguments[1], arguments[2]);
    replies.bulk(before);
  }

  private void getdel(Replies replies, byte[][] arguments) throws IOException {
    byte[] value = database.get(arguments[1]);
    if (value != null) {
      database.delete(arguments[1]);
    }
    replies.bulk(value);
  }

  private void getrange(Replies replies, byte[][] arguments) throws IOException, RespException {
    long start = Arguments.integer(arguments[2]);
    long end = Arguments.integer(arguments[3]);
    byte[] value = database.get(arguments[1]);
    int length = value == null ? 0 : value.length;
    boolean reversed = start < 0 && end < 0 && start > end;
    long from = Math.max(0, start < 0 ? length + start : start);
    long to = Math.min(length - 1L, Math.max(0, end < 0 ? length + end : end));
    replies.bulk(
        reversed || from > to ? EMPTY : Arrays.copyOfRange(value, (int) from, (int) to + 1));
  }

  private void strlen(Replies replies, byte[][] arguments) throws IOException {
    byte[] value = database.get(arguments[1]);
    replies.integer(value == null ? 0 : value.length);
  }

  private void incrby(Replies replies, byte[][] arguments) throws IOException, RespException {
    add(replies, arguments[1], Arguments.integer(arguments[2]));
  }

  private void decrby(Replies replies, byte[][] arguments) throws IOException, RespException {
    long decrement = Arguments.integer(arguments[2]);
    if (decrement == Long.MIN_VALUE) {
      throw new RespException("ERR decrement would overflow");
    }
    add(replies, arguments[1], -decrement);
  }

  private void add(Replies replies, byte[] key, long increment) throws IOException, RespException {
    byte[] value = database.get(key);
    long before = value == null ? 0 : Arguments.integer(value);
    long after;
    try {
      after = Math.addExact(before, increment);
    } catch (ArithmeticException e) {
      throw new RespException("ERR increment or decrement would overflow");
    }
    database.put(key, Ascii.bytes(Long.toString(after)));
    replies.integer(after);
  }
}
