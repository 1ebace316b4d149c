package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kv.workshop.Check.Verdict;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A verdict is remembered, and counts only for the files that it was on. */
class ProgressTest {
  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PrintStream to = new PrintStream(out, true, UTF_8);

  private Project project;
  private Exercise exercise;

  @BeforeEach
  void copyTheCourse() throws Exception {
    project = CourseCopy.of(folder, 1);
    exercise = Exercise.of(project, "1.1");
  }

  @Test
  void withoutAFolderWorkNothingIsStarted() throws Exception {
    Progress.print(project, to);

    List<String> lines = said().lines().toList();
    assertEquals("0 of " + Exercise.numbers(project).size() + " done", lines.get(0));
    assertEquals(
        "chapter 1  1.1 not started       1.2 not started       1.3 not started", lines.get(2));
    assertEquals("my store   not started", lines.get(lines.size() - 1));
    assertTrue(Files.notExists(folder.resolve("work")));
  }

  @Test
  void aChapterMayHaveAnyNumberOfExercises() throws Exception {
    Path exercises = folder.resolve("workshop/exercises");
    for (int m = 2; m <= 4; m++) {
      Folders.copy(exercises.resolve("7.1"), exercises.resolve("7." + m));
    }

    Progress.print(project, to);

    String chapter =
        "chapter 7  7.1 not started       7.2 not started       7.3 not started\n"
            + "           7.4 not started\n";
    assertTrue(said().contains(chapter), said());
    assertTrue(Exercise.of(project, "7.3").precedes(Exercise.of(project, "7.4")));
    assertTrue(Exercise.numbers(project).contains("7.4"));
  }

  @Test
  void aCheckEndsWithTheNumberOfExercisesThatAreDone() throws Exception {
    start();
    solve();

    Check.one(project, "1.1", to);

    int all = Exercise.numbers(project).size();
    assertTrue(said().endsWith("\n1 of " + all + " done; progress shows which\n"), said());
    out.reset();
    Progress.print(project, to);
    assertTrue(said().contains("chapter 1  1.1 done              1.2 not started"), said());
    assertTrue(said().lines().allMatch(line -> line.length() <= 80), said());
  }

  @Test
  void aBlankIsNotDoneYetWithoutACheck() throws Exception {
    start();

    assertEquals(Verdict.NOT_DONE, Progress.verdict(exercise));
  }

  @Test
  void workThatWasNeverCheckedIsNotDone() throws Exception {
    start();
    solve();

    assertEquals(Verdict.NOT_CHECKED, Progress.verdict(exercise));
  }

  @Test
  void aFileThatChangedAfterTheCheckIsNoLongerDone() throws Exception {
    doneWithoutARun();
    Path log = exercise.workSources().resolve("LogFile.java");
    String before = Files.readString(log);

    Files.writeString(log, before + "// one more line\n");
    assertEquals(Verdict.NOT_CHECKED, Progress.verdict(exercise));
    Files.writeString(log, before);
    assertEquals(Verdict.DONE, Progress.verdict(exercise));
    Files.move(log, log.resolveSibling("Other.java"));
    assertEquals(Verdict.NOT_CHECKED, Progress.verdict(exercise));
  }

  @Test
  void aTestThatChangedAfterTheCheckAsksForAnotherCheck() throws Exception {
    doneWithoutARun();

    Path test = project.testSources(1).resolve("FormatTest.java");
    Files.writeString(test, Files.readString(test) + "// one more line\n");

    assertEquals(Verdict.NOT_CHECKED, Progress.verdict(exercise));
  }

  @Test
  void aResetIsNotDone() throws Exception {
    doneWithoutARun();

    Start.run(project, "1.1", true, false, to);

    assertEquals(Verdict.NOT_DONE, Progress.verdict(exercise));
  }

  @Test
  void aProgressFileThatSaysNonsenseCountsAsNotChecked() throws Exception {
    doneWithoutARun();
    Path file = folder.resolve("work/progress.txt");

    Files.write(file, new byte[] {'1', '.', '1', ' ', (byte) 0xff, '\n', '\n', 'x'});

    assertEquals(Verdict.NOT_CHECKED, Progress.verdict(exercise));
    Progress.store(exercise, Verdict.DONE, Progress.hash(exercise));
    assertEquals(Verdict.DONE, Progress.verdict(exercise));
  }

  @Test
  void aSecondVerdictReplacesTheFirstAndKeepsThoseOfOtherExercises() throws Exception {
    doneWithoutARun();
    Exercise other = Exercise.of(project, "1.2");
    Start.run(project, "1.2", false, false, to);
    Progress.store(other, Verdict.WRONG, "0123456789abcdef");

    Progress.store(exercise, Verdict.WRONG, Progress.hash(exercise));

    assertEquals(Verdict.WRONG, Progress.verdict(exercise));
    String text = Files.readString(folder.resolve("work/progress.txt"));
    assertTrue(text.contains("\n1.2  wrong             0123456789abcdef\n"), text);
    assertEquals(4, text.lines().count(), text);
  }

  // ======== How ========

  private String said() {
    return out.toString(UTF_8);
  }

  private void start() throws Exception {
    Start.run(project, "1.1", false, false, to);
  }

  private void solve() throws Exception {
    Path file = exercise.workSources().resolve("Record.java");
    Files.writeString(file, Files.readString(project.mainSources(1).resolve("Record.java")));
  }

  private void doneWithoutARun() throws Exception {
    start();
    solve();
    Progress.store(exercise, Verdict.DONE, Progress.hash(exercise));
  }
}
