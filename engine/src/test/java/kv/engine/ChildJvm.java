package kv.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs another process that uses a store: for tests that kill it, or that need a second process.
 */
final class ChildJvm {
  private ChildJvm() {}

  /** Returns the command that runs a main class of this module in its own JVM. */
  static List<String> command(Class<?> main, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Options for a JVM that starts fast and leaves nothing in the temporary folder.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.add("-cp");
    command.add(home(Store.class) + System.getProperty("path.separator") + home(main));
    command.add(main.getName());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  /** Starts a command whose standard output the caller reads. */
  static Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Runs a main class to its end, and returns its output. */
  static List<String> run(Class<?> main, Object... arguments) throws IOException {
    return lines(start(command(main, arguments)));
  }

  /** Returns the remaining output of a process, and waits for its end. */
  static List<String> lines(Process process) throws IOException {
    try (BufferedReader reader = process.inputReader()) {
      return reader.lines().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Runs a command, kills it without warning after some lines, and returns all of its output. */
  static List<String> killAfter(int lines, List<String> command) throws IOException {
    Process process = start(command);
    List<String> printed = new ArrayList<>();
    try (BufferedReader reader = process.inputReader()) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        printed.add(line);
        if (printed.size() == lines) {
          // Not process.destroyForcibly(), which discards the output that is still in the pipe.
          process.toHandle().destroyForcibly();
        }
      }
    }
    return printed;
  }

  /** The folder or the jar that a class was loaded from. */
  static Path home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
