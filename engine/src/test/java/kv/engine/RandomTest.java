package kv.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;

/** Random operations on a store and on a map, which have to agree. */
class RandomTest extends StoreFixture {
  @RepeatedTest(5)
  void aStoreBehavesLikeAMapAndSurvivesReopening() {
    long seed = System.nanoTime();
    try {
      compareWithAMap(new Random(seed));
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  private void compareWithAMap(Random random) throws IOException {
    Map<String, String> model = new TreeMap<>();
    Store store = Store.open(directory, randomOptions(random));
    long merges = 0;
    for (int i = 0; i < 1_200; i++) {
      String message = "operation " + i;
      String key = "key " + random.nextInt(60);
      switch (random.nextInt(20)) {
        case 0, 1, 2 -> assertEquals(model.remove(key) != null, store.delete(bytes(key)), message);
        case 3 -> store.sync();
        case 4 -> assertEquals(model, state(store), message);
        case 5 -> {
          if (random.nextInt(5) == 0) {
            merges += store.stats().merges();
            store.close();
            deleteSomeHints(random);
            store = Store.open(directory, randomOptions(random));
          }
        }
        case 6 -> {
          assertEquals(model.size(), store.size(), message);
          assertEquals(model.containsKey(key), store.containsKey(bytes(key)), message);
        }
        case 7 -> {
          if (random.nextInt(5) == 0) {
            store.merge();
          } else if (random.nextInt(10) == 0) {
            store.clear();
            model.clear();
          }
        }
        case 8, 9, 10, 11 -> assertEquals(model.get(key), text(store.get(bytes(key))), message);
        default -> {
          // Some values are longer than a segment, and are not written through the map.
          int length = random.nextInt(200) == 0 ? 40_000 : random.nextInt(300);
          String value = "v".repeat(length) + i;
          store.put(bytes(key), bytes(value));
          model.put(key, value);
        }
      }
    }
    merges += store.stats().merges();
    store.close();
    assertEquals(model, reopenedState());
    assertTrue(merges > 0, "nothing was merged");
  }

  /** Returns options with segments of a few records, and all other values at random. */
  private static Options randomOptions(Random random) {
    Options.SyncPolicy[] policies = Options.SyncPolicy.values();
    return Options.DEFAULT
        .withSegmentSize(4096 << random.nextInt(4))
        .withSync(policies[random.nextInt(policies.length)])
        .withMergeThreshold((1 + random.nextInt(9)) / 10.0)
        .withAutomaticMerge(random.nextBoolean());
  }

  private void deleteSomeHints(Random random) throws IOException {
    for (String name : names(SegmentName.HINT)) {
      if (random.nextInt(4) == 0) {
        Files.delete(directory.resolve(name));
      }
    }
  }
}
