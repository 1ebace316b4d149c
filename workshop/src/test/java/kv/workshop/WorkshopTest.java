package kv.workshop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line finds the command, and says what is wrong in one line. */
class WorkshopTest {
  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return Workshop.run(
        List.of(arguments), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
  }

  private void assertRefused(String message, String... arguments) {
    assertEquals(2, run(arguments));
    assertEquals(message, err.toString(UTF_8).strip());
    assertEquals("", out.toString(UTF_8));
  }

  @Test
  void withoutArgumentsItListsTheCommands() {
    assertEquals(0, run());
    String usage = out.toString(UTF_8);
    assertTrue(usage.contains("java -jar workshop/target/workshop.jar COMMAND"), usage);
    for (String command :
        List.of(
            "doctor",
            "dump",
            "salvage",
            "limit",
            "diff",
            "model",
            "progress",
            "start",
            "check",
            "hint",
            "solution")) {
      assertTrue(usage.contains("\n  " + command + " "), usage);
    }
    assertTrue(usage.lines().allMatch(line -> line.length() <= 80), usage);
    assertEquals("", err.toString(UTF_8));
  }

  @Test
  void helpIsTheSame() {
    run();
    String usage = out.toString(UTF_8);
    for (String help : List.of("help", "--help", "-h")) {
      out.reset();
      assertEquals(0, run(help));
      assertEquals(usage, out.toString(UTF_8));
    }
  }

  @Test
  void aCommandHasHelpOfItsOwn() {
    assertEquals(0, run("hint", "--help"));
    String usage = out.toString(UTF_8);
    assertTrue(usage.contains("java -jar workshop/target/workshop.jar hint N.M [K]"), usage);
    assertTrue(usage.contains("The number of the exercise."), usage);
    out.reset();
    assertEquals(0, run("help", "hint"));
    assertEquals(usage, out.toString(UTF_8));
  }

  @Test
  void anUnknownCommandIsRefused() {
    assertRefused(
        "there is no command \"dmup\"; run without arguments to list the commands", "dmup");
  }

  @Test
  void aMissingArgumentIsRefused() {
    assertRefused(
        "missing required parameter: 'FILE'; usage: java -jar workshop/target/workshop.jar dump"
            + " [--html=PAGE] FILE",
        "dump");
  }

  @Test
  void anArgumentTooManyIsRefused() {
    assertRefused(
        "unmatched argument at index 3: 'c'; usage: java -jar workshop/target/workshop.jar salvage"
            + " FROM TO",
        "salvage",
        "a",
        "b",
        "c");
  }

  @Test
  void anUnknownOptionIsRefused() {
    assertRefused(
        "unknown option: '--all'; usage: java -jar workshop/target/workshop.jar check [N.M]",
        "check",
        "--all");
  }

  @Test
  void theExitCodeSaysWhetherAFileIsDamaged() throws Exception {
    Path file = Files.write(folder.resolve("store.data"), "KVSTEPS\1".getBytes(UTF_8));
    assertEquals(0, run("dump", file.toString()));
    Files.write(file, "KVSTEPS\2".getBytes(UTF_8));
    assertEquals(1, run("dump", file.toString()));
  }

  @Test
  void anInvalidFileNameIsRefused() {
    assertEquals(2, run("dump", "a\0b"));
    assertTrue(err.toString(UTF_8).contains("not a valid file name: "), err.toString(UTF_8));
  }
}
