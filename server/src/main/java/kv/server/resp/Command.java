package kv.server.resp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kv.server.core.Remote;

/**
 * A command or subcommand, as the server runs it and COMMAND INFO describes it.
 *
 * @param name the name in lower case; of a subcommand after its command's, {@code client|id}
 * @param group the group that COMMAND DOCS reports
 * @param arity the number of arguments, the names included; -n for n or more
 * @param flags Redis's names of the command's properties, see {@link #is}
 * @param keys the positions of the arguments that are keys
 * @param synopsis the arguments for HELP; empty if there are none
 * @param summary a sentence for HELP and COMMAND DOCS
 * @param action the work; null if only subcommands can run
 * @param keyAction the same work, if it needs nothing but the keys' store; otherwise null
 * @param subcommands the subcommands by their own names; empty if there are none
 */
record Command(
    String name,
    String group,
    int arity,
    List<String> flags,
    Keys keys,
    String synopsis,
    String summary,
    Action action,
    KeyAction keyAction,
    Map<String, Command> subcommands) {
  /** The work of a command. */
  interface Action {
    /**
     * Replies to a client, now or later.
     *
     * @throws RespException if the request cannot be run
     * @throws IOException if the store failed; the replies of this call are taken back
     */
    void run(RespConnection client, byte[][] arguments) throws IOException, RespException;
  }

  /** The work of a command that needs nothing but the store of its keys. */
  interface KeyAction {
    /** As {@link Action#run}, but always replies now. */
    void run(Replies replies, byte[][] arguments) throws IOException, RespException;
  }

  /**
   * The positions of keys among the arguments.
   *
   * @param first the position of the first key; the command's name is at 0; 0 if there is no key
   * @param last the position of the last key, counted from the end if negative
   * @param step the distance between two keys
   */
  record Keys(int first, int last, int step) {
    static final Keys NONE = new Keys(0, 0, 0);
    static final Keys ONE = new Keys(1, 1, 1);
    static final Keys ALL = new Keys(1, -1, 1);
    static final Keys EVERY_SECOND = new Keys(1, -1, 2);
  }

  /** Returns whether the command has a property. */
  boolean is(String flag) {
    return flags.contains(flag);
  }

  /** Returns whether the command accepts a number of arguments, its names included. */
  boolean accepts(int arguments) {
    return arity < 0 ? arguments >= -arity : arguments == arity;
  }

  /** Returns a request of this command that runs elsewhere. */
  Remote.Request remote(byte[][] arguments) {
    int last = keys.last() > 0 ? keys.last() : arguments.length + keys.last();
    return new Remote.Request(arguments, keys.first(), last, keys.step());
  }

  /** Returns the error for a number of arguments that the command does not accept. */
  RespException wrongNumber() {
    return RespException.wrongNumber(name);
  }

  /** Starts the description of a command. */
  static Builder named(String name) {
    return new Builder(name);
  }

  /** A command that is being described: without keys and flags, unless they are set. */
  static final class Builder {
    private final String name;
    private String group = "";
    private int arity;
    private List<String> flags = List.of();
    private Keys keys = Keys.NONE;
    private String synopsis = "";
    private String summary = "";
    private Action action;
    private KeyAction keyAction;
    private final List<Builder> subcommands = new ArrayList<>();
    private boolean hasHelp;

    private Builder(String name) {
      this.name = name;
    }

    /** Sets the group. A subcommand has its command's. */
    Builder group(String text) {
      group = text;
      return this;
    }

    /** Sets the exact number of arguments, the names included. */
    Builder arity(int arguments) {
      arity = arguments;
      return this;
    }

    /** Sets the least number of arguments, the names included. */
    Builder minArity(int arguments) {
      arity = -arguments;
      return this;
    }

    Builder flags(String... names) {
      flags = List.of(names);
      return this;
    }

    Builder keys(Keys positions) {
      keys = positions;
      return this;
    }

    Builder synopsis(String text) {
      synopsis = text;
      return this;
    }

    Builder summary(String text) {
      summary = text;
      return this;
    }

    Builder runs(Action work) {
      action = work;
      return this;
    }

    Builder runsOnKeys(KeyAction work) {
      keyAction = work;
      return runs((client, arguments) -> work.run(client.replies(), arguments));
    }

    Builder subcommand(Builder subcommand) {
      subcommands.add(subcommand);
      return this;
    }

    /** Adds the subcommand HELP, which lists all subcommands. */
    Builder help() {
      hasHelp = true;
      return this;
    }

    Command build() {
      return build(name, group);
    }

    private Command build(String fullName, String groupName) {
      Map<String, Command> built = new LinkedHashMap<>();
      if (hasHelp) {
        subcommand(
            named("help")
                .arity(2)
                .flags("loading", "stale")
                .summary("Prints this help.")
                .runs((client, arguments) -> printHelp(client, built)));
      }
      for (Builder each : subcommands) {
        built.put(each.name, each.build(name + "|" + each.name, groupName));
      }
      return new Command(
          fullName, groupName, arity, flags, keys, synopsis, summary, action, keyAction, built);
    }

    private void printHelp(RespConnection client, Map<String, Command> built) {
      List<String> lines = new ArrayList<>();
      lines.add(upperCase(name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
      built.forEach(
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
  }
}
