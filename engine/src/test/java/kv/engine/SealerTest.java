package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A full segment that becomes durable while the next is written. */
class SealerTest extends StoreFixture {
  private static final Options OPTIONS = SMALL.withSync(Options.SyncPolicy.NEVER);

  private final CountDownLatch syncing = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  /** Opens a store whose thread waits for {@link #release} with the fsync of the first segment. */
  private Store openWithSlowDisk() throws IOException {
    FailPoint.set(
        (point, file) -> {
          boolean isFull = Thread.currentThread().getName().equals("kv-seal");
          if (point == FailPoint.SYNC && isFull && file.equals(segment(1))) {
            syncing.countDown();
            await(release);
          }
        });
    return Store.open(directory, OPTIONS);
  }

  @Test
  void aPutWaitsForNoFsyncUnlessTwoSegmentsAreNotDurable() throws Exception {
    try (Store store = openWithSlowDisk()) {
      store.put(bytes("a"), new byte[60_000]);
      store.put(bytes("b"), new byte[60_000]);
      await(syncing);
      assertEquals(60_000, store.get(bytes("a")).length);
      assertEquals(60_000, store.get(bytes("b")).length);
      assertEquals(2, store.stats().files());
      assertFalse(store.stats().segments().get(0).sealed());

      FutureTask<Void> third =
          new FutureTask<>(
              () -> {
                store.put(bytes("c"), new byte[60_000]);
                return null;
              });
      Thread thread = new Thread(third);
      thread.start();
      while (thread.getState() != Thread.State.WAITING) {
        assertFalse(third.isDone(), "a third segment began");
      }
      assertEquals(2, store.stats().files());
      release.countDown();
      third.get();

      assertEquals(3, store.stats().files());
      assertTrue(store.stats().segments().get(0).sealed());
    }
    assertEquals(3, reopened().size());
  }

  @Test
  void nothingInTheNextSegmentSaysThatAnythingIsDurableBeforeTheFullOneIs() throws Exception {
    try (Store store = openWithSlowDisk()) {
      store.put(bytes("a"), new byte[60_000]);
      store.put(bytes("b"), new byte[10]);
      store.put(bytes("b"), new byte[60_000]);
      await(syncing);
      FutureTask<Void> sync =
          new FutureTask<>(
              () -> {
                store.sync();
                return null;
              });
      Thread thread = new Thread(sync);
      thread.start();
      while (thread.getState() != Thread.State.BLOCKED) {
        assertFalse(sync.isDone(), "a sync returned before the full segment was durable");
      }
      store.put(bytes("c"), new byte[10]);
      assertTrue(RawLog.read(segment(2)).stream().noneMatch(RawLog.Entry::syncMark));
      release.countDown();
      sync.get();
      store.sync();
      store.put(bytes("d"), new byte[10]);
      assertTrue(RawLog.read(segment(2)).get(2).syncMark());
    }
  }

  @Test
  void theSealOfAFullSegmentHasTheSyncMarkOnlyIfAllBeforeItIsDurable() throws Exception {
    try (Store store = Store.open(directory, OPTIONS)) {
      store.put(bytes("a"), new byte[60_000]);
      store.put(bytes("b"), new byte[60_000]);
      store.sync();
      store.put(bytes("c"), new byte[60_000]);
    }
    assertFalse(sealHasMark(segment(1)));
    assertTrue(sealHasMark(segment(2)));
    assertTrue(sealHasMark(segment(3)), "close syncs first");
    assertEquals(3, reopened().size());
  }

  private static boolean sealHasMark(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int seal = bytes.length - Record.SEAL_SIZE;
    assertEquals(Record.SEAL, bytes[seal]);
    return (bytes[seal + Record.FLAGS_OFFSET] & 1) == 1;
  }

  // ======== Two segments that may be torn ========

  /** Changes a segment as a power loss does. */
  private void change(int number, UnaryOperator<byte[]> change) throws IOException {
    Files.write(segment(number), change.apply(Files.readAllBytes(segment(number))));
  }

  /** Returns a value that fills half of a segment, and has no sector of zeros. */
  private static byte[] half(String letter) {
    return bytes(letter.repeat(32_730));
  }

  /** Leaves the files of a process that died when neither of its two segments was durable. */
  private void leaveTwoSegments(boolean synced) throws Exception {
    Path image = Files.createDirectory(directory.resolveSibling("image " + System.nanoTime()));
    try (Store store = openWithSlowDisk()) {
      store.put(bytes("a"), half("a"));
      store.put(bytes("b"), half("b"));
      store.put(bytes("c"), half("c"));
      store.put(bytes("a"), bytes("2"));
      await(syncing);
      if (synced) {
        release.countDown();
        store.sync();
        store.put(bytes("e"), bytes("5"));
      }
      for (int number = 1; number <= 2; number++) {
        Files.copy(segment(number), image.resolve(segment(number).getFileName()));
      }
      release.countDown();
    }
    FailPoint.set(null);
    deleteAll();
    for (int number = 1; number <= 2; number++) {
      Files.move(image.resolve(segment(number).getFileName()), segment(number));
    }
    Files.delete(image);
  }

  private Map<String, String> reopened() throws IOException {
    try (Store store = Store.open(directory, OPTIONS)) {
      store.checkInvariants();
      return state(store);
    }
  }

  /** Replaces a sector by zeros. */
  private static byte[] withoutSector(byte[] bytes, int sector) {
    Arrays.fill(bytes, 512 * sector, 512 * (sector + 1), (byte) 0);
    return bytes;
  }

  @Test
  void afterAKillTheSecondOfTwoSegmentsFollowsTheFirst() throws Exception {
    leaveTwoSegments(false);

    assertEquals(Set.of("a", "b", "c"), reopened().keySet());
    assertEquals(Set.of("a", "b", "c"), reopened().keySet());
  }

