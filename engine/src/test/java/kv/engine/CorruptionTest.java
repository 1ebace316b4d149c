package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage that no crash can cause is refused: no record is lost, and no wrong value is read. */
class CorruptionTest extends StoreFixture {
  // ======== Sealed segments ========

  @Test
  void everyFlippedBitOfTheLastSealedSegmentIsRefused() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes(""), bytes(""));
      store.put(bytes("os"), bytes("linux"));
      store.delete(bytes("editor"));
      store.put(bytes("spaces"), bytes(" ".repeat(50)));
    }
    deleteHint(1);

    assertFlippedBitsAreRefused(Files.size(file()), 1);
  }

  @Test
  void aFlippedBitOfAnyOtherSealedSegmentIsRefusedEvenAmongZeros() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.delete(bytes("os"));
      store.put(bytes("page"), Arrays.copyOf(bytes("text"), 4096));
    }
    putAndClose("os", "linux");
    deleteHint(1);

    assertFlippedBitsAreRefused(Files.size(file()), 211);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSealedSegmentCutAtAnyByteIsRefused(boolean withHint) throws IOException {
    putAndClose("os", "mac", "editor", "vim", "", "");
    putAndClose("os", "linux");
    if (!withHint) {
      deleteHint(1);
    }
    byte[] whole = Files.readAllBytes(file());
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      Files.write(file(), cut);
      SortedMap<String, ByteBuffer> before = files();

      // Even between two records: the rest looks whole, but the seal is missing.
      CorruptStoreException e = assertRefused("cut to " + length);

      assertEquals(file().toString(), e.file());
      assertEquals(
          length < RawLog.HEADER_SIZE ? 0 : RawLog.end(cut), e.offset(), "cut to " + length);
      assertEquals(before, files(), "cut to " + length);
    }
    Files.write(file(), whole);
    assertEquals(Map.of("os", "linux", "editor", "vim", "", ""), reopenedState());
  }

  @Test
  void aZeroedSectorOfASealedSegmentIsRefused() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 30; i++) {
        store.put(bytes("key " + i), new byte[i * 31]);
      }
    }
    putAndClose("last", "record");
    deleteHint(1);

    assertEveryZeroedSectorIsRefused(Files.size(file()));
  }

  @Test
  void theRecordsOfAnotherSegmentOfTheSameLengthAreRefused() throws IOException {
    putAndClose("os", "mac");
    byte[] another = Files.readAllBytes(file());
    restore(Collections.emptySortedMap());
    putAndClose("os", "bsd");
    deleteHint(1);
    byte[] whole = Files.readAllBytes(file());
    // Whole records, and the seal of other records.
    System.arraycopy(another, 0, whole, 0, whole.length - 24);
    Files.write(file(), whole);

    assertEquals(whole.length - 24, assertRefused("").offset());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anythingButZerosAfterTheSealIsRefused(boolean withHint) throws IOException {
    putAndClose("os", "mac");
    if (!withHint) {
      deleteHint(1);
    }
    long seal = Files.size(file()) - 24;
    append(placedAtTheEnd(RawLog.bytesOf("os", "linux")));

    assertEquals(seal, assertRefused("").offset());
  }

  @Test
  void damageToASegmentOpenedByItsHintFileGivesNoWrongValue() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
      store.put(bytes("os"), bytes("linux"));
      store.put(bytes("shell"), bytes("zsh"));
      store.delete(bytes("shell"));
    }
    SortedMap<String, String> expected = RawLog.state(Files.readAllBytes(file()));
    int opened = 0;
    int valuesRefused = 0;
    for (long at = 0; at < Files.size(file()); at++) {
      for (int bit = 0; bit < 8; bit++) {
        flip(at, bit);
        try (Store store = Store.open(directory, QUIET)) {
          opened++;
          for (Map.Entry<String, String> pair : expected.entrySet()) {
            try {
              assertEquals(pair.getValue(), text(store.get(bytes(pair.getKey()))));
              assertTrue(store.containsKey(bytes(pair.getKey())));
            } catch (CorruptStoreException e) {
              valuesRefused++;
            }
          }
          try {
            store.forEach((key, value) -> assertEquals(expected.get(text(key)), text(value)));
          } catch (CorruptStoreException e) {
            // An error, not a wrong value.
          }
        } catch (CorruptStoreException e) {
          // An error, not a wrong value.
        }
        flip(at, bit);
      }
    }
    assertTrue(opened > 500, "only " + opened);
    // Two records are live, and a flip of any of their bits was detected.
    assertEquals(8 * (16 + 2 + 5 + 16 + 6 + 3), valuesRefused);
    assertEquals(expected, reopenedState());
  }

  @Test
  void aDamagedRecordIsNotMergedAndTheStoreIsUnchanged() throws IOException {
    putAndClose("os", "mac", "editor", "vim", "os", "linux");
    byte[] whole = Files.readAllBytes(file());
    SortedMap<String, String> expected = RawLog.state(whole);
    SortedMap<String, ByteBuffer> files = files();
    try (Store store = Store.open(directory, QUIET)) {
      for (long at = RawLog.HEADER_SIZE; at < RawLog.end(whole); at++) {
        flip(at, (int) at % 8);
        CorruptStoreException e =
            assertThrows(CorruptStoreException.class, store::merge, "byte " + at);
        assertEquals(recordAround(at, RawLog.decode(whole)), e.offset());
        flip(at, (int) at % 8);
        assertEquals(files, files(), "byte " + at);
        assertEquals(expected, state(store), "byte " + at);
      }
      store.merge();
      assertEquals(expected, state(store));
    }
    assertEquals(expected, reopenedState());
  }

  // ======== The unsealed tail that a crash leaves ========

  @Test
  void aFlippedBitIsRefusedEvenIfALaterRecordIsZero() throws IOException {
    // No later record has the sync mark, and the next one contains whole sectors of zeros.
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("zeros"), new byte[2000]);
    }
    removeSealFrom(1);
    for (int at : new int[] {18, 35}) {
      flip(at, 0);
      CorruptStoreException e =
          assertThrows(CorruptStoreException.class, () -> Store.open(directory), "byte " + at);
      assertEquals(16, e.offset());
      flip(at, 0);
    }
  }

  @Test
  void aFlippedBitBeforeASyncMarkIsRefusedEvenAmongZeros() throws IOException {
    long synced;
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("page 1"), Arrays.copyOf(bytes("text"), 4096));
      store.put(bytes("page 2"), Arrays.copyOf(bytes("text"), 4096));
      store.sync();
      store.put(bytes("page 3"), Arrays.copyOf(bytes("text"), 4096));
      store.put(bytes("page 4"), Arrays.copyOf(bytes("text"), 4096));
    }
    removeSealFrom(1);
    synced = RawLog.read(file()).get(2).offset();

    assertFlippedBitsAreRefused(synced, 401);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1000})
  void aFlippedBitAnywhereNeverReturnsAWrongValue(int reserved) throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.sync();
      store.put(bytes("page"), Arrays.copyOf(bytes("text"), 1100));
      store.put(bytes("os"), bytes("linux"));
    }
    removeSealFrom(1);
    byte[] whole = Files.readAllBytes(file());
    append(new byte[reserved]);
    SortedMap<String, ByteBuffer> files = files();
    int recovered = 0;
    for (int at = 0; at < whole.length + Math.min(reserved, 30); at++) {
      // In the page only some of the bits.
      boolean everyBit = at < 60 || at > whole.length - 25;
      for (int bit = everyBit ? 0 : at % 128; bit < 8; bit += everyBit ? 1 : 8) {
        flip(at, bit);
        SortedMap<String, ByteBuffer> before = files();
        try {
          SortedMap<String, String> state = reopenedState();
          recovered++;
          byte[] left = Files.readAllBytes(file());
          int end = (int) RawLog.end(left);
          assertTrue(end <= at, "byte " + at + ", bit " + bit);
          assertEquals(RawLog.state(Arrays.copyOf(whole, end)), state);
          restore(files);
        } catch (CorruptStoreException e) {
          assertEquals(before, files());
          flip(at, bit);
        }
      }
    }
    // In the page, where the flip looks like a sector that was not written.
    assertTrue(recovered > 50, "only " + recovered);
  }

  @Test
  void aZeroedSectorBeforeTheLastSyncMarkIsRefused() throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      for (int i = 0; i < 30; i++) {
        store.put(bytes("key " + i), new byte[i * 31]);
      }
      store.sync();
      store.put(bytes("last"), bytes("record"));
    }
    removeSealFrom(1);
    List<RawLog.Entry> records = RawLog.read(file());

    assertEveryZeroedSectorIsRefused(records.get(records.size() - 1).offset());
  }

  @Test
  void aCopyOfALogInsideAValueDoesNotHideTheSyncMarkAfterIt() throws IOException {
    assertRefusedDespiteTheMissingSector(Arrays.copyOfRange(copyOfALog(), 0, 1000));
  }

  /** The sync marks in the copy belong to another file: nothing in this file was synced. */
  @Test
  void aTornRecordWhoseValueIsACopyOfALogIsCutOff() throws IOException {
    byte[] copy = copyOfALog();
    restore(Collections.emptySortedMap());
    try (Store store = Store.open(directory, QUIET)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("copy"), copy);
    }
    removeSealFrom(1);
    byte[] whole = Files.readAllBytes(file());
    for (int sector = 512; sector < whole.length; sector += 512) {
      byte[] torn = whole.clone();
      Arrays.fill(torn, sector, Math.min(sector + 512, whole.length), (byte) 0);
      restore(Collections.emptySortedMap());
      Files.write(file(), torn);

      assertEquals(Map.of("os", "mac"), reopenedState(), "without the sector at " + sector);
    }
  }

  /** Returns the file of a store in which every record has the sync mark. */
  private byte[] copyOfALog() throws IOException {
    try (Store store = Store.open(directory, QUIET.withSync(Options.SyncPolicy.ALWAYS))) {
      for (int i = 0; i < 100; i++) {
        store.put(bytes("key " + i), bytes("a value of some bytes"));
      }
    }
    byte[] copy = Files.readAllBytes(file());
    restore(Collections.emptySortedMap());
    return copy;
  }

  /** Zeroes the sector in which the value begins. A record with the sync mark follows. */
  private void assertRefusedDespiteTheMissingSector(byte[] value) throws IOException {
    try (Store store = Store.open(directory, QUIET)) {
      // The header of the next record then lies on both sides of offset 512.
      store.put(bytes("a"), new byte[512 - 8 - RawLog.HEADER_SIZE - 16 - 1]);
      store.put(bytes("b"), value);
      store.sync();
      store.put(bytes("c"), bytes("marked"));
    }
    removeSealFrom(1);
    byte[] damaged = Files.readAllBytes(file());
    Arrays.fill(damaged, 512, 1024, (byte) 0);
    Files.write(file(), damaged);

    assertEquals(504, assertRefused("").offset());

    assertArrayEquals(damaged, Files.readAllBytes(file()));
  }

  @Test
  void foreignBytesAfterTheLastRecordAreRefused() throws IOException {
    putAndDie("os", "mac");
    long end = Files.size(file());
    append(bytes("a letter to my aunt, and not a record"));

    assertEquals(end, assertRefused("").offset());
  }

  @Test
  void aRecordOfAnUnknownTypeIsRefused() throws IOException {
    putAndDie("os", "mac");
    byte[] record = RawLog.bytesOf("os", "linux");
    record[0] = 'X';
    append(placedAtTheEnd(record));

    assertRefused("");
  }

  @Test
  void aLengthOverTheLimitIsNotAllocated() throws IOException {
    putAndDie("os", "mac");
    byte[] record = RawLog.bytesOf("os", "linux");
    ByteBuffer.wrap(record).putInt(4, (512 << 20) + 1);
    append(placedAtTheEnd(record));

    assertRefused("");
  }

  @Test
  void aTailAfterADamagedSegmentIsNotCut() throws IOException {
    putAndClose("os", "mac");
    putAndClose("os", "linux");
    removeSealFrom(2);
    Files.write(segment(2), new byte[100], StandardOpenOption.APPEND);
    deleteHint(1);
    flip(20, 0);
    SortedMap<String, ByteBuffer> before = files();

    assertRefused("");

    assertEquals(before, files());
  }

  // ======== An open store ========

  @Test
  void damageUnderAnOpenStoreIsAnErrorAndNotAValue() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    List<RawLog.Entry> records = RawLog.read(file());
    for (long at = records.get(1).offset(); at < records.get(1).endOffset(); at++) {
      try (Store store = Store.open(directory, QUIET)) {
        flip(at, 5);
        CorruptStoreException e =
            assertThrows(CorruptStoreException.class, () -> store.get(bytes("os")));
        assertEquals(records.get(1).offset(), e.offset());
        assertThrows(CorruptStoreException.class, () -> store.forEach((key, value) -> {}));
        flip(at, 5);
        assertEquals("linux", text(store.get(bytes("os"))));
      }
    }
  }

  @Test
  void aFileCutUnderAnOpenStoreIsAnErrorAndNotAValue() throws IOException {
    putAndClose("os", "mac", "os", "linux");
    try (Store store = Store.open(directory, QUIET)) {
      try (RandomAccessFile writer = new RandomAccessFile(file().toFile(), "rw")) {
        writer.setLength(RawLog.end(Files.readAllBytes(file())) - 1);
      }
      assertThrows(CorruptStoreException.class, () -> store.get(bytes("os")));
    }
  }

  @Test
  void aRefusalReleasesTheDirectory() throws IOException {
    putAndDie("os", "mac", "editor", "vim");
    flip(20, 0);
    assertRefused("");
    flip(20, 0);

    putAndClose("os", "linux");

    assertEquals("[P* os=mac, P editor=vim] [P* os=linux]", log());
  }

  // ======== The damage ========

  /**
   * Flips the bits of the first segment, one at a time, up to an offset: all bits in the first
   * bytes of each record, and a sample of the others.
   */
  private void assertFlippedBitsAreRefused(long end, int stride) throws IOException {
    byte[] whole = Files.readAllBytes(file());
    SortedMap<String, ByteBuffer> files = files();
    List<RawLog.Entry> records = RawLog.decode(whole);
    for (long flipped = 0; flipped < 8 * end; flipped++) {
      long at = flipped / 8;
      int bit = (int) flipped % 8;
      long record = recordAround(at, records);
      if (RawLog.end(whole) <= at) {
        record = RawLog.end(whole);
      } else if (at - record > 24 && flipped % stride != 0) {
        continue;
      }
      flip(at, bit);

      CorruptStoreException e = assertRefused("byte " + at + ", bit " + bit);

      assertEquals(file().toString(), e.file());
      assertEquals(record, e.offset(), "byte " + at + ", bit " + bit);
      assertTrue(e.getMessage().contains(file() + " is damaged at offset " + e.offset()));
      flip(at, bit);
    }
    // The refusals changed nothing: with every bit flipped back, the file is as before.
    assertEquals(files, files());
    reopenedState();
    assertEquals(RawLog.state(whole).keySet(), RawLog.state(Files.readAllBytes(file())).keySet());
  }

  private void assertEveryZeroedSectorIsRefused(long end) throws IOException {
    byte[] whole = Files.readAllBytes(file());
    for (int sector = 0; sector + 512 <= end; sector += 512) {
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, sector, sector + 512, (byte) 0);
      if (Arrays.equals(whole, damaged)) {
        continue;
      }
      Files.write(file(), damaged);

      assertRefused("sector " + sector);

      assertArrayEquals(damaged, Files.readAllBytes(file()));
    }
  }

  private CorruptStoreException assertRefused(String damage) {
    return assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET), damage);
  }

  private void deleteHint(int number) throws IOException {
    Files.delete(SegmentName.fresh(number).hint(directory));
  }

  private void flip(long at, int bit) throws IOException {
    Path file = file();
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int changed = bytes.read() ^ 1 << bit;
      bytes.seek(at);
      bytes.write(changed);
    }
  }

  private static long recordAround(long at, List<RawLog.Entry> records) {
    long start = 0;
    for (RawLog.Entry record : records) {
      start = record.offset() <= at ? record.offset() : start;
    }
    return start;
  }

  /** The seal says that everything before it was durable, so the zeros are not from a crash. */
  @Test
  void aFlippedBitAmongZerosInTheLastSegmentIsRefusedIfTheSegmentIsSealed() throws IOException {
    putAndClose("page", "text" + "\0".repeat(4092), "os", "mac");
    Files.delete(SegmentName.fresh(1).hint(directory));
    byte[] bytes = Files.readAllBytes(file());
    bytes[40] ^= 1;
    Files.write(file(), bytes);

    assertThrows(CorruptStoreException.class, this::reopenedState);

    assertArrayEquals(bytes, Files.readAllBytes(file()));
  }
}
