package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import kv.workshop.Check.Verdict;
import kv.workshop.Members.Member;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reader's store grows: start continues with the code of earlier exercises. */
class CarryTest {
  /** A mark in a body of the reader's. It is code: a comment would not make a body another one. */
  private static final String MARK = "assert true : \"mine\";";

  @TempDir private Path folder;

  private Project project;

  @BeforeEach
  void copyTheCourse() throws Exception {
    project = CourseCopy.of(folder, 1, 2, 3, 4, 5);
  }

  // ======== Carried ========

  @Test
  void theNextExerciseContinuesWithTheBodyThatIsDone() throws Exception {
    finish("1.1");

    String said = start("1.2");

    assertTrue(
        said.contains("Your own code, from earlier exercises:\n  1.1  Record.encode\n"), said);
    assertTrue(said.contains("Without your code: start 1.2 --reset --shipped\n"), said);
    assertTrue(isMine("1.2", "Record.encode"));
  }

  @Test
  void aLaterStepContinuesWithABodyThatItDoesNotChange() throws Exception {
    finish("1.1");
    finish("1.2");
    finish("1.4");

    String said = start("3.1");

    assertTrue(isMine("3.1", "Record.encode"));
    assertTrue(isMine("3.1", "LogFile.cut"));
    assertFalse(isMine("3.1", "LogFile.append"));
    assertTrue(said.contains("  1.2  LogFile.append: step 3 changes it\n"), said);
  }

  /** The Javadoc of LogFile.append changes in step 2, and its code does not. */
  @Test
  void theLaterStepKeepsItsOwnJavadoc() throws Exception {
    finish("1.2");

    start("2.1");

    Path shipped = project.mainSources(2).resolve("LogFile.java");
    Path carried = exercise("2.1").workSources().resolve("LogFile.java");
    assertTrue(isMine("2.1", "LogFile.append"));
    assertEquals(javadoc(shipped, "LogFile.append"), javadoc(carried, "LogFile.append"));
  }

  @Test
  void importsAndNewMembersComeAlong() throws Exception {
    finish("1.1");
    Path record = exercise("1.1").workSources().resolve("Record.java");
    String text = Files.readString(record);
    text = text.replace(MARK, "assert Objects.nonNull(twice(\"mine\"));");
    text = text.replaceFirst("(package .*;\n)", "$1\nimport java.util.Objects;\n");
    int end = text.lastIndexOf('}');
    String helper = "  private static String twice(String text) {\n    return text + text;\n  }\n";
    Files.writeString(record, text.substring(0, end) + "\n" + helper + "}\n");
    store("1.1", Verdict.DONE);

    String said = start("2.1");

    assertTrue(said.contains("  1.1  Record.encode\n"), said);
    String carried = Files.readString(exercise("2.1").workSources().resolve("Record.java"));
    assertTrue(carried.contains("\nimport java.util.Objects;\n"), carried);
    assertTrue(carried.endsWith("\n" + helper + "}\n"), carried);
  }

  @Test
  void theLinesToWriteAreThoseAfterTheCodeIsCarried() throws Exception {
    finish("1.1");
    finish("2.1");

    String said = start("2.4");

    Path file = exercise("2.4").workSources().resolve("Recovery.java");
    String blank = exercise("2.4").blank("Recovery.findEnd");
    int line = Files.readString(file).split(Pattern.quote(blank))[0].split("\n").length;
    assertTrue(said.contains("Recovery.java:" + line + "  Recovery.findEnd\n"), said);
  }

  // ======== Not carried ========

  @Test
  void withTheSwitchItIsTheCoursesCode() throws Exception {
    finish("1.1");

    String said = start("1.2", "--shipped");

    assertFalse(isMine("1.2", "Record.encode"));
    assertFalse(said.contains("our own code"), said);
  }

  @Test
  void withoutEarlierWorkNothingIsSaid() throws Exception {
    String said = start("2.1");

    assertFalse(said.contains("1.1"), said);
    assertFalse(said.contains("in place of yours"), said);
  }

  @Test
  void workThatIsWrongOrChangedSinceTheCheckIsNotCarried() throws Exception {
    finish("1.1");
    finish("1.2");
    store("1.1", Verdict.WRONG);
    Path log = exercise("1.2").workSources().resolve("LogFile.java");
    Files.writeString(log, Files.readString(log) + "// changed\n");

    String said = start("2.1");

    assertFalse(isMine("2.1", "Record.encode"));
    assertFalse(isMine("2.1", "LogFile.append"));
    assertTrue(
        said.contains("in place of yours, and why:\n  1.1  wrong\n  1.2  not checked\n"), said);
  }

