package kv.benchmarks.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  private final Experiment5Pause.Latencies latencies = new Experiment5Pause.Latencies();

  @Test
  void theSlowestOfAThousandCallsIsTheMaximumButNotAPercentile() {
    // One second, and 1 to 999 microseconds.
    latencies.of(LongStream.rangeClosed(0, 999).map(i -> i == 0 ? second() : i * 1_000).toArray());

    assertEquals(500_000, latencies.p50());
    assertEquals(990_000, latencies.p99());
    assertEquals(999_000, latencies.p999());
    assertEquals(second(), latencies.max());
    assertEquals(second(), latencies.slow());
    assertEquals(second() + 499_500_000, latencies.all());
  }

  @Test
  void theSlowestOfFewerThanAThousandCallsIsP999() {
    latencies.of(LongStream.rangeClosed(1, 100).toArray());

    assertEquals(50, latencies.p50());
    assertEquals(99, latencies.p99());
    assertEquals(100, latencies.p999());
  }

  @Test
  void aSingleCallIsEveryPercentile() {
    latencies.of(new long[] {7});

    assertEquals(7, latencies.p50());
    assertEquals(7, latencies.p999());
    assertEquals(7, latencies.max());
    assertEquals(0, latencies.slow());
  }

  private static long second() {
    return 1_000_000_000;
  }
}
