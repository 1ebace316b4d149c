package kv.workshop.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The index of the last records is a map, in little memory. */
class LastRecordsTest {
  private static final int KEYS = 100_000;

  private final LastRecords last = new LastRecords(KEYS);

  private static byte[] key(int number) {
    return ScopeFixture.bytes("key " + number);
  }

  @Test
  void itIsAMapFromKeysToTheirLastPlaces() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Map<Integer, Integer> places = new HashMap<>();
    for (int place = 1; place < 3 * KEYS; place++) {
      int key = random.nextInt(KEYS);
      assertEquals(places.containsKey(key), last.find(key(key)), "seed " + seed);
      if (places.containsKey(key)) {
        assertEquals(places.get(key), last.place());
      }
      // Places are unsigned numbers.
      last.set(-place, place % 3 > 0, place % 40_000);
      places.put(key, -place);
      assertTrue(last.find(key(key)));
      assertEquals(place % 3 > 0, last.isPut());
      assertEquals(Math.min(place % 40_000, LastRecords.LONG), last.length());
    }
    last.remove(place -> place % 2 == 0);
    places.values().removeIf(place -> place % 2 == 0);
    for (int key = 0; key < KEYS; key++) {
      assertEquals(places.containsKey(key), last.find(key(key)), "seed " + seed);
      if (places.containsKey(key)) {
        assertEquals(places.get(key), last.place(), "seed " + seed);
      }
    }
  }

  @Test
  void aKeyTakesAtMost18Bytes() {
    for (int key = 0; key < KEYS; key++) {
      assertTrue(last.hasSpace());
      assertFalse(last.find(key(key)));
      last.set(key + 1, true, 20);
      if (key > KEYS / 2) {
        long bytes = last.bytes();
        assertTrue(bytes < 18L * key, bytes + " bytes for " + key + " keys");
      }
    }
    assertFalse(last.hasSpace());
  }
}
