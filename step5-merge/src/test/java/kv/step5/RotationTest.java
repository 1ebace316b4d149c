package kv.step5;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When the last file reaches its size, the log continues in a new one. */
class RotationTest extends StoreFixture {
  @AfterEach
  void disarm() {
    FailPoint.set(null);
  }

  @Test
  void moreThanTenFilesAreOneLog() throws IOException {
    SortedMap<String, String> model = new TreeMap<>();
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 0; i < 600; i++) {
        // Each key is overwritten or deleted in a later file than the one it was put in.
        String value = "value " + i + " ".repeat(60);
        store.put(bytes("key " + i % 150), bytes(value));
        model.put("key " + i % 150, value);
        if (i % 7 == 0) {
          assertTrue(store.delete(bytes("key " + i / 7)));
          model.remove("key " + i / 7);
        }
      }
      assertEquals(model, state(store));
    }
    int files = files().size();
    assertTrue(files > 10, "only " + files);
    assertEquals(
        IntStream.rangeClosed(1, files)
            .mapToObj(i -> String.format(Locale.ROOT, "%06d-%06d.0.data", i, i))
            .toList(),
        names(".data"));
    assertEquals(model, reopenedState());
  }

  @Test
  void aFileIsFinishedWhenTheNextRecordWouldMakeItTooLarge() throws IOException {
    int room = (int) SMALL - 8;
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("a"), new byte[room - 17 - 17]);
      store.put(bytes("b"), new byte[0]);
      assertEquals(1, store.stats().files());
      store.put(bytes("c"), new byte[room - 17 - 16]);
      assertEquals(2, store.stats().files());
      store.put(bytes("d"), new byte[0]);
      assertEquals(3, store.stats().files());
      store.delete(bytes("d"));
      assertEquals(3, store.stats().files());
    }
    assertEquals(List.of(SMALL, SMALL - 16, 8L + 17 + 17), sizes());
  }

  private List<Long> sizes() throws IOException {
    return files().stream().map(file -> file.toFile().length()).toList();
  }

  @Test
  void aRecordLongerThanAFileGetsAFileOfItsOwn() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("before"), bytes("1"));
      store.put(bytes("large"), new byte[10_000]);
      store.put(bytes("after"), bytes("2"));

      assertEquals("[P* before=1]", log().get(0));
      assertEquals(1, RawLog.read(files().get(1)).size());
      assertEquals("[P* after=2]", log().get(2));
    }
    assertEquals(List.of(8L + 16 + 6 + 1, 8L + 16 + 5 + 10_000, 8L + 16 + 5 + 1), sizes());
    assertEquals(3, reopenedState().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {32_768, 1 << 20, 5_000_000})
  void largeValuesAreWrittenReadAndMergedInEveryFileSize(int length) throws IOException {
    byte[] large = new byte[length];
    new Random(length).nextBytes(large);
    for (long fileSize : new long[] {1, 64 << 10, 2 << 20}) {
      try (Store store = Store.open(directory, fileSize)) {
        for (int i = 0; i < 3; i++) {
          store.put(bytes("small " + i), bytes("value " + i));
          store.put(bytes("large " + i), large);
          assertArrayEquals(large, store.get(bytes("large " + i)));
        }
        store.merge();
      }
      try (Store store = Store.open(directory, fileSize)) {
        store.checkInvariants();
        for (int i = 0; i < 3; i++) {
          assertEquals("value " + i, text(store.get(bytes("small " + i))));
          assertArrayEquals(large, store.get(bytes("large " + i)));
        }
      }
    }
  }

  @Test
  void aReopenedStoreContinuesInTheLastFile() throws IOException {
    threeFiles();

    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("next"), bytes("value"));
    }

    assertEquals(3, files().size());
    assertTrue(log().get(2).endsWith(", P* next=value]"), log().get(2));
  }

  // Refusals.

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aFileThatIsMissingBeforeTheLastOneIsRefused(int missing) throws IOException {
    threeFiles();
    Path after = files().get(missing);
    Files.delete(files().get(missing - 1));

    assertRefused(after, "missing, from number " + missing);
  }

  @Test
  void aMissingNewestFileIsRefusedAfterAMerge() throws IOException {
    threeFiles();
    try (Store store = Store.open(directory, SMALL)) {
      store.merge();
      store.put(bytes("next"), bytes("value"));
    }
    assertEquals(List.of("000001-000003.1.data", "000004-000004.0.data"), names(".data"));
    Files.delete(file("000004-000004.0.data"));

    assertRefused(file("000001-000003.1.data"), "4 is missing");
  }

  @Test
  void filesThatOverlapAreRefused() throws IOException {
    threeFiles();
    Path overlapping = Files.copy(files().get(1), file("000002-000004.1.data"));
    Files.copy(files().get(1), file("000001-000002.1.data"));

    assertRefused(overlapping, "overlaps");
  }

  @Test
  void aFinishedFileThatIsTornIsRefused() throws IOException {
    threeFiles();
    Path second = files().get(1);
    byte[] whole = Files.readAllBytes(second);
    long start = RawLog.read(second).get(0).endOffset();
    for (int length = 0; length < whole.length; length += length < 40 ? 1 : 97) {
      if (length == 8 || length == start) {
        continue; // exactly between two records, which is not detected
      }
      Files.write(second, Arrays.copyOf(whole, length));
      assertRefused(second, "damaged at offset " + (length < 8 ? 0 : length < start ? 8 : start));
    }
    // A torn write may leave zeros, but this file was durable before the next one existed.
    Files.write(second, Arrays.copyOf(whole, whole.length + 100));
    assertRefused(second, "damaged at offset " + whole.length);
    Files.write(second, new byte[8]);
    assertRefused(second, "damaged at offset 0");
  }

  @Test
  void aFlippedBitInAnyFileIsRefused() throws IOException {
    threeFiles();
    for (Path file : files()) {
      byte[] whole = Files.readAllBytes(file);
      for (int at : new int[] {3, 7, 10, 20, 30}) {
        byte[] damaged = whole.clone();
        damaged[at] ^= 4;
        Files.write(file, damaged);
        assertRefused(file, "damaged at offset " + (at < 8 ? 0 : 8));
      }
      Files.write(file, whole);
    }
    assertEquals(3, reopenedState().size());
  }

  @Test
  void theLastFileMayBeTornAndIsCut() throws IOException {
    threeFiles();
    Path last = file();
    byte[] whole = Files.readAllBytes(last);
    for (int length : new int[] {0, 5, 8, 9, 40, whole.length - 1}) {
      Files.write(last, Arrays.copyOf(whole, length));
      assertEquals(2, reopenedState().size(), "cut to " + length);
      assertEquals(8, Files.size(last));
    }
    putAndClose("next", "value");
    assertEquals("[P* next=value]", RawLog.text(last));
    assertEquals(3, reopenedState().size());
  }

  // Numbers.

  @Test
  void theMillionthFileFollowsThePreviousOneAlthoughItSortsFirstAsText() throws IOException {
    Files.write(file("000001-999998.1.data"), log("a", "1"));
    Files.write(file("999999-999999.0.data"), log("a", "2"));
    Files.write(file("1000000-1000000.0.data"), log("a", "3"));
    assertEquals(Map.of("a", "3"), reopenedState());

    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("large"), new byte[4090]);
      assertEquals(4, store.stats().files());
      assertTrue(Files.exists(file("1000001-1000001.0.data")));
      store.merge();
      assertEquals(List.of("000001-1000001.2.data", "1000002-1000002.0.data"), names(".data"));
    }
    assertEquals("3", reopenedState().get("a"));
  }

  @Test
  void afterTheLastNumberPutsAreRefusedAndNothingIsLost() throws IOException {
    Files.write(file("000001-999999998.1.data"), log("a", "1"));
    Files.write(file("999999999-999999999.0.data"), log("b", "2"));
    try (Store store = Store.open(directory, SMALL)) {
      assertThrows(IOException.class, () -> store.put(bytes("large"), new byte[4090]));
      assertThrows(IOException.class, store::merge);
      store.put(bytes("c"), bytes("3"));
    }
    assertEquals(Map.of("a", "1", "b", "2", "c", "3"), reopenedState());
  }

  @Test
  void afterTheLastGenerationMergesAreRefusedAndNothingIsLost() throws IOException {
    Files.write(file("000001-000001.999999999.data"), log("a", "1"));
    Files.write(file("000002-000002.0.data"), log("a", "2"));
    try (Store store = Store.open(directory, SMALL)) {
      assertThrows(IOException.class, store::merge);
      store.put(bytes("b"), bytes("3"));
    }
    assertEquals(Map.of("a", "2", "b", "3"), reopenedState());
  }

  /** Returns the bytes of a file with one record. */
  private static byte[] log(String key, String value) {
    byte[] record = RawLog.bytesOf(key, value);
    byte[] log = Arrays.copyOf(LogFile.FILE_HEADER, 8 + record.length);
    System.arraycopy(record, 0, log, 8, record.length);
    return log;
  }

  // Full and failing disks.

  @ParameterizedTest
  @EnumSource(
      value = FailPoint.class,
      names = {"FILE_FINISHED", "FILE_CREATED"})
  void aPutThatFailsInARotationLosesNothing(FailPoint failing) throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      store.put(bytes("a"), new byte[4000]);
      FailPoint.set(
          point -> {
            if (point == failing) {
              throw new IOException("No space left on device");
            }
          });
      assertThrows(IOException.class, () -> store.put(bytes("b"), new byte[4000]));
      assertEquals(1, state(store).size());
      FailPoint.set(null);
      store.put(bytes("b"), new byte[4000]);
      assertEquals(List.of("000001-000001.0.data", "000002-000002.0.data"), names(".data"));
    }
    assertEquals(2, reopenedState().size());
  }

  @Test
  void aFullDiskLeavesNoHalfFileAndPutsWorkOnceThereIsSpace() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    try (Store store = Store.open(disk.path(), SMALL)) {
      store.put(bytes("a"), new byte[4000]);
      for (int i = 0; i < 3; i++) {
        disk.full = true;
        assertThrows(IOException.class, () -> store.put(bytes("b"), new byte[4000]));
        assertThrows(IOException.class, store::merge);
        assertEquals(List.of("000001-000001.0.data"), names(".data"));
        assertEquals(1, state(store).size());
        disk.full = false;
      }
      store.put(bytes("b"), new byte[4000]);
    }
    assertEquals(List.of("000001-000001.0.data", "000002-000002.0.data"), names(".data"));
    assertEquals(2, reopenedState().size());
  }

  /** The log continues in the file before it, which a power loss may tear. */
  @Test
  void aFileThatCouldNotBeCreatedDoesNotReappearAfterAPowerLoss() throws IOException {
    FragileDisk disk = new FragileDisk(Files.createDirectory(directory.resolve("disk")));
    Path image = directory.resolve("image");
    try (Store store = Store.open(disk.path().resolve("data"), SMALL)) {
      store.put(bytes("a"), new byte[4000]);
      disk.full = true;
      assertThrows(IOException.class, () -> store.put(bytes("b"), new byte[4000]));
      disk.full = false;
      store.put(bytes("c"), bytes("value"));
      disk.imageAfterPowerLoss(image, FragileDisk.Unsynced.ALL_BUT_DELETIONS, true);
    }
    Path first = image.resolve("data").resolve("000001-000001.0.data");
    byte[] whole = Files.readAllBytes(first);
    Files.write(first, Arrays.copyOf(whole, whole.length - 1));

    try (Store store = Store.open(image.resolve("data"), SMALL)) {
      assertEquals(Set.of("a"), state(store).keySet());
    }
  }

  @Test
  void aFullDiskInTheMiddleOfACopyLeavesNoCopy() throws IOException {
    FragileDisk disk = new FragileDisk(directory);
    try (Store store = Store.open(disk.path())) {
      for (int i = 0; i < 300; i++) {
        store.put(bytes("key " + i), new byte[1000]);
      }
      FailPoint.set(point -> disk.full = point == FailPoint.BATCH_WRITTEN);
      assertThrows(IOException.class, store::merge);
      assertEquals(List.of(), names(".tmp"));
      assertEquals(300, state(store).size());

      FailPoint.set(null);
      disk.full = false;
      store.merge();
      assertEquals(List.of("000001-000001.1.data", "000002-000002.0.data"), names(".data"));
    }
    assertEquals(300, reopenedState().size());
  }

  @Test
  void whenTheFsyncOfAFinishedFileFailsTheStoreRefusesAllFurtherUse() throws IOException {
    FaultyChannel disk = disk();
    Store store = openOn(disk);
    byte[] half = new byte[(int) Store.FILE_SIZE / 2];
    store.put(bytes("a"), half);
    disk.forceFails = true;
    assertThrows(IOException.class, () -> store.put(bytes("b"), half));

    disk.forceFails = false;
    assertEquals(List.of("000001-000001.0.data"), names(".data"));
    assertThrows(IOException.class, () -> store.put(bytes("c"), bytes("value")));
    assertThrows(IOException.class, store::merge);
    assertThrows(IOException.class, store::close);
  }

  /** Creates three files with a record each. */
  private void threeFiles() throws IOException {
    try (Store store = Store.open(directory, SMALL)) {
      for (int i = 1; i <= 3; i++) {
        byte[] value = new byte[3000];
        Arrays.fill(value, (byte) 'v');
        store.put(bytes("key " + i), value);
      }
    }
    assertEquals(3, files().size());
  }

  private void assertRefused(Path file, String message) throws IOException {
    Map<String, String> before = contents();

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory, SMALL));

    assertEquals(file.toString(), e.file());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(before, contents());
  }
}
