package kv.workshop.limits;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each step's problem is there, and its numbers are those of a run. */
class LimitsTest {
  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private List<String> run(int step) throws Exception {
    Limits.run(Project.at(Path.of("..")), step, folder, new PrintStream(out, true, UTF_8));
    return out.toString(UTF_8).lines().toList();
  }

  /** The value that a limit shows with a label. */
  private static String shown(String label, List<String> lines) {
    List<String> values =
        lines.stream()
            .map(String::strip)
            .filter(line -> line.startsWith(label + "  ") || line.startsWith(label + " about"))
            .map(line -> line.substring(label.length()).strip())
            .toList();
    assertEquals(1, values.size(), label + " in " + lines);
    return values.get(0);
  }

  private static long number(String label, List<String> lines) {
    return Long.parseLong(shown(label, lines).replaceAll("about |,", ""));
  }

  @Test
  void step1LosesAPutThatReturned() throws Exception {
    List<String> lines = run(1);
    assertEquals("3", shown("puts that returned", lines));
    assertEquals("1", shown("whole records in the log", lines));
    assertEquals("mac", shown("value of os that a reader finds", lines));
  }

  @Test
  void step2ReadsTheWholeLogForOneValue() throws Exception {
    List<String> lines = run(2);
    assertEquals(100, number("bytes that the get returned", lines));
    long log = number("bytes in the log", lines);
    assertTrue(log > 1_000_000, lines.toString());
    assertTrue(number("bytes that the get read", lines) >= log, lines.toString());
  }

  @Test
  void step3KeepsEveryRecordOfADeletedKey() throws Exception {
    List<String> lines = run(3);
    assertEquals(8 + 23, number("bytes in the log after the first put", lines));
    assertEquals(8 + 100_000 * 23, number("bytes in the log after the last put", lines));
    assertEquals(8 + 100_000 * 23 + 18, number("bytes in the log after the delete", lines));
    assertEquals(0, number("keys in the store", lines));
  }

  @Test
  void step4CopiesAllLiveBytes() throws Exception {
    List<String> lines = run(4);
    assertTrue(number("bytes that were copied", lines) > 64 << 20, lines.toString());
    for (String call : List.of("put", "get")) {
      assertTrue(shown("time of a typical " + call, lines).endsWith(" ms"), lines.toString());
      assertTrue(shown("time of the slowest " + call, lines).endsWith(" ms"), lines.toString());
    }
  }

  @Test
  void step5HasSevenProblems() throws Exception {
    List<String> lines = run(5);
    assertEquals(200, number("1. system calls of 100 puts and 100 gets", lines));
    assertTrue(number("2. bytes of memory for a key of 16 bytes", lines) > 100, lines.toString());
    assertTrue(number("3. fsyncs for 50 threads that put and sync", lines) > 1, lines.toString());
    assertTrue(
        number("4. bytes that an open read, to find a key", lines) > 16 << 20, lines.toString());
    assertEquals(1, number("5. keys left of 2, after a file was cut", lines));
    assertTrue(number("6. MiB in the log during a merge of 16 MiB", lines) > 16, lines.toString());
    assertEquals("fails", shown("7. get os after another thread's interrupt", lines));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "6", "engine"})
  void aStepThatDoesNotExistIsRefused(String number) throws Exception {
    Project project = Project.at(Path.of(".."));
    assertThrows(
        BadUsage.class, () -> Limits.run(project, number, new PrintStream(out, true, UTF_8)));
  }

  @Test
  void theStepsMustBeBuilt() throws Exception {
    for (int n = 1; n <= Project.MODULES; n++) {
      String sources = "src/main/java/" + Project.packageName(n).replace('.', '/');
      Files.createDirectories(folder.resolve(Project.name(n)).resolve(sources));
    }
    Project project = Project.at(folder);
    BadUsage refused = assertThrows(BadUsage.class, () -> Limits.run(project, "2", System.out));
    assertEquals(
        "step1-append is not built; build the project first: mvn -q -B package -DskipTests",
        refused.getMessage());
    assertTrue(Arrays.stream(folder.resolve("work").toFile().list()).findAny().isEmpty());
  }
}
