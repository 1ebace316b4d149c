package kv.benchmarks.peers;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** The main class of the JVM that measures a store. */
final class PeerMain {
  /** The rest of standard input, after the task. */
  static final BufferedReader INPUT =
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

  private PeerMain() {}

  /** Runs the task that is the only argument or, without arguments, the first line of the input. */
  public static void main(String[] arguments) throws Exception {
    PeerTask task = PeerTask.parse(arguments.length > 0 ? arguments[0] : INPUT.readLine());
    task.part().run(task);
    // Some stores have threads that do not end by themselves.
    System.exit(0);
  }
}
