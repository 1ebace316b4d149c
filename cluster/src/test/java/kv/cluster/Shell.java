package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Runs commands of the operating system. */
final class Shell {
  private static final int MAX_SECONDS = 20;

  private Shell() {}

  /**
   * Runs a command whose output is short; returns the output.
   *
   * @throws IOException if the command is missing or fails
   */
  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    try {
      if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return output;
  }

  /** Returns whether a command is installed and succeeds. */
  static boolean succeeds(String... command) {
    try {
      run(command);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns whether this process can mount file systems and create network namespaces. */
  static boolean isRoot() {
    try {
      return run("id", "-u").equals("0");
    } catch (IOException e) {
      return false;
    }
  }
}
