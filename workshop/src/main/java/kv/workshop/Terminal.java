package kv.workshop;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Runs a command line: picocli finds the command, and an error becomes one line and an exit status.
 */
public final class Terminal {
  private static final int COLUMNS = 80;

  /** Exit status of a command that was called wrongly, or could not do its work. */
  private static final int NOT_DONE = 2;

  private final PrintStream out;
  private final PrintStream err;

  /** Creates a terminal for these streams. */
  Terminal(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Returns the terminal of this process: in UTF-8, since many containers set no locale. */
  public static Terminal system() {
    return new Terminal(utf8(FileDescriptor.out), utf8(FileDescriptor.err));
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** The stream for results. */
  public PrintStream out() {
    return out;
  }

  /**
   * Runs the command that the arguments name, or prints the usage if there are none.
   *
   * @param program an object with picocli's annotations
   * @return the exit status
   */
  public int run(Object program, String... arguments) {
    CommandLine line = new CommandLine(program);
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    line.setUsageHelpWidth(COLUMNS);
    line.setExpandAtFiles(false);
    line.registerConverter(Path.class, Terminal::path);
    line.setParameterExceptionHandler(this::refuse);
    line.setExecutionExceptionHandler(this::report);
    if (arguments.length == 0) {
      line.usage(line.getOut());
      return 0;
    }
    return line.execute(withoutHelpCommand(arguments));
  }

  /** Returns {@code dump --help} for {@code help dump}. */
  private static String[] withoutHelpCommand(String[] arguments) {
    if (!arguments[0].equals("help")) {
      return arguments;
    }
    return arguments.length == 1 ? new String[] {"--help"} : new String[] {arguments[1], "--help"};
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("not a valid file name: " + e.getReason());
    }
  }

  private int refuse(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    boolean wordForCommand = e instanceof UnmatchedArgumentException && line.getParent() == null;
    if (wordForCommand && !arguments[0].startsWith("-")) {
      err.println(
          "there is no command \""
              + arguments[0]
              + "\"; run without arguments to list the commands");
      return NOT_DONE;
    }
    String problem = e.getMessage().lines().findFirst().orElse("");
    String synopsis = line.getHelp().synopsis(0).strip().replaceAll("\\s+", " ");
    err.println(
        problem.substring(0, 1).toLowerCase(Locale.ROOT)
            + problem.substring(1)
            + "; usage: "
            + synopsis);
    return NOT_DONE;
  }

  private int report(Exception e, CommandLine line, ParseResult parsed) throws Exception {
    if (e instanceof BadUsage) {
      err.println(e.getMessage());
    } else if (e instanceof IOException) {
      // The message of a FileSystemException is only the name of a file.
      err.println("failed: " + (e instanceof FileSystemException ? e : e.getMessage()));
    } else {
      throw e;
    }
    return NOT_DONE;
  }
}
