package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that cannot be fsynced, like a folder shared with a virtual machine. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "does not fsync directories")
class DirectorySyncTest extends StoreFixture {
  private final Logger logger = Logger.getLogger(Directories.class.getName());
  private final List<String> reported = new CopyOnWriteArrayList<>();

  @BeforeEach
  void listen() {
    logger.setFilter(this::note);
  }

  private boolean note(LogRecord entry) {
    if (entry.getMessage().contains(directory.toString())) {
      reported.add(entry.getMessage());
    }
    return false;
  }

  @AfterEach
  void stopListening() {
    logger.setFilter(null);
    FailPoint.set(null);
  }

  private void refuse(String message) {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNC && file.equals(directory)) {
            throw new IOException(message);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Invalid argument", "Operation not supported", "Function not implemented"})
  void whereADirectoryCannotBeFsyncedTheStoreWorksAndWarnsOnce(String refusal) throws IOException {
    refuse(refusal);

    putAndClose("os", "mac");
    putAndClose("os", "linux");
    try (Store store = Store.open(directory, QUIET)) {
      store.merge();
    }

    assertEquals(1, reported.size(), reported::toString);
    assertTrue(reported.get(0).contains("power loss"), reported.get(0));
    FailPoint.set(null);
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @Test
  void anyOtherFailureNamesTheOperationAndTheDirectory() {
    refuse("Input/output error");

    IOException e = assertThrows(IOException.class, () -> Store.open(directory, QUIET));

    assertTrue(e.getMessage().contains("fsync"), e.getMessage());
    assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("Input/output error"), e.getMessage());
    assertEquals(List.of(), reported);
  }

  @Test
  void anInterruptOfTheCallerDoesNoHarm() throws IOException {
    Thread.currentThread().interrupt();
    Directories.sync(directory);
    assertTrue(Thread.interrupted(), "the caller's interrupt flag stays set");
    assertEquals(List.of(), reported);
  }
}
