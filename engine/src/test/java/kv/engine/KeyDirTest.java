package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keydir alone, over a made-up log, with hashes that collide as a test requires. */
class KeyDirTest {
  /**
   * A log in which a location encodes its own record: a version, above 0, of a key's number. The
   * locations of one segment can be dropped.
   */
  private static final class MadeUpLog implements KeyDir.Records {
    volatile int droppedId = -1;

    /** Number of locations that were compared with a key. */
    int compared;

    static long location(int id, int version, int key) {
      return Location.of(id, version << 12 | key);
    }

    static int version(byte[] value) {
      return ByteBuffer.wrap(value).getInt();
    }

    @Override
    public byte[] read(long location, byte[] key) throws KeyDir.DroppedException {
      int version = Location.offset(location) >>> 12;
      return isOf(location, key) ? ByteBuffer.allocate(4).putInt(version).array() : null;
    }

    @Override
    public boolean isOf(long location, byte[] key) throws KeyDir.DroppedException {
      if (Location.segmentId(location) == droppedId) {
        throw new KeyDir.DroppedException();
      }
      compared++;
      return Arrays.equals(key(Location.offset(location) & 0xfff), key);
    }
  }

  private static final ToLongFunction<byte[]> GOOD = new SipHash(1, 2)::hash;
  private static final ToLongFunction<byte[]> ALL_COLLIDE = key -> 7;
  private static final ToLongFunction<byte[]> MANY_COLLIDE = key -> (key[1] & 15L) << 60;

  private final MadeUpLog log = new MadeUpLog();
  private KeyDir keydir = new KeyDir(log, GOOD);

  private static byte[] key(int number) {
    return new byte[] {(byte) (number >>> 8), (byte) number};
  }

  /** Updates the keydir as a store does after it appended a record. */
  private long apply(byte type, int key, long location) throws IOException {
    return keydir.follow(type, keydir.hash(key(key)), key(key), location);
  }

  private int versionOf(int key) throws IOException {
    byte[] value = keydir.get(key(key));
    return value == null ? 0 : MadeUpLog.version(value);
  }

  @Test
  void findsTheLastPut() throws IOException {
    assertEquals(KeyDir.NONE, apply(Record.PUT, 1, MadeUpLog.location(1, 1, 1)));
    assertEquals(MadeUpLog.location(1, 1, 1), apply(Record.PUT, 1, MadeUpLog.location(1, 2, 1)));

    assertEquals(2, versionOf(1));
    assertTrue(keydir.contains(key(1)));
    assertFalse(keydir.contains(key(2)));
    assertNull(keydir.get(key(2)));
    assertEquals(1, keydir.size());
  }

  @Test
  void findsAKeyThatDidNotMoveWithoutReadingTheLog() throws IOException {
    keydir = new KeyDir(log, ALL_COLLIDE);
    for (int key = 0; key < 10; key++) {
      apply(Record.PUT, key, MadeUpLog.location(1, 1, key));
    }
    long hash = keydir.hash(key(7));
    long known = keydir.locate(hash, key(7));
    int slot = keydir.find(hash, key(7));
    int before = log.compared;

    assertEquals(MadeUpLog.location(1, 1, 7), known);
    assertEquals(slot, keydir.findAgain(hash, key(7), known));
    assertEquals(slot, keydir.reserve(hash, key(7), known));
    assertEquals(before, log.compared, "reads of the log");
  }

  @Test
  void findsAKeyThatChangedSinceItWasLocated() throws IOException {
    keydir = new KeyDir(log, ALL_COLLIDE);
    long hash = keydir.hash(key(1));
    assertEquals(KeyDir.NONE, keydir.locate(hash, key(1)), "an absent key");
    apply(Record.PUT, 1, MadeUpLog.location(1, 1, 1));
    int slot = keydir.findAgain(hash, key(1), KeyDir.NONE);
    assertEquals(keydir.find(hash, key(1)), slot, "put since");

    long known = keydir.locate(hash, key(1));
    apply(Record.PUT, 1, MadeUpLog.location(1, 2, 1));
    assertEquals(slot, keydir.findAgain(hash, key(1), known), "overwritten since");

    apply(Record.DELETE, 1, 99);
    apply(Record.PUT, 2, MadeUpLog.location(1, 1, 2));
    assertEquals(slot, keydir.find(hash, key(2)), "another key has the slot");
    assertTrue(keydir.findAgain(hash, key(1), known) < 0, "deleted since");
  }

  @Test
  void aSearchEndsIfTheKeydirPointsIntoADroppedSegment() throws IOException {
    apply(Record.PUT, 1, MadeUpLog.location(1, 1, 1));
    log.droppedId = 1;

    assertThrows(IllegalStateException.class, () -> keydir.get(key(1)));
  }

