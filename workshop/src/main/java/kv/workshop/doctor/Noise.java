package kv.workshop.doctor;

import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The check of the processor's evenness. The same work is repeated, and its times are compared. On
 * a busy machine, or one that saves power, they differ, and so do the results of experiments.
 */
final class Noise {
  private static final int WARM_UP = 50;
  private static final int MEASURED = 200;

  /** Largest difference of nine in ten times from the typical time, in percent of it. */
  private static final long MOST_PERCENT = 20;

  private Noise() {}

  /** Measures for about a second. */
  static Finding check() {
    byte[] work = new byte[4 << 20];
    for (int i = 0; i < WARM_UP; i++) {
      time(work);
    }
    long[] nanos = new long[MEASURED];
    for (int i = 0; i < MEASURED; i++) {
      nanos[i] = time(work);
    }
    return judge(nanos);
  }

  private static long time(byte[] work) {
    CRC32 checksum = new CRC32();
    long start = System.nanoTime();
    checksum.update(work);
    return System.nanoTime() - start;
  }

  /** Compares the slowest of nine in ten times with the typical one. */
  static Finding judge(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    long typical = sorted[sorted.length / 2];
    long slow = sorted[sorted.length * 9 / 10];
    long percent = 100 * (slow - typical) / typical;
    String times = percent + " % more time for the same work";
    return percent > MOST_PERCENT
        ? Finding.wrong(times + "; close programs, and plug in")
        : Finding.ok(times);
  }
}
