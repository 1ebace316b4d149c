package kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Who is closed when all together hold too much. */
class BudgetTest {
  private final Budget budget = new Budget(100);
  private final EmbeddedChannel one = new EmbeddedChannel();
  private final EmbeddedChannel two = new EmbeddedChannel();
  private final Budget.Account first = budget.open(one);
  private final Budget.Account second = budget.open(two);

  @Test
  void whatIsTakenIsHeldUntilItIsGiven() {
    assertTrue(first.take(60));
    assertTrue(second.take(40));
    assertEquals(100, budget.used());
    first.give(60);
    assertEquals(40, budget.used());
    assertTrue(second.take(60));
    assertTrue(one.isOpen() && two.isOpen());
  }

  @Test
  void whoKeepsTheMostIsClosedWhoeverItIsThatWantsMore() {
    assertTrue(first.take(90));
    assertTrue(second.take(20));
    assertFalse(one.isOpen());
    assertTrue(two.isOpen());
    assertEquals(20, budget.used());
  }

  @Test
  void whoWantsMuchForAMomentIsNotClosedForThoseWhoKeepALittle() {
    assertTrue(first.take(30));
    for (int i = 0; i < 10; i++) {
      assertTrue(second.take(60));
      second.give(60);
    }
    assertTrue(second.take(80));
    assertFalse(one.isOpen());
    assertTrue(two.isOpen());
  }

  @Test
  void whoWantsMoreThanThereIsIsClosedItself() {
    assertTrue(first.take(30));
    assertFalse(second.take(200));
    assertTrue(one.isOpen());
    assertFalse(two.isOpen());
    assertEquals(30, budget.used());
  }

  @Test
  void nothingCanBeTakenForAConnectionThatWasClosedForThat() {
    first.take(90);
    second.take(20);
    assertFalse(first.take(1));
    first.give(90);
    assertEquals(20, budget.used());
  }

  @Test
  void whatAConnectionHoldsIsGivenBackWhenItIsClosed() {
    first.take(90);
    one.close();
    assertEquals(0, budget.used());
    assertTrue(second.take(100));
  }

  /** Some bytes of a line, and then one more now and then: that is kept since the first of them. */
  @Test
  void whoAddsToWhatItKeepsHasKeptItForLong() {
    one.pipeline().addLast(new RequestDecoder(first, new byte[100], 100, () -> true));
    one.writeInbound(Unpooled.copiedBuffer("x".repeat(40), StandardCharsets.US_ASCII));
    for (int i = 0; i < 100; i++) {
      second.take(1);
      second.give(1);
    }
    second.take(25);
    second.take(25);
    one.writeInbound(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII));
    second.take(25);
    assertFalse(one.isOpen());
    assertTrue(two.isOpen());
  }
}
