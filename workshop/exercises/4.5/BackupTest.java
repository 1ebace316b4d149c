package kv.step4;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@Tag("extend")
class BackupTest extends StoreFixture {
  private Path backup;

  @BeforeEach
  void chooseAMissingDirectory() {
    backup = directory.resolve("backups").resolve("monday");
  }

  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  private Path copy() {
    return backup.resolve(Store.FILE_NAME);
  }

  private SortedMap<String, String> stateOfTheBackup() throws IOException {
    try (Store store = Store.open(backup)) {
      return state(store);
    }
  }

  private static void fill(Store store) throws IOException {
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("editor"), bytes("vim"));
    store.put(bytes("shell"), bytes("zsh"));
    store.put(bytes("os"), bytes("linux"));
    store.delete(bytes("editor"));
  }

  @Test
  void isAStoreOfItsOwnWithoutTheDeadRecords() throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);

      store.backup(backup);

      assertEquals("[P* shell=zsh, P* os=linux]", RawLog.text(copy()));
      assertEquals(Map.of("shell", "zsh", "os", "linux"), stateOfTheBackup());
    }
  }

  @Test
  void leavesTheStoreUnchanged() throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);
      byte[] log = Files.readAllBytes(file());
      Stats stats = store.stats();

      store.backup(backup);

      assertArrayEquals(log, Files.readAllBytes(file()));
      assertEquals(stats, store.stats());
      assertEquals(Map.of("shell", "zsh", "os", "linux"), state(store));
    }
  }

  @Test
  void doesNotContainLaterPuts() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.backup(backup);
      store.put(bytes("os"), bytes("linux"));
      store.backup(directory.resolve("backups").resolve("tuesday"));
      store.delete(bytes("os"));

      assertEquals(Map.of("os", "mac"), stateOfTheBackup());
      backup = directory.resolve("backups").resolve("tuesday");
      assertEquals(Map.of("os", "linux"), stateOfTheBackup());
    }
    assertEquals(Map.of(), reopenedState());
  }

  @Test
  void isAnEmptyStoreForAnEmptyStore() throws IOException {
    try (Store store = Store.open(directory)) {
      store.backup(backup);
    }

    assertEquals(8, Files.size(copy()));
    assertEquals(Map.of(), stateOfTheBackup());
  }

  @Test
  void refusesADirectoryThatContainsAStore() throws IOException {
    try (Store other = Store.open(backup)) {
      other.put(bytes("other"), bytes("value"));
    }
    byte[] before = Files.readAllBytes(copy());
    try (Store store = Store.open(directory)) {
      fill(store);

      IOException e = assertThrows(IOException.class, () -> store.backup(backup));

      assertTrue(e.getMessage().contains(backup.toString()), e.getMessage());
    }
    assertArrayEquals(before, Files.readAllBytes(copy()));
    assertEquals(Map.of("other", "value"), stateOfTheBackup());
  }

  @Test
  void refusesItsOwnDirectoryAndThatOfAnOpenStore() throws IOException {
    try (Store store = Store.open(directory);
        Store other = Store.open(backup)) {
      fill(store);
      other.put(bytes("other"), bytes("value"));

      assertThrows(IOException.class, () -> store.backup(directory));
      assertThrows(IOException.class, () -> store.backup(backup));

      assertEquals(Map.of("shell", "zsh", "os", "linux"), state(store));
      assertEquals(Map.of("other", "value"), state(other));
    }
  }

  @Test
  void locksItsDirectoryWhileItRuns() throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);
      boolean[] tried = {false};
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_WRITTEN) {
              tried[0] = true;
              IOException e = assertThrows(IOException.class, () -> Store.open(backup));
              assertTrue(e.getMessage().contains("is already open"), e.getMessage());
            }
          });
      store.backup(backup);
      assertTrue(tried[0], "Compaction.writeCopy did not write the copy");
    }

    assertEquals(Map.of("shell", "zsh", "os", "linux"), stateOfTheBackup());
  }

  @Test
  void aDamagedRecordIsNotCopiedAndNoCopyRemains() throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);
      byte[] log = Files.readAllBytes(file());
      log[20] ^= 1;
      Files.write(file(), log);

      assertThrows(CorruptStoreException.class, () -> store.backup(backup));
    }
    assertNothingIsLeft();
  }

  @Test
  void aFailedCopyIsDeletedAndTheStoreContinues() throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_WRITTEN) {
              throw new IOException("No space left on device");
            }
          });
      assertThrows(IOException.class, () -> store.backup(backup));
      FailPoint.set(null);
      assertNothingIsLeft();

      store.put(bytes("editor"), bytes("emacs"));
      store.backup(backup);
    }
    assertEquals(Map.of("shell", "zsh", "os", "linux", "editor", "emacs"), stateOfTheBackup());
  }

  @Test
  void isRefusedAfterACrashInTheMiddleAndNotTakenForAnEmptyStore() throws IOException {
    try (Store store = Store.open(directory)) {
      fill(store);
      FailPoint.set(
          point -> {
            if (point == FailPoint.COPY_WRITTEN) {
              imitateACrash();
            }
          });
      store.backup(backup);
      FailPoint.set(null);

      backup = directory.resolve("crashed");
      assertThrows(CorruptStoreException.class, () -> Store.open(backup));
      assertThrows(CorruptStoreException.class, () -> store.backup(backup));
    }
    assertFalse(Files.exists(copy()));
  }

  @Test
  void refusesADirectoryWithALaterStepsFilesAndCreatesNothingThere() throws IOException {
    Files.createDirectories(backup);
    Path segment = Files.createFile(backup.resolve("000001-000001.0.data"));
    try (Store store = Store.open(directory)) {
      fill(store);

      IOException e = assertThrows(IOException.class, () -> store.backup(backup));

      assertTrue(e.getMessage().contains(segment.toString()), e.getMessage());
    }
    try (var files = Files.list(backup)) {
      assertEquals(List.of(segment), files.toList());
    }
  }

  /** Copies the current files of the backup to a directory that no living process uses. */
  private void imitateACrash() throws IOException {
    Path crashed = Files.createDirectory(directory.resolve("crashed"));
    try (var files = Files.list(backup)) {
      for (Path file : files.filter(one -> !one.endsWith(DirectoryLock.FILE_NAME)).toList()) {
        Files.copy(file, crashed.resolve(file.getFileName()));
      }
    }
  }

  /** Cuts the power before every fsync and every new name, and after the call returns. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
  void isDurableOnReturnAndNeverHalfAStore() throws IOException {
    FragileDisk disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    int[] images = {0};
    try (Store store = Store.open(disk.path().resolve("data"))) {
      fill(store);
      disk.observer = () -> losePower(disk, "image " + images[0]++, false);
      store.backup(disk.path().resolve("backups").resolve("monday"));
      disk.observer = () -> {};
      losePower(disk, "image at the end", true);
    }
    assertTrue(images[0] > 5, "only " + images[0]);
  }

  private void losePower(FragileDisk disk, String name, boolean returned) throws IOException {
    for (boolean unsyncedEntries : new boolean[] {false, true}) {
      for (boolean unsyncedBytes : new boolean[] {false, true}) {
        Path image = directory.resolve(name + unsyncedEntries + unsyncedBytes);
        disk.imageAfterPowerLoss(image, unsyncedEntries, unsyncedBytes);
        Path log = image.resolve("backups").resolve("monday").resolve(Store.FILE_NAME);
        if (returned || Files.exists(log)) {
          assertEquals("[P* shell=zsh, P* os=linux]", RawLog.text(log));
        }
      }
    }
  }

  @Test
  void refusesNullAndAnyCallAfterClose() throws IOException {
    Store store = Store.open(directory);
    assertThrows(NullPointerException.class, () -> store.backup(null));
    store.close();
    assertThrows(IllegalStateException.class, () -> store.backup(backup));
    assertFalse(Files.exists(backup));
  }

  /** Asserts that there is no log and no copy of one: only LOCK may exist. */
  private void assertNothingIsLeft() throws IOException {
    try (var files = Files.list(backup)) {
      assertTrue(files.allMatch(file -> file.endsWith(DirectoryLock.FILE_NAME)));
    }
  }
}
