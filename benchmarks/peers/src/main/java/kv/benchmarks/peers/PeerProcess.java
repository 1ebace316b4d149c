package kv.benchmarks.peers;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.benchmarks.harness.Harness;

/** A JVM that runs a part of the work on one store, in {@link PeerMain}. */
final class PeerProcess implements Closeable {
  /** A task with more live bytes has a heap of 4 GiB, and a smaller one a heap of 2 GiB. */
  private static final long MANY_BYTES = 512 << 20;

  private static final Pattern RESULT = Pattern.compile("\\{\"(workload|finding|ready|status)\":");

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

  private final Process process;
  private final BufferedReader lines;
  private final Writer input;

  /** Lines that are not results, most of which libraries print. */
  private final List<String> others = new ArrayList<>();

  private PeerProcess(Process process) {
    this.process = process;
    lines = process.inputReader(StandardCharsets.UTF_8);
    input = process.outputWriter(StandardCharsets.UTF_8);
    // Otherwise the process would go on alone when this JVM is interrupted.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Starts a task, which reads the rest of its input from {@link #write}. */
  static PeerProcess start(PeerTask task) throws IOException {
    PeerProcess started =
        new PeerProcess(new ProcessBuilder(command(task)).redirectErrorStream(true).start());
    started.write(task.toJson());
    return started;
  }

  /** Starts a command that runs tasks. */
  static PeerProcess start(List<String> command) throws IOException {
    return new PeerProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /**
   * Runs a task, and waits for it.
   *
   * @param results called with each result as soon as it is printed
   * @return null, or the exit status and the last lines that were printed if the JVM failed
   */
  static String run(PeerTask task, Consumer<PeerResult> results)
      throws IOException, InterruptedException {
    try (PeerProcess process = start(task)) {
      for (String line = process.read(); line != null; line = process.read()) {
        if (PeerResult.isResult(line)) {
          results.accept(PeerResult.parse(line));
        } else {
          process.others.add(line);
        }
      }
      return process.failure();
    }
  }

  /** Writes a line to the input. */
  void write(String line) throws IOException {
    input.write(line);
    input.write('\n');
    input.flush();
  }

  /** Returns the next line of the output, or null after the last. */
  String read() throws IOException {
    String line = lines.readLine();
    return line == null ? null : withoutProgress(line);
  }

  /** Removes the output before a result: Xodus prints its progress without the end of a line. */
  static String withoutProgress(String line) {
    Matcher result = RESULT.matcher(line);
    return result.find() ? line.substring(result.start()) : line;
  }

  /** Reads until a process of {@link PeerPart#WRITE} has put all keys, and half of them again. */
  void awaitReady() throws IOException, InterruptedException {
    for (String line = read(); line != null; line = read()) {
      if (line.equals(PeerTrialRun.READY)) {
        return;
      }
      others.add(line);
    }
    throw new IOException("the process that puts ended: " + failure());
  }

  /** Waits for the end, and returns null, or the exit status and the last lines of others. */
  String failure() throws InterruptedException {
    int status = process.waitFor();
    List<String> last = others.subList(Math.max(0, others.size() - LAST_LINES), others.size());
    return status == 0 ? null : "exit status " + status + "\n    " + String.join("\n    ", last);
  }

  /** Kills the process as {@code kill -9} does, and waits for its end. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws IOException {
    try {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the heap's size. Every store gets the same: some work outside the heap. */
  static String heap(long liveBytes) {
    return liveBytes < MANY_BYTES ? "2g" : "4g";
  }

  /** Returns the command of a JVM that runs tasks like the given one. */
  static List<String> command(PeerTask task) {
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
    // A crash of native code is an observation, not a file in the reader's directory.
    command.add("-XX:ErrorFile=" + task.resolve("crash.log"));
    command.add("-XX:-CreateCoredumpOnCrash");
    command.addAll(List.of("-cp", classPath(), PeerMain.class.getName()));
    return command;
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
