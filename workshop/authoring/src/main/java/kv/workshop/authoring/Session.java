package kv.workshop.authoring;

import java.io.FilterInputStream;
import java.io.InputStream;
import java.util.HashMap;
import jdk.jshell.tool.JavaShellToolBuilder;

/**
 * The JDK's own jshell, for what is typed in advance: it prints a session as a terminal shows it,
 * with what is typed. {@link Sandbox} starts it.
 */
public final class Session {
  private Session() {}

  /** The command line of jshell. */
  public static void main(String[] arguments) throws Exception {
    // A stream that jshell does not know for a terminal.
    InputStream in = new FilterInputStream(System.in) {};
    int exit =
        JavaShellToolBuilder.builder()
            .in(in, null)
            // What this machine's user has set for their own jshell is neither read nor written.
            .persistence(new HashMap<>())
            .start(arguments);
    System.exit(exit);
  }
}
