package kv.benchmarks.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WaitsTest {
  @Test
  void theLongestWaitsAreExact() {
    Waits waits = new Waits();
    for (int i = 1; i <= 1_000; i++) {
      waits.record((long) i * 7_919 % 1_009 * 1_000_003);
    }

    assertEquals(1_008L * 1_000_003, waits.longest(1));
    assertEquals(1_007L * 1_000_003, waits.longest(2));
    assertTrue(waits.longest(10) < waits.longest(9));
  }

  @Test
  void fewerWaitsThanRanksLeaveZeros() {
    Waits waits = new Waits();
    waits.record(5);

    assertEquals(5, waits.longest(1));
    assertEquals(0, waits.longest(10));
    assertEquals(5, waits.percentile(99.9));
    assertEquals(0, new Waits().percentile(50));
  }

  @Test
  void percentilesAreWithinASixtyFourthOfTheSortedWaits() {
    SplittableRandom random = new SplittableRandom(1);
    long[] all = new long[100_000];
    Waits waits = new Waits();
    for (int i = 0; i < all.length; i++) {
      all[i] = random.nextLong(1L << random.nextInt(1, 40));
      waits.record(all[i]);
    }
    Arrays.sort(all);
    for (double percent : new double[] {0.001, 10, 50, 90, 99, 99.9, 99.99, 100}) {
      long exact = all[(int) Math.ceil(all.length * percent / 100) - 1];
      long shown = waits.percentile(percent);
      assertTrue(
          shown >= exact && shown <= exact + exact / 64, percent + " %: " + shown + " " + exact);
    }
  }

  @Test
  void extremeWaitsHaveABucket() {
    Waits waits = new Waits();
    waits.record(0);
    waits.record(Long.MAX_VALUE);

    assertEquals(0, waits.percentile(50));
    assertEquals(Long.MAX_VALUE, waits.percentile(100));
  }

  @Test
  void recordingAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Waits waits = new Waits();
    waits.record(1);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100_000; i++) {
      waits.record(i * 37L);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertTrue(allocated < 10_000, allocated + " bytes");
  }
}
