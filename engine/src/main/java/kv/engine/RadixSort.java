/*
 * WHAT THIS FILE IS
 *
 * A sort of locations into log order, for forEach. The keydir gives them in the order of hashes,
 * which is no order; to read the log from start to end is what memory and disks are fastest at.
 *
 * A radix sort (Knuth, The Art of Computer Programming, 5.2.5) never compares two numbers. It deals
 * them out, like cards, by their lowest 11 bits, collects them in that order, and does the same
 * with the next 11 bits. What was dealt first stays first among equals: so after the highest bits
 * all are in order. Measured with a million locations: 4 rounds take a quarter of the time that
 * Arrays.sort takes, which was half of the time of forEach.
 *
 * PICTURE: three numbers of two digits, dealt by one digit at a time
 *
 *     32 21 31  ->  by the last digit  21 31 32  ->  by the first  21 31 32
 */
package kv.engine;

import java.util.Arrays;

/** Sorts numbers that are not negative. */
final class RadixSort {
  /** How many bits are looked at in a round. The counts of all their values fit into a cache. */
  private static final int BITS = 11;

  private static final int VALUES = 1 << BITS;

  private RadixSort() {}

  /**
   * Returns the numbers in ascending order; the given array has something else in it then. Takes
   * O(n) time, and memory for as many numbers again.
   */
  static long[] sort(long[] numbers) {
    long highest = Arrays.stream(numbers).max().orElse(0);
    long[] from = numbers;
    long[] to = new long[numbers.length];
    for (int shift = 0; shift < Long.SIZE && highest >>> shift != 0; shift += BITS) {
      // Where the next number with each digit goes: behind all with smaller ones.
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
