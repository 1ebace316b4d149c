package kv.benchmarks.peers;

/**
 * The waits of one thread's calls, in nanoseconds: a histogram and the longest waits. Recording
 * allocates nothing.
 *
 * <p>A bucket of the histogram is at most 1/64 as wide as the waits that it counts, as in
 * HdrHistogram:
 *
 * <pre>
 *     0 to 127 ns      a bucket per nanosecond
 *     128 to 255 ns    64 buckets of 2 ns
 *     256 to 511 ns    64 buckets of 4 ns, and so on
 * </pre>
 */
final class Waits {
  /** The binary logarithm of the number of buckets per power of two. */
  private static final int BITS = 6;

  private static final int LONGEST = 10;

  private final long[] buckets = new long[(Long.SIZE - BITS) << BITS];

  /** The longest waits, the shortest of them first. */
  private final long[] longest = new long[LONGEST];

  private long count;

  /** Counts a wait. */
  void record(long nanos) {
    buckets[bucket(nanos)]++;
    count++;
    if (nanos > longest[0]) {
      int i = 0;
      for (; i + 1 < LONGEST && longest[i + 1] < nanos; i++) {
        longest[i] = longest[i + 1];
      }
      longest[i] = nanos;
    }
  }

  /** Returns the longest wait for rank 1, the second longest for 2, up to 10; 0 if there is none. */
  long longest(int rank) {
    return longest[LONGEST - rank];
  }

  /** Returns the wait that the given share of all waits does not exceed, within 1/64. */
  long percentile(double percent) {
    long rank = Math.max(1, (long) Math.ceil(count * percent / 100));
    long sum = 0;
    for (int i = 0; i < buckets.length; i++) {
      sum += buckets[i];
      if (sum >= rank) {
        return Math.min(end(i), longest(1));
      }
    }
    return 0;
  }

  private static int bucket(long nanos) {
    int shift = Math.max(0, Long.SIZE - 1 - BITS - Long.numberOfLeadingZeros(nanos | 1));
    return (shift << BITS) + (int) (nanos >>> shift);
  }

  /** Returns the greatest wait that a bucket counts. */
  private static long end(int bucket) {
    int shift = Math.max(0, (bucket >> BITS) - 1);
    return ((bucket - ((long) shift << BITS) + 1) << shift) - 1;
  }
}
