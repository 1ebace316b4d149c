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
  void withoutArgumentsItSaysWhatThereIs() {
    assertEquals(0, run());
    String usage = out.toString(UTF_8);
    assertTrue(usage.contains("java -jar workshop/target/workshop.jar COMMAND"), usage);
    assertTrue(usage.contains("\n  dump FILE "), usage);
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
  void anUnknownCommandIsRefused() {
    assertRefused(
        "There is no command \"dmup\". Called without any, the workshop lists them.", "dmup");
  }

  @Test
  void aCommandThatIsCalledWronglyIsRefused() {
    assertRefused("Usage: java -jar workshop/target/workshop.jar dump FILE", "dump");
  }

  @Test
  void theExitCodeSaysWhetherAFileIsDamaged() throws Exception {
    Path file = Files.write(folder.resolve("store.data"), "KVSTEPS\1".getBytes(UTF_8));
    assertEquals(0, run("dump", file.toString()));
    Files.write(file, "KVSTEPS\2".getBytes(UTF_8));
    assertEquals(1, run("dump", file.toString()));
  }

  @Test
  void whatIsNoNameOfAFileIsRefused() {
    assertEquals(2, run("dump", "a\0b"));
    assertTrue(err.toString(UTF_8).startsWith("That is no name of a file here: "));
  }
}
