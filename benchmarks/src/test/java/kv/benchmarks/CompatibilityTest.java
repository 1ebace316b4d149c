package kv.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import kv.benchmarks.harness.AnyStore;
import kv.benchmarks.harness.Data;
import kv.benchmarks.harness.Step;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tries each cell of the table in docs/FORMAT.md: which module opens whose directory. */
class CompatibilityTest {
  private static final int KEYS = 20;

  private static final String OLD_LOG = "store.data";

  @TempDir Path folder;

  /** Fills a directory. */
  private interface Writer {
    void write(Path directory) throws IOException;
  }

  /** Returns the rows of the table: a name, and a writer of the directory. */
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
    return writers;
  }

  private static void fill(Step step, Path directory) throws IOException {
    try (AnyStore store = step.open(directory)) {
      store.fill(KEYS);
      store.put().put(Data.key(0), Data.value(KEYS));
      store.sync().run();
    }
  }

  @Test
  void theFormatDocumentSaysWhichModuleOpensWhoseDirectory() throws IOException {
    StringBuilder table =
        new StringBuilder("| a directory of | step 1 | 2 | 3 | 4 | 5 | engine |\n");
    table.append("|---|---|---|---|---|---|---|\n");
    for (Map.Entry<String, Writer> writer : writers().entrySet()) {
      String module = writer.getKey().split(",")[0];
      StringJoiner row = new StringJoiner(" | ", "| " + writer.getKey() + " | ", " |\n");
      for (Step opener : Step.values()) {
        Path directory = folder.resolve(writer.getKey() + " by " + opener);
        writer.getValue().write(directory);
        row.add(open(opener, directory, module));
      }
      table.append(row);
    }

    assertTrue(document().contains(table), "docs/FORMAT.md has another table than\n" + table);
  }

  private static String document() throws IOException {
    return Files.readString(Path.of("..", "docs", "FORMAT.md"));
  }

  /** Opens a module's directory with a step, checks the result, and returns it in a word. */
  private static String open(Step step, Path directory, String module) throws IOException {
    Map<String, ByteBuffer> before = files(directory);
    try (AnyStore store = step.open(directory)) {
      if (!step.isBefore(Step.STEP2)) {
        assertArrayEquals(Data.value(KEYS), store.get().get(Data.key(0)), directory.toString());
        for (int i = 1; i < KEYS; i++) {
          assertArrayEquals(Data.value(i), store.get().get(Data.key(i)), directory.toString());
        }
      }
      store.put().put(Data.key(KEYS), Data.value(KEYS));
    } catch (IOException e) {
      assertRefusal(e, directory, module, before);
      return "refuses";
    }
    if (before.containsKey(OLD_LOG) && !Files.exists(directory.resolve(OLD_LOG))) {
      return step == Step.STEP5 ? "adopts" : "imports";
    }
    return "opens";
  }

  private static void assertRefusal(
      IOException e, Path directory, String module, Map<String, ByteBuffer> before)
      throws IOException {
    assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("with " + module + ","), e.getMessage());
    assertEquals(before, files(directory), "a refused open changes nothing");
  }

  /** Returns all files with their contents. */
  private static Map<String, ByteBuffer> files(Path directory) throws IOException {
    Map<String, ByteBuffer> files = new TreeMap<>();
    try (Stream<Path> paths = Files.list(directory)) {
      for (Path path : paths.toList()) {
        files.put(path.getFileName().toString(), ByteBuffer.wrap(Files.readAllBytes(path)));
      }
    }
    return files;
  }

  // ======== One store through all modules ========

  /** A store's delete, which {@link AnyStore} lacks. */
  private interface Delete {
    void delete(byte[] key) throws IOException;
  }

  /** A store's forEach. */
  private interface ForEach {
    void forEach(BiConsumer<byte[], byte[]> consumer) throws IOException;
  }

  /** An open store of step 2 or later. */
  private record Whole(
      AnyStore.Put put, Delete delete, ForEach all, AnyStore.Action compact, Closeable store)
      implements Closeable {
    static Whole open(Step step, Path directory) throws IOException {
      switch (step) {
        case STEP2:
          var two = kv.step2.Store.open(directory);
          return new Whole(two::put, two::delete, two::forEach, () -> {}, two);
        case STEP3:
          var three = kv.step3.Store.open(directory);
          return new Whole(three::put, three::delete, three::forEach, () -> {}, three);
        case STEP4:
          var four = kv.step4.Store.open(directory);
          return new Whole(four::put, four::delete, four::forEach, four::compact, four);
        case STEP5:
          var five = kv.step5.Store.open(directory);
          return new Whole(five::put, five::delete, five::forEach, five::merge, five);
        default:
          var engine = kv.engine.Store.open(directory);
          return new Whole(engine::put, engine::delete, engine::forEach, engine::merge, engine);
      }
    }

    Map<String, String> content() throws IOException {
      Map<String, String> content = new HashMap<>();
      all.forEach((key, value) -> content.put(text(key), text(value)));
      return content;
    }

    @Override
    public void close() throws IOException {
      store.close();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void oneStoreMovesForwardThroughAllModulesAndNeverBack() throws IOException {
    Path directory = folder.resolve("store");
    Map<String, String> expected = new HashMap<>();
    try (AnyStore store = Step.STEP1.open(directory)) {
      for (int i = 0; i < KEYS; i++) {
        store.put().put(bytes("key " + i), bytes("step 1"));
        expected.put("key " + i, "step 1");
      }
    }
    for (Step step : Step.from(Step.STEP2)) {
      try (Whole store = Whole.open(step, directory)) {
        assertEquals(expected, store.content(), step + " finds the pairs of the step before");
        change(store, expected, step);
        store.compact().run();
        change(store, expected, step);
        assertEquals(expected, store.content(), step.toString());
      }
      if (step == Step.STEP5 || step == Step.ENGINE) {
        assertNoEarlierStepOpens(directory, step);
      }
    }
    try (Whole store = Whole.open(Step.ENGINE, directory)) {
      assertEquals(expected, store.content());
    }
  }

  /** Overwrites some keys and deletes one; a later call may put the deleted key again. */
  private static void change(Whole store, Map<String, String> expected, Step step)
      throws IOException {
    for (int i = step.ordinal(); i < KEYS; i += 3) {
      store.put().put(bytes("key " + i), bytes(step + " " + expected.size()));
      expected.put("key " + i, step + " " + expected.size());
    }
    String victim = "key " + (KEYS - step.ordinal());
    store.delete().delete(bytes(victim));
    expected.remove(victim);
  }

  /** The example log in docs/FORMAT.md: FormatDocumentTest, of the engine, reads it. */
  @Test
  void steps2To4WriteTheLogOfTheFormatDocument() throws IOException {
    try (var store = kv.step2.Store.open(folder.resolve("2"))) {
      writeExample(store::put, store::sync, store::delete);
    }
    try (var store = kv.step3.Store.open(folder.resolve("3"))) {
      writeExample(store::put, store::sync, store::delete);
    }
    try (var store = kv.step4.Store.open(folder.resolve("4"))) {
      writeExample(store::put, store::sync, store::delete);
    }
    for (String step : List.of("2", "3", "4")) {
      assertArrayEquals(exampleLog(), Files.readAllBytes(folder.resolve(step).resolve(OLD_LOG)));
    }
  }

  private static void writeExample(AnyStore.Put put, AnyStore.Action sync, Delete delete)
      throws IOException {
    put.put(bytes("os"), bytes("mac"));
    put.put(bytes("editor"), bytes("vim"));
    sync.run();
    put.put(bytes("os"), bytes("linux"));
    delete.delete(bytes("editor"));
  }

  /** Lines of hex that begin with an offset, up to the line that names the end. */
  private static byte[] exampleLog() throws IOException {
    String block = document().split("### A log of steps 2 to 4\n\n```text\n")[1].split("```")[0];
    StringJoiner hex = new StringJoiner("");
    block
        .lines()
        .filter(line -> line.matches(" *\\d+  [0-9a-f ]+"))
        .forEach(line -> hex.add(line.substring(5).replace(" ", "")));
    return HexFormat.of().parseHex(hex.toString());
  }

  private static void assertNoEarlierStepOpens(Path directory, Step step) throws IOException {
    for (Step earlier : List.of(Step.values())) {
      if (earlier.isBefore(step)) {
        Map<String, ByteBuffer> before = files(directory);
        IOException e = assertThrows(IOException.class, () -> earlier.open(directory).close());
        assertRefusal(e, directory, step.toString(), before);
      }
    }
  }
}
