package kv.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kv.benchmarks.harness.Score;
import kv.benchmarks.report.Compare.Measurement;
import org.junit.jupiter.api.Test;

class CompareTest {
  private static final Score ABOUT_100 = new Score(99, 100, 100, 100, 101);
  private static final Score ABOUT_200 = new Score(199, 200, 200, 200, 201);

  @Test
  void twiceTheTimeIsTwiceAsSlow() {
    assertEquals("2.00 x as slow", Compare.verdict(time(ABOUT_100), time(ABOUT_200)));
    assertEquals("2.00 x as fast", Compare.verdict(time(ABOUT_200), time(ABOUT_100)));
  }

  @Test
  void twiceTheRateIsTwiceAsFast() {
    assertEquals("2.00 x as fast", Compare.verdict(rate(ABOUT_100), rate(ABOUT_200)));
    assertEquals("2.00 x as slow", Compare.verdict(rate(ABOUT_200), rate(ABOUT_100)));
  }

  @Test
  void errorsThatOverlapShowNoDifference() {
    String nothing = "no difference beyond the noise";
    assertEquals(
        nothing, Compare.verdict(time(ABOUT_100), time(new Score(60, 200, 200, 200, 340))));
    assertEquals(nothing, Compare.verdict(time(ABOUT_100), time(ABOUT_100)));
  }

  @Test
  void aSingleRoundShowsNoDifference() {
    assertEquals(
        "no difference beyond the noise",
        Compare.verdict(time(new Score(100)), time(new Score(1_000_000))));
  }

  private static Measurement time(Score score) {
    return new Measurement(score, "ms/op", false);
  }

  private static Measurement rate(Score score) {
    return new Measurement(score, "ops/s", true);
  }
}
