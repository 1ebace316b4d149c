package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

/** Directories that cannot be fsynced, as in a folder shared with a virtual machine. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
class DirectorySyncTest extends StoreFixture {
  private final Logger logger = Logger.getLogger(Directories.class.getName());
  private final List<LogRecord> reported = new CopyOnWriteArrayList<>();
  private FragileDisk disk;

  @BeforeEach
  void listen() throws IOException {
    disk = new FragileDisk(directory);
    logger.setFilter(entry -> !reported.add(entry));
  }

  @AfterEach
  void stopListening() {
    logger.setFilter(null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Invalid argument", "Operation not supported", "Function not implemented"})
  void whereADirectoryCannotBeFsyncedTheStoreWorksAndWarnsOnce(String refusal) throws IOException {
    disk.directoryFailure = refusal;

    openPutAndClose("os", "mac");
    openPutAndClose("editor", "vim");

    assertEquals("[P* os=mac, P* editor=vim]", RawLog.text(file()));
    assertEquals(1, reported.size());
    String message = reported.get(0).getMessage();
    assertTrue(message.contains(directory.toString()), message);
    assertTrue(message.contains("power loss"), message);
  }

  @Test
  void aRefusalInTheUsersLanguageIsRecognized() throws IOException {
    disk.directoryFailure = "Das Argument ist ungültig";
    disk.deviceFailure = disk.directoryFailure;

    openPutAndClose("os", "mac");

    assertEquals("[P* os=mac]", RawLog.text(file()));
    assertEquals(1, reported.size());
  }

  @Test
  void anyOtherFailureNamesTheOperationAndTheDirectory() {
    disk.directoryFailure = "Input/output error";

    IOException e = assertThrows(IOException.class, () -> Store.open(disk.path()));

    assertTrue(e.getMessage().contains("fsync"), e.getMessage());
    assertTrue(e.getMessage().contains(directory.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("Input/output error"), e.getMessage());
    assertEquals(List.of(), reported);
  }

  @Test
  void anInterruptIsNotTakenForAMissingFeature() {
    Thread.currentThread().interrupt();
    assertThrows(IOException.class, () -> Directories.sync(directory));
    assertTrue(Thread.interrupted(), "the interrupt flag stays set");
    assertEquals(List.of(), reported);
  }

  private void openPutAndClose(String key, String value) throws IOException {
    Path path = disk.path();
    try (Store store = Store.open(path)) {
      store.put(bytes(key), bytes(value));
    }
  }
}
