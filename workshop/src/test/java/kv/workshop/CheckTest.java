package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import kv.workshop.Check.Outcome;
import kv.workshop.Check.Verdict;
import kv.workshop.TestRun.Event;
import kv.workshop.TestRun.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tools judge a reader's work on exercise 1.1. */
class CheckTest {
  private static final String BLANK =
      "throw new UnsupportedOperationException(\"exercise 1.1 is not done yet: Record.encode\");";

  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Project project;
  private Exercise exercise;

  /** Copies the part of the course that exercises need. The copy has its own folder work/. */
  @BeforeEach
  void copyTheCourse() throws Exception {
    project = CourseCopy.of(folder, 1);
    exercise = Exercise.of(project, "1.1");
  }

  // ======== Starting ========

  @Test
  void aStartSaysWhatToDoAndWhere() throws Exception {
    String said = start("1.1");

    int line = lines().indexOf("    " + BLANK) + 1;
    assertTrue(said.contains(exercise.task()), said);
    assertTrue(said.contains(work("Record.java") + ":" + line + "  Record.encode\n"), said);
    assertTrue(said.contains(" check 1.1\n"), said);
    assertTrue(said.contains(" hint 1.1\n"), said);
  }

  @Test
  void aStartKeepsTheJavadocOfABlankedMember() throws Exception {
    start("1.1");

    int line = lines().indexOf("    " + BLANK);
    assertEquals("   */", lines().get(line - 2));
    assertTrue(lines().get(line - 1).contains(" encode("));
    assertEquals("  }", lines().get(line + 1));
  }

  @Test
  void aSecondStartIsRefusedAndOverwritesNothing() throws Exception {
    start("1.1");
    solve("return null;");

    BadUsage e = assertThrows(BadUsage.class, () -> start("1.1"));

    assertTrue(e.getMessage().contains("start 1.1 --reset"), e.getMessage());
    assertTrue(lines().contains("    return null;"));
  }

  @Test
  void aResetStartsAgain() throws Exception {
    start("1.1");
    solve("return null;");

    start("1.1", "--reset");

    assertTrue(lines().contains("    " + BLANK));
  }

  @Test
  void aStartThatFailsLeavesWhatWasThere() throws Exception {
    start("1.5");
    Path mine = Files.writeString(folder.resolve("work/1.5/notes.txt"), "mine");
    Path store = project.mainSources(1).resolve("Store.java");
    Files.writeString(store, "// another line\n" + Files.readString(store));

    assertThrows(IOException.class, () -> start("1.5", "--reset"));

    assertEquals("mine", Files.readString(mine));
  }

  @Test
  void anExtensionIsStartedWithTheMembersOfItsPatch() throws Exception {
    String said = start("1.5");

    assertTrue(said.contains("  Store.putAll\n"), said);
    assertTrue(Files.exists(folder.resolve("work/1.5/src/test/java/kv/step1/PutAllTest.java")));
    assertFalse(Files.exists(folder.resolve("work/1.5/src/test/java/kv/step1/PutTest.java")));
  }

  // ======== Checking ========

  @Test
  void whatWasNotStartedIsNotDone() throws Exception {
    Outcome outcome = Check.check(exercise, 60);

    assertEquals(Verdict.NOT_STARTED, outcome.verdict());
    assertEquals(List.of("To start it: start 1.1"), outcome.details());
  }

  @Test
  void aBlankIsNotDoneYet() throws Exception {
    start("1.1");

    assertEquals(1, check("1.1"));

    assertTrue(said().startsWith("1.1  not done yet  "), said());
    assertTrue(said().contains("\n  still blank: Record.encode\n"), said());
  }

  /** A compiler warning is not a failure, and the reader's copy of the tests is not run. */
  @Test
  void theCoursesOwnCodeIsDone() throws Exception {
    start("1.1");
    Files.writeString(exercise.workTests().resolve("FormatTest.java"), "not even Java");
    String solved = Files.readString(project.mainSources(1).resolve("Record.java"));
    Files.writeString(record(), solved.replace("(short) key", "(short) (int) key"));

    assertEquals(0, check("1.1"), this::said);

    assertTrue(
        said().matches("1\\.1  done  +(\\d+) of \\1 tests pass\n\n1 of \\d+ done; .*\n"), said());
  }

