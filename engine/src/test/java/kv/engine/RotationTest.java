package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a segment is full, the log continues in the next one. */
class RotationTest extends StoreFixture {
  private static final Options TINY = QUIET.withSegmentSize(4 << 10);

  @ParameterizedTest
  @EnumSource
  void moreThanTenSegmentsAreOneLog(Options.SyncPolicy policy) throws IOException {
    SortedMap<String, String> model = new TreeMap<>();
    try (Store store = Store.open(directory, TINY.withSync(policy))) {
      for (int i = 0; i < 600; i++) {
        // Each key is overwritten or deleted in a later segment than that of its put.
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
    int files = names(".data").size();
    assertTrue(files > 10, "only " + files);
    assertEquals(
        IntStream.rangeClosed(1, files)
            .mapToObj(i -> String.format(Locale.ROOT, "%06d-%06d.0.data", i, i))
            .toList(),
        names(".data"));
    assertEquals(model, reopenedState());
  }

  /** A map keeps the space of a deleted file. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void theFileOfASegmentThatCouldNotBeCreatedIsUnmapped() throws IOException {
    try (Store store = Store.open(directory, TINY)) {
      FailPoint.set(
          (point, file) -> {
            if (point == FailPoint.CREATED) {
              throw new IOException("a test");
            }
          });
      assertThrows(IOException.class, () -> store.put(bytes("a"), new byte[100]));
      FailPoint.set(null);
      try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
        assertEquals(
            0,
            maps.filter(line -> line.contains("rw-s") && line.contains(directory.toString()))
                .count());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {24, 25, 40, 47, 48, 49})
  @Timeout(60)
  void aSegmentIsSealedHoweverLittleSpaceRemains(int left) throws IOException {
    int size = 4096;
    try (Store store = Store.open(directory, QUIET.withSegmentSize(size))) {
      store.put(bytes("a"), new byte[size - left - FileHeader.SIZE - Record.HEADER_SIZE - 1]);
      store.put(bytes("b"), bytes("linux"));
    }
    assertEquals(2, reopenedState().size());
  }

  @Test
  void aSegmentIsFullWhenTheNextRecordAndTheSealDoNotFit() throws IOException {
    int room = 4096 - 16 - 24;
    try (Store store = Store.open(directory, TINY)) {
      store.put(bytes("a"), new byte[room - 17 - 17]);
      store.put(bytes("b"), new byte[0]);
      assertEquals(1, store.stats().files());
      store.put(bytes("c"), new byte[room - 17 - 16]);
      assertEquals(2, store.stats().files());
      store.put(bytes("d"), new byte[0]);
      assertEquals(3, store.stats().files());
    }
    assertEquals(List.of(4096L, 4096L - 16, 16L + 17 + 24), sizes());
  }

  private List<Long> sizes() throws IOException {
    return files().entrySet().stream()
        .filter(file -> file.getKey().endsWith(".data"))
        .map(file -> (long) file.getValue().limit())
        .toList();
  }

  @Test
  void aRecordLongerThanASegmentGetsASegmentOfItsOwn() throws IOException {
    try (Store store = Store.open(directory, TINY)) {
      store.put(bytes("before"), bytes("1"));
      store.put(bytes("large"), new byte[10_000]);
      store.sync();
      store.put(bytes("after"), bytes("2"));

      assertEquals(
          List.of("[P* before=1]", "1 record", "[P after=2]"),
          List.of(
              RawLog.text(segment(1)),
              RawLog.read(segment(2)).size() + " record",
              RawLog.text(segment(3))));
      assertEquals(16 + 16 + 5 + 10_000 + 24, Files.size(segment(2)));
    }
    try (Store store = Store.open(directory, TINY)) {
      assertEquals(10_000, store.get(bytes("large")).length);
      assertEquals(3, state(store).size());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {32_700, 32_768, 40_000, 1 << 20, (1 << 20) + 1, 5_000_000})
  void largeValuesAreWrittenAndReadInEverySegmentSize(int length) throws IOException {
    byte[] large = new byte[length];
    new Random(length).nextBytes(large);
    for (int segmentSize : new int[] {4 << 10, 64 << 10, 2 << 20}) {
      restore(new TreeMap<>());
      Options options = QUIET.withSegmentSize(segmentSize);
      try (Store store = Store.open(directory, options)) {
        for (int i = 0; i < 3; i++) {
          store.put(bytes("small " + i), bytes("value " + i));
          store.put(bytes("large " + i), large);
          assertArrayEquals(large, store.get(bytes("large " + i)));
        }
      }
      try (Store store = Store.open(directory, options)) {
        store.checkInvariants();
        for (int i = 0; i < 3; i++) {
          assertEquals("value " + i, text(store.get(bytes("small " + i))));
          assertArrayEquals(large, store.get(bytes("large " + i)));
        }
      }
    }
  }

  @Test
  void aReopenedStoreContinuesInANewSegment() throws IOException {
    for (int i = 1; i <= 12; i++) {
      putAndClose("key " + i, "value");
      assertEquals(i, names(".data").size());
    }
    assertEquals(12, reopenedState().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aMissingSegmentBeforeTheLastIsNamed(int missing) throws IOException {
    fourSegments();
    Files.delete(segment(missing));
    Files.delete(SegmentName.fresh(missing).hint(directory));

    assertRefused("segment " + missing + " is missing");
  }

  @Test
  void aMissingRangeOfSegmentsIsNamed() throws IOException {
    fourSegments();
    Files.delete(segment(2));
    Files.delete(segment(3));

    assertRefused("segments 2 to 3 are missing");
  }

  @Test
  void segmentsThatOverlapAreRefused() throws IOException {
    fourSegments();
    Path overlapping = directory.resolve("000004-000005.1.data");
    Files.copy(segment(4), overlapping);
    Files.copy(segment(4), directory.resolve("000003-000004.1.data"));

    assertRefused("segment 000004-000005.1 overlaps the one before it");
  }

  private void fourSegments() throws IOException {
    for (int i = 1; i <= 4; i++) {
      putAndClose("key " + i, "value");
    }
  }

  private void assertRefused(String message) throws IOException {
    SortedMap<String, ByteBuffer> files = files();

    CorruptStoreException e =
        assertThrows(CorruptStoreException.class, () -> Store.open(directory, QUIET));

    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertEquals(directory.toString(), e.file());
    assertEquals(files, files());
  }
}
