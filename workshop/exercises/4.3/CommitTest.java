package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The moment at which a new log replaces the old one. */
class CommitTest extends StoreFixture {
  private int images;

  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  /** Cuts the power before every fsync and every new name: the old log exists, or the new one. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
  void neverLeavesAnythingButTheOldLogOrTheNewOne() throws IOException {
    FragileDisk disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    try (Store store = Store.open(disk.path().resolve("data"))) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      store.sync();
      disk.observer = () -> assertAfterPowerLoss(disk, Map.of("os", "linux"));

      store.compact();

      assertTrue(images > 4 * 4, "only " + images);
      disk.observer = () -> {};
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
  void laterSyncsMakeLaterPutsDurable() throws IOException {
    FragileDisk disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    try (Store store = Store.open(disk.path().resolve("data"))) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));

      store.compact();

      assertAfterPowerLoss(disk, Map.of("os", "linux"));
      store.put(bytes("editor"), bytes("vim"));
      store.sync();
      assertAfterPowerLoss(disk, Map.of("os", "linux", "editor", "vim"));
    }
  }

  @Test
  void aFailedFsyncOfTheDirectoryEndsTheUseOfTheStoreAndLosesNothing() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    Store store = Store.open(disk.path());
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("os"), bytes("linux"));
    FailPoint.set(
        point -> {
          if (point == FailPoint.RENAMED) {
            disk.directoryFailure = "Input/output error";
          }
        });

    assertThrows(IOException.class, store::compact);

    FailPoint.set(null);
    assertThrows(IOException.class, () -> store.get(bytes("os")));
    assertThrows(IOException.class, () -> store.put(bytes("os"), bytes("bsd")));
    assertThrows(IOException.class, store::close);
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  private void assertAfterPowerLoss(FragileDisk disk, Map<String, String> expected)
      throws IOException {
    for (boolean unsyncedEntries : new boolean[] {false, true}) {
      for (boolean unsyncedBytes : new boolean[] {false, true}) {
        Path image = directory.resolve("image " + images++);
        disk.imageAfterPowerLoss(image, unsyncedEntries, unsyncedBytes);
        try (Store store = Store.open(image.resolve("data"))) {
          assertEquals(expected, state(store));
        }
      }
    }
  }
}
