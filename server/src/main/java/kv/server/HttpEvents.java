/*
 * WHAT THIS FILE IS
 *
 * /events: the numbers four times a second, for as long as somebody listens, as server-sent events.
 * That is a reply that does not end:
 *
 *     data: {"uptimeMillis":1250,"keys":3, ...}
 *
 *     data: {"uptimeMillis":1500,"keys":4, ...}
 *
 * They are made once for all who listen, and not at all if nobody does. Whoever has not read the
 * last ones does not get the next: each event says all, so nothing is lost by that.
 *
 * NOT HERE, AND WHY
 *
 * A WebSocket. Here the server talks and the browser listens; that is plain HTTP, and the browser
 * connects anew by itself.
 */
package kv.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those who listen to the numbers. Used on the event loop only. */
final class HttpEvents {
  /** How many may listen. */
  static final int MAX_LISTENERS = 32;

  private static final long PERIOD_MILLIS = 250;

  private static final Logger LOGGER = LoggerFactory.getLogger(HttpEvents.class);

  /** Where the numbers come from. */
  interface Source {
    /** Returns them as they are now. */
    HttpStats now() throws IOException;
  }

  private final Source source;
  private final Set<Channel> listeners = new LinkedHashSet<>();
  private Future<?> clock;

  HttpEvents(Source source) {
    this.source = source;
  }

  /** Are there as many as may be? */
  boolean isFull() {
    return listeners.size() >= MAX_LISTENERS;
  }

  /** How many listen. */
  int listeners() {
    return listeners.size();
  }

  /** Sends a connection what happens, from now until it is closed. Its reply has been begun. */
  void add(Channel listener) {
    listeners.add(listener);
    listener.closeFuture().addListener(closed -> remove(listener));
    if (clock == null) {
      clock =
          listener
              .eventLoop()
              .scheduleAtFixedRate(this::sendOrSkip, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void remove(Channel listener) {
    listeners.remove(listener);
    if (listeners.isEmpty() && clock != null) {
      clock.cancel(false);
      clock = null;
    }
  }

  private void sendOrSkip() {
    try {
      send();
    } catch (RuntimeException | Error e) {
      // Else these would have been the last: a task that throws is not run again.
      LOGGER.warn("some events were not sent", e);
    }
  }

  private void send() {
    ByteBuf event = Unpooled.wrappedBuffer(event().getBytes(StandardCharsets.UTF_8));
    // A copy, since a connection that turns out to be closed takes itself out.
    for (Channel listener : List.copyOf(listeners)) {
      if (listener.isWritable()) {
        listener.writeAndFlush(new DefaultHttpContent(event.retainedDuplicate()));
      }
    }
    event.release();
  }

  private String event() {
    try {
      return "data: " + HttpReply.toJson(source.now()) + "\n\n";
    } catch (IOException | RuntimeException | Error e) {
      return "event: failure\ndata: " + HttpReply.toJson(String.valueOf(e.getMessage())) + "\n\n";
    }
  }
}