  @Test
  void ifTheFirstIsTornTheSecondIsDropped() throws Exception {
    leaveTwoSegments(false);
    change(1, bytes -> withoutSector(bytes, 80));

    assertEquals(Set.of("a"), reopened().keySet());
    assertFalse(Files.exists(segment(2)));
    assertEquals(text(half("a")), reopened().get("a"));
  }

  @Test
  void ifTheFirstHasLostItsSealTheSecondIsDropped() throws Exception {
    leaveTwoSegments(false);
    change(
        1,
        bytes -> {
          int end = (int) RawLog.end(bytes);
          Arrays.fill(bytes, end, bytes.length, (byte) 0);
          return bytes;
        });

    assertEquals(Set.of("a", "b"), reopened().keySet());
  }

  @Test
  void ifTheFirstIsEmptyTheSecondIsDropped() throws Exception {
    leaveTwoSegments(false);
    change(1, bytes -> new byte[0]);

    assertEquals(Set.of(), reopened().keySet());
  }

  @Test
  void ifTheSecondIsTornTheFirstIsKept() throws Exception {
    leaveTwoSegments(false);
    change(2, bytes -> new byte[100]);

    assertEquals(Set.of("a", "b"), reopened().keySet());
  }

  @Test
  void ifTheSecondHasLostTheSectorOfItsFileHeaderItsRecordsAreLost() throws Exception {
    leaveTwoSegments(false);
    change(2, bytes -> withoutSector(bytes, 0));

    assertEquals(Set.of("a", "b"), reopened().keySet());
    assertEquals(Set.of("a", "b"), reopened().keySet());
  }

  @Test
  void aLostFileHeaderIsDamageIfARecordAfterItHasTheSyncMark() throws Exception {
    leaveTwoSegments(true);
    change(2, bytes -> withoutSector(bytes, 0));

    CorruptStoreException e = assertThrows(CorruptStoreException.class, this::reopened);
    assertTrue(e.getMessage().contains("000002-000002.0.data"), e.getMessage());
  }

  @Test
  void aLostFileHeaderIsDamageIfTheSegmentBeforeWasMerged() throws Exception {
    byte[] second;
    try (Store store = Store.open(directory, OPTIONS)) {
      store.put(bytes("a"), half("a"));
      store.put(bytes("a"), half("b"));
      store.put(bytes("b"), half("c"));
      store.sync();
      store.merge();
      store.put(bytes("c"), bytes("3"));
      store.sync();
      second = Files.readAllBytes(segment(2));
    }
    Files.delete(SegmentName.fresh(2).hint(directory));
    Files.write(segment(2), withoutSector(second, 0));

    CorruptStoreException e = assertThrows(CorruptStoreException.class, this::reopened);
    assertTrue(e.getMessage().contains("000002-000002.0.data"), e.getMessage());
  }

  @Test
  void aReadOnlyStoreIgnoresTheSecondAndChangesNothing() throws Exception {
    leaveTwoSegments(false);
    change(1, bytes -> withoutSector(bytes, 80));
    byte[] before = Files.readAllBytes(segment(2));

    try (Store store = Store.open(directory, OPTIONS.withReadOnly(true))) {
      List<String> keys = new ArrayList<>();
      store.forEach((key, value) -> keys.add(text(key)));
      assertEquals(List.of("a"), keys);
    }
    assertArrayEquals(before, Files.readAllBytes(segment(2)));
  }

  @Test
  void aSyncMarkInTheSecondProvesThatTheFirstIsDamaged() throws Exception {
    leaveTwoSegments(true);
    change(1, bytes -> withoutSector(bytes, 80));

    CorruptStoreException e = assertThrows(CorruptStoreException.class, this::reopened);
    assertTrue(e.getMessage().contains("000002-000002.0.data"), e.getMessage());
  }

  @Test
  void aFlippedBitInTheFirstIsNotTorn() throws Exception {
    leaveTwoSegments(false);
    change(
        1,
        bytes -> {
          bytes[100] ^= 1;
          return bytes;
        });

    assertThrows(CorruptStoreException.class, this::reopened);
  }

  @Test
  void aHintFileOfTheSecondProvesThatTheFirstIsDamaged() throws Exception {
    leaveTwoSegments(false);
    Map<Integer, byte[]> segments = new HashMap<>();
    for (int number = 1; number <= 2; number++) {
      segments.put(number, Files.readAllBytes(segment(number)));
    }
    Store.open(directory, OPTIONS).close();
    byte[] hints = Files.readAllBytes(SegmentName.fresh(2).hint(directory));
    deleteAll();
    for (int number = 1; number <= 2; number++) {
      Files.write(segment(number), segments.get(number));
    }
    Files.write(SegmentName.fresh(2).hint(directory), hints);
    change(1, bytes -> withoutSector(bytes, 80));

    CorruptStoreException e = assertThrows(CorruptStoreException.class, this::reopened);
    assertTrue(e.getMessage().contains("000002-000002.0.hint"), e.getMessage());
  }

  @Test
  void aNumberInLockProvesThatTheFirstIsDamaged() throws Exception {
    leaveTwoSegments(false);
    byte[][] segments = {Files.readAllBytes(segment(1)), Files.readAllBytes(segment(2))};
    Store.open(directory, OPTIONS).close();
    for (int number = 1; number <= 2; number++) {
      Files.write(segment(number), segments[number - 1]);
      Files.delete(SegmentName.fresh(number).hint(directory));
    }
    change(1, bytes -> withoutSector(bytes, 80));

    assertThrows(CorruptStoreException.class, this::reopened);
  }

  private void deleteAll() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
