package kv.server;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles a connection that could not be accepted, for example because no file descriptor is left.
 * The connection stays in the system's queue, and would be reported again at once. So the port
 * pauses for a second before it tries again. There is one handler for each port.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
  private static final long PAUSE_MILLIS = 1000;

  /** Time after a message during which no further message is logged. */
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final Logger LOGGER = LoggerFactory.getLogger(AcceptFailures.class);

  private long lastMessage = System.nanoTime() - QUIET_NANOS;

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      context.fireExceptionCaught(cause);
      return;
    }
    ChannelConfig config = context.channel().config();
    config.setAutoRead(false);
    context
        .executor()
        .schedule(() -> config.setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    if (System.nanoTime() - lastMessage >= QUIET_NANOS) {
      lastMessage = System.nanoTime();
      LOGGER.warn("cannot accept connections, trying again: {}", cause.getMessage());
    }
  }
}
