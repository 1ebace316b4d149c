package kv.step4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The remains of an unfinished write are cut off, and every record before them is kept. */
class RecoveryTest extends StoreFixture {
  @Test
  void truncationAtAnyByteKeepsExactlyTheWholeRecordsBeforeIt() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes(""), bytes(""));
      store.put(bytes("zeros"), new byte[600]);
      store.sync();
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
    }

    assertEveryTruncationIsRecovered();
  }

  @Test
  void aTornValueThatIsTheCopyOfALogIsStillTorn() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    byte[] copy = Files.readAllBytes(file());
    Files.delete(file());
    try (Store store = Store.open(directory)) {
      store.put(bytes("copy"), copy);
      store.put(bytes("copy of the copy"), copy);
    }

    assertEveryTruncationIsRecovered();
  }

  private void assertEveryTruncationIsRecovered() throws IOException {
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length <= whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      Files.write(file(), cut);

      SortedMap<String, String> expected = RawLog.state(cut);
      assertEquals(expected, reopenedState(), "cut to " + length);
      assertEquals(Math.max(8, RawLog.end(cut)), Files.size(file()), "cut to " + length);

      // A record put after the recovery is there after the next open.
      putAndClose("next", "value");
      expected.put("next", "value");
      assertEquals(expected, reopenedState(), "cut to " + length);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 511, 512, 513, 5000})
  void zerosAfterTheLastRecordAreCutOff(int zeros) throws IOException {
    putAndClose("os", "mac");
    long end = Files.size(file());
    append(new byte[zeros]);

    assertEquals(Map.of("os", "mac"), reopenedState());
    assertEquals(end, Files.size(file()));
  }

  @Test
  void aMissingSectorLeavesAPrefixOfTheUnsyncedRecords() throws IOException {
    byte[] whole = aLogOfManySectors();
    long mark = lastSyncMark(whole);
    int judged = 0;
    for (int sector = 0; sector < whole.length; sector += 512) {
      if (sector <= mark) {
        continue;
      }
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, sector, Math.min(sector + 512, damaged.length), (byte) 0);

      assertPrefixWithEverythingSynced(whole, damaged, "sector " + sector);
      judged++;
    }
    assertTrue(judged > 20, "only " + judged);
  }

  @Test
  void sectorsWrittenInAnyOrderLeaveAPrefixOfTheUnsyncedRecords() throws IOException {
    byte[] whole = aLogOfManySectors();
    long mark = lastSyncMark(whole);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int image = 0; image < 300; image++) {
      byte[] damaged = Arrays.copyOf(whole, (int) mark + 30 + random.nextInt(whole.length));
      damaged = damaged.length < whole.length ? damaged : whole.clone();
      for (int sector = 0; sector < damaged.length; sector += 512) {
        if (sector > mark && random.nextInt(4) == 0) {
          Arrays.fill(damaged, sector, Math.min(sector + 512, damaged.length), (byte) 0);
        }
      }

      assertPrefixWithEverythingSynced(whole, damaged, "seed " + seed + ", image " + image);
    }
  }

  @Test
  void theCutIsDurableBeforeAnythingIsAppended() throws IOException {
    putAndClose("os", "mac");
    append(Arrays.copyOf(RawLog.bytesOf("editor", "vim"), 20));
    FaultyChannel disk = disk();

    try (Store store = openOn(disk)) {
      store.put(bytes("os"), bytes("linux"));
    }

    List<String> changes = disk.calls.stream().filter(call -> !call.equals("read")).toList();
    assertEquals(List.of("truncate", "force", "write", "force"), changes);
  }

  /**
   * Values of random bytes and of zeros; a sync in the middle, then a record with the sync mark.
   */
  private byte[] aLogOfManySectors() throws IOException {
    Random random = new Random(7);
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 40; i++) {
        byte[] value = new byte[random.nextInt(1300)];
        if (i % 3 != 0) {
          random.nextBytes(value);
        }
        store.put(bytes("key " + i % 30), value);
        if (i == 9) {
          store.sync();
        }
      }
    }
    return Files.readAllBytes(file());
  }

  private static long lastSyncMark(byte[] log) {
    return RawLog.decode(log).stream()
        .filter(RawLog.Entry::syncMark)
        .mapToLong(RawLog.Entry::offset)
        .max()
        .orElseThrow();
  }

  private void assertPrefixWithEverythingSynced(byte[] whole, byte[] damaged, String message)
      throws IOException {
    Files.write(file(), damaged);

    SortedMap<String, String> recovered = reopenedState();

    int end = (int) Files.size(file());
    assertTrue(end >= lastSyncMark(whole), message);
    assertEquals(RawLog.state(Arrays.copyOf(whole, end)), recovered, message);
    assertEquals(RawLog.end(damaged), end, message);
  }
}
