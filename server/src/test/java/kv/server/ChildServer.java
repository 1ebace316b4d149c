package kv.server;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.server.http.HttpWire;
import kv.server.resp.RespWire;

/** A server in a process of its own, for tests that kill it or limit its memory. */
public final class ChildServer implements Closeable {
  private static final Pattern RESP = Pattern.compile("RESP on .*:(\\d+)");
  private static final Pattern HTTP = Pattern.compile("HTTP and the page on .*:(\\d+)/");

  private final Process process;
  private final BufferedReader log;
  private final List<String> lines = new ArrayList<>();
  private final int respPort;
  private final int httpPort;

  /** Starts a server with options for the JVM, and waits until it listens. */
  public ChildServer(Path directory, String sync, String... jvmOptions) throws IOException {
    this(Main.class, directory, sync, jvmOptions);
  }

  /** Starts a server with another class's main method. */
  public ChildServer(Class<?> main, Path directory, String sync, String... jvmOptions)
      throws IOException {
    this(List.of(), main, directory, sync, List.of(), jvmOptions);
  }

  private ChildServer(
      List<String> shell,
      Class<?> main,
      Path directory,
      String sync,
      List<String> options,
      String... jvmOptions)
      throws IOException {
    List<String> command = new ArrayList<>(shell);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A JVM that starts fast and leaves no file in the temporary directory.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.add("-Dlogback.configurationFile=logback.xml");
    command.addAll(List.of(jvmOptions));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of("--dir", directory.toString(), "--resp", "0", "--http", "0"));
    command.addAll(List.of("--sync", sync));
    command.addAll(options);
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    log = process.inputReader();
    respPort = portInLog(RESP);
    httpPort = portInLog(HTTP);
  }

  /** Starts a server with a limit of file descriptors, in a POSIX shell. */
  public static ChildServer withDescriptors(int limit, Path directory) throws IOException {
    return new ChildServer(
        List.of("sh", "-c", "ulimit -n " + limit + "; exec \"$@\"", "sh"),
        Main.class,
        directory,
        "everysec",
        List.of(),
        "-XX:-MaxFDLimit");
  }

  /** Starts a server of a store with the code in a folder. */
  public static ChildServer withCode(Path code, Path directory, String sync) throws IOException {
    List<String> options = List.of("--store", code.toString());
    return new ChildServer(List.of(), Main.class, directory, sync, options);
  }

  private int portInLog(Pattern pattern) throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      lines.add(line);
      Matcher listens = pattern.matcher(line);
      if (listens.find()) {
        return Integer.parseInt(listens.group(1));
      }
    }
    throw new IOException("the server did not start: " + lines);
  }

  /** Writes a line to its standard input. */
  public void type(String line) throws IOException {
    BufferedWriter terminal = process.outputWriter();
    terminal.write(line);
    terminal.newLine();
    terminal.flush();
  }

  public RespWire connect() throws IOException {
    return new RespWire(respPort);
  }

  public HttpWire connectToHttp() throws IOException {
    return new HttpWire(httpPort);
  }

  /** Returns the CPU time that this server has used. */
  public Duration processorTime() {
    return process.info().totalCpuDuration().orElseThrow();
  }

  /** Kills the server, as kill -9 does. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Asks the server to end, with the signal TERM. */
  public void terminate() {
    // Not process.destroy(), which discards the unread output.
    process.toHandle().destroy();
  }

  /** Asks the server to end, and checks that it never ran out of memory. */
  public void terminateAndCheckMemory() throws IOException {
    terminate();
    for (String line : log()) {
      assertFalse(line.contains("OutOf"), line);
    }
  }

  /** Waits for the end of the server, and returns its log. */
  public List<String> log() throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      lines.add(line);
    }
    return lines;
  }

  /** Waits for the end of the server, and returns its exit status. */
  public int status() throws InterruptedException {
    return process.waitFor();
  }

  @Override
  public void close() throws IOException {
    kill();
    log.close();
  }
}
