/*
 * WHAT THIS FILE IS
 *
 * The commands that concern some keys and not their values.
 */
package kv.server.resp;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import kv.server.core.Database;
import kv.server.resp.Command.Keys;

/** The commands for keys. Used by one thread, such as the event loop. */
final class KeyCommands {
  private final Database database;

  KeyCommands(Database database) {
    this.database = database;
  }

  void addTo(Consumer<Command.Builder> all) {
    all.accept(someKeys("del").flags("write").summary("Deletes keys.").runsOnKeys(this::del));
    all.accept(
        someKeys("unlink").flags("write", "fast").summary("Deletes keys.").runsOnKeys(this::del));
    for (String name : List.of("exists", "touch")) {
      all.accept(
          someKeys(name)
              .flags("readonly", "fast")
              .summary("Returns the number of keys that exist.")
              .runsOnKeys(this::exists));
    }
    all.accept(oneKey("type").summary("Returns string, or none if absent.").runsOnKeys(this::type));
    for (String name : List.of("ttl", "pttl")) {
      all.accept(
          oneKey(name)
              .summary("Returns -1, since keys do not expire, or -2 if the key is absent.")
              .runsOnKeys(this::ttl));
    }
  }

  private static Command.Builder command(String name) {
    return Command.named(name).group("generic");
  }

  private static Command.Builder someKeys(String name) {
    return command(name).minArity(2).keys(Keys.ALL).synopsis("<key> [<key> ...]");
  }

  private static Command.Builder oneKey(String name) {
    return command(name).arity(2).flags("readonly", "fast").keys(Keys.ONE).synopsis("<key>");
  }

  private void del(Replies replies, byte[][] arguments) throws IOException {
    int deleted = 0;
    for (int i = 1; i < arguments.length; i++) {
      if (database.delete(arguments[i])) {
        deleted++;
      }
    }
    replies.integer(deleted);
  }

  private void exists(Replies replies, byte[][] arguments) throws IOException {
    int present = 0;
    for (int i = 1; i < arguments.length; i++) {
      if (database.contains(arguments[i])) {
        present++;
      }
    }
    replies.integer(present);
  }

  private void type(Replies replies, byte[][] arguments) throws IOException {
    replies.status(database.contains(arguments[1]) ? "string" : "none");
  }

  private void ttl(Replies replies, byte[][] arguments) throws IOException {
    replies.integer(database.contains(arguments[1]) ? -1 : -2);
  }
}
