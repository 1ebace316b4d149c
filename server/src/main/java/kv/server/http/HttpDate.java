package kv.server.http;

import io.netty.handler.codec.DateFormatter;
import java.time.Clock;
import java.util.Date;
import java.util.concurrent.TimeUnit;

/**
 * The Date of replies (RFC 9110, section 6.6.1), formatted once a second. Used on the event loop
 * only.
 */
final class HttpDate {
  private final Clock clock;
  private long second = -1;
  private String text;

  HttpDate(Clock clock) {
    this.clock = clock;
  }

  /** Returns the present time, as in {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
  String now() {
    long now = TimeUnit.MILLISECONDS.toSeconds(clock.millis());
    if (now != second) {
      second = now;
      text = DateFormatter.format(new Date(TimeUnit.SECONDS.toMillis(now)));
    }
    return text;
  }
}
