/*
 * WHAT THIS FILE IS
 *
 * The folder in which the commands of a text run: a copy of the project, deleted afterwards. All
 * commands of a text run in one copy, in order, so a command finds the files of the earlier ones.
 *
 * CommandCheck checks the commands that are not run. Network runs the server and its clients. Of the
 * system's commands there is one, cp -r, which PowerShell knows too.
 *
 * NOT HERE, AND WHY
 *
 * A shell. No shell is available to all readers, so a command is words with spaces between.
 */
package kv.workshop.authoring;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import kv.workshop.BadUsage;
import kv.workshop.Folders;
import kv.workshop.Jvm;
import kv.workshop.Project;
import kv.workshop.Workshop;

/** A copy of the project, and commands that are run in it. */
final class Sandbox implements AutoCloseable {
  /** Limit for a command, in seconds. */
  private static final int LIMIT = 60;

  /** The reader's folder, which replaces the folder of the copy in outputs. */
  private static final String READERS_FOLDER = "/home/you/five-steps";

  /** A JVM that starts fast, with the same language and encoding on all machines. */
  private static final List<String> JVM =
      List.of(
          Jvm.COMMAND,
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Dfile.encoding=UTF-8",
          "-Dsun.stdout.encoding=UTF-8",
          "-Dstdin.encoding=UTF-8",
          "-Dstdout.encoding=UTF-8",
          "-Dstderr.encoding=UTF-8",
          "-Duser.language=en",
          "-Duser.country=US");

  private final Project project;
  private final Path copy;
  private final Network network;
  private final CommandCheck check;

  /** The folder in which the next command runs: {@link #copy}, or a folder in it. */
  private Path folder;

  /**
   * Copies the files that the commands need: those that a reader has after the first build.
   *
   * @param realClients whether the installed clients are used: see {@link Network}
   * @throws IOException if a file cannot be copied
   */
  Sandbox(Project project, boolean realClients) throws IOException {
    this.project = project;
    this.network = new Network(this, realClients);
    this.check = new CommandCheck(project, this);
    copy = Files.createTempDirectory("kv-workshop-").toRealPath();
    folder = copy;
    copy(Path.of("pom.xml"));
    copy(Path.of("workshop", "exercises"));
    copy(Path.of("server", "nutcracker.yml"));
    for (int n = 1; n <= Project.MODULES; n++) {
      for (String name : List.of("pom.xml", "play.jsh", "src", "target/classes")) {
        copy(Path.of(Project.name(n), name));
      }
    }
  }

  /** Returns the folder in which the next command runs. */
  Path folder() {
    return folder;
  }

  /** Returns whether a folder is the copy or in it. */
  boolean contains(Path other) {
    return other.startsWith(copy);
  }

  /** Runs the next command in another folder, which the copy contains. */
  void goTo(Path next) {
    folder = next;
  }

  /** Returns the check of the commands that are not run. */
  CommandCheck check() {
    return check;
  }

  /** Returns the servers that run here. */
  Network network() {
    return network;
  }

  private void copy(Path name) throws IOException {
    Folders.copy(project.folder().resolve(name), copy.resolve(name));
  }

  /** Ends the running servers, and deletes the copy. */
  @Override
  public void close() throws IOException {
    network.close();
    Folders.delete(copy);
  }

  // ======== Commands that are run ========

  /** Returns whether a command calls the course's tools. */
  static boolean isTool(String command) {
    return (command + " ").startsWith(Workshop.CALL + " ");
  }

  /** Returns whether a command is a jshell session. */
  static boolean isJShell(String command) {
    return command.startsWith("jshell ");
  }

  /**
   * Runs one of the course's tools.
   *
   * @return the lines that it prints
   * @throws BadUsage if it ends with another exit code than this one
   */
  List<String> runTool(String command, int exit) throws IOException, BadUsage {
    List<String> call = new ArrayList<>(JVM);
    call.addAll(List.of("-cp", Jvm.classPath(), Workshop.class.getName()));
    call.addAll(Words.of(command.substring(Workshop.CALL.length())));
    return run(command, call, "", exit);
  }

