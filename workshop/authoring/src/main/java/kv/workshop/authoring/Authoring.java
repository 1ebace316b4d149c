package kv.workshop.authoring;

import java.io.IOException;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import kv.workshop.Terminal;
import picocli.CommandLine.Command;

/** The command line of the authors' tools. Its exit status is as in {@link kv.workshop.Workshop}. */
@Command(
    name = Authoring.CALL,
    description = "Keeps the project's texts true to its code. Run it in the project's folder.")
public final class Authoring {
  /** The command that starts the authors' tools, in the project's folder. */
  static final String CALL = "java -jar workshop/authoring/target/authoring.jar";

  private final Terminal terminal;

  private Authoring(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Runs the command line. */
  public static void main(String[] arguments) {
    Terminal terminal = Terminal.system();
    System.exit(terminal.run(new Authoring(terminal), arguments));
  }

  @Command(
      name = "weave",
      description = "Brings excerpts, transcripts and summaries in all texts up to date.")
  int weave() throws IOException, BadUsage {
    return Tutorial.weave(Project.here(), terminal.out());
  }
}
