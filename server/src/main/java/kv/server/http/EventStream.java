/*
 * WHAT THIS FILE IS
 *
 * /events: the numbers four times a second, as server-sent events, until the client closes the
 * connection. The reply does not end:
 *
 *     data: {"uptimeMillis":1250,"keys":3, ...}
 *
 *     data: {"uptimeMillis":1500,"keys":4, ...}
 *
 * The server makes each event once for all listeners, and makes none without a listener. A listener
 * that has not read the last events does not get the next one: each event has all numbers, so the
 * listener misses nothing.
 *
 * NOT HERE, AND WHY
 *
 * A WebSocket. Only the server sends events, so plain HTTP suffices, and a browser reconnects by
 * itself.
 */
package kv.server.http;

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

/** The connections that receive events. Used on the event loop only. */
final class EventStream {
  /** The most listeners. */
  static final int MAX_LISTENERS = 32;

  private static final long PERIOD_MILLIS = 250;

  private static final Logger LOGGER = LoggerFactory.getLogger(EventStream.class);

  /** The source of the numbers. */
  interface Source {
    /** Returns the current numbers. */
    ServerStats now() throws IOException;
  }

  private final Source source;
  private final Set<Channel> listeners = new LinkedHashSet<>();
  private Future<?> clock;

  EventStream(Source source) {
    this.source = source;
  }

  /** Returns whether no further listener is allowed. */
  boolean isFull() {
    return listeners.size() >= MAX_LISTENERS;
  }

  /** Returns the number of listeners. */
  int listeners() {
    return listeners.size();
  }

  /** Sends events to a connection until it is closed. The head of its reply was sent before. */
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
      // Without this, no more events would follow: a task that throws is not run again.
      LOGGER.warn("some events were not sent", e);
    }
  }

  private void send() {
    ByteBuf event = Unpooled.wrappedBuffer(event().getBytes(StandardCharsets.UTF_8));
    // A copy, since a write to a closed connection removes it from the listeners.
    for (Channel listener : List.copyOf(listeners)) {
      if (listener.isWritable()) {
        listener.writeAndFlush(new DefaultHttpContent(event.retainedDuplicate()));
      }
    }
    event.release();
  }

  private String event() {
    try {
      return "data: " + Reply.toJson(source.now()) + "\n\n";
    } catch (IOException | RuntimeException | Error e) {
      return "event: failure\ndata: " + Reply.toJson(String.valueOf(e.getMessage())) + "\n\n";
    }
  }
}
