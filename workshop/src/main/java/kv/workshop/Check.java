/*
 * WHAT THIS FILE IS
 *
 * The command check: it compiles the reader's code together with the course's own tests (not with
 * their copies in work/N.M, which the reader can change), and runs the tests. The verdicts:
 *
 *     not started        there is no folder work/N.M
 *     not checked        the files changed since the last check (Progress)
 *     does not compile   the compiler says why
 *     not done yet       a member is still blank
 *     wrong              a test failed for another reason, or ended the process
 *     timed out          the tests took longer than the limit
 *     done               all tests passed, and there was at least one
 */
package kv.workshop;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import kv.workshop.TestRun.Event;
import kv.workshop.TestRun.Kind;

/** Finds out whether an exercise is done. */
final class Check {
  /** Limit for the tests of one exercise. They take a small part of it, on a slow machine too. */
  private static final int LIMIT_SECONDS = 60;

  /** Limit for all tests of a step. Most of them wait for the disk. */
  private static final int LIMIT_SECONDS_OF_STEP = 900;

  /** Number of failures, or errors of the compiler, that are shown. */
  private static final int MOST_SHOWN = 5;

  /** The packed server. */
  private static final String SERVER_JAR = "server.jar";

  /** Length of the part of a failure's message that is shown: an array can be long. */
  private static final int MOST_CHARS = 400;

  /** The state of an exercise. */
  enum Verdict {
    NOT_STARTED("not started"),
    NOT_CHECKED("not checked"),
    DOES_NOT_COMPILE("does not compile"),
    NOT_DONE("not done yet"),
    WRONG("wrong"),
    TIMED_OUT("timed out"),
    DONE("done");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }

