package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a value. */
class ByteRangeTest extends HttpFixture {
  private String etag;

  @BeforeEach
  void putOne() throws IOException {
    etag = put("/kv/os", "linux").header("etag");
    put("/kv/empty", "");
  }

  private HttpWire.Reply get(String range, String... more) throws IOException {
    String[] headers = new String[more.length + 1];
    headers[0] = "Range: " + range;
    System.arraycopy(more, 0, headers, 1, more.length);
    return ask("GET", "/kv/os", null, headers);
  }

  private static void assertWhole(HttpWire.Reply reply) {
    assertEquals(200, reply.status());
    assertEquals("linux", reply.text());
    assertNull(reply.header("content-range"));
    assertEquals("bytes", reply.header("accept-ranges"));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, l, 0-0",
    "bytes=1-3, inu, 1-3",
    "bytes=2-, nux, 2-4",
    "bytes=0-, linux, 0-4",
    "bytes=-2, ux, 3-4",
    "bytes=-99, linux, 0-4",
    "bytes=0-99, linux, 0-4",
    "bytes=4-99999999999999999999, x, 4-4",
    "BYTES=0001-1, i, 1-1",
    "bytes= 1-1 , i, 1-1",
  })
  void aRangeIsAPartOfTheValue(String range, String part, String sent) throws IOException {
    HttpWire.Reply reply = get(range);
    assertEquals(206, reply.status());
    assertEquals(part, reply.text());
    assertEquals("bytes " + sent + "/5", reply.header("content-range"));
    assertEquals(etag, reply.header("etag"));
    assertEquals("text/plain; charset=utf-8", reply.header("content-type"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=5-", "bytes=5-9", "bytes=99999999999999999999-", "bytes=-0"})
  void aRangeAfterTheEndCannotBeSent(String range) throws IOException {
    HttpWire.Reply reply = get(range);
    assertEquals(416, reply.status());
    assertEquals("bytes */5", reply.header("content-range"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=0-0,2-2",
        "bytes=3-1",
        "bytes=-",
        "bytes=a-b",
        "bytes",
        "lines=0-0",
        "bytes=1",
        ""
      })
  void anUnsupportedRangeIsIgnored(String range) throws IOException {
    assertWhole(get(range));
  }

  @Test
  void severalRangeHeadersAreIgnored() throws IOException {
    assertWhole(get("bytes=0-0", "Range: bytes=1-1"));
  }

  @Test
  void anEmptyValueIsReturnedWholeForAnyRange() throws IOException {
    for (String range : new String[] {"bytes=0-", "bytes=-1", "bytes=0-1048575", "bytes=7-9"}) {
      HttpWire.Reply reply = ask("GET", "/kv/empty", null, "Range: " + range);
      assertEquals(200, reply.status(), range);
      assertEquals("0", reply.header("content-length"), range);
    }
  }

  @Test
  void aHeadHasNoRange() throws IOException {
    HttpWire.Reply reply = ask("HEAD", "/kv/os", null, "Range: bytes=0-0");
    assertEquals(200, reply.status());
    assertEquals("5", reply.header("content-length"));
    assertEquals("bytes", reply.header("accept-ranges"));
  }

  @Test
  void ifRangeSendsAPartOnlyOfTheKnownValue() throws IOException {
    assertEquals("nux", get("bytes=2-", "If-Range: " + etag).text());
    assertWhole(get("bytes=2-", "If-Range: \"other\""));
    assertWhole(get("bytes=2-", "If-Range: W/" + etag));
    assertWhole(get("bytes=2-", "If-Range: Sun, 06 Nov 1994 08:49:37 GMT"));
    assertWhole(get("bytes=9-", "If-Range: \"other\""));
    assertWhole(ask("GET", "/kv/os", null, "If-Range: \"other\""));
  }

  @Test
  void conditionsComeBeforeTheRange() throws IOException {
    assertEquals(304, get("bytes=2-", "If-None-Match: " + etag).status());
    assertEquals(412, get("bytes=9-", "If-Match: \"other\"").status());
  }
}
