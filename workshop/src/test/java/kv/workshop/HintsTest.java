package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** As much help as is asked for. */
class HintsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private interface Command {
    int run(Project project, List<String> arguments, PrintStream out) throws IOException, BadUsage;
  }

  private String said(Command command, String... arguments) throws Exception {
    out.reset();
    Project project = Project.at(Path.of(".."));
    assertEquals(0, command.run(project, List.of(arguments), new PrintStream(out, true, UTF_8)));
    return out.toString(UTF_8);
  }

  @Test
  void theFirstHintIsTheOneThatIsNotAskedForByNumber() throws Exception {
    Exercise exercise = Exercise.of(Project.at(Path.of("..")), "1.2");

    String said = said(Hints::hint, "1.2");

    assertEquals(said, said(Hints::hint, "1.2", "1"));
    assertEquals(
        "Exercise 1.2, hint 1 of 4:\n\n"
            + exercise.hints().get(0)
            + "\n\nThe next one: hint 1.2 2\n",
        said);
  }

  @Test
  void aHintIsTheSameInEveryLocale() throws Exception {
    ProcessBuilder workshop =
        new ProcessBuilder(
            Sandbox.JAVA.toString(),
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
        said(Hints::hint, "1.2"),
        new String(process.getInputStream().readAllBytes(), UTF_8).replace("\r\n", "\n"));
  }

  @Test
  void theLastHintLeadsToTheSolution() throws Exception {
    String said = said(Hints::hint, "1.2", "4");

    assertTrue(said.endsWith("\n\nWhat the course has: solution 1.2\n"), said);
  }

  @Test
  void aHintThatIsNotThereIsRefused() {
    BadUsage e = assertThrows(BadUsage.class, () -> said(Hints::hint, "1.2", "5"));
    assertEquals("Exercise 1.2 has no hint \"5\": it has 4.", e.getMessage());
    assertThrows(BadUsage.class, () -> said(Hints::hint, "1.2", "0"));
    assertThrows(BadUsage.class, () -> said(Hints::hint, "1.2", "two"));
    assertThrows(BadUsage.class, () -> said(Hints::hint, "1.2", "\u0662"));
    assertThrows(BadUsage.class, () -> said(Hints::hint));
  }

  @Test
  void aSolutionIsTheStepsOwnText() throws Exception {
    Path log = Project.at(Path.of("..")).mainSources(1).resolve("LogFile.java");
    List<Members.Member> members = Members.of(log);

    String said = said(Hints::solution, "1.2");

    assertEquals(2, said.split("From step1-append", -1).length - 1);
    assertTrue(said.contains(Members.find(members, "LogFile.append").text()), said);
    assertTrue(said.contains(Members.find(members, "LogFile.cut").text()), said);
  }

  @Test
  void aSolutionOfAnExtensionIsItsPatch() throws Exception {
    Exercise exercise = Exercise.of(Project.at(Path.of("..")), "1.3");

    String said = said(Hints::solution, "1.3");

    assertTrue(said.startsWith("From workshop"), said);
    assertTrue(said.endsWith("\n\n" + Files.readString(exercise.patch())), said);
  }
}
