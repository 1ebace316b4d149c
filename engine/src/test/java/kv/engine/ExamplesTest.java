package kv.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in examples/ compile without a warning, and do what their first comment says. */
class ExamplesTest extends StoreFixture {
  private static final Path EXAMPLES = Path.of("..", "examples");
  private static final String ENGINE = ChildJvm.home(Store.class).toString();

  @TempDir Path classes;

  /** Compiles an example, and returns the command that runs it. */
  private List<String> compiled(String name, String classPath) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter complaints = new StringWriter();
    List<String> options =
        List.of("--release", "17", "-Xlint:all", "-Werror", "-d", classes + "", "-cp", classPath);
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
      var source = files.getJavaFileObjects(EXAMPLES.resolve(name + ".java"));
      boolean done = compiler.getTask(complaints, files, null, options, null, source).call();
      assertTrue(done, complaints.toString());
    }
    String path = classes + System.getProperty("path.separator") + classPath;
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", path, name);
  }

  private static List<String> with(List<String> command, Object... arguments) {
    List<String> all = new ArrayList<>(command);
    Arrays.stream(arguments).map(Object::toString).forEach(all::add);
    return all;
  }

  private static List<String> run(List<String> command, Object... arguments) throws IOException {
    return ChildJvm.lines(ChildJvm.start(with(command, arguments)));
  }

  // ======== SessionCache ========

  @Test
  void aSessionIsReturnedUntilItsTimeIsOver() throws IOException {
    List<String> cache = compiled("SessionCache", ENGINE);
    assertEquals(List.of("stored"), run(cache, directory, "put", "anna", 3600, "cart"));
    assertEquals(List.of("stored"), run(cache, directory, "put", "ben", 0, "cart"));
    assertEquals(List.of("stored"), run(cache, directory, "put", "carl", 0, "cart"));

    assertEquals(List.of("cart"), run(cache, directory, "get", "anna"));
    assertEquals(List.of("no such session"), run(cache, directory, "get", "ben"));
    assertEquals(List.of("no such session"), run(cache, directory, "get", "dora"));
    assertEquals(List.of("deleted 1"), run(cache, directory, "sweep"));
    try (Store store = Store.open(directory, QUIET)) {
      assertEquals(1, store.size());
    }
  }

  // ======== CrashSafeCounter ========

  @Test
  void theCounterGoesOnFromTheLastNumber() throws IOException {
    List<String> counter = compiled("CrashSafeCounter", ENGINE);
    assertEquals(List.of("found 0", "1", "2", "3"), run(counter, directory, "sync", 3));
    assertEquals(List.of("found 3", "4", "5"), run(counter, directory, "nosync", 2));
  }

  @Test
  void anAcknowledgedNumberSurvivesTheDeathOfTheProcess() throws IOException {
    List<String> counter = compiled("CrashSafeCounter", ENGINE);
    List<String> printed = ChildJvm.killAfter(10, with(counter, directory, "sync", 1_000_000));
    long acknowledged = Long.parseLong(printed.get(printed.size() - 1));
    try (Store store = Store.open(directory, QUIET)) {
      long stored = ByteBuffer.wrap(store.get(bytes("counter"))).getLong();
      assertTrue(
          stored == acknowledged || stored == acknowledged + 1, stored + ", not " + acknowledged);
    }
  }

  // ======== ReadLog ========

  /** Compiled without the engine on the class path. */
  private List<String> readLog(Path file) throws IOException {
    return run(compiled("ReadLog", classes.toString()), file);
  }

  @Test
  void aSegmentIsPrintedUpToItsSeal() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.delete(bytes("editor"));
    }
    String salt =
        String.format(Locale.ROOT, "%08x", ByteBuffer.wrap(Files.readAllBytes(file())).getInt(8));

    assertEquals(
        List.of(
            "version 2, salt " + salt,
            "      16  put os = mac, sync mark",
            "      37  put editor = vim",
            "      62  delete editor",
            "      84  seal of 3 records"),
        readLog(file()));
  }

  @Test
  void aLogOfStep4IsPrinted() throws IOException {
    Path log = directory.resolve("store.data");
    Files.write(log, new OldStore().putMarked("os", "mac").delete("os").bytes());
    assertEquals(
        List.of("version 1", "       8  put os = mac, sync mark", "      29  delete os"),
        readLog(log));
  }

  @Test
  void theFirstFaultEndsTheList() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    byte[] whole = Files.readAllBytes(file());
    byte[] flipped = whole.clone();
    flipped[37 + 8] ^= 1;
    Files.write(file(), flipped);
    assertEquals("      37  no valid header", last(readLog(file())));
    flipped = whole.clone();
    flipped[37 + 20] ^= 1;
    Files.write(file(), flipped);
    assertEquals("      37  damaged body", last(readLog(file())));
    Files.write(file(), Arrays.copyOf(whole, 50));
    assertEquals("      37  a part of a header", last(readLog(file())));
    Files.write(file(), Arrays.copyOf(whole, 60));
    assertEquals("      37  a record that is longer than the file", last(readLog(file())));
    Files.write(file(), Arrays.copyOf(Arrays.copyOf(whole, 37), 600));
    assertEquals("      37  zeros up to the end of the file", last(readLog(file())));
    flipped = Arrays.copyOf(whole, whole.length + 1);
    flipped[whole.length] = 1;
    Files.write(file(), flipped);
    assertEquals("      62  not the seal of these records", last(readLog(file())));
    flipped = whole.clone();
    flipped[16] = 0;
    Files.write(file(), flipped);
    assertEquals("      16  a record that was not finished", last(readLog(file())));
  }

  private static String last(List<String> lines) {
    return lines.get(lines.size() - 1);
  }
}
