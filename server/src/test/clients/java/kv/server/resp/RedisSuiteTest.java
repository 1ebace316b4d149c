package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import kv.server.core.Settings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Redis's own tests of version 7.0.15, run against this server. -Dredis.source=DIRECTORY names
 * Redis's source, which is not part of this project.
 *
 * <p>The file redis-tests.txt lists the tests that cannot pass, with a reason. All others must
 * pass.
 */
@Tag("clients")
class RedisSuiteTest extends RespFixture {
  private static final Path LIST = Path.of("src/test/clients/redis-tests.txt");

  /** Maximum time in seconds for the tests of a file. */
  private static final int PATIENCE = 180;

  @TempDir private Path work;

  @Override
  protected Settings.Builder settings() {
    return super.settings().snapshots(work.resolve("snapshots"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unit/type/string",
        "unit/type/incr",
        "unit/keyspace",
        "unit/scan",
        "unit/protocol",
        "unit/quit",
        "unit/other",
        "unit/introspection-2",
        "unit/multi",
        "unit/querybuf",
        "unit/info-command"
      })
  void passesRedissTests(String unit) throws Exception {
    ClientPrograms.require("tclsh", "tcl");
    Path suite = copyOfSuite();
    List<String> listed = listed(unit);
    Path skip = Files.write(work.resolve("skip"), listed);
    List<String> command =
        new ArrayList<>(
            List.of("sh", "-c", "cd \"$0\" && exec ./runtest \"$@\"", suite.toString()));
    command.addAll(List.of("--host", "127.0.0.1", "--port", "" + server.respPort()));
    // One database; no DEBUG and OBJECT to ask for encodings and digests; all tests, not only those
    // before the first failure; no measurements.
    command.addAll(List.of("--single", unit, "--singledb", "--ignore-encoding"));
    command.addAll(List.of("--ignore-digest", "--durable", "--no-latency", "--timeout", "60"));
    if (!listed.isEmpty()) {
      command.addAll(List.of("--skipfile", skip.toString()));
    }
    ClientPrograms.Result result =
        ClientPrograms.run(PATIENCE, null, command.toArray(new String[0]));
    String output = result.output().replaceAll("\u001b\\[[0-9;]*m", "");
    assertEquals(0, result.status(), output);
    System.out.println(
        unit
            + ": "
            + lines(output, "[ok]: ").size()
            + " passed, "
            + listed.size()
            + " listed, "
            + lines(output, "[ignore]: ").size()
            + " not for external servers");
    assertEquals(new TreeSet<>(listed), new TreeSet<>(lines(output, "[skip]: ")));
    assertTrue(output.contains("All tests passed without errors"), output);
  }

  /** Returns the rest of the lines that begin with a mark. */
  private static Set<String> lines(String output, String mark) {
    Set<String> lines = new TreeSet<>();
    output
        .lines()
        .filter(line -> line.startsWith(mark))
        .forEach(line -> lines.add(line.substring(mark.length())));
    return lines;
  }

  /** Returns the names of a file's tests that cannot pass. */
  private static List<String> listed(String unit) throws IOException {
    List<String> names = new ArrayList<>();
    String section = "";
    for (String line : Files.readAllLines(LIST)) {
      if (line.startsWith("unit/")) {
        section = line;
      } else if (line.startsWith("  ") && section.equals(unit)) {
        names.add(line.substring(2, line.lastIndexOf(" -- ")));
      }
    }
    return names;
  }

  /**
   * Copies Redis's tests. Their set-up for a server that they did not start uses FUNCTION FLUSH and
   * CONFIG SET, which this server does not have: in the copy, an error of these does not matter.
   */
  private Path copyOfSuite() throws IOException {
    String source = System.getProperty("redis.source", "");
    if (!Files.isRegularFile(Path.of(source, "tests/test_helper.tcl"))) {
      throw new AssertionError(
          "-Dredis.source="
              + source
              + " does not name the source of Redis 7.0.15; to get it: git clone --depth 1"
              + " --branch 7.0.15 https://github.com/redis/redis");
    }
    Path copy = Files.createDirectories(work.resolve("redis"));
    Files.createDirectories(copy.resolve("tests"));
    copy(Path.of(source, "runtest"), copy.resolve("runtest"));
    try (Stream<Path> files = Files.walk(Path.of(source, "tests"))) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> copy(file, copy.resolve(Path.of(source).relativize(file).toString())));
    }
    Path setUp = copy.resolve("tests/support/server.tcl");
    String text = Files.readString(setUp, StandardCharsets.ISO_8859_1);
    String changed =
        text.replace("\n    r function flush\n", "\n    catch {r function flush}\n")
            .replace(
                "\n        r config set $param $val\n",
                "\n        catch {r config set $param $val}\n");
    assertTrue(!changed.equals(text), "not the tests of Redis 7.0.15");
    Files.writeString(setUp, changed, StandardCharsets.ISO_8859_1);
    return copy;
  }

  private static void copy(Path from, Path to) {
    try {
      Files.createDirectories(to.getParent());
      Files.copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