    /** Returns the verdict as it is shown. */
    String words() {
      return words;
    }
  }

  /** A verdict, its reason in a few words, and the details. */
  record Outcome(Verdict verdict, String summary, List<String> details) {}

  private Check() {}

  // ======== The command ========

  /**
   * Checks one exercise, or the reader's store, and prints the verdict with its details.
   *
   * @return 0 if the exercise is done, otherwise 1
   * @throws BadUsage if there is no such exercise
   */
  static int one(Project project, String number, PrintStream out) throws IOException, BadUsage {
    Exercise exercise = Exercise.orMine(project, number);
    Outcome outcome = checkAndStore(exercise);
    print(exercise, outcome, out);
    outcome.details.forEach(line -> out.print(line + "\n"));
    out.print("\n" + Progress.summary(project) + "; progress shows which\n");
    return outcome.verdict == Verdict.DONE ? 0 : 1;
  }

  /**
   * Checks all exercises and prints their verdicts and the number of those that are done.
   *
   * @return 0 if all are done, otherwise 1
   */
  static int all(Project project, PrintStream out) throws IOException, BadUsage {
    int done = 0;
    List<String> numbers = Exercise.numbers(project);
    for (String number : numbers) {
      Exercise exercise = Exercise.of(project, number);
      Outcome outcome = checkAndStore(exercise);
      print(exercise, outcome, out);
      done += outcome.verdict == Verdict.DONE ? 1 : 0;
    }
    int all = numbers.size();
    out.print(done + " of " + all + " done.\n");
    return done == all ? 0 : 1;
  }

  private static Outcome checkAndStore(Exercise exercise) throws IOException {
    int limit = exercise.isMine() ? LIMIT_SECONDS_OF_STEP : LIMIT_SECONDS;
    if (!Files.isDirectory(exercise.workSources())) {
      return check(exercise, limit);
    }
    // Before the check: a file that is saved during the check has another hash.
    String hash = Progress.hash(exercise);
    Outcome outcome = check(exercise, limit);
    Progress.store(exercise, outcome.verdict, hash);
    return outcome;
  }

  private static void print(Exercise exercise, Outcome outcome, PrintStream out) {
    String line =
        String.format(
            Locale.ROOT,
            "%s  %-16s  %s",
            exercise.number(),
            outcome.verdict.words,
            outcome.summary);
    out.print(line.stripTrailing() + "\n");
  }

  /** Checks an exercise. */
  static Outcome check(Exercise exercise, int limitSeconds) throws IOException {
    if (!Files.isDirectory(exercise.workSources())) {
      return new Outcome(
          Verdict.NOT_STARTED,
          "",
          List.of(
              "To start it: start "
                  + exercise.number()
                  + (Files.exists(exercise.work()) ? " --reset" : "")));
    }
    Path jar = serverJar(exercise.project());
    if (exercise.chapter() == Project.SERVER && !Files.exists(jar)) {
      return new Outcome(
          Verdict.DOES_NOT_COMPILE,
          "",
          List.of(
              "  "
                  + exercise.project().folder().relativize(jar)
                  + " is missing: "
                  + Workshop.BUILD));
    }
    Path folder = exercise.work().resolve("target").resolve("check");
    // Otherwise a class that was removed could still be found.
    Folders.delete(folder);
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<Path> sources = new ArrayList<>(Project.javaFiles(exercise.workSources()));
    sources.addAll(exercise.testFiles());
    List<String> errors = compile(exercise, sources, classes, List.of("-nowarn"));
    if (!errors.isEmpty()) {
      return new Outcome(Verdict.DOES_NOT_COMPILE, "", shortened(errors));
    }
    return fork(exercise, folder, classes, limitSeconds);
  }

  // ======== Compiling ========

  /**
   * Compiles Java files of an exercise.
   *
   * @param options more options for the compiler
   * @return the errors, with file and line; empty if there are none
   */
  static List<String> compile(
      Exercise exercise, List<Path> sources, Path classes, List<String> options)
      throws IOException {
    JavaCompiler compiler = Members.compiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of("--release", "17", "-g", "-proc:none", "-d", classes.toString()));
    all.addAll(List.of("-cp", classPath(exercise)));
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(problems, Locale.ENGLISH, StandardCharsets.UTF_8)) {
      boolean compiled =
          compiler
              .getTask(null, files, problems, all, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
      List<String> errors = new ArrayList<>();
      for (Diagnostic<? extends JavaFileObject> problem : problems.getDiagnostics()) {
        boolean error = problem.getKind() == Diagnostic.Kind.ERROR;
        if (!compiled && (error || options.contains("-Werror"))) {
          errors.add(
              "  " + place(exercise.project(), problem) + problem.getMessage(Locale.ENGLISH));
        }
      }
      return errors;
    }
  }

  /** Returns the packed server, which contains its libraries. */
  private static Path serverJar(Project project) {
    return project.module(Project.SERVER).resolve("target").resolve(SERVER_JAR);
  }

  /**
   * Returns the class path of this process, with the packed server for the server's exercises alone:
   * its libraries send the log messages of every store elsewhere, and tests read these messages.
   */
  private static String classPath(Exercise exercise) {
    return exercise.chapter() == Project.SERVER
        ? Jvm.classPath() + File.pathSeparator + serverJar(exercise.project())
        : Jvm.classPath();
  }

  private static String place(Project project, Diagnostic<? extends JavaFileObject> problem) {
    if (problem.getSource() == null) {
      return "";
    }
    Path file = Path.of(problem.getSource().toUri());
    Path shown = file.startsWith(project.folder()) ? project.folder().relativize(file) : file;
    return shown + ":" + problem.getLineNumber() + ": ";
  }

  // ======== Running the tests ========

  private static Outcome fork(Exercise exercise, Path folder, Path classes, int limitSeconds)
      throws IOException {
    Path eventFile = folder.resolve("events");
    Path printed = folder.resolve("output.txt");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    List<String> command = new ArrayList<>();
    command.add(Jvm.COMMAND);
    // This JVM starts fast, and leaves nothing in the system's temporary folder when it is killed.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(List.of("-cp", classes + File.pathSeparator + classPath(exercise)));
    command.addAll(
        List.of(
            TestRun.class.getName(),
            eventFile.toString(),
            Project.packageName(exercise.chapter()),
            exercise.isMine() ? TestRun.PARALLEL : TestRun.SEQUENTIAL));
    command.addAll(exercise.tests());
    Integer exitCode = run(command, printed, limitSeconds);
    List<Event> events = TestRun.read(eventFile);
    if (events.stream().anyMatch(event -> event.kind() == Kind.END)) {
      return judge(exercise, events, Exercise.blanks(exercise.workSources()));
    }
    String why =
        exitCode != null
            ? "the process ended with exit code " + exitCode
            : "it took more than " + limitSeconds + " seconds";
    List<String> details = new ArrayList<>(shortened(failures(exercise, events)));
    details.add("  output of the tests: " + exercise.project().folder().relativize(printed));
    Verdict verdict = exitCode != null ? Verdict.WRONG : Verdict.TIMED_OUT;
    return new Outcome(verdict, why + running(events), details);
  }

  /** Runs a process, and returns its exit code, or null if it reached the limit. */
  private static Integer run(List<String> command, Path printed, int limitSeconds)
      throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    boolean ended;
    try {
      ended = process.waitFor(limitSeconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().join();
    }
    return ended ? process.exitValue() : null;
  }

  /** Returns the tests that were running, for a message. */
  private static String running(List<Event> events) {
    Set<String> running = new LinkedHashSet<>();
    for (Event event : events) {
      if (event.kind() == Kind.STARTED) {
        running.add(event.test());
      } else {
        running.remove(event.test());
      }
    }
    return running.isEmpty() ? "" : ", in " + String.join(", ", running);
  }

  // ======== The verdict ========

  /**
   * Returns the verdict on a run that came to its end.
   *
   * @param blanks the members that are still blank: the tests need not reach all of them
   */
  static Outcome judge(Exercise exercise, List<Event> events, List<String> blanks) {
    long passed = count(events, Kind.PASSED);
    long notDone = count(events, Kind.NOT_DONE);
    long failed = count(events, Kind.FAILED);
    if (passed + notDone + failed == 0) {
      return new Outcome(Verdict.WRONG, "no test was run", List.of());
    }
    String summary = passed + " of " + (passed + notDone + failed) + " tests pass";
    if (failed > 0) {
      summary += ", " + failed + (failed == 1 ? " fails" : " fail");
    }
    List<String> details = new ArrayList<>();
    Verdict verdict = failed > 0 ? Verdict.WRONG : Verdict.DONE;
    if (notDone > 0 || !blanks.isEmpty()) {
      verdict = Verdict.NOT_DONE;
      details.add("  still blank: " + String.join(", ", blanks));
    }
    details.addAll(shortened(failures(exercise, events)));
    if (verdict == Verdict.DONE && !exercise.unseen().isEmpty()) {
      details.add("  no test sees " + exercise.unseen());
    }
    return new Outcome(verdict, summary, details);
  }

  private static long count(List<Event> events, Kind kind) {
    return events.stream().filter(event -> event.kind() == kind).count();
  }

  /** Returns the tests that failed, each with its message and the places in the code. */
  private static List<String> failures(Exercise exercise, List<Event> events) {
    List<String> failures = new ArrayList<>();
    for (Event event : events) {
      if (event.kind() == Kind.FAILED) {
        String message = event.message();
        if (message.length() > MOST_CHARS) {
          message = message.substring(0, MOST_CHARS) + " ...";
        }
        failures.add(
            "  "
                + event.test()
                + "\n      "
                + message.replace("\n", "\n      ")
                + place(exercise, exercise.workSources(), event)
                + place(exercise, exercise.workTests(), event));
      }
    }
    return failures;
  }

  /** Returns the innermost frame whose file is in a folder. */
  private static String place(Exercise exercise, Path folder, Event event) {
    for (String frame : event.frames()) {
      if (Files.exists(folder.resolve(frame.split(":")[0]))) {
        Path shown = exercise.project().folder().relativize(folder);
        return "\n      at " + shown.resolve(frame.split(":")[0]) + ":" + frame.split(":")[1];
      }
    }
    return "";
  }

  private static List<String> shortened(List<String> lines) {
    if (lines.size() <= MOST_SHOWN) {
      return lines;
    }
    List<String> shortened = new ArrayList<>(lines.subList(0, MOST_SHOWN));
    shortened.add("  and " + (lines.size() - MOST_SHOWN) + " more");
    return shortened;
  }
}
