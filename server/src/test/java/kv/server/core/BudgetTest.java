package kv.server.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** The choice of the connection to close when all together hold too much. */
class BudgetTest {
  private final Budget budget = new Budget(100);
  private final EmbeddedChannel one = new EmbeddedChannel();
  private final EmbeddedChannel two = new EmbeddedChannel();
  private final Budget.Account first = budget.open(one);
  private final Budget.Account second = budget.open(two);

  @Test
  void chargedBytesAreHeldUntilTheyAreReleased() {
    assertTrue(first.charge(60));
    assertTrue(second.charge(40));
    assertEquals(100, budget.used());
    first.release(60);
    assertEquals(40, budget.used());
    assertTrue(second.charge(60));
    assertTrue(one.isOpen() && two.isOpen());
  }

  @Test
  void theConnectionThatKeepsTheMostIsClosed() {
    assertTrue(first.charge(90));
    assertTrue(second.charge(20));
    assertFalse(one.isOpen());
    assertTrue(two.isOpen());
    assertEquals(20, budget.used());
  }

  @Test
  void aShortLargeChargeIsSaferThanALongSmallOne() {
    assertTrue(first.charge(30));
    for (int i = 0; i < 10; i++) {
      assertTrue(second.charge(60));
      second.release(60);
    }
    assertTrue(second.charge(80));
    assertFalse(one.isOpen());
    assertTrue(two.isOpen());
  }

  @Test
  void aConnectionThatAsksForMoreThanTheLimitIsClosed() {
    assertTrue(first.charge(30));
    assertFalse(second.charge(200));
    assertTrue(one.isOpen());
    assertFalse(two.isOpen());
    assertEquals(30, budget.used());
  }

  @Test
  void nothingCanBeChargedForAClosedConnection() {
    first.charge(90);
    second.charge(20);
    assertFalse(first.charge(1));
    first.release(90);
    assertEquals(20, budget.used());
  }

  @Test
  void closingAConnectionReleasesItsBytes() {
    first.charge(90);
    one.close();
    assertEquals(0, budget.used());
    assertTrue(second.charge(100));
  }
}