  @Test
  void anExtensionStaysInItsStep() throws Exception {
    start("1.5");
    Start.writeSolved(exercise("1.5"), emptied(exercise("1.5").workSources()));
    store("1.5", Verdict.DONE);

    String said = start("2.1");

    assertTrue(said.contains("  1.5  it extends step 1 alone\n"), said);
  }

  @Test
  void aMemberThatTheExerciseAsksForAgainStaysBlank() throws Exception {
    finish("2.2");

    String said = start("3.3");

    assertTrue(said.contains("  2.2  Store.get: this exercise asks for it again\n"), said);
    assertTrue(said.contains("\nStep 3 does not have Store.find.\n"), said);
    List<String> blanks = Exercise.blanks(exercise("3.3").workSources());
    assertTrue(blanks.contains("Store.get"), blanks::toString);
  }

  /** Step 3 passes the keydir to Recovery.findEnd. */
  @Test
  void aMemberWithOtherParametersInTheLaterStepIsChangedThere() throws Exception {
    finish("2.4");

    String said = start("3.1");

    assertTrue(said.contains("  2.4  Recovery.findEnd: step 3 changes it\n"), said);
    assertFalse(isMine("3.1", "Recovery.findEnd"));
  }

  @Test
  void theMembersThatTheNewStepDoesNotHaveAreOneLine() throws Exception {
    finish("2.2");
    finish("4.2");
    finish("4.3");

    String said = start("mine");

    String line = "\nStep 5 does not have Store.find, LogFile.rename, LogFile.replaceBy.\n";
    assertTrue(said.contains(line), said);
    assertFalse(said.contains("4.2"), said);
  }

  @Test
  void aMemberWithAnotherSignatureIsNotCarried() throws Exception {
    finish("1.1");
    Path record = exercise("1.1").workSources().resolve("Record.java");
    Files.writeString(
        record, Files.readString(record).replace("ByteBuffer encode(", "Object encode("));
    store("1.1", Verdict.DONE);

    String said = start("1.2");

    assertTrue(
        said.contains("  1.1  Record.encode: your code has no method with its signature\n"), said);
    assertFalse(isMine("1.2", "Record.encode"));
  }

  @Test
  void aBodyThatDoesNotCompileThereIsNotCarried() throws Exception {
    finish("1.1");
    Path record = exercise("1.1").workSources().resolve("Record.java");
    Files.writeString(record, Files.readString(record).replace(MARK, "Extra.help();"));
    Files.writeString(
        record.resolveSibling("Extra.java"),
        "package kv.step1;\n\nclass Extra {\n  static void help() {}\n}\n");
    store("1.1", Verdict.DONE);

    String said = start("1.2");

    assertTrue(said.contains("  1.1  Record.encode: does not compile here: "), said);
    assertTrue(said.contains("Extra"), said);
    Path shipped = project.mainSources(1).resolve("Record.java");
    Path kept = exercise("1.2").workSources().resolve("Record.java");
    assertEquals(-1, Files.mismatch(shipped, kept));
  }

  @Test
  void anotherMemberOfTheSameFileIsCarriedToo() throws Exception {
    finish("1.3");
    Path log = exercise("1.3").workSources().resolve("LogFile.java");
    Files.writeString(
        log, Files.readString(log).replaceFirst(Pattern.quote(MARK), "Extra.help();"));
    Files.writeString(
        log.resolveSibling("Extra.java"),
        "package kv.step1;\n\nclass Extra {\n  static void help() {}\n}\n");
    store("1.3", Verdict.DONE);

    String said = start("2.1");

    assertTrue(said.contains("  1.3  LogFile.sync: does not compile here: "), said);
    assertTrue(said.contains("  1.3  LogFile.close\n"), said);
    assertTrue(isMine("2.1", "LogFile.close"));
    assertFalse(said.contains("LogFile.close: "), said);
  }

  @Test
  void aFileThatIsGoneIsNotCarriedAndNotMissed() throws Exception {
    finish("1.1");
    Path sources = exercise("1.1").workSources();
    Files.move(sources.resolve("Record.java"), sources.resolve("Other.java"));
    store("1.1", Verdict.DONE);

    String said = start("1.2");

    assertTrue(said.contains("Record.encode: your code has no method with its signature\n"), said);
  }

  @Test
  void theEarlierWorkIsOnlyRead() throws Exception {
    finish("1.1");
    String hash = Progress.hash(exercise("1.1"));

    start("1.2");
    start("2.1");

    assertEquals(hash, Progress.hash(exercise("1.1")));
    assertEquals(Verdict.DONE, Progress.verdict(exercise("1.1")));
  }

