package kv.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which step opens whose directory: a table in README.md, and all of its cells are tried here. */
class CompatibilityTest {
  private static final int KEYS = 20;

  private static final String OLD_LOG = "store.data";

  @TempDir Path folder;

  /** Something that makes a directory. */
  private interface Writer {
    void write(Path directory) throws IOException;
  }

  /** The rows of the table. */
  private static Map<String, Writer> writers() {
    Map<String, Writer> writers = new LinkedHashMap<>();
    for (Step step : Step.values()) {
      writers.put(step + "", directory -> fill(step, directory));
    }
    writers.put(
        Step.STEP4 + ", killed while it compacts",
        directory -> {
          fill(Step.STEP4, directory);
          Files.write(directory.resolve(OLD_LOG + ".tmp"), new byte[100]);
        });
    writers.put(
        Step.ENGINE + ", version 1 of the format",
        directory -> {
          fill(Step.STEP1, directory);
          Files.move(directory.resolve(OLD_LOG), directory.resolve("000001-000001.0.data"));
        });
    return writers;
  }

  private static void fill(Step step, Path directory) throws IOException {
    try (OpenStore engine = step.open(directory)) {
      engine.fill(KEYS);
      engine.put().put(Data.key(0), Data.value(KEYS));
      engine.sync().run();
    }
  }

  @Test
  void theReadmeSaysWhichStepOpensWhoseDirectory() throws IOException {
    StringBuilder table = new StringBuilder("| a directory of | step 1 | 2 | 3 | 4 | 5 |\n");
    table.append("|---|---|---|---|---|---|\n");
    for (Map.Entry<String, Writer> writer : writers().entrySet()) {
      StringJoiner row = new StringJoiner(" | ", "| " + writer.getKey() + " | ", " |\n");
      for (Step opener : Step.values()) {
        Path directory = folder.resolve(writer.getKey() + " by " + opener);
        writer.getValue().write(directory);
        row.add(open(opener, directory));
      }
      table.append(row);
    }

    String readme = Files.readString(Path.of("..", "README.md"));

    assertTrue(readme.contains(table), "README.md has another table than\n" + table);
  }

  /** What a step does with a directory, in a word; and what a word means is checked. */
  private static String open(Step step, Path directory) throws IOException {
    Map<String, ByteBuffer> before = files(directory);
    try (OpenStore engine = step.open(directory)) {
      if (!step.isBefore(Step.STEP2)) {
        assertArrayEquals(Data.value(KEYS), engine.get().get(Data.key(0)), directory.toString());
        for (int i = 1; i < KEYS; i++) {
          assertArrayEquals(Data.value(i), engine.get().get(Data.key(i)), directory.toString());
        }
      }
      engine.put().put(Data.key(KEYS), Data.value(KEYS));
    } catch (IOException e) {
      assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
      // It says what does open the directory.
      List<String> others = List.of(Step.STEP4.toString(), Step.ENGINE.toString(), "salvage");
      assertTrue(others.stream().anyMatch(e.getMessage()::contains), e.getMessage());
      assertEquals(before, files(directory), "a refused open changes nothing");
      return "refuses";
    }
    boolean imported = before.containsKey(OLD_LOG) && !Files.exists(directory.resolve(OLD_LOG));
    return imported ? "imports" : "opens";
  }

  /** All files but LOCK, which a refused open may create. */
  private static Map<String, ByteBuffer> files(Path directory) throws IOException {
    Map<String, ByteBuffer> files = new TreeMap<>();
    try (Stream<Path> paths = Files.list(directory)) {
      for (Path path : paths.toList()) {
        String name = path.getFileName().toString();
        if (!name.equals("LOCK")) {
          files.put(name, ByteBuffer.wrap(Files.readAllBytes(path)));
        }
      }
    }
    return files;
  }
}
