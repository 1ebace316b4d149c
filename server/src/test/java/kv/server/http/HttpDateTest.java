package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** The Date of replies. */
class HttpDateTest {
  private Instant now = Instant.parse("1994-11-06T08:49:37Z");

  private final HttpDate date =
      new HttpDate(
          new Clock() {
            @Override
            public Instant instant() {
              return now;
            }

            @Override
            public ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return this;
            }
          });

  @Test
  void aDateIsWrittenAsHttpDoes() {
    assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", date.now());
  }

  @Test
  void aDateIsFormattedOnceASecond() {
    String first = date.now();
    now = now.plusMillis(999);
    assertSame(first, date.now());
    now = now.plusMillis(1);
    assertEquals("Sun, 06 Nov 1994 08:49:38 GMT", date.now());
  }
}
