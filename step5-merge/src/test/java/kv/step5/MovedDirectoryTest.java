package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A directory that is moved away while a store has it open, and a new one in its place. */
@DisabledOnOs(
    value = OS.WINDOWS,
    disabledReason = "it does not move a directory that contains an open file")
class MovedDirectoryTest extends StoreFixture {
  private Path data;
  private Path moved;
  private Store store;

  @BeforeEach
  void open() throws IOException {
    data = directory.resolve("data");
    moved = directory.resolve("moved");
    store = Store.open(data);
    store.put(bytes("os"), bytes("mac"));
  }

  @AfterEach
  void close() {
    FailPoint.set(null);
    try {
      store.close();
    } catch (IOException e) {
      // The call may have failed in the test.
    }
  }

  @Test
  void putsGoToTheMovedDirectory() throws IOException {
    replaceTheDirectory();

    store.put(bytes("editor"), bytes("vim"));

    store.close();
    assertEquals(Map.of("os", "mac", "editor", "vim"), stateOf(moved));
    assertEquals(Map.of("os", "win"), stateOf(data));
  }

  @Test
  void forEachReadsNothingFromTheNewDirectory() throws IOException {
    replaceTheDirectory();
    List<String> seen = new ArrayList<>();

    IOException e =
        assertThrows(IOException.class, () -> store.forEach((key, value) -> seen.add(text(value))));

    assertTrue(e.getMessage().contains(data.toString()), e.getMessage());
    assertEquals(List.of(), seen);
  }

  @Test
  void mergeTouchesNothingInTheNewDirectory() throws IOException {
    replaceTheDirectory();
    Map<String, String> before = contents(data);

    assertMergeFailsAndNothingIsLost();

    assertEquals(before, contents(data));
  }

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {
        "COPY_STARTED",
        "BATCH_WRITTEN",
        "COPY_WRITTEN",
        "COPY_DURABLE",
        "RENAMED",
        "DIRECTORY_DURABLE",
        "PUBLISHED"
      })
  void aRunningMergeTouchesNothingInTheNewDirectory(FailPoint moment) throws IOException {
    // More than one batch.
    store.put(bytes("os"), new byte[200_000]);
    Map<String, String> before = new TreeMap<>();
    FailPoint.set(
        point -> {
          if (point == moment) {
            FailPoint.set(null);
            replaceTheDirectory();
            // As if the other store were merging too.
            Files.writeString(data.resolve("000001-000001.1.data.tmp"), "half a copy");
            before.putAll(contents(data));
          }
        });

    assertMergeFailsAndNothingIsLost();

    assertEquals(before, contents(data));
  }

  @Test
  void mergeRefusesADirectoryWhoseLockFileWasDeleted() throws IOException {
    Files.delete(data.resolve(DirectoryLock.FILE_NAME));
    moved = data;

    assertMergeFailsAndNothingIsLost();
  }

  @Test
  void mergeRefusesADirectoryWithAnotherLockFile() throws IOException {
    Files.delete(data.resolve(DirectoryLock.FILE_NAME));
    Files.createFile(data.resolve(DirectoryLock.FILE_NAME));
    moved = data;

    assertMergeFailsAndNothingIsLost();
  }

  @Test
  void aRotationTouchesNothingInTheNewDirectory() throws IOException {
    store.close();
    store = Store.open(data, SMALL);
    store.put(bytes("large"), new byte[(int) SMALL]);
    replaceTheDirectory();
    Map<String, String> before = contents(data);

    IOException e = assertThrows(IOException.class, () -> store.put(bytes("editor"), bytes("vim")));

    assertTrue(e.getMessage().contains(data.toString()), e.getMessage());
    assertEquals(before, contents(data));
    store.close();
    assertEquals(2, stateOf(moved).size());
  }

  private void assertMergeFailsAndNothingIsLost() throws IOException {
    String expected = text(store.get(bytes("os")));
    IOException e = assertThrows(IOException.class, store::merge);
    assertTrue(e.getMessage().contains(data.toString()), e.getMessage());

    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("linux")));
    assertThrows(IOException.class, store::close);
    assertEquals(Map.of("os", expected), stateOf(moved));
  }

  private static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        contents.put(
            file.getFileName().toString(),
            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }

  /** Moves the directory away, and another store's directory to its path. */
  private void replaceTheDirectory() throws IOException {
    Path other = directory.resolve("other");
    try (Store others = Store.open(other)) {
      others.put(bytes("os"), bytes("win"));
    }
    Files.move(data, moved);
    Files.move(other, data);
  }

  private static Map<String, String> stateOf(Path directory) throws IOException {
    try (Store store = Store.open(directory)) {
      return state(store);
    }
  }
}
