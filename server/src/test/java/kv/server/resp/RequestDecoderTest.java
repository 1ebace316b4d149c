package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import kv.server.core.Budget;
import org.junit.jupiter.api.Test;

/** The memory of unfinished requests. */
class RequestDecoderTest {
  private final Budget budget = new Budget(100);
  private final EmbeddedChannel slow = new EmbeddedChannel();
  private final EmbeddedChannel other = new EmbeddedChannel();
  private final Budget.Account slowAccount = budget.open(slow);
  private final Budget.Account otherAccount = budget.open(other);

  /** A line that grows slowly is kept since its first bytes: it is not a new line each time. */
  @Test
  void aLineThatGrowsIsHeldSinceItsFirstBytes() {
    slow.pipeline().addLast(new RequestDecoder(slowAccount, new byte[100], 100, () -> true));
    slow.writeInbound(Unpooled.copiedBuffer("x".repeat(40), StandardCharsets.US_ASCII));
    for (int i = 0; i < 100; i++) {
      otherAccount.charge(1);
      otherAccount.release(1);
    }
    otherAccount.charge(25);
    otherAccount.charge(25);
    slow.writeInbound(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII));
    otherAccount.charge(25);
    assertFalse(slow.isOpen());
    assertTrue(other.isOpen());
  }
}
