package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The moment from which the output of a merge is the log, and the inputs can go. */
class DeletionTest extends StoreFixture {
  private static final Map<String, String> STATE = Map.of("os", "linux", "shell", "zsh");

  private int images;

  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  /** Fills two files, the second of which supersedes records of the first. */
  private static void fill(Store store) throws IOException {
    store.put(bytes("os"), bytes("mac"));
    store.put(bytes("editor"), bytes("vim"));
    store.put(bytes("editor"), new byte[4060]);
    store.put(bytes("shell"), bytes("zsh"));
    store.put(bytes("os"), bytes("linux"));
    store.delete(bytes("editor"));
    store.sync();
  }

  @Test
  void afterAMergeTheOutputIsThereAndNoInput() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      fill(store);

      store.merge();

      assertEquals(List.of("000001-000003.1.data", "000004-000004.0.data"), names(".data"));
      assertEquals("[P* shell=zsh, P* os=linux]", log().get(0));
      assertEquals(STATE, state(store));
    }
    assertEquals(STATE, reopenedState());
  }

  @Test
  void everyInputIsThereUntilTheKeysPointAtTheCopies() throws IOException {
    boolean[] published = {false};
    try (Store store = Store.open(directory, SMALL)) {
      fill(store);
      FailPoint.set(
          point -> {
            published[0] |= point == FailPoint.PUBLISHED;
            if (point.ordinal() <= FailPoint.PUBLISHED.ordinal()) {
              assertTrue(names(".data").contains("000001-000001.0.data"), point + ": input 1");
              assertTrue(names(".data").contains("000002-000002.0.data"), point + ": input 2");
              assertTrue(names(".data").contains("000003-000003.0.data"), point + ": input 3");
            }
          });

      store.merge();
    }
    assertTrue(published[0], "the fail point PUBLISHED was not hit");
  }

  /** Cuts the power before every fsync, every new name and every deletion. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
  void atEveryMomentTheDiskHasTheInputsOrTheOutput() throws IOException {
    FragileDisk disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    try (Store store = Store.open(disk.path().resolve("data"), SMALL)) {
      fill(store);
      disk.observer = () -> assertAfterPowerLoss(disk);

      store.merge();

      disk.observer = () -> {};
      assertAfterPowerLoss(disk);
    }
    assertTrue(images > 8 * 8, "only " + images);
  }

  private void assertAfterPowerLoss(FragileDisk disk) throws IOException {
    for (FragileDisk.Unsynced entries : FragileDisk.Unsynced.values()) {
      for (boolean unsyncedBytes : new boolean[] {false, true}) {
        Path image = directory.resolve("image " + images++);
        disk.imageAfterPowerLoss(image, entries, unsyncedBytes);
        try (Store store = Store.open(image.resolve("data"), SMALL)) {
          SortedMap<String, String> found = state(store);
          assertNull(found.get("editor"), "a deleted key is back");
          assertEquals(STATE, found);
        }
      }
    }
  }
}
