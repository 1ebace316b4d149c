/*
 * WHAT THIS FILE IS
 *
 * The command line of the course's tools. It finds the command, and turns what goes wrong into one
 * line and an exit code:
 *
 *     0  done, and nothing is wrong
 *     1  done, and something is wrong: a damaged file, for example
 *     2  not done: the command was called wrongly, or could not do its work
 */
package kv.workshop;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import kv.engine.Salvage;

/** Runs one of the course's tools. */
public final class Workshop {
  /** How the tools are called, from the project's folder. */
  static final String CALL = "java -jar workshop/target/workshop.jar";

  /** What builds the whole project. */
  static final String BUILD = "build the project first, with mvn -q -B package -DskipTests";

  /** What a command does with its arguments: the exit code. */
  private interface Action {
    int run(List<String> arguments, PrintStream out) throws IOException, BadUsage;
  }

  /** A command: its name, its arguments as the usage shows them, and what it is for. */
  private record Command(String name, String arguments, String purpose, Action action) {}

  private static final List<Command> COMMANDS =
      List.of(
          new Command(
              "dump",
              "FILE",
              "what is in a file of a store, record by record",
              (arguments, out) -> Dump.run(Path.of(only("dump FILE", arguments)), out)),
          new Command(
              "salvage",
              "FROM TO",
              "what is whole in a damaged store, into a new one",
              Workshop::salvage),
          new Command(
              "diff",
              "STEP STEP [MEMBER]",
              "what a step changes against another, member by member",
              (arguments, out) -> Diff.run(Project.here(), arguments, out)),
          new Command(
              "start",
              "N.M [--reset]",
              "an exercise, in a folder of its own; or anew",
              (arguments, out) -> Start.run(Project.here(), arguments, out)),
          new Command(
              "check",
              "[N.M]",
              "is an exercise done? without a number: all of them",
              (arguments, out) -> Check.run(Project.here(), arguments, out)),
          new Command(
              "hint",
              "N.M [K]",
              "a hint: the first, or the one with that number",
              (arguments, out) -> Hints.hint(Project.here(), arguments, out)),
          new Command(
              "solution",
              "N.M",
              "what the course has in its place",
              (arguments, out) -> Hints.solution(Project.here(), arguments, out)),
          new Command(
              "weave",
              "",
              "the course's texts, brought up to date",
              (arguments, out) -> Tutorial.weave(Project.here(), out)));

  private Workshop() {}

  /** The command line. */
  public static void main(String[] arguments) {
    // In UTF-8 whatever the locale says: in many containers it says nothing.
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    System.exit(run(Arrays.asList(arguments), out, err));
  }

  /** Runs the command that the arguments name: the exit code. */
  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    if (arguments.isEmpty() || List.of("help", "--help", "-h").contains(arguments.get(0))) {
      usage(out);
      return 0;
    }
    try {
      return command(arguments.get(0)).run(arguments.subList(1, arguments.size()), out);
    } catch (BadUsage e) {
      err.println(e.getMessage());
    } catch (InvalidPathException e) {
      err.println("That is no name of a file here: " + e.getMessage());
    } catch (IOException e) {
      // Many of them have only a file's name for a message.
      err.println("It could not be done: " + e);
    }
    return 2;
  }

  private static Action command(String name) throws BadUsage {
    for (Command command : COMMANDS) {
      if (command.name.equals(name)) {
        return command.action;
      }
    }
    throw new BadUsage(
        "There is no command \"" + name + "\". Called without any, the workshop lists them.");
  }

  /**
   * The one argument of a command that takes one.
   *
   * @param usage how the command is called
   */
  private static String only(String usage, List<String> arguments) throws BadUsage {
    if (arguments.size() != 1) {
      throw new BadUsage("Usage: " + CALL + " " + usage);
    }
    return arguments.get(0);
  }

  private static int salvage(List<String> arguments, PrintStream out) throws IOException, BadUsage {
    if (arguments.size() != 2) {
      throw new BadUsage("Usage: " + CALL + " salvage FROM TO");
    }
    return Salvage.run(Path.of(arguments.get(0)), Path.of(arguments.get(1)), out::println).isWhole()
        ? 0
        : 1;
  }

  private static void usage(PrintStream out) {
    out.print("The tools of the course. Go to its folder, and say\n\n  " + CALL + " COMMAND\n\n");
    for (Command command : COMMANDS) {
      String call = (command.name + " " + command.arguments).strip();
      out.print(String.format(Locale.ROOT, "  %-24s %s\n", call, command.purpose));
    }
  }
}