  @Test
  void whatIsWrongIsSaidWithTheTestAndTheLines() throws Exception {
    start("1.1");
    solve("return ByteBuffer.allocate(key.length).put(0, value[0]);");

    Outcome outcome = Check.check(exercise, 60);

    assertEquals(Verdict.WRONG, outcome.verdict(), outcome::toString);
    String details = String.join("\n", outcome.details());
    assertTrue(details.contains("\n  FormatTest.aPutIsAHeaderTheKeyAndTheValue\n"), details);
    assertTrue(details.contains("expected: <4b56"), details);
    assertTrue(details.contains("java.lang.ArrayIndexOutOfBoundsException"), details);
    int line = lines().indexOf("    return ByteBuffer.allocate(key.length).put(0, value[0]);") + 1;
    assertTrue(details.contains("\n      at " + work("Record.java") + ":" + line + "\n"), details);
    assertTrue(details.contains(File.separator + "FormatTest.java:"), details);
    assertTrue(details.endsWith(" more"), details);
  }

  @Test
  void whatDoesNotCompileIsSaidWithTheLine() throws Exception {
    start("1.1");
    solve("return \"bytes\";");

    Outcome outcome = Check.check(exercise, 60);

    assertEquals(Verdict.DOES_NOT_COMPILE, outcome.verdict());
    int line = lines().indexOf("    return \"bytes\";") + 1;
    assertEquals(1, outcome.details().size());
    String error = outcome.details().get(0);
    assertTrue(error.startsWith("  " + work("Record.java") + ":" + line + ": "), error);
    assertTrue(
        error.contains("java.lang.String cannot be converted to java.nio.ByteBuffer"), error);
  }

  @Test
  void anEndlessLoopTimesOut() throws Exception {
    start("1.1");
    solve("while (true) {}");

    int limit = 3;
    Outcome outcome = Check.check(exercise, limit);
    // A slow machine may not reach the first test within the limit.
    while (!outcome.summary().contains(", in ") && limit < 60) {
      limit *= 3;
      outcome = Check.check(exercise, limit);
    }

    assertEquals(Verdict.TIMED_OUT, outcome.verdict());
    String expected = "it took more than " + limit + " seconds, in FormatTest\\.\\w+";
    assertTrue(outcome.summary().matches(expected), outcome.summary());
  }

  @Test
  void codeThatEndsTheProcessIsWrong() throws Exception {
    start("1.1");
    solve("System.out.println(\"so long\"); System.exit(0); return null;");

    Outcome outcome = Check.check(exercise, 60);

    assertEquals(Verdict.WRONG, outcome.verdict());
    assertTrue(
        outcome.summary().matches("the process ended with exit code 0, in FormatTest\\.\\w+"),
        outcome.summary());
    Path printed = folder.resolve("work/1.1/target/check/output.txt");
    assertEquals("so long\n", Files.readString(printed).replace("\r\n", "\n"));
    String last = outcome.details().get(outcome.details().size() - 1);
    assertTrue(last.endsWith(folder.relativize(printed).toString()), last);
  }

  @Test
  void aRunWithoutTestsIsWrong() {
    Event end = new Event(Kind.END, "", "", List.of());
    Event skipped = new Event(Kind.SKIPPED, "FormatTest.one", "", List.of());

    assertEquals(Verdict.WRONG, Check.judge(exercise, List.of(end), List.of()).verdict());
    assertEquals(Verdict.WRONG, Check.judge(exercise, List.of(skipped, end), List.of()).verdict());
  }

  @Test
  void aBlankThatNoTestComesToIsNotDoneYet() throws Exception {
    start("1.1");
    List<Event> events = List.of(new Event(Kind.PASSED, "FormatTest.one", "", List.of()));

    List<String> blanks = Exercise.blanks(exercise.workSources());

    assertEquals(List.of("Record.encode"), blanks);
    assertEquals(Verdict.NOT_DONE, Check.judge(exercise, events, blanks).verdict());
    solve("// " + BLANK + "\n    return null;");
    blanks = Exercise.blanks(exercise.workSources());
    assertEquals(List.of(), blanks);
    assertEquals(Verdict.DONE, Check.judge(exercise, events, blanks).verdict());
  }

