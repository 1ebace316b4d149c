package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;

/**
 * All operations at once, from four threads, checked against a model. For longer runs than the
 * usual few seconds: {@code mvn -pl engine test -Dtest=SoakTest -Dsoak.seconds=60}.
 */
class SoakTest extends StoreFixture {
  private static final int SECONDS = Integer.getInteger("soak.seconds", 5);
  private static final int THREADS = 4;

  private final ReadWriteLock opening = new ReentrantReadWriteLock();
  private Store store;
  private long end;

  @Test
  void theStoreBehavesLikeTheModel() throws Exception {
    long seed = System.nanoTime();
    end = System.nanoTime() + SECONDS * 1_000_000_000L;
    store = Store.open(directory, options(new Random(seed)));
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    SortedMap<String, String> all = new TreeMap<>();
    try {
      List<Future<SortedMap<String, String>>> workers = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        String prefix = "thread " + t + " ";
        Random random = new Random(seed + t);
        workers.add(threads.submit(() -> work(prefix, random)));
      }
      for (Future<SortedMap<String, String>> worker : workers) {
        all.putAll(worker.get());
      }
      assertEquals(all, state(store));
      store.close();
      assertEquals(all, reopenedState());
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      threads.shutdown();
    }
  }

  private static Options options(Random random) {
    Options.SyncPolicy[] policies = Options.SyncPolicy.values();
    return SMALL.withAutomaticMerge(true).withSync(policies[random.nextInt(policies.length)]);
  }

  /** Works on keys of its own thread, and returns their expected contents. */
  private SortedMap<String, String> work(String prefix, Random random) throws IOException {
    SortedMap<String, String> model = new TreeMap<>();
    while (System.nanoTime() < end) {
      if (random.nextInt(3000) == 0) {
        opening.writeLock().lock();
        try {
          store.close();
          store = Store.open(directory, options(random));
        } finally {
          opening.writeLock().unlock();
        }
      }
      opening.readLock().lock();
      try {
        doSomething(prefix, random, model);
      } finally {
        opening.readLock().unlock();
      }
    }
    return model;
  }

  private void doSomething(String prefix, Random random, SortedMap<String, String> model)
      throws IOException {
    String key = prefix + random.nextInt(200);
    switch (random.nextInt(200)) {
      case 0 -> store.merge();
      case 1, 2 -> store.sync();
      case 3, 4 -> {
        SortedMap<String, String> seen = new TreeMap<>();
        store.forEach(
            (k, v) -> {
              if (text(k).startsWith(prefix)) {
                seen.put(text(k), text(v));
              }
            });
        assertEquals(model, seen);
      }
      case 5 -> assertTrue(store.size() >= model.size());
      case 6 -> assertTrue(store.stats().deadBytes() >= 0);
      default -> {
        switch (random.nextInt(4)) {
          case 0 -> assertEquals(model.remove(key) != null, store.delete(bytes(key)));
          case 1 -> {
            int length = random.nextInt(1000) == 0 ? 100_000 : random.nextInt(400);
            String value = random.nextInt() + "v".repeat(length);
            store.put(bytes(key), bytes(value));
            model.put(key, value);
          }
          case 2 -> assertEquals(model.containsKey(key), store.containsKey(bytes(key)));
          default -> assertEquals(model.get(key), text(store.get(bytes(key))));
        }
      }
    }
  }
}
