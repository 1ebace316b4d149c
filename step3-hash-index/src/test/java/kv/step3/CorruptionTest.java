package kv.step3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** Damage that no crash can cause is refused: no record is lost, and no wrong value is read. */
class CorruptionTest extends StoreFixture {
  @Test
  void everyFlippedBitOfASyncedRecordIsRefused() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes(""), bytes(""));
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
      store.put(bytes("spaces"), bytes(" ".repeat(700)));
    }

    assertEveryFlippedBitIsRefused(Files.size(file()));
  }

  @Test
  void everyFlippedBitOfASyncedZeroPaddedValueIsRefused() throws IOException {
    long synced;
    try (Store store = Store.open(directory)) {
      store.put(bytes("page 1"), Arrays.copyOf(bytes("text"), 1200));
      store.put(bytes("page 2"), Arrays.copyOf(bytes("text"), 1200));
      store.sync();
      synced = Files.size(file());
      store.put(bytes("page 3"), Arrays.copyOf(bytes("text"), 1200));
      store.put(bytes("page 4"), Arrays.copyOf(bytes("text"), 1200));
    }

    assertEveryFlippedBitIsRefused(synced);
  }

  private void assertEveryFlippedBitIsRefused(long end) throws IOException {
    byte[] whole = Files.readAllBytes(file());
    List<RawLog.Entry> records = RawLog.decode(whole);
    for (int at = 0; at < end; at++) {
      for (int bit = 0; bit < 8; bit++) {
        flip(at, bit);

        CorruptStoreException e =
            assertThrows(
                CorruptStoreException.class,
                () -> Store.open(directory),
                "byte " + at + ", bit " + bit);

        assertEquals(file().toString(), e.file());
        assertEquals(recordAround(at, records), e.offset(), "byte " + at + ", bit " + bit);
        assertTrue(e.getMessage().contains(file() + " is damaged at offset " + e.offset()));
        flip(at, bit);
      }
    }
    // The refusals changed nothing: with every bit flipped back, the file is as before.
    assertArrayEquals(whole, Files.readAllBytes(file()));
    assertEquals(RawLog.state(whole), reopenedState());
  }

  @Test
  void aRefusalNamesSalvageAndTheCostOfMovingTheFileAway() throws IOException {
    putAndClose("os", "mac");
    flip(20, 0);

    IOException e = assertThrows(CorruptStoreException.class, () -> Store.open(directory));

    assertTrue(e.getMessage().contains("workshop.jar salvage FROM TO"), e.getMessage());
    assertTrue(e.getMessage().contains("the store would be empty"), e.getMessage());
    // The statement about moving the file away is true.
    Files.move(file(), directory.resolve("away"));
    assertEquals(Map.of(), reopenedState());
  }

  @Test
  void aFlippedBitAnywhereNeverReturnsAWrongValue() throws IOException {
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.sync();
      store.put(bytes("page"), Arrays.copyOf(bytes("text"), 1100));
      store.put(bytes("os"), bytes("linux"));
    }
    byte[] whole = Files.readAllBytes(file());
    for (int at = 0; at < whole.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        flip(at, bit);
        try {
          SortedMap<String, String> recovered = reopenedState();
          int end = (int) Files.size(file());
          assertTrue(end <= at, "byte " + at + ", bit " + bit);
          assertEquals(RawLog.state(Arrays.copyOf(whole, end)), recovered);
          Files.write(file(), whole);
        } catch (CorruptStoreException e) {
          flip(at, bit);
        }
      }
    }
  }

  @Test
  void aZeroedSectorBeforeTheLastSyncMarkIsRefused() throws IOException {
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < 30; i++) {
        store.put(bytes("key " + i), new byte[i * 31]);
      }
      store.sync();
      store.put(bytes("last"), bytes("record"));
    }
    byte[] whole = Files.readAllBytes(file());
    List<RawLog.Entry> records = RawLog.decode(whole);
    long mark = records.get(records.size() - 1).offset();
    for (int sector = 0; sector + 512 <= mark; sector += 512) {
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, sector, sector + 512, (byte) 0);
      if (Arrays.equals(whole, damaged)) {
        continue;
      }
      Files.write(file(), damaged);

      assertThrows(CorruptStoreException.class, () -> Store.open(directory), "sector " + sector);

      assertArrayEquals(damaged, Files.readAllBytes(file()));
    }
  }

  @Test
  void aHeaderInsideAValueDoesNotHideTheSyncMarkAfterIt() throws IOException {
    byte[] header = new byte[16];
    header[0] = 'P';
    ByteBuffer.wrap(header).putInt(4, 20_000);
    ByteBuffer value = ByteBuffer.allocate(1000).put(700, RawLog.withHeaderChecksum(header));
    assertRefusedDespiteTheMissingSector(value.array());
  }

  /** Zeroes the sector in which the value begins. A record with the sync mark follows. */
  private void assertRefusedDespiteTheMissingSector(byte[] value) throws IOException {
    try (Store store = Store.open(directory)) {
      // The header of the next record then lies on both sides of offset 512.
      store.put(bytes("a"), new byte[512 - 8 - 8 - 16 - 1]);
      store.put(bytes("b"), value);
      store.sync();
      store.put(bytes("c"), bytes("marked"));
    }
    byte[] damaged = Files.readAllBytes(file());
    Arrays.fill(damaged, 512, 1024, (byte) 0);
    Files.write(file(), damaged);

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory));

    assertEquals(504, e.offset());
    assertArrayEquals(damaged, Files.readAllBytes(file()));
  }

  @Test
  void aPieceOfALogInsideAValueDoesNotHideTheSyncMarkAfterIt() throws IOException {
    // The piece is one whole record, and the header of a much longer one.
    byte[] header = new byte[16];
    header[0] = 'P';
    ByteBuffer.wrap(header).putInt(4, 20_000);
    byte[] whole = RawLog.bytesOf("os", "mac");
    ByteBuffer value = ByteBuffer.allocate(1000);
    value.put(700, whole).put(700 + whole.length, RawLog.withHeaderChecksum(header));
    assertRefusedDespiteTheMissingSector(value.array());
  }

  @Test
  void foreignBytesAfterTheLastRecordAreRefused() throws IOException {
    putAndClose("os", "mac");
    long end = Files.size(file());
    append(bytes("a letter to my aunt, and not a record"));

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory));

    assertEquals(end, e.offset());
  }

  @Test
  void aRecordOfAnUnknownTypeIsRefused() throws IOException {
    putAndClose("os", "mac");
    byte[] record = RawLog.bytesOf("os", "linux");
    record[0] = 'X';
    append(RawLog.withHeaderChecksum(record));

    assertThrows(CorruptStoreException.class, () -> Store.open(directory));
  }

  @Test
  void aLengthOverTheLimitIsNotAllocated() throws IOException {
    putAndClose("os", "mac");
    byte[] record = RawLog.bytesOf("os", "linux");
    ByteBuffer.wrap(record).putInt(4, (512 << 20) + 1);
    append(RawLog.withHeaderChecksum(record));

    assertThrows(CorruptStoreException.class, () -> Store.open(directory));
  }

  @Test
  void damageUnderAnOpenStoreIsAnErrorAndNotAValue() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    List<RawLog.Entry> records = RawLog.read(file());
    // In key and value: with its key damaged, the last record would be overlooked, and get would
    // return "mac".
    for (long at = records.get(1).offset(); at < records.get(1).endOffset(); at++) {
      try (Store store = Store.open(directory)) {
        flip(at, 5);
        CorruptStoreException e =
            assertThrows(CorruptStoreException.class, () -> store.get(bytes("os")));
        assertEquals(records.get(1).offset(), e.offset());
        assertThrows(CorruptStoreException.class, () -> state(store));
        flip(at, 5);
      }
    }
  }

  @Test
  void anotherRecordInTheSamePlaceIsAnErrorAndNotAValue() throws IOException {
    putAndClose("os", "linux");
    for (byte[] another : List.of(RawLog.bytesOf("xy", "linux"), RawLog.bytesOf("os", "mac"))) {
      byte[] log = Files.readAllBytes(file());
      try (Store store = Store.open(directory)) {
        byte[] changed = log.clone();
        System.arraycopy(another, 0, changed, 8, another.length);
        Files.write(file(), changed);
        assertThrows(CorruptStoreException.class, () -> store.get(bytes("os")));
        Files.write(file(), log);
      }
    }
  }

  @Test
  void aFileCutUnderAnOpenStoreIsAnErrorAndNotAValue() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    try (Store store = Store.open(directory)) {
      try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
        channel.truncate(channel.size() - 1);
      }
      assertThrows(CorruptStoreException.class, () -> store.get(bytes("os")));
    }
  }

  @Test
  void aFlippedBitIsRefusedEvenIfALaterRecordIsZero() throws IOException {
    // No later record has the sync mark, and the next one contains whole sectors of zeros.
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("zeros"), new byte[2000]);
    }
    for (int at : new int[] {10, 27}) {
      flip(at, 0);
      CorruptStoreException e =
          assertThrows(CorruptStoreException.class, () -> Store.open(directory), "byte " + at);
      assertEquals(8, e.offset());
      flip(at, 0);
    }
  }

  @Test
  void aRefusalReleasesTheDirectory() throws IOException {
    putAndClose("os", "mac", "editor", "vim");
    flip(20, 0);
    assertThrows(CorruptStoreException.class, () -> Store.open(directory));
    flip(20, 0);

    putAndClose("os", "linux");

    assertEquals("[P* os=mac, P editor=vim, P* os=linux]", RawLog.text(file()));
  }

  private void flip(long at, int bit) throws IOException {
    Path file = file();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 1 << bit));
      channel.write(one.flip(), at);
    }
  }

  private static long recordAround(long at, List<RawLog.Entry> records) {
    long start = 0;
    for (RawLog.Entry record : records) {
      start = record.offset() <= at ? record.offset() : start;
    }
    return start;
  }
}