  /**
   * Runs a jshell session.
   *
   * <p>It is the real jshell, in one process and not two, which takes a third of the time: options
   * for the process that runs the snippets go to the only one.
   *
   * @param typed the typed lines, of which the last ends the session
   * @return the lines below the command, with the prompts and without the welcome
   * @throws BadUsage if the command names a missing file, or jshell fails
   */
  List<String> runJShell(String command, List<String> typed) throws IOException, BadUsage {
    check.files(command);
    List<String> call = new ArrayList<>(JVM);
    List<String> arguments = new ArrayList<>();
    for (String word : Words.of(command).subList(1, Words.of(command).size())) {
      if (word.startsWith("-R")) {
        call.add(word.substring(2));
      } else {
        arguments.add(word);
      }
    }
    String classPath = Jvm.classPath();
    if (arguments.contains("--class-path")) {
      classPath = Words.after("--class-path", arguments) + File.pathSeparator + classPath;
    }
    call.addAll(List.of("-cp", classPath, Session.class.getName(), "--execution", "local"));
    call.addAll(arguments);
    List<String> lines = new ArrayList<>(run(command, call, String.join("\n", typed) + "\n", 0));
    lines.removeIf(line -> line.matches("\\|  (Welcome to JShell|For an introduction).*"));
    return lines;
  }

  /**
   * Runs a process.
   *
   * @return the lines that it prints
   * @throws BadUsage if it ends with another exit code than this one
   */
  List<String> run(String command, List<String> call, String input, int exit)
      throws IOException, BadUsage {
    Process process = process(call).start();
    Executor later = CompletableFuture.delayedExecutor(LIMIT, TimeUnit.SECONDS);
    later.execute(process::destroyForcibly);
    // A PrintWriter ignores a process that has died: its exit code says so.
    try (PrintWriter in = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8))) {
      in.print(input);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    requireExit(command, process, exit, output);
    return Console.trim(shown(output).lines().map(String::stripTrailing).toList());
  }

  /** Returns a builder for a process in the folder of the next command. */
  ProcessBuilder process(List<String> call) {
    ProcessBuilder builder = new ProcessBuilder(call);
    builder.directory(folder.toFile()).redirectErrorStream(true);
    // A JVM prints a line for each of these.
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"));
    return builder;
  }

  /** Waits for the end of a process, which must have this exit code. */
  static void requireExit(String command, Process process, int exit, String output)
      throws BadUsage {
    int actual = process.onExit().join().exitValue();
    if (actual != exit) {
      throw new BadUsage(
          String.format(
              Locale.ROOT,
              "\"%s\" ended with exit code %d and not %d:\n%s",
              command,
              actual,
              exit,
              output.strip()));
    }
  }

  /** Returns an output with the reader's folder in place of the copy. */
  String shown(String output) {
    return output.replace(copy.toString(), READERS_FOLDER);
  }

  /** Returns the call of the server: its jar, or its classes if only these are built. */
  List<String> serverCall() {
    return call("server", "kv.server.Main");
  }

  /** Returns the call of a node of a cluster. */
  List<String> nodeCall() {
    return call("cluster", "kv.cluster.Main");
  }

  private List<String> call(String module, String main) {
    List<String> call = new ArrayList<>(JVM);
    Path classes = Path.of(module, "target", "classes");
    if (Jvm.classPath().contains(classes.toString())) {
      // The module's own resources come first: each module has settings for its log.
      String classPath = project.folder().resolve(classes) + File.pathSeparator + Jvm.classPath();
      call.addAll(List.of("-cp", classPath, main));
    } else {
      Path jar = project.folder().resolve(module).resolve("target").resolve(module + ".jar");
      call.addAll(List.of("-jar", jar.toAbsolutePath().toString()));
    }
    return call;
  }

  /** Returns whether a command copies a folder. */
  static boolean isCopy(String command) {
    return command.startsWith("cp -r ");
  }

  /**
   * Copies a folder of the copy to another, which must not exist.
   *
   * @throws BadUsage if the target exists, or the source does not
   */
  void copyFolder(String command) throws IOException, BadUsage {
    List<String> words = Words.of(command);
    Path from = words.size() == 4 ? folder.resolve(words.get(2)).normalize() : copy;
    Path to = words.size() == 4 ? folder.resolve(words.get(3)).normalize() : copy;
    if (!Files.isDirectory(from) || !to.startsWith(copy) || Files.exists(to)) {
      throw new BadUsage("\"" + command + "\" does not copy a folder to a new one: cp -r FROM TO");
    }
    Folders.copy(from, to);
  }
}
