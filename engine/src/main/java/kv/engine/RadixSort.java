/*
 * WHAT THIS FILE IS
 *
 * A sort of locations into log order, for walks (see Walk). The keydir returns them in the order of
 * their hashes, which is random. Memory and disks are fastest when the log is read from start to
 * end.
 *
 * A radix sort (Knuth, The Art of Computer Programming, 5.2.5) never compares two numbers. It
 * deals them out, like cards, by their lowest 11 bits, collects them in that order, and repeats
 * this with the next 11 bits. Among equals the order is kept, so after the highest bits all
 * numbers are in order. Measured with a million locations: 4 rounds take a quarter of the time of
 * Arrays.sort, which was half of the time of forEach.
 *
 * PICTURE: three numbers of two digits, dealt by one digit at a time
 *
 *     32 21 31  ->  by the last digit  21 31 32  ->  by the first  21 31 32
 */
package kv.engine;

import java.util.Arrays;

/** Sorts non-negative numbers. */
final class RadixSort {
  /** Number of bits sorted by in a round. The counters of their values fit into a cache. */
  private static final int BITS = 11;

  private static final int VALUES = 1 << BITS;

  private RadixSort() {}

  /**
   * Returns the numbers in ascending order, and overwrites the given array. Takes O(n) time, and
   * memory for n more numbers.
   */
  static long[] sort(long[] numbers) {
    long highest = Arrays.stream(numbers).max().orElse(0);
    long[] from = numbers;
    long[] to = new long[numbers.length];
    for (int shift = 0; shift < Long.SIZE && highest >>> shift != 0; shift += BITS) {
      // The next index for each digit: after all numbers with smaller digits.
      int[] next = new int[VALUES + 1];
      for (long number : from) {
        next[digit(number, shift) + 1]++;
      }
      for (int digit = 1; digit < VALUES; digit++) {
        next[digit] += next[digit - 1];
      }
      for (long number : from) {
        to[next[digit(number, shift)]++] = number;
      }
      long[] sorted = to;
      to = from;
      from = sorted;
    }
    return from;
  }

  private static int digit(long number, int shift) {
    return (int) (number >>> shift) & VALUES - 1;
  }
}
