package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A log that continues in the next file. */
class NextFileTest extends StoreFixture {
  @Test
  void aRecordThatDoesNotFitBeginsTheNextFile() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("large"), new byte[4070]);
      store.put(bytes("editor"), bytes("vim"));

      assertEquals("[P* os=mac]", log().get(0));
      assertEquals("[P* editor=vim]", log().get(2));
    }
  }

  @Test
  void aRecordThatFitsExactlyBeginsNoFile() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("large"), new byte[(int) SMALL - 8 - 21 - 21]);
    }
    assertEquals(SMALL, Files.size(file("000001-000001.0.data")));
    assertEquals(List.of("000001-000001.0.data"), names(".data"));
  }

  @Test
  void aLongRecordLeavesNoEmptyFileBeforeIt() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("large"), new byte[10_000]);
    }
    assertEquals(List.of("000001-000001.0.data"), names(".data"));
  }

  /** A merge makes the files fewer. */
  @Test
  void theNextNumberFollowsTheLastOneAlsoAfterAMerge() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (String key : List.of("a", "b", "c")) {
        store.put(bytes(key), new byte[4000]);
      }
      store.merge();
      for (String key : List.of("d", "e")) {
        store.put(bytes(key), new byte[4000]);
      }
    }
    assertEquals(
        List.of("000001-000003.1.data", "000004-000004.0.data", "000005-000005.0.data"),
        names(".data"));
  }

  /** A sync makes the last file durable: the earlier ones have to be durable already. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it cannot fsync a directory")
  void aSyncCoversAPutIntoAnEarlierFile() throws IOException {
    FragileDisk disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    Path image = directory.resolve("image");
    try (Store store = Store.open(disk.path().resolve("data"), SMALL)) {
      store.put(bytes("first"), new byte[4000]);
      store.put(bytes("second"), new byte[4000]);
      store.sync();
      disk.imageAfterPowerLoss(image, FragileDisk.Unsynced.LOST, false);
    }
    try (Store store = Store.open(image.resolve("data"), SMALL)) {
      assertEquals(Set.of("first", "second"), state(store).keySet());
    }
  }
}
