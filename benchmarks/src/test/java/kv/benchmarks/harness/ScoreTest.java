package kv.benchmarks.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreTest {
  @Test
  void aScoreShowsTheMedianAndTheDistanceOfTheFarthestRound() {
    Score score = new Score(100, 90, 400);

    assertEquals(100, score.median());
    assertEquals(90, score.least());
    assertEquals(400, score.most());
    assertEquals(300, score.distance());
    assertEquals(3, score.spread(), 1e-9);
    assertEquals("100 +-300 %", score.toString());
  }

  @Test
  void theDistanceIsTheLargerOfBothSides() {
    assertEquals(50, new Score(50, 100, 110).distance());
  }

  @Test
  void theErrorIsThatOfTheMean() {
    // The standard deviation is 1, and Student's t for 99.9 % and 4 degrees of freedom 8.610.
    double d = Math.sqrt(2);
    Score score = new Score(100 - d, 100, 100, 100, 100 + d);

    assertEquals(8.610 / Math.sqrt(5), score.error(), 1e-3);
  }

  @Test
  void splitJoinsTheFirstRoundsOfAllForks() {
    Score twoForks = new Score(1, 2, 3, 10, 20, 30);

    assertEquals(List.of(new Score(1, 10), new Score(2, 20), new Score(3, 30)), twoForks.split(3));
  }

  @Test
  void aSingleRoundHasNoErrorAndShowsNoSpread() {
    assertTrue(Double.isNaN(new Score(7).error()));
    assertEquals(0, new Score(7).spread());
    assertEquals("7.00", new Score(7).toString());
  }

  @Test
  void mapConvertsEveryRound() {
    assertEquals(new Score(0.5, 2), new Score(500, 2_000).map(one -> one / 1_000));
  }
}
