package kv.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void numbersHaveThreeDigitsThatCount() {
    assertEquals("0", Table.number(0));
    assertEquals("0.123", Table.number(0.1234));
    assertEquals("1.23", Table.number(1.234));
    assertEquals("12.3", Table.number(12.34));
    assertEquals("123", Table.number(123.4));
    assertEquals("1,234,568", Table.number(1234567.8));
  }
}
