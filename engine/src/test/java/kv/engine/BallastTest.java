package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A full disk, simulated by fail points: operations that take space fail at a total size. */
class BallastTest extends StoreFixture {
  private static final int MIB = 1 << 20;
  private static final Options OPTIONS =
      QUIET.withSync(Options.SyncPolicy.NEVER).withSegmentSize(4 * MIB);

  /** The keys in the store, with the first byte of their values. */
  private final Map<String, Byte> expected = new TreeMap<>();

  private final Random random = new Random(7);

  @AfterEach
  void freeTheDisk() {
    FailPoint.set(null);
  }

  /** Limits the files in the directory to a total number of bytes. */
  private void limitDiskTo(long bytes) {
    FailPoint.set(
        (point, file) -> {
          boolean takesSpace =
              switch (point) {
                case RESERVE, WRITE, CREATE -> true;
                default -> false;
              };
          if (takesSpace && file.startsWith(directory) && used() + (256 << 10) > bytes) {
            throw new IOException("No space left on device");
          }
        });
  }

  private long used() throws IOException {
    long used = 0;
    for (String name : names("")) {
      used += Files.size(directory.resolve(name));
    }
    return used;
  }

  /** Overwrites keys until the disk is full: then about half of the log is dead. */
  private void fill(Store store) {
    IOException full =
        assertThrows(
            IOException.class,
            () -> {
              while (true) {
                String key = "key " + random.nextInt(2_000);
                byte[] value = new byte[5_000];
                random.nextBytes(value);
                store.put(bytes(key), value);
                expected.put(key, value[0]);
              }
            });
    assertEquals("No space left on device", full.getMessage());
  }

  private void assertHoldsWhatIsExpected(Store store) throws IOException {
    store.checkInvariants();
    assertEquals(expected.size(), store.size());
    for (Map.Entry<String, Byte> entry : expected.entrySet()) {
      assertEquals(entry.getValue(), store.get(bytes(entry.getKey()))[0]);
    }
  }

  @Test
  void isASixteenthOfTheLogAndAtMostASegment() throws IOException {
    Path ballast = directory.resolve(Ballast.FILE_NAME);
    try (Store store = Store.open(directory, OPTIONS)) {
      store.put(bytes("os"), bytes("linux"));
      assertFalse(Files.exists(ballast));
      for (int i = 0; i < 90; i++) {
        store.put(bytes("key " + i), new byte[100_000]);
      }
      assertEquals(MIB / 2, Files.size(ballast));
      for (int i = 0; i < 200; i++) {
        store.put(bytes("key " + i), new byte[100_000]);
      }
      assertEquals(MIB + MIB / 2, Files.size(ballast));
      for (int i = 0; i < 600; i++) {
        store.put(bytes("key " + i), new byte[100_000]);
      }
      assertEquals(4 * MIB, Files.size(ballast));
    }
    assertEquals(4 * MIB, Files.size(ballast), "it is kept");
  }

  @Test
  void onAFullDiskADeleteAndAMergeReclaimSpace() throws IOException {
    try (Store store = Store.open(directory, OPTIONS)) {
      limitDiskTo(20 * MIB);
      fill(store);
      assertThrows(IOException.class, () -> store.put(bytes("more"), new byte[300_000]));
      long before = used();

      store.merge();

      assertTrue(used() < before, used() + " of " + before);
      store.put(bytes("key 0"), new byte[5_000]);
      expected.put("key 0", (byte) 0);
      assertHoldsWhatIsExpected(store);
      fill(store);
      String deleted = expected.keySet().iterator().next();
      assertTrue(store.delete(bytes(deleted)));
      expected.remove(deleted);
      assertNull(store.get(bytes(deleted)));
    }
    FailPoint.set(null);
    try (Store store = Store.open(directory, OPTIONS)) {
      assertHoldsWhatIsExpected(store);
    }
  }

  /** Nothing is dead, so a merge can reclaim nothing until a key was deleted. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5, 1000})
  void onADiskFullOfLiveRecordsDeletesMakeRoomForAMerge(int keep) throws IOException {
    long left = 0;
    try (Store store = Store.open(directory, OPTIONS)) {
      limitDiskTo(40 * MIB);
      int keys = 0;
      try {
        while (true) {
          store.put(bytes("key " + keys), new byte[5_000]);
          keys++;
        }
      } catch (IOException e) {
        assertEquals("No space left on device", e.getMessage());
      }
      // One key in each group of this size stays, so live keys remain in all segments.
      for (int i = 0; i < keys; i++) {
        assertEquals(i % keep != 0, i % keep != 0 && store.delete(bytes("key " + i)), "key " + i);
      }
      store.merge();
      assertTrue(used() < 40L * MIB / Math.min(keep, 5) + 8 * MIB, used() + " bytes");
      store.put(bytes("again"), new byte[5_000]);
      left = store.size();
      assertEquals((keys + keep - 1) / keep + 1, left);
      store.checkInvariants();
    }
    FailPoint.set(null);
    try (Store store = Store.open(directory, OPTIONS)) {
      assertEquals(left, store.size());
    }
  }

  /** Copied tombstones count as dead: even so, no segment may be rewritten forever. */
  @Test
  @Timeout(60)
  void aMergeThatFindsDamageEnds() throws IOException {
    try (Store store = Store.open(directory, OPTIONS.withSegmentSize(MIB))) {
      for (int i = 0; i < 100; i++) {
        store.put(bytes("key " + i % 60), new byte[100_000]);
      }
      for (int i = 0; i < 300; i++) {
        store.put(bytes("short " + i), new byte[10]);
      }
      for (int i = 0; i < 300; i++) {
        store.delete(bytes("short " + i));
      }
      byte[] bytes = Files.readAllBytes(file());
      bytes[1000] ^= 1;
      Files.write(file(), bytes);

      assertThrows(CorruptStoreException.class, store::merge);
    }
  }

  @Test
  void shrinksWithTheLog() throws IOException {
    Path ballast = directory.resolve(Ballast.FILE_NAME);
    try (Store store = Store.open(directory, OPTIONS)) {
      for (int i = 0; i < 200; i++) {
        store.put(bytes("key " + i % 10), new byte[100_000]);
      }
      assertEquals(MIB, Files.size(ballast));
      store.merge();
      assertFalse(Files.exists(ballast));
    }
  }

  @Test
  void isUsedByAStoreOpenedOnAFullDisk() throws IOException {
    try (Store store = Store.open(directory, OPTIONS)) {
      limitDiskTo(20 * MIB);
      fill(store);
    }
    try (Store store = Store.open(directory, OPTIONS)) {
      long before = used();
      store.merge();
      assertTrue(used() < before, used() + " of " + before);
      assertHoldsWhatIsExpected(store);
    }
  }
}
