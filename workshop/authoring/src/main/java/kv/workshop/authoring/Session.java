package kv.workshop.authoring;

import java.io.FilterInputStream;
import java.io.InputStream;
import java.util.HashMap;
import jdk.jshell.tool.JavaShellToolBuilder;

/**
 * The JDK's own jshell for lines typed in advance: it prints a session as a terminal shows it,
 * including the typed lines. {@link Sandbox} starts it.
 */
public final class Session {
  private Session() {}

  /** Runs jshell. */
  public static void main(String[] arguments) throws Exception {
    // jshell does not take this stream for a terminal.
    InputStream in = new FilterInputStream(System.in) {};
    int exit =
        JavaShellToolBuilder.builder()
            .in(in, null)
            // The settings of this machine's user are neither read nor written.
            .persistence(new HashMap<>())
            .start(arguments);
    System.exit(exit);
  }
}
