package kv.benchmarks;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** Runs a command of picocli: one line about bad usage instead of the whole help. */
public final class CommandLines {
  /** The exit status for bad usage. */
  public static final int BAD_USAGE = 2;

  private CommandLines() {}

  /**
   * Reads the arguments into a command's object, and calls it.
   *
   * @return the exit status: the command's, or {@link #BAD_USAGE}
   */
  public static int execute(
      CommandLine command, String[] arguments, PrintStream out, PrintStream err) {
    return command
        .setExpandAtFiles(false)
        .setOverwrittenOptionsAllowed(true)
        .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(
            (e, ignored) -> {
              err.println(e.getMessage() + "; for the usage: --help");
              return BAD_USAGE;
            })
        .setExecutionExceptionHandler(
            (e, ignored, result) -> {
              throw e;
            })
        .execute(arguments);
  }
}
