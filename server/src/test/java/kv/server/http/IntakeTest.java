package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import kv.server.core.Budget;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that arrive, wait, and are charged. */
class IntakeTest {
  private static final String REQUEST = "GET /kv/os HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final Budget budget = new Budget(1 << 20);
  private EmbeddedChannel channel;
  private Intake intake;

  /** The number of reads from the network. */
  private int reads;

  @BeforeEach
  void connect() {
    channel = new EmbeddedChannel();
    intake = new Intake(budget.open(channel));
    ChannelOutboundHandlerAdapter network =
        new ChannelOutboundHandlerAdapter() {
          @Override
          public void read(ChannelHandlerContext context) {
            reads++;
          }
        };
    channel.pipeline().addLast(network, intake);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void receive(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    channel.writeInbound(bytes);
  }

  /** Removes the decoded parts, and returns the number of requests. */
  private int requests() {
    int count = 0;
    for (Object part = channel.readInbound(); part != null; part = channel.readInbound()) {
      count += part instanceof HttpRequest ? 1 : 0;
      ReferenceCountUtil.release(part);
    }
    return count;
  }

  @Test
  void whilePausedArrivingBytesWaitAndNoMoreIsRead() {
    intake.pause();
    receive(REQUEST + REQUEST);
    assertNull(channel.readInbound());
    assertFalse(channel.config().isAutoRead());
    assertEquals(0, reads);
    intake.resume();
    assertEquals(2, requests());
    assertTrue(channel.config().isAutoRead());
  }

  @Test
  void discardedBytesAreReadAndDropped() {
    receive(REQUEST.substring(0, 10));
    intake.discard();
    receive(REQUEST);
    assertTrue(channel.config().isAutoRead());
    assertEquals(0, requests());
  }

  @Test
  void aHeadIsChargedUntilItIsComplete() {
    receive(REQUEST.substring(0, 30));
    // "GET /kv/os HTTP/1.1\r\n" is an object already, and "Host: loc" is still bytes.
    assertTrue(budget.used() >= 32 * 21 + 9, "charged: " + budget.used());
    receive(REQUEST.substring(30));
    assertEquals(1, requests());
    assertEquals(0, budget.used());
  }

  @Test
  void aLongLineBufferIsChargedUntilTheEnd() {
    receive("GET /" + "a".repeat(10_000) + " HTTP/1.1\r\n");
    receive("\r\n");
    assertEquals(1, requests());
    assertTrue(budget.used() >= 10_000, "charged: " + budget.used());
    assertTrue(budget.used() < 11_000, "charged: " + budget.used());
    channel.close();
    assertEquals(0, budget.used());
  }

  @Test
  void manyShortHeadersAreChargedAsObjects() {
    receive("GET / HTTP/1.1\r\n" + "a:\r\n".repeat(1000));
    assertTrue(budget.used() > 100 * 1000, "charged: " + budget.used());
  }
}
