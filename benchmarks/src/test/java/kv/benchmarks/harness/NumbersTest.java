package kv.benchmarks.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void numbersHaveAtLeastThreeSignificantDigits() {
    assertEquals("0", Numbers.shown(0));
    assertEquals("0.123", Numbers.shown(0.1234));
    assertEquals("1.23", Numbers.shown(1.234));
    assertEquals("12.3", Numbers.shown(12.34));
    assertEquals("123", Numbers.shown(123.4));
    assertEquals("1,234,568", Numbers.shown(1234567.8));
  }

  @Test
  void moreThanThreeDigitsAreRounded() {
    assertEquals("2,100,000", Numbers.rounded(2_095_711));
    assertEquals("0.123", Numbers.rounded(0.12345));
  }
}