  @Test
  void forgetsDeletedKeys() throws IOException {
    apply(Record.PUT, 1, MadeUpLog.location(1, 1, 1));

    assertEquals(MadeUpLog.location(1, 1, 1), apply(Record.DELETE, 1, 99));

    assertNull(keydir.get(key(1)));
    assertEquals(0, keydir.size());
    assertEquals(0, keydir.locations().length);
    assertEquals(KeyDir.NONE, apply(Record.DELETE, 1, 99), "a second delete finds nothing");
  }

  @Test
  void distinguishesKeysWithTheSameHash() throws IOException {
    keydir = new KeyDir(log, ALL_COLLIDE);
    for (int key = 0; key < 50; key++) {
      apply(Record.PUT, key, MadeUpLog.location(1, key + 1, key));
    }
    for (int key = 0; key < 50; key += 2) {
      apply(Record.DELETE, key, 99);
    }
    for (int key = 0; key < 50; key++) {
      assertEquals(key % 2 == 0 ? 0 : key + 1, versionOf(key));
      assertEquals(key % 2 == 1, keydir.contains(key(key)));
    }
    assertEquals(25, keydir.size());
  }

  @Test
  void aKeyAfterADeletedOneInTheChainIsOverwrittenInPlace() throws IOException {
    keydir = new KeyDir(log, ALL_COLLIDE);
    apply(Record.PUT, 1, MadeUpLog.location(1, 1, 1));
    apply(Record.PUT, 2, MadeUpLog.location(1, 1, 2));
    apply(Record.DELETE, 1, 99);

    apply(Record.PUT, 2, MadeUpLog.location(1, 2, 2));

    assertEquals(1, keydir.size());
    assertArrayEquals(new long[] {MadeUpLog.location(1, 2, 2)}, keydir.locations());
    apply(Record.DELETE, 2, 99);
    assertNull(keydir.get(key(2)));
  }

  @Test
  void aCopyReplacesOnlyTheLocationOfItsOriginal() throws IOException {
    apply(Record.PUT, 1, MadeUpLog.location(1, 1, 1));
    long hash = keydir.hash(key(1));

    assertTrue(keydir.pointsAt(hash, MadeUpLog.location(1, 1, 1)));
    assertTrue(keydir.replace(hash, MadeUpLog.location(1, 1, 1), MadeUpLog.location(2, 1, 1)));
    assertFalse(keydir.replace(hash, MadeUpLog.location(1, 1, 1), MadeUpLog.location(3, 1, 1)));

    assertArrayEquals(new long[] {MadeUpLog.location(2, 1, 1)}, keydir.locations());
  }

  @Test
  void reusesTheSlotOfADeletedKey() throws IOException {
    for (int version = 1; version <= 10_000; version++) {
      apply(Record.PUT, 1, MadeUpLog.location(1, version, 1));
      assertEquals(1, keydir.usedSlots());
      apply(Record.DELETE, 1, 99);
    }
  }

  @Test
  void manyPutsAndDeletesOfAFewKeysTakeNoMoreMemory() throws IOException {
    for (int i = 0; i < 100_000; i++) {
      int key = i % 4000;
      apply(Record.PUT, key, MadeUpLog.location(1, 1, key));
      if (i >= 300) {
        apply(Record.DELETE, (i - 300) % 4000, 99);
      }
    }
    assertEquals(300, keydir.size());
    assertTrue(keydir.slots() <= 7000, keydir.slots() + " slots");
  }

  /** Fills a keydir with keys whose numbers are their locations, and calls a check after each. */
  private static void fill(KeyDir[] keydir, int keys, IntConsumer check) throws IOException {
    KeyDir.Records numbers =
        new KeyDir.Records() {
          @Override
          public byte[] read(long location, byte[] key) {
            return isOf(location, key) ? key : null;
          }

          @Override
          public boolean isOf(long location, byte[] key) {
            return ByteBuffer.wrap(key).getInt() == Location.offset(location);
          }
        };
    keydir[0] = new KeyDir(numbers, GOOD);
    for (int i = 1; i <= keys; i++) {
      byte[] key = ByteBuffer.allocate(4).putInt(i).array();
      keydir[0].follow(Record.PUT, keydir[0].hash(key), key, Location.of(1, i));
      check.accept(i);
    }
  }

  @Test
  void takes23BytesAKeyHoweverManyThereAre() throws IOException {
    KeyDir[] keydir = new KeyDir[1];
    fill(
        keydir,
        400_000,
        keys -> {
          double bytes = 12.0 * keydir[0].slots() / keys;
          boolean inRange = bytes > 22 && bytes < 24;
          assertTrue(keys < 50_000 || inRange, bytes + " bytes a key, for " + keys);
        });
  }

