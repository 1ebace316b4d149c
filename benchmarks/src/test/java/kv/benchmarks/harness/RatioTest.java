package kv.benchmarks.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RatioTest {
  @Test
  void roundsThatAgreeGiveTheRatioOfTheMedians() {
    Ratio ratio = Ratio.of(new Score(95, 100, 120), new Score(9, 10, 11));

    assertEquals(10, ratio.median());
    assertEquals(95 / 11.0, ratio.least());
    assertEquals(120 / 9.0, ratio.most());
    assertFalse(ratio.isDoubtful());
    assertEquals("10.0 x", ratio.toString());
  }

  @Test
  void aRatioOfUnknownSizeIsDoubtfulAlthoughItsDirectionIsKnown() {
    Ratio ratio = Ratio.of(new Score(21, 70, 144), new Score(1, 1, 1));

    assertTrue(ratio.isDoubtful());
    assertEquals("too noisy", ratio.toString());
    assertEquals("too noisy (21.0 x to 144 x); close other programs and try again", ratio.doubt());
  }

  @Test
  void aRangeOfAFactorOfTwoIsNotDoubtfulAndAWiderOneIs() {
    assertFalse(Ratio.of(new Score(20, 30, 40), new Score(2, 2, 2)).isDoubtful());
    assertTrue(Ratio.of(new Score(20, 30, 40.1), new Score(2, 2, 2)).isDoubtful());
    assertFalse(Ratio.of(new Score(2, 2, 2), new Score(20, 30, 40)).isDoubtful());
    assertTrue(Ratio.of(new Score(2, 2, 2), new Score(20, 30, 40.1)).isDoubtful());
  }

  @Test
  void roundsThatOverlapAreDoubtful() {
    assertTrue(Ratio.of(new Score(100, 130, 140), new Score(90, 95, 101)).isDoubtful());
    assertFalse(Ratio.of(new Score(102, 130, 140), new Score(90, 95, 101)).isDoubtful());
  }

  @Test
  void roundsThatOverlapAndAreCloseTogetherAreEqual() {
    Ratio same = Ratio.of(new Score(98, 100, 105), new Score(97, 101, 104));

    assertFalse(same.isDoubtful());
    assertEquals("0.990 x", same.toString());
  }

  @Test
  void aRatioOfSingleRoundsIsNeverDoubtful() {
    assertFalse(Ratio.of(new Score(3), new Score(2)).isDoubtful());
    assertEquals("1.50 x", Ratio.of(new Score(3), new Score(2)).toString());
  }

  @Test
  void theRootOfARatioIsTheFactorFromEachScoreToTheNext() {
    assertEquals(new Ratio(10, 5, 20), new Ratio(100, 25, 400).root(2));
  }
}
