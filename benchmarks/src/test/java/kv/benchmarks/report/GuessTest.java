package kv.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kv.benchmarks.harness.Ratio;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuessTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10|10",
        "10x|10",
        "10 X|10",
        "10\u00D7|10",
        "3 times|3",
        "0.5|0.5",
        "2.5x|2.5",
        "1,000|1000",
        "1,234,567.5|1234567.5",
        "1000|1000",
        "1e6|1000000",
        "2.5E3 times|2500"
      })
  void aRatioIsANumberWithOrWithoutAnX(String text, double ratio) {
    assertEquals(ratio, Guess.parse(" " + text + " "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "many", "0", "0x", "-1", "1,5", "1,0000", "NaN", "1f", "10 y", "x", "1e999"})
  void anythingElseIsRefusedWithExamples(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Guess.parse(text));
    assertTrue(e.getMessage().contains("write 10, 2.5, 1,000 or 1e6"), e.getMessage());
  }

  @Test
  void aGuessIsComparedWithTheMeasuredRatio() {
    assertEquals(
        "Your guess: 10.0 x. Measured: 250 x. That is 25.0 times your guess.",
        Guess.against(10.0, exactly(250)));
    assertEquals("Measured: 250 x.", Guess.against(null, exactly(250)));
    assertEquals("Measured: 2,100,000 x.", Guess.against(null, exactly(2_095_711)));
  }

  @Test
  void aDoubtfulRatioIsNotComparedWithAGuess() {
    assertEquals(
        "Measured: too noisy (21.0 x to 144 x); close other programs and try again.",
        Guess.against(50.0, new Ratio(70, 21, 144)));
  }

  private static Ratio exactly(double ratio) {
    return new Ratio(ratio, ratio, ratio);
  }
}
