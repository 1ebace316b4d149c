package kv.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The order is that of {@link Arrays#sort(long[])} for all numbers. */
class RadixSortTest {
  private static void assertSorts(long... numbers) {
    long[] expected = numbers.clone();
    Arrays.sort(expected);
    assertArrayEquals(expected, RadixSort.sort(numbers));
  }

  @Test
  void sortsNothingAndOneNumberAndEqualNumbers() {
    assertSorts();
    assertSorts(0);
    assertSorts(7);
    assertSorts(7, 7, 7);
  }

  @Test
  void sortsNumbersThatDifferInAnyBit() {
    long[] powers = new long[63];
    for (int bit = 0; bit < powers.length; bit++) {
      powers[62 - bit] = 1L << bit;
    }
    assertSorts(powers);
    assertSorts(Long.MAX_VALUE, 0, Long.MAX_VALUE - 1, 2048, 2047, 1);
  }

  @Test
  void sortsManyNumbersOfAnyLength() {
    SplittableRandom random = new SplittableRandom(1);
    for (int bits = 1; bits < 64; bits++) {
      assertSorts(random.longs(5_000, 0, 1L << bits - 1 | 1).toArray());
    }
  }
}
