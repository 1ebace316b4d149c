/*
 * WHAT THIS FILE IS
 *
 * The command limit. It starts the program of one step's problem in a JVM of its own, with the
 * steps' classes of the last build. So a reader who changes a step and builds it again sees the
 * effect, as in jshell. The store is below the folder work, on the disk that the reader uses, since
 * the system's temporary folder may be in memory.
 */
package kv.workshop.limits;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.workshop.BadUsage;
import kv.workshop.Folders;
import kv.workshop.Jvm;
import kv.workshop.Project;
import kv.workshop.Workshop;

/** Shows the problem that a step leaves open. */
public final class Limits {
  /** The program of each step; its argument is an empty folder. */
  private static final List<Class<?>> PROGRAMS =
      List.of(TornPut.class, LongGet.class, EndlessLog.class, LongPause.class, SevenCracks.class);

  private Limits() {}

  /**
   * Runs the program of a step, and prints its numbers.
   *
   * @return 0
   * @throws BadUsage if there is no such step, or the steps are not built
   */
  public static int run(Project project, String number, PrintStream out)
      throws IOException, BadUsage {
    int step = Project.stepNumber(number);
    Path work = Files.createDirectories(project.folder().resolve("work"));
    Path folder = Files.createTempDirectory(work, "limit-");
    try {
      run(project, step, folder, out);
    } finally {
      Folders.delete(folder);
    }
    return 0;
  }

  /** Runs the program of a step in an empty folder. */
  static void run(Project project, int step, Path folder, PrintStream out)
      throws IOException, BadUsage {
    List<String> command = new ArrayList<>();
    command.add(Jvm.COMMAND);
    // This JVM starts fast, and leaves nothing in the system's temporary folder when it is killed.
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.addAll(List.of("-cp", classPath(project)));
    command.addAll(List.of(PROGRAMS.get(step - 1).getName(), folder.toString()));
    run(command, out);
  }

  private static String classPath(Project project) throws BadUsage {
    List<String> entries = new ArrayList<>();
    for (int step = 1; step <= Project.STEPS; step++) {
      Path classes = project.module(step).resolve("target").resolve("classes");
      if (!Files.isDirectory(classes)) {
        throw new BadUsage(Project.name(step) + " is not built; " + Workshop.BUILD);
      }
      entries.add(classes.toString());
    }
    entries.add(Jvm.classPath());
    return String.join(File.pathSeparator, entries);
  }

  private static void run(List<String> command, PrintStream out) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getInputStream().transferTo(out);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IOException("the program of this limit ended with exit code " + exit);
      }
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