  @Test
  void aPutCopiesAtMostASixtyFourthOfTheKeys() throws IOException {
    KeyDir[] keydir = new KeyDir[1];
    long[] before = {0};
    fill(
        keydir,
        400_000,
        keys -> {
          long slots = keydir[0].slots();
          // A table grows to twice its size, so it had as many slots as were added.
          long copied = slots - before[0];
          assertTrue(keys < 50_000 || copied < slots / 64, copied + " slots of " + slots);
          before[0] = slots;
        });
  }

  @Test
  void aReaderSentToADroppedSegmentRestartsInTheCurrentTable() throws IOException {
    long first = MadeUpLog.location(1, 1, 1);
    int[] sent = {0};
    KeyDir.Records merging =
        new KeyDir.Records() {
          @Override
          public byte[] read(long location, byte[] key)
              throws IOException, KeyDir.DroppedException {
            if (location == first) {
              assertEquals(1, ++sent[0], "the reader was sent there again");
              // While the reader is here, the table grows, and then a merge moves the record.
              for (int other = 2; other < 2000; other++) {
                apply(Record.PUT, other, MadeUpLog.location(1, 1, other));
              }
              assertTrue(keydir.replace(keydir.hash(key), first, MadeUpLog.location(2, 1, 1)));
              throw new KeyDir.DroppedException();
            }
            return log.read(location, key);
          }

          @Override
          public boolean isOf(long location, byte[] key)
              throws IOException, KeyDir.DroppedException {
            return log.isOf(location, key);
          }
        };
    keydir = new KeyDir(merging, GOOD);
    apply(Record.PUT, 1, first);

    assertEquals(1, versionOf(1));
  }

  /**
   * One thread puts increasing versions of some keys, puts and deletes others, and moves locations
   * as a merge does. So the table grows, drops its marks, and reuses slots. Other threads read.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReaderNeverMissesAKeyAndNeverSeesAnOlderValue(boolean collide) throws Exception {
    keydir = new KeyDir(log, collide ? MANY_COLLIDE : GOOD);
    long seed = System.nanoTime();
    int present = 200;
    AtomicIntegerArray acknowledged = new AtomicIntegerArray(present);
    for (int key = 0; key < present; key++) {
      apply(Record.PUT, key, MadeUpLog.location(1, 1, key));
      acknowledged.set(key, 1);
    }
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> readers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Random random = new Random(seed + t);
        readers.add(
            threads.submit(
                () -> {
                  while (!stop.get()) {
                    int key = random.nextInt(present);
                    int atLeast = acknowledged.get(key);
                    int found = versionOf(key);
                    assertTrue(found >= atLeast, key + " was " + atLeast + ", is " + found);
                    assertTrue(keydir.contains(key(key)));
                  }
                  return null;
                }));
      }
      write(new Random(seed), present, acknowledged, collide ? 60_000 : 600_000);
      stop.set(true);
      for (Future<?> reader : readers) {
        reader.get();
      }
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      stop.set(true);
      threads.shutdown();
    }
  }

  private void write(Random random, int present, AtomicIntegerArray versions, int rounds)
      throws IOException {
    int[] ids = new int[present];
    Arrays.fill(ids, 1);
    int id = 1;
    for (int i = 0; i < rounds; i++) {
      int key = random.nextInt(present);
      int other = present + random.nextInt(3000);
      switch (random.nextInt(8)) {
        case 0, 1 -> apply(Record.PUT, other, MadeUpLog.location(id, 1, other));
        case 2, 3 -> apply(Record.DELETE, other, 99);
        case 4 -> {
          int version = versions.get(key);
          long from = MadeUpLog.location(ids[key], version, key);
          ids[key] = id;
          long to = MadeUpLog.location(id, version, key);
          assertTrue(keydir.replace(keydir.hash(key(key)), from, to));
        }
        default -> {
          int version = versions.get(key) + 1;
          apply(Record.PUT, key, MadeUpLog.location(id, version, key));
          ids[key] = id;
          versions.set(key, version);
        }
      }
      if (i % 20_000 == 19_999) {
        dropAllBefore(++id, ids, versions);
      }
    }
  }

  /** Moves all records to a new segment, and drops the old one, like a merge of the whole log. */
  private void dropAllBefore(int id, int[] ids, AtomicIntegerArray versions) {
    for (int key = 0; key < ids.length; key++) {
      long from = MadeUpLog.location(ids[key], versions.get(key), key);
      long to = MadeUpLog.location(id, versions.get(key), key);
      assertTrue(keydir.replace(keydir.hash(key(key)), from, to));
      ids[key] = id;
    }
    for (long location : keydir.locations()) {
      if (Location.segmentId(location) == id - 1) {
        int key = Location.offset(location) & 0xfff;
        keydir.replace(keydir.hash(key(key)), location, Location.of(id, Location.offset(location)));
      }
    }
    log.droppedId = id - 1;
  }
}
