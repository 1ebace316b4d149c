package kv.step3;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
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
    Store store = Store.open(directory);
    for (int i = 0; i < 3_000; i++) {
      String message = "operation " + i;
      String key = "key " + random.nextInt(60);
      switch (random.nextInt(20)) {
        case 0, 1, 2 -> assertEquals(model.remove(key) != null, store.delete(bytes(key)), message);
        case 3 -> store.sync();
        case 4 -> assertEquals(model, state(store), message);
        case 5 -> {
          if (random.nextInt(5) == 0) {
            store.close();
            store = Store.open(directory);
          }
        }
        case 6 -> {
          assertEquals(model.size(), store.size(), message);
          assertEquals(model.containsKey(key), store.containsKey(bytes(key)), message);
        }
        case 7, 8, 9, 10, 11 -> assertEquals(model.get(key), text(store.get(bytes(key))), message);
        default -> {
          String value = "v".repeat(random.nextInt(300)) + i;
          store.put(bytes(key), bytes(value));
          model.put(key, value);
        }
      }
    }
    store.close();
    assertEquals(model, reopenedState());
  }
}