  @Test
  void aTestThatIsNotThereIsAnError() {
    ClassLoader loader = getClass().getClassLoader();

    assertThrows(
        IllegalArgumentException.class,
        () -> TestRun.run(loader, "kv.workshop", List.of("NoTest"), event -> {}));
    assertThrows(
        IllegalArgumentException.class,
        () -> TestRun.run(loader, "kv.workshop", List.of("CheckTest.noSuch"), event -> {}));
  }

  @Test
  void aBlankThatCausedAnotherFailureIsStillABlank() {
    UnsupportedOperationException blank =
        new UnsupportedOperationException("exercise 1.2 is not done yet: LogFile.cut");
    IOException failure = new IOException("disk", new IllegalStateException(blank));
    IOException suppressing = new IOException("disk");
    suppressing.addSuppressed(failure);

    assertEquals("LogFile.cut", Exercise.notDone(failure));
    assertEquals("LogFile.cut", Exercise.notDone(new AssertionError("seed 1", suppressing)));
    suppressing.initCause(new IOException("no cause but its own", suppressing));
    assertEquals("LogFile.cut", Exercise.notDone(suppressing));
    String reply = "expected: <:3|> but was: <-ERR exercise 7.1 is not done yet: Commands.append|>";
    assertEquals("Commands.append", Exercise.notDone(new AssertionError(reply)));
    assertEquals(null, Exercise.notDone(new UnsupportedOperationException("read")));
    assertEquals(null, Exercise.notDone(new AssertionError("exercise 1.2 is not done yet: x")));
  }

  @Test
  void aFailureInTheEngineNamesItsLine() {
    List<Event> events = new ArrayList<>();

    TestRun.run(
        getClass().getClassLoader(), "kv.workshop", List.of("CheckTest$Failing"), events::add);

    Event failed =
        events.stream().filter(event -> event.kind() == Kind.FAILED).findFirst().orElseThrow();
    assertTrue(
        failed.frames().stream().anyMatch(frame -> frame.matches("Store\\.java:\\d+")),
        failed.frames().toString());
    assertTrue(
        failed.frames().stream().noneMatch(frame -> frame.startsWith("CheckTest.java")),
        failed.frames().toString());
  }

  /** A test with a failure inside the engine. */
  static final class Failing {
    @Test
    void fails() throws IOException {
      kv.engine.Store.open(null);
    }
  }

  // ======== How far the reader is ========

  @Test
  void withoutANumberAllAreChecked() throws Exception {
    start("1.1");
    Files.writeString(record(), Files.readString(project.mainSources(1).resolve("Record.java")));

    assertEquals(1, check());

    List<String> lines = said().lines().toList();
    int all = Exercise.numbers(project).size();
    assertEquals(all + 1, lines.size());
    assertTrue(lines.get(0).matches("1\\.1  done  +\\d+ of \\d+ tests pass"), lines.get(0));
    assertEquals("1.2  not started", lines.get(1));
    assertEquals("1 of " + all + " done.", lines.get(all));
  }

  @Test
  void whatNoTestSeesIsSaidWhenAnExerciseIsDone() throws Exception {
    Exercise openAddressing = Exercise.of(project, "6.1");
    List<Event> passed = List.of(new Event(Kind.PASSED, "GetTest.refusesNull", "", List.of()));

    Outcome done = Check.judge(openAddressing, passed, List.of());

    assertEquals(Verdict.DONE, done.verdict());
    assertEquals(1, done.details().size());
    assertTrue(done.details().get(0).contains("no test sees plain stores"), done::toString);
    assertEquals(List.of(), Check.judge(exercise, passed, List.of()).details());
    Outcome blank = Check.judge(openAddressing, passed, List.of("KeyDir.find"));
    assertEquals(List.of("  still blank: KeyDir.find"), blank.details());
  }

  /** The packed server is the reader's only source of the server's libraries. */
  @Test
  void anExerciseOfTheServerNeedsThePackedServerAndSaysSo() throws Exception {
    String server = Project.name(Project.SERVER);
    Folders.delete(folder.resolve(server));
    Folders.copy(Path.of("..", server, "src"), folder.resolve(server).resolve("src"));
    start("7.1");
    String pom = Files.readString(folder.resolve("work/7.1/pom.xml"));
    assertTrue(pom.contains("/../../server/target/server.jar</systemPath>"), pom);

    assertEquals(1, check("7.1"));

    assertTrue(said().contains("server.jar is missing: " + Workshop.BUILD), said());
  }

