package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The remains of an unfinished write are cut off, and every record before them is kept. */
class RecoveryTest extends StoreFixture {
  private static final int SEAL_SIZE = 24;

  @Test
  void truncationAtAnyByteKeepsExactlyTheWholeRecordsBeforeIt() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes(""), bytes(""));
      store.put(bytes("zeros"), new byte[440]);
      store.sync();
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
    }

    assertEveryTruncationIsRecovered();
  }

  @Test
  void aTornValueThatIsTheCopyOfALogIsStillTorn() throws IOException {
    putAndClose("os", "mac");
    byte[] copy = Files.readAllBytes(file());
    restore(Collections.emptySortedMap());
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("copy"), copy);
      store.put(bytes("copy of the copy"), copy);
    }

    assertEveryTruncationIsRecovered();
  }

  @Test
  void putsAfterARecoveryAreThereAfterTheNextOpen() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "shell", "zsh");
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("shell"));
    }
    byte[] first = Files.readAllBytes(file());
    forEveryTruncation(
        2,
        cut -> {
          SortedMap<String, String> expected = RawLog.state(first, cut);
          try (Store store = Store.open(directory, QUIET)) {
            assertEquals(expected, state(store));
            store.put(bytes("next"), bytes("value"));
          }
          expected.put("next", "value");
          assertEquals(expected, reopenedState());
        });
    assertArrayEquals(first, Files.readAllBytes(file()));
  }

  private void assertEveryTruncationIsRecovered() throws IOException {
    forEveryTruncation(
        1,
        cut -> {
          assertEquals(RawLog.state(cut), reopenedState());
          assertEquals(
              Math.max(RawLog.HEADER_SIZE, RawLog.end(cut)) + SEAL_SIZE, Files.size(file()));
        });
  }

  private interface Check {
    void of(byte[] cut) throws IOException;
  }

  /** Opens a store with each prefix of a segment, without its hint file, and checks it. */
  private void forEveryTruncation(int number, Check check) throws IOException {
    byte[] whole = Files.readAllBytes(segment(number));
    Files.delete(SegmentName.fresh(number).hint(directory));
    SortedMap<String, ByteBuffer> files = files();
    for (int length = 0; length <= whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      files.put(segment(number).getFileName().toString(), ByteBuffer.wrap(cut));
      restore(files);
      try {
        check.of(cut);
      } catch (Throwable e) {
        throw new AssertionError("cut to " + length, e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 511, 512, 513, 5000, 128 << 10})
  void zerosAfterTheLastRecordAreCutOff(int zeros) throws IOException {
    putAndDie("os", "mac");
    long end = Files.size(file());
    append(new byte[zeros]);

    assertEquals(Map.of("os", "mac"), reopenedState());
    assertEquals(end + SEAL_SIZE, Files.size(file()));
  }

  @Test
  void zerosAfterTheSealMayStay() throws IOException {
    putAndClose("os", "mac");
    Files.delete(SegmentName.fresh(1).hint(directory));
    append(new byte[5000]);
    putAndClose("os", "linux");

    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @Test
  void aRecordWithoutItsTypeIsCutOff() throws IOException {
    putAndDie("os", "mac");
    byte[] killed = placedAtTheEnd(RawLog.bytesOf("os", "linux"));
    killed[0] = 0;
    append(killed);
    append(new byte[5000]);

    assertEquals(Map.of("os", "mac"), reopenedState());
    assertEquals("[P* os=mac]", log());
  }

  @Test
  void aPartlyWrittenCopyOfALogIsNotMistakenForRecords() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    byte[] log = Files.readAllBytes(file());
    assertTrue(RawLog.decode(log).get(0).syncMark());
    restore(Collections.emptySortedMap());
    putAndDie("os", "linux");
    byte[] before = Files.readAllBytes(file());
    // First the header without its type, then more and more of the copy.
    byte[] killed = new byte[16 + 4 + log.length];
    ByteBuffer.wrap(killed).put(0, (byte) 'P').putShort(2, (short) 4).putInt(4, log.length);
    placedAtTheEnd(killed);
    killed[0] = 0;
    for (int copied = 0; copied <= log.length; copied++) {
      System.arraycopy(log, 0, killed, 20, copied);
      restore(Collections.emptySortedMap());
      Files.write(file(), before);
      append(killed);
      append(new byte[1000]);

      assertEquals(Map.of("os", "linux"), reopenedState(), copied + " bytes");
    }
  }

  @Test
  void aMissingSectorLeavesAPrefixOfTheUnsyncedRecords() throws IOException {
    byte[] whole = aTailOfManySectors();
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
    byte[] whole = aTailOfManySectors();
    long mark = lastSyncMark(whole);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int image = 0; image < 200; image++) {
      // A part of the log, or all of it with a part of the reserved space.
      byte[] damaged = Arrays.copyOf(whole, (int) mark + 30 + random.nextInt(whole.length));
      for (int sector = 0; sector < damaged.length; sector += 512) {
        if (sector > mark && random.nextInt(4) == 0) {
          Arrays.fill(damaged, sector, Math.min(sector + 512, damaged.length), (byte) 0);
        }
      }

      assertPrefixWithEverythingSynced(whole, damaged, "seed " + seed + ", image " + image);
    }
  }

  @Test
  void theLastSegmentIsSealedAndNeverAppendedTo() throws IOException {
    putAndDie("os", "mac");
    byte[] before = Files.readAllBytes(file());

    putAndClose("os", "linux");

    assertEquals("[P* os=mac] [P* os=linux]", log());
    byte[] after = Files.readAllBytes(file());
    assertEquals(before.length + SEAL_SIZE, after.length);
    assertEquals('S', after[before.length]);
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @Test
  void aSegmentWithNoWholeRecordIsSealedToo() throws IOException {
    putAndClose("os", "mac");
    Files.write(segment(2), Arrays.copyOf(Files.readAllBytes(file()), 12));

    putAndClose("os", "linux");

    assertEquals("[P* os=mac] [] [P* os=linux]", log());
    assertEquals(Map.of("os", "linux"), reopenedState());
  }

  @Test
  void recoveredRecordsAreDurableBeforeTheCutAndTheCutBeforeTheSeal() throws IOException {
    putAndDie("os", "mac");
    long end = Files.size(file());
    append(Arrays.copyOf(placedAtTheEnd(RawLog.bytesOf("editor", "vim")), 20));
    Files.write(directory.resolve("000001-000001.1.data.tmp"), new byte[0]);
    List<String> points = new ArrayList<>();
    FailPoint.set(
        (point, path) -> {
          boolean isDirectory = path.equals(directory) && point != FailPoint.SYNC;
          if (isDirectory || !path.startsWith(directory)) {
            points.add(point.toString());
          } else if (path.equals(file())) {
            points.add(point + " " + (Files.size(path) - end));
          } else if (point == FailPoint.DELETED) {
            points.add(point.toString());
          }
        });
    try (Store store = Store.open(directory, QUIET)) {
      FailPoint.set(null);
      assertEquals(Map.of("os", "mac"), state(store));
    }

    assertEquals(
        List.of(
            "VERIFIED",
            "SYNC 20",
            "SYNCED 20",
            "DIRECTORY_SYNCED",
            "DELETED",
            "SYNC 0",
            "SYNCED 0",
            "TAIL_CUT 0",
            "SEALED 24",
            "SYNC 24",
            "SYNCED 24"),
        points.subList(points.indexOf("VERIFIED"), points.size()));
  }

  /**
   * Values of random bytes and of zeros; a sync in the middle, then a record with the sync mark.
   */
  private byte[] aTailOfManySectors() throws IOException {
    Random random = new Random(7);
    try (Store store = Store.open(directory, QUIET)) {
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
    removeSealFrom(1);
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
    restore(Collections.emptySortedMap());
    Files.write(file(), damaged);

    SortedMap<String, String> recovered = reopenedState();

    int end = (int) Files.size(file()) - SEAL_SIZE;
    assertTrue(end >= lastSyncMark(whole), message);
    assertEquals(RawLog.state(Arrays.copyOf(whole, end)), recovered, message);
    assertEquals(RawLog.end(damaged), end, message);
  }
}
