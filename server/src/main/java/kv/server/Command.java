package kv.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A command, or a subcommand, as the server and COMMAND INFO describe it.
 *
 * @param name the name in lower case; of a subcommand with its command's, {@code client|id}
 * @param arity the number of arguments, the names included; -n for n or more
 * @param group what COMMAND DOCS calls the command's group
 * @param flags Redis's names of the command's properties, see {@link #is}
 * @param keys the places of the arguments that are keys
 * @param synopsis the arguments for HELP; empty if there are none
 * @param summary a sentence for HELP and COMMAND DOCS
 * @param action what the command does
 * @param subcommands the subcommands by their own names; empty if there are none
 */
record Command(
    String name,
    int arity,
    String group,
    List<String> flags,
    Keys keys,
    String synopsis,
    String summary,
    Action action,
    Map<String, Command> subcommands) {
  /** What a command does with a request. */
  interface Action {
    /**
     * Replies to a client, now or later.
     *
     * @throws RespException if the request cannot be run as it is
     * @throws IOException if the store failed; replies that were written are taken back
     */
    void run(RespConnection client, byte[][] arguments) throws IOException, RespException;
  }

  /**
   * The places of keys among the arguments.
   *
   * @param first the place of the first key, where the command's name is at 0; 0 if there is none
   * @param last the place of the last key, counted from the end if negative
   * @param step the distance of a key from the next
   */
  record Keys(int first, int last, int step) {
    static final Keys NONE = new Keys(0, 0, 0);
    static final Keys ONE = new Keys(1, 1, 1);
    static final Keys ALL = new Keys(1, -1, 1);
    static final Keys EVERY_SECOND = new Keys(1, -1, 2);
  }

  /** A command without subcommands. */
  static Command of(
      String name,
      int arity,
      String group,
      String flags,
      Keys keys,
      String synopsis,
      String summary,
      Action action) {
    return new Command(
        name,
        arity,
        group,
        List.of(flags.split(" ")),
        keys,
        synopsis,
        summary,
        action,
        new LinkedHashMap<>());
  }

  /** Adds a subcommand, which gets this command's group. */
  Command with(
      String subcommand, int count, String properties, String text, String help, Action does) {
    subcommands.put(
        subcommand,
        of(name + "|" + subcommand, count, group, properties, Keys.NONE, text, help, does));
    return this;
  }

  /** Adds HELP, which lists the subcommands that were added before it, and itself. */
  Command withHelp() {
    return with("help", 2, "loading stale", "", "Prints this help.", (client, a) -> help(client));
  }

  private void help(RespConnection client) {
    List<String> lines = new ArrayList<>();
    lines.add(upperCase(name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    subcommands.forEach(
        (own, subcommand) -> {
          lines.add((upperCase(own) + " " + subcommand.synopsis()).strip());
          lines.add("    " + subcommand.summary());
        });
    client.replies().array(lines.size());
    lines.forEach(client.replies()::status);
  }

  private static String upperCase(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  /** Returns whether the command has a property. */
  boolean is(String flag) {
    return flags.contains(flag);
  }

  /** Returns whether the command may have this number of arguments, its names included. */
  boolean accepts(int arguments) {
    return arity < 0 ? arguments >= -arity : arguments == arity;
  }

  /** Returns the error for another number of arguments. */
  RespException wrongNumber() {
    return RespException.wrongNumber(name);
  }
}