  /** The packed server has such a library: it sends log messages to the server's log. */
  @Test
  void aLibraryOfThePackedServerDoesNotTakeTheLogMessagesOfAStep() throws Exception {
    start("1.1");
    Files.writeString(record(), Files.readString(project.mainSources(1).resolve("Record.java")));
    packAFinder(folder.resolve("server/target/server.jar"));
    Exercise logging =
        new Exercise(
            project,
            "1.1",
            "",
            "",
            List.of(),
            List.of("Record.encode"),
            List.of("DirectorySyncTest.aRefusalInTheUsersLanguageIsRecognized"),
            "");

    Outcome outcome = Check.check(logging, 60);

    assertEquals(Verdict.DONE, outcome.verdict(), outcome::toString);
  }

  /** Packs a library that receives all messages of {@code System.Logger}, and drops them. */
  private void packAFinder(Path jar) throws Exception {
    Path source =
        Files.writeString(
            folder.resolve("Finder.java"),
            """
            public final class Finder extends System.LoggerFinder implements System.Logger {
              @Override
              public System.Logger getLogger(String name, Module module) {
                return this;
              }

              @Override
              public String getName() {
                return "";
              }

              @Override
              public boolean isLoggable(Level level) {
                return false;
              }

              @Override
              public void log(
                  Level level, java.util.ResourceBundle names, String text, Throwable thrown) {}

              @Override
              public void log(
                  Level level, java.util.ResourceBundle names, String text, Object... values) {}
            }
            """);
    Path classes = Files.createDirectory(folder.resolve("finder"));
    assertEquals(List.of(), Check.compile(exercise, List.of(source), classes, List.of()));
    Files.createDirectories(jar.getParent());
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry("Finder.class"));
      out.write(Files.readAllBytes(classes.resolve("Finder.class")));
      out.putNextEntry(new ZipEntry("META-INF/services/java.lang.System$LoggerFinder"));
      out.write("Finder\n".getBytes(UTF_8));
    }
  }

  @Test
  void anExerciseThatIsNotThereIsRefused() {
    BadUsage e = assertThrows(BadUsage.class, () -> Exercise.of(project, "8.1"));
    assertEquals(
        "there is no exercise \"8.1\"; the exercises are 1.1, 1.2 ... 7.1", e.getMessage());
    for (String number : List.of("", "1", "1.", "1.0", "1.10", "mine", "../1.1", "\u0661.1")) {
      assertThrows(BadUsage.class, () -> Exercise.of(project, number), number);
    }
    for (String question : List.of("7.2", "7.3")) {
      e = assertThrows(BadUsage.class, () -> Exercise.of(project, question));
      assertEquals(
          "there is no exercise "
              + question
              + "; the exercises of chapter 7 end with 7.1, and the questions after it are in"
              + " TUTORIAL.md, with their answers",
          e.getMessage());
    }
  }

  // ======== How ========

  private String start(String... arguments) throws Exception {
    out.reset();
    assertEquals(0, start(arguments, new PrintStream(out, true, UTF_8)));
    return said();
  }

  private int start(String[] arguments, PrintStream to) throws Exception {
    return Start.run(project, arguments[0], arguments.length > 1, false, to);
  }

  private int check(String... arguments) throws Exception {
    out.reset();
    PrintStream to = new PrintStream(out, true, UTF_8);
    return arguments.length == 0 ? Check.all(project, to) : Check.one(project, arguments[0], to);
  }

  private String said() {
    return out.toString(UTF_8);
  }

  private Path record() {
    return exercise.workSources().resolve("Record.java");
  }

  /** Returns the path of a file of the exercise, as messages show it. */
  private String work(String file) {
    return folder.relativize(exercise.workSources().resolve(file)).toString();
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(record());
  }

  /** Replaces the blank. */
  private void solve(String body) throws IOException {
    String text = Files.readString(record());
    assertTrue(text.contains(BLANK));
    Files.writeString(record(), text.replace(BLANK, body));
  }
}
