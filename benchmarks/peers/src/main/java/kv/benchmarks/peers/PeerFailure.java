package kv.benchmarks.peers;

import java.util.regex.Pattern;

/** Exceptions of stores, in one line. */
final class PeerFailure {
  private static final int MOST_CHARACTERS = 120;

  /** The directories in a path, which would take most of the line. */
  private static final Pattern DIRECTORIES = Pattern.compile("(?:/[^/\\s]+)+/");

  private PeerFailure() {}

  /** Returns the innermost cause: its class, and the start of its message. */
  static String shown(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String message = cause.getMessage() == null ? "" : cause.getMessage().strip();
    String line =
        DIRECTORIES.matcher(message.lines().findFirst().orElse("").strip()).replaceAll("");
    if (line.length() > MOST_CHARACTERS) {
      line = line.substring(0, MOST_CHARACTERS).strip() + "...";
    }
    String name = cause.getClass().getSimpleName();
    return line.isEmpty() ? name : name + ": " + line;
  }
}
