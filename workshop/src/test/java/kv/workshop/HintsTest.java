package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Hints come one by one, and a solution is the course's own code. */
class HintsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String hint(String number, String k) throws Exception {
    out.reset();
    PrintStream to = new PrintStream(out, true, UTF_8);
    assertEquals(0, Hints.hint(Project.at(Path.of("..")), number, k, to));
    return out.toString(UTF_8);
  }

  private String solution(String number) throws Exception {
    out.reset();
    PrintStream to = new PrintStream(out, true, UTF_8);
    assertEquals(0, Hints.solution(Project.at(Path.of("..")), number, to));
    return out.toString(UTF_8);
  }

  @Test
  void aHintNamesTheNextOne() throws Exception {
    Exercise exercise = Exercise.of(Project.at(Path.of("..")), "1.2");

    String said = hint("1.2", "1");

    assertEquals(
        "Exercise 1.2, hint 1 of 4:\n\n" + exercise.hints().get(0) + "\n\nnext hint: hint 1.2 2\n",
        said);
  }

  @Test
  void aHintIsTheSameInEveryLocale() throws Exception {
    ProcessBuilder workshop =
        new ProcessBuilder(
            Jvm.COMMAND,
            "-Duser.language=fa",
            "-Duser.country=IR",
            "-cp",
            System.getProperty("java.class.path"),
            Workshop.class.getName(),
            "hint",
            "1.2");
    Process process =
        workshop.directory(new File("..")).redirectError(ProcessBuilder.Redirect.INHERIT).start();

    assertEquals(
        hint("1.2", "1"),
        new String(process.getInputStream().readAllBytes(), UTF_8).replace("\r\n", "\n"));
  }

  @Test
  void theLastHintLeadsToTheSolution() throws Exception {
    String said = hint("1.2", "4");

    assertTrue(said.endsWith("\n\nthe course's code: solution 1.2\n"), said);
  }

  @Test
  void aHintThatIsNotThereIsRefused() {
    BadUsage e = assertThrows(BadUsage.class, () -> hint("1.2", "5"));
    assertEquals("exercise 1.2 has no hint \"5\": its hints are 1 to 4", e.getMessage());
    assertThrows(BadUsage.class, () -> hint("1.2", "0"));
    assertThrows(BadUsage.class, () -> hint("1.2", "two"));
    assertThrows(BadUsage.class, () -> hint("1.2", "\u0662"));
  }

  @Test
  void aSolutionIsTheStepsOwnText() throws Exception {
    Path log = Project.at(Path.of("..")).mainSources(1).resolve("LogFile.java");
    List<Members.Member> members = Members.of(log);

    String said = solution("1.3");

    assertEquals(2, said.split("From step1-append", -1).length - 1);
    assertTrue(said.contains(Members.find(members, "LogFile.sync").text()), said);
    assertTrue(said.contains(Members.find(members, "LogFile.close").text()), said);
  }

  @Test
  void aSolutionOfAnExtensionIsItsPatch() throws Exception {
    Exercise exercise = Exercise.of(Project.at(Path.of("..")), "1.5");

    String said = solution("1.5");

    assertTrue(said.startsWith("From workshop"), said);
    assertTrue(said.endsWith("\n\n" + Files.readString(exercise.patch())), said);
  }
}
