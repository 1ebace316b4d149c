package kv.benchmarks.harness;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DataTest {
  @Test
  void unicodeNamesAreThoseGivenToSingleCharacters() {
    Map<String, String> names = new HashMap<>();
    for (Data.Pair pair : Data.unicodeNames()) {
      names.put(new String(pair.key(), UTF_8), new String(pair.value(), UTF_8));
    }

    assertEquals("BEER MUG", names.get("U+1F37A"));
    assertEquals("LATIN CAPITAL LETTER A", names.get("U+0041"));
    assertTrue(!names.containsKey("U+4E00"), "an ideograph has no name of its own");
    assertTrue(!names.containsKey("U+E000"), "neither has a character for private use");
    // The number in Unicode 13, that of JDK 17; Unicode never removes a name.
    assertTrue(names.size() >= 33_762, "only " + names.size());
  }

  @Test
  void generatedKeysHaveSixteenBytesAndAllDiffer() {
    Set<ByteBuffer> keys = new HashSet<>();
    for (int i = 0; i < 100_000; i++) {
      byte[] key = Data.key(i);
      assertEquals(16, key.length);
      keys.add(ByteBuffer.wrap(key));
    }
    assertEquals(100_000, keys.size());
    assertEquals(100, Data.value(7).length);
  }
}
