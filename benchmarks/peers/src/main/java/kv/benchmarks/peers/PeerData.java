package kv.benchmarks.peers;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Keys, values, and the orders in which keys are used.
 *
 * <p>Keys have 16 bytes, in no order. Values are cut from random bytes, so that no store can
 * compress them. The keys that are read or written are drawn in advance: a million draws, which are
 * used over and over. A key or a value is made when it is needed, which adds some tens of
 * nanoseconds to the number of every store.
 */
final class PeerData {
  /** The number of draws: a power of two, so that finding a draw needs no division. */
  static final int DRAWS = 1 << 20;

  /** The exponent of YCSB's Zipfian distribution. */
  private static final double ZIPFIAN_EXPONENT = 0.99;

  /** The random bytes; a value may begin in the first half. */
  private static final byte[] NOISE = new byte[1 << 16];

  /** The length of the shortest possible value, in bytes: its number. */
  static final int MIN_VALUE_LENGTH = Integer.BYTES;

  /** The length of the longest possible value, in bytes. */
  static final int MAX_VALUE_LENGTH = NOISE.length / 2;

  static {
    new Random(0).nextBytes(NOISE);
  }

  private PeerData() {}

  /** Returns a value: the number, followed by random bytes. */
  static byte[] value(int number, int length) {
    int from = (number * 31) & (NOISE.length / 2 - 1);
    byte[] value = Arrays.copyOfRange(NOISE, from, from + length);
    ByteBuffer.wrap(value).putInt(number);
    return value;
  }

  /** Returns the number at the start of a value. */
  static int number(byte[] value) {
    return ByteBuffer.wrap(value).getInt();
  }

  /** Returns all keys in a random order. */
  static int[] shuffled(int keys) {
    List<Integer> all = Arrays.asList(IntStream.range(0, keys).boxed().toArray(Integer[]::new));
    Collections.shuffle(all, new Random(1));
    return all.stream().mapToInt(i -> i).toArray();
  }

  /** Returns draws in which all keys are equally likely. */
  static int[] uniform(int keys) {
    SplittableRandom random = new SplittableRandom(2);
    return random.ints(DRAWS, 0, keys).toArray();
  }

  /**
   * Returns draws in which the r-th of the given keys is drawn in proportion to 1 / r^0.99, as in
   * YCSB.
   */
  static int[] zipfian(int[] byFrequency) {
    int keys = byFrequency.length;
    double[] upTo = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += 1 / Math.pow(i + 1, ZIPFIAN_EXPONENT);
      upTo[i] = sum;
    }
    SplittableRandom random = new SplittableRandom(3);
    double all = sum;
    return IntStream.range(0, DRAWS)
        .map(i -> Arrays.binarySearch(upTo, random.nextDouble(all)))
        .map(place -> byFrequency[Math.min(keys - 1, place < 0 ? -place - 1 : place)])
        .toArray();
  }
}
