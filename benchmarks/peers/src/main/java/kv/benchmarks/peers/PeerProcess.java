package kv.benchmarks.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import kv.benchmarks.harness.Harness;
import kv.benchmarks.harness.WorkDirectory;

/** Measures a store in a JVM of its own: {@link PeerRun} runs in that JVM. */
final class PeerProcess {
  /** A task with more live bytes has a heap of 4 GiB, and a smaller one a heap of 2 GiB. */
  private static final long MANY_BYTES = 512 << 20;

  /** The number of printed lines that are shown if the JVM fails. */
  private static final int LAST_LINES = 15;

  /** The options that the documentation of Chronicle Map and of lmdbjava demands. */
  private static final List<String> OPENED =
      List.of(
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
          "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED");

  private PeerProcess() {}

  /**
   * Runs a task, and waits for it. The task's directory is empty before and deleted afterwards.
   *
   * @param results called with each result as soon as it is printed
   * @return null, or the exit status and the last lines that were printed if the JVM failed
   */
  static String run(PeerTask task, Consumer<PeerResult> results)
      throws IOException, InterruptedException {
    List<String> others = new ArrayList<>();
    Process process = null;
    try {
      process = start(task);
      // Otherwise it would go on alone when this JVM is interrupted.
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      try (OutputStream input = process.getOutputStream()) {
        input.write(task.toJson().getBytes(StandardCharsets.UTF_8));
      }
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (PeerResult.isResult(line)) {
            results.accept(PeerResult.parse(line));
          } else {
            others.add(line);
          }
        }
      }
      int status = process.waitFor();
      List<String> last = others.subList(Math.max(0, others.size() - LAST_LINES), others.size());
      return status == 0 ? null : "exit status " + status + "\n    " + String.join("\n    ", last);
    } finally {
      if (process != null) {
        process.destroyForcibly().waitFor();
      }
      WorkDirectory.delete(Path.of(task.directory()));
    }
  }

  /** Returns the heap's size. Every store gets the same: some work outside the heap. */
  static String heap(long liveBytes) {
    return liveBytes < MANY_BYTES ? "2g" : "4g";
  }

  /** Starts the JVM. Its errors go to its output. */
  private static Process start(PeerTask task) throws IOException {
    String heap = heap(task.liveBytes());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPENED);
    if (Runtime.version().feature() >= Harness.FIRST_TO_WARN) {
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-Xms" + heap, "-Xmx" + heap));
    command.add("-Dlmdbjava.disable.checks=true");
    command.addAll(List.of("-cp", classPath(), PeerRun.class.getName()));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** Returns this JVM's class path, followed by the jar of the peers, which was loaded apart. */
  private static String classPath() {
    try {
      Path code =
          Path.of(PeerProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return System.getProperty("java.class.path") + System.getProperty("path.separator") + code;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
