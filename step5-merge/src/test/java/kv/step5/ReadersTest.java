package kv.step5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Readers running while writers and merges run without pause. */
class ReadersTest extends StoreFixture {
  private static final int KEYS = 300;

  /** Number of keys that are put once, in this order, and only copied after that. */
  private static final int FIXED_KEYS = 100;

  private final AtomicBoolean stop = new AtomicBoolean();

  @Test
  void versionsNeverGoBackAndTheReopenedStoreHasTheLast() throws Exception {
    long seed = System.nanoTime();
    AtomicIntegerArray acknowledged = new AtomicIntegerArray(KEYS);
    AtomicInteger merges = new AtomicInteger();
    AtomicInteger loops = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (Store store = Store.open(directory, 4 * SMALL)) {
      for (int i = 0; i < FIXED_KEYS; i++) {
        store.put(bytes("fixed " + i), bytes(" ".repeat(300)));
      }
      for (int key = 0; key < KEYS; key++) {
        store.put(bytes("key " + key), bytes("0"));
      }
      Random random = new Random(seed);
      List<Future<?>> others = new ArrayList<>();
      others.add(
          threads.submit(
              untilStopped(
                  () -> {
                    int key = random.nextInt(KEYS);
                    int atLeast = acknowledged.get(key);
                    int found = version(store.get(bytes("key " + key)));
                    assertTrue(
                        found >= atLeast,
                        key + " was at version " + atLeast + ", but is at " + found);
                    assertTrue(store.containsKey(bytes("key " + key)));
                  })));
      others.add(
          threads.submit(
              untilStopped(
                  () -> {
                    store.merge();
                    merges.incrementAndGet();
                  })));
      others.add(
          threads.submit(
              untilStopped(
                  () -> {
                    readEverything(store, acknowledged);
                    loops.incrementAndGet();
                  })));
      Random choice = new Random(seed + 1);
      for (int i = 0; i < 30_000 || merges.get() < 20 || loops.get() < 20; i++) {
        int key = choice.nextInt(KEYS);
        int version = acknowledged.get(key) + 1;
        store.put(bytes("key " + key), bytes(version + " ".repeat(choice.nextInt(200))));
        acknowledged.set(key, version);
        if (others.stream().anyMatch(Future::isDone)) {
          break;
        }
      }
      stop.set(true);
      for (Future<?> other : others) {
        other.get();
      }
      store.checkInvariants();
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      stop.set(true);
      threads.shutdown();
    }
    try (Store store = Store.open(directory)) {
      for (int key = 0; key < KEYS; key++) {
        assertEquals(acknowledged.get(key), version(store.get(bytes("key " + key))));
      }
    }
  }

  /**
   * Checks that the copied keys come first, in their order, and the other keys in the order of
   * their puts.
   */
  private static void readEverything(Store store, AtomicIntegerArray acknowledged)
      throws IOException {
    int[] before = new int[KEYS];
    for (int key = 0; key < KEYS; key++) {
      before[key] = acknowledged.get(key);
    }
    int[] seen = {0};
    store.forEach(
        (key, value) -> {
          if (seen[0] < FIXED_KEYS) {
            assertEquals("fixed " + seen[0], text(key));
          } else {
            int number = Integer.parseInt(text(key).substring(4));
            assertTrue(version(value) >= before[number]);
          }
          seen[0]++;
        });
    assertEquals(FIXED_KEYS + KEYS, seen[0]);
  }

  private interface Call {
    void run() throws IOException;
  }

  private Callable<Void> untilStopped(Call call) {
    return () -> {
      while (!stop.get()) {
        call.run();
      }
      return null;
    };
  }

  private static int version(byte[] value) {
    return Integer.parseInt(text(value).trim());
  }
}
