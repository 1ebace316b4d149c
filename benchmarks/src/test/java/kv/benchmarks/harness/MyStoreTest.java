package kv.benchmarks.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reader's store takes the place of step 5. */
class MyStoreTest {
  @TempDir private Path folder;

  @Test
  void itsClassesTakeThePlaceOfStepFiveInAJvmOfTheirOwn() throws Exception {
    write("public final class Store {\n  public static final Object MINE = 1;\n}\n");
    Path classes = MyStore.compile(folder, folder.resolve("classes"));

    assertEquals("mine", run(MyStore.jvmArguments(classes)));
    assertEquals("step 5", run(List.of()));
  }

  @Test
  void aClassThatWasRemovedIsNotFoundAgain() throws Exception {
    Path classes = folder.resolve("classes");
    write("public final class Store {}\nclass Helper {}\n");
    MyStore.compile(folder, classes);
    write("public final class Store {}\n");

    MyStore.compile(folder, classes);

    assertTrue(Files.exists(classes.resolve("kv/step5/Store.class")));
    assertTrue(Files.notExists(classes.resolve("kv/step5/Helper.class")));
  }

  @Test
  void aFolderWithoutAStoreIsRefusedWithTheCommandThatMakesOne() {
    IOException e =
        assertThrows(IOException.class, () -> MyStore.compile(folder, folder.resolve("classes")));

    assertTrue(e.getMessage().contains("Store.java is missing; "), e.getMessage());
    assertTrue(e.getMessage().endsWith(" start mine"), e.getMessage());
  }

  @Test
  void aStoreThatDoesNotCompileIsRefusedWithTheLine() throws Exception {
    write("public final class Store {\n  int get() {\n    return null;\n  }\n}\n");

    IOException e =
        assertThrows(IOException.class, () -> MyStore.compile(folder, folder.resolve("classes")));

    assertTrue(e.getMessage().contains("does not compile:\n"), e.getMessage());
    assertTrue(e.getMessage().contains("Store.java:5: error:"), e.getMessage());
  }

  private void write(String type) throws IOException {
    Path file = folder.resolve("src/main/java/kv/step5/Store.java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "package kv.step5;\n\n" + type);
  }

  /** Runs {@link WhichStore} with arguments for its JVM, and returns what it printed. */
  private static String run(List<String> jvmArguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(WhichStore.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    byte[] printed = process.getInputStream().readAllBytes();
    assertEquals(0, process.waitFor());
    return new String(printed, StandardCharsets.UTF_8).strip();
  }

  /** Says which store it finds. */
  static final class WhichStore {
    public static void main(String[] arguments) {
      boolean mine = kv.step5.Store.class.getClassLoader() == null;
      System.out.println(mine ? "mine" : "step 5");
    }
  }
}
