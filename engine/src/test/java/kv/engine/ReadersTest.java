package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Readers running while writers and merges run without pause. */
class ReadersTest extends StoreFixture {
  private static final int KEYS = 300;

  @Test
  void versionsNeverGoBackAndTheReopenedStoreHasTheLast() throws Exception {
    long seed = System.nanoTime();
    AtomicIntegerArray acknowledged = new AtomicIntegerArray(KEYS);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    AtomicBoolean stop = new AtomicBoolean();
    try (Store store = Store.open(directory, SMALL)) {
      for (int key = 0; key < KEYS; key++) {
        store.put(bytes("key " + key), bytes("0"));
      }
      List<Future<?>> others = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        Random random = new Random(seed + t);
        others.add(
            threads.submit(
                () -> {
                  while (!stop.get()) {
                    int key = random.nextInt(KEYS);
                    int atLeast = acknowledged.get(key);
                    int found = version(store.get(bytes("key " + key)));
                    assertTrue(found >= atLeast, key + " was " + atLeast + ", is " + found);
                    assertTrue(store.containsKey(bytes("key " + key)));
                  }
                  return null;
                }));
      }
      others.add(
          threads.submit(
              () -> {
                while (!stop.get()) {
                  store.merge();
                }
                return null;
              }));
      others.add(
          threads.submit(
              () -> {
                while (!stop.get()) {
                  int[] before = new int[KEYS];
                  for (int key = 0; key < KEYS; key++) {
                    before[key] = acknowledged.get(key);
                  }
                  int[] seen = {0};
                  store.forEach(
                      (key, value) -> {
                        int number = Integer.parseInt(text(key).substring(4));
                        assertTrue(version(value) >= before[number]);
                        seen[0]++;
                      });
                  assertEquals(KEYS, seen[0]);
                }
                return null;
              }));
      Random random = new Random(seed);
      for (int i = 0; i < 60_000; i++) {
        int key = random.nextInt(KEYS);
        int version = acknowledged.get(key) + 1;
        store.put(bytes("key " + key), bytes(version + " ".repeat(random.nextInt(200))));
        acknowledged.set(key, version);
      }
      stop.set(true);
      for (Future<?> other : others) {
        other.get();
      }
      assertTrue(store.stats().merges() > 0);
      store.checkInvariants();
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      stop.set(true);
      threads.shutdown();
    }
    try (Store store = Store.open(directory, SMALL)) {
      for (int key = 0; key < KEYS; key++) {
        assertEquals(acknowledged.get(key), version(store.get(bytes("key " + key))));
      }
    }
  }

  private static int version(byte[] value) {
    return Integer.parseInt(text(value).trim());
  }
}
