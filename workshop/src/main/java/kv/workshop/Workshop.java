/*
 * WHAT THIS FILE IS
 *
 * The command line of the learner's tools. Each command is a class of its own. Exit status:
 *
 *     0  done, and nothing is wrong
 *     1  done, and something is wrong: a damaged file, for example
 *     2  not done: the command was called wrongly, or could not do its work
 */
package kv.workshop;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kv.engine.Salvage;
import kv.workshop.doctor.Doctor;
import kv.workshop.limits.Limits;
import kv.workshop.model.Model;
import kv.workshop.serve.Serve;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** Runs one of the course's tools. */
@Command(
    name = Workshop.CALL,
    synopsisSubcommandLabel = "COMMAND",
    description = "The tools of the course. Run them in the course's folder.",
    commandListHeading = "%nCommands:%n",
    footer = "%nFor the arguments of a command: help COMMAND")
public final class Workshop {
  /** The command that starts the tools, in the project's folder. */
  public static final String CALL = "java -jar workshop/target/workshop.jar";

  /** Advice for when the project was not built. */
  public static final String BUILD = "build the project first: mvn -q -B package -DskipTests";

  private final PrintStream out;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      hidden = true,
      scope = ScopeType.INHERIT)
  private boolean help;

  /** Whether the output is a terminal that shows colours. */
  private final boolean colour;

  private Workshop(PrintStream out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  /** Runs the command line. */
  public static void main(String[] arguments) {
    Terminal terminal = Terminal.system();
    System.exit(terminal.run(new Workshop(terminal.out(), Ansi.AUTO.enabled()), arguments));
  }

  /** Runs a command, and returns its exit status. */
  public static int run(List<String> arguments, PrintStream out, PrintStream err) {
    return new Terminal(out, err).run(new Workshop(out, false), arguments.toArray(String[]::new));
  }

  @Command(name = "doctor", description = "Checks whether this machine is ready for the course.")
  int doctor() {
    return Doctor.run(Path.of(""), out);
  }

  @Command(name = "dump", description = "Shows the contents of a store's files, record by record.")
  int dump(
      @Parameters(
              paramLabel = "FILE",
              description = "A log, segment or hint file; or a directory, to show all its files.")
          Path file,
      @Option(
              names = "--html",
              paramLabel = "PAGE",
              description = "Writes a page for a browser to this file: page.html, for example.")
          Path page)
      throws IOException, BadUsage {
    if (page != null) {
      return HtmlDump.run(file, page, out);
    }
    // A PrintStream hands each line to the system, which costs more than the dump.
    Writer lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    try {
      return Dump.run(file, new TextView(lines, colour));
    } finally {
      lines.flush();
    }
  }

  @Command(
      name = "salvage",
      description = "Copies the undamaged records of a damaged store to a new one.")
  int salvage(
      @Parameters(paramLabel = "FROM", description = "The directory of the damaged store.")
          Path from,
      @Parameters(paramLabel = "TO", description = "The directory of the new store.") Path to)
      throws IOException {
    return Salvage.run(from, to, out::println).isWhole() ? 0 : 1;
  }

  @Command(name = "limit", description = "Shows the problem that a step leaves open, in numbers.")
  int limit(@Parameters(paramLabel = "STEP", description = "The number of the step.") String step)
      throws IOException, BadUsage {
    return Limits.run(Project.here(), step, out);
  }

  @Command(name = "diff", description = "Compares two steps, member by member.")
  int diff(
      @Parameters(paramLabel = "STEP", description = "The number of the earlier step.") String a,
      @Parameters(paramLabel = "STEP", description = "The number of the later step.") String b,
      @Parameters(
              paramLabel = "MEMBER",
              arity = "0..1",
              description = "Shows the lines of this member only: Store.put, for example.")
          String member)
      throws IOException, BadUsage {
    return DiffPrinter.run(Project.here(), a, b, member, out);
  }

  @Command(
      name = "model",
      description = "Tries every crash of a small store, with or without a rule.")
  int model(
      @Option(
              names = "--without",
              paramLabel = "RULE",
              description = "Leaves out a rule, and prints the shortest history that is wrong.")
          String without,
      @Option(names = "--rules", description = "Lists the rules.") boolean rules,
      @Option(names = "--engine", description = "Takes the engine in place of step 5.")
          boolean engine)
      throws BadUsage {
    if (rules) {
      return engine ? Model.printEngineRules(out) : Model.printRules(out);
    }
    return engine ? Model.runEngine(without, out) : Model.run(without, out);
  }

  @Command(name = "serve", description = "Shows the course and stores in a browser.")
  int serve(
      @Parameters(
              paramLabel = "DIR",
              arity = "0..1",
              description =
                  "The directory of a store to look at, in addition to those of the course.")
          Path directory,
      @Option(
              names = "--port",
              paramLabel = "PORT",
              defaultValue = Serve.PORT,
              description = "The port on the loopback address; by default " + Serve.PORT + ".")
          int port,
      @Option(
              names = "--export",
              paramLabel = "FOLDER",
              description = "Writes the pages to this folder instead, for any web server.")
          Path export)
      throws IOException, BadUsage {
    if (export != null) {
      return Serve.export(Project.here(), export, out);
    }
    return Serve.run(Project.here(), Optional.ofNullable(directory), port, out);
  }

  @Command(name = "start", description = "Prepares an exercise in a folder of its own.")
  int start(
      @Parameters(
              paramLabel = "N.M",
              description = "The number of the exercise; or mine: your own store.")
          String number,
      @Option(names = Start.RESET, description = "Deletes your work on it, and starts again.")
          boolean reset,
      @Option(names = Start.SHIPPED, description = "Carries none of your code from earlier ones.")
          boolean shipped)
      throws IOException, BadUsage {
    return Start.run(Project.here(), number, reset, shipped, out);
  }

  @Command(name = "check", description = "Tests your work on one exercise, or on all.")
  int check(
      @Parameters(
              paramLabel = "N.M",
              arity = "0..1",
              description = "The number of the exercise, or mine; without it, all are checked.")
          String number)
      throws IOException, BadUsage {
    return number == null ? Check.all(Project.here(), out) : Check.one(Project.here(), number, out);
  }

  @Command(name = "progress", description = "Shows which exercises are done.")
  int progress() throws IOException, BadUsage {
    return Progress.print(Project.here(), out);
  }

  @Command(name = "hint", description = "Prints a hint for an exercise.")
  int hint(
      @Parameters(paramLabel = "N.M", description = "The number of the exercise.") String number,
      @Parameters(
              paramLabel = "K",
              arity = "0..1",
              defaultValue = "1",
              description = "The number of the hint; the first is the vaguest.")
          String hint)
      throws IOException, BadUsage {
    return Hints.hint(Project.here(), number, hint, out);
  }

  @Command(name = "solution", description = "Prints the course's own code for an exercise.")
  int solution(
      @Parameters(paramLabel = "N.M", description = "The number of the exercise.") String number)
      throws IOException, BadUsage {
    return Hints.solution(Project.here(), number, out);
  }
}