  // ======== The whole store ========

  @Test
  void theReadersStoreIsTheLastStepWithTheirCode() throws Exception {
    finish("1.1");
    finish("3.1");
    finish("3.2");
    finish("5.3");

    String said = start("mine");

    for (String member : List.of("Record.encode", "KeyDir.apply", "Merge.commit")) {
      assertTrue(isMine("mine", member), said);
    }
    assertFalse(isMine("mine", "KeyDir.put"));
    assertTrue(said.contains("  3.1  KeyDir.put: step 5 changes it\n"), said);
    assertEquals(List.of(), Exercise.blanks(exercise("mine").workSources()));
    assertTrue(Files.exists(folder.resolve("work/mine/src/test/java/kv/step5/RandomTest.java")));
  }

  @Test
  void aSecondStartOfTheStoreOverwritesNothing() throws Exception {
    start("mine");
    Path notes = Files.writeString(folder.resolve("work/mine/notes.txt"), "mine");

    BadUsage e = assertThrows(BadUsage.class, () -> start("mine"));

    assertTrue(e.getMessage().contains("with your work on your store"), e.getMessage());
    assertTrue(e.getMessage().contains("start mine --reset"), e.getMessage());
    assertEquals("mine", Files.readString(notes));
  }

  @Test
  void theStoreIsCheckedByAllTestsOfItsStep() throws Exception {
    Exercise mine = exercise("mine");

    assertEquals("not started", Check.check(mine, 60).verdict().words());
    assertTrue(mine.tests().containsAll(List.of("PutTest", "MergeCrashTest", "PowerLossTest")));
    assertFalse(mine.tests().contains("StoreFixture"));
  }

  @Test
  void aStoreWithAMistakeIsWrong() throws Exception {
    start("mine");
    Path file = exercise("mine").workSources().resolve("SegmentName.java");
    String text = Files.readString(file);
    int body = member(file, "SegmentName.covers").bodyStart() + 1;
    Files.writeString(
        file, text.substring(0, body) + "if (true) return false;" + text.substring(body));

    Check.Outcome outcome = Check.check(mine("SegmentNameTest", "SizeTest"), 60);

    assertEquals(Verdict.WRONG, outcome.verdict(), outcome::toString);
    assertTrue(outcome.details().get(0).contains("SegmentNameTest."), outcome::toString);
    Files.writeString(file, text);
    outcome = Check.check(mine("SegmentNameTest", "SizeTest"), 60);
    assertEquals(Verdict.DONE, outcome.verdict(), outcome::toString);
  }

  // ======== How ========

  /** The reader's store with a few of its tests: all of them take minutes. */
  private Exercise mine(String... tests) {
    return new Exercise(project, Exercise.MINE, "", "", List.of(), List.of(), List.of(tests), "");
  }

  private Exercise exercise(String number) throws IOException, BadUsage {
    return Exercise.orMine(project, number);
  }

  private String start(String number, String... options) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Start.run(project, number, false, options.length > 0, new PrintStream(out, true, UTF_8));
    return out.toString(UTF_8);
  }

  /** Finishes an exercise with the course's code and a mark in each body; runs no test. */
  private void finish(String number) throws Exception {
    start(number, "--shipped");
    Exercise exercise = exercise(number);
    for (Path file : Project.javaFiles(exercise.workSources())) {
      Path shipped = project.mainSources(exercise.chapter()).resolve(file.getFileName());
      StringBuilder text = new StringBuilder(Files.readString(shipped));
      List<Member> members = Members.of(shipped);
      for (int i = members.size() - 1; i >= 0; i--) {
        if (exercise.members().contains(members.get(i).name())) {
          text.insert(members.get(i).bodyStart() + 1, MARK);
        }
      }
      Files.writeString(file, text);
    }
    store(number, Verdict.DONE);
  }

  private void store(String number, Verdict verdict) throws Exception {
    Progress.store(exercise(number), verdict, Progress.hash(exercise(number)));
  }

  private static Path emptied(Path folder) throws IOException {
    Folders.delete(folder);
    return Files.createDirectories(folder);
  }

  private boolean isMine(String number, String member) throws Exception {
    String file = member.substring(0, member.indexOf('.')) + ".java";
    return member(exercise(number).workSources().resolve(file), member).text().contains(MARK);
  }

  private static Member member(Path file, String name) throws Exception {
    return Members.find(Members.of(file), name);
  }

  private static String javadoc(Path file, String name) throws Exception {
    String text = member(file, name).text();
    return text.substring(0, text.indexOf("*/"));
  }
}
