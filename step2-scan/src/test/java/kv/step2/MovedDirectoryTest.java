package kv.step2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

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
