package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that run only if the value is still the one that the client knows. */
class PreconditionsTest extends HttpFixture {
  private static final String DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
  private static final byte[] NEW = "linux".getBytes(StandardCharsets.UTF_8);

  /** The tag of the value {@code mac} of the key {@code os}. */
  private String etag;

  @BeforeEach
  void putOne() throws IOException {
    server.context().store().delete(new byte[] {'n', 'o'});
    put("/kv/os", "mac");
    etag = ask("HEAD", "/kv/os").header("etag");
  }

  /** A pattern that backtracks at each blank would take minutes for these. */
  @Test
  @Timeout(60)
  void aLongListOfBlanksIsRefusedAtOnce() throws IOException {
    for (int i = 0; i < 50; i++) {
      assertRefused(400, "PUT", "If-Match: \"a\"," + " ".repeat(15_000) + "x");
    }
  }

  /** Asserts a status, and that the value of {@code os} did not change. */
  private void assertRefused(int status, String method, String... headers) throws IOException {
    byte[] body = method.equals("PUT") ? NEW : null;
    assertEquals(status, ask(method, "/kv/os", body, headers).status());
    assertEquals("mac", ask("GET", "/kv/os").text());
  }

  private void assertDone(String method, String... headers) throws IOException {
    byte[] body = method.equals("PUT") ? NEW : null;
    assertEquals(204, ask(method, "/kv/os", body, headers).status());
    assertEquals(method.equals("PUT") ? "linux" : "no such key\n", ask("GET", "/kv/os").text());
  }

  private int absent(String method, String... headers) throws IOException {
    byte[] body = method.equals("PUT") ? NEW : null;
    int status = ask(method, "/kv/no", body, headers).status();
    assertEquals(status == 201, server.context().store().containsKey(new byte[] {'n', 'o'}));
    return status;
  }

  // ======== Tags ========

  @Test
  void aTagIsStrongAndNamesTheBytes() throws IOException {
    assertEquals("\"3-NIpin1zu0DLD6HBuxH2b-g\"", etag);
    assertEquals(
        etag, put("/kv/no", "mac").header("etag"), "the tag depends on the value, not on the key");
    assertNotEquals(etag, put("/kv/no", "mad").header("etag"));
    assertNotEquals(etag, put("/kv/no", "").header("etag"));
    put("/kv/os", "linux");
    put("/kv/os", "mac");
    assertEquals(etag, ask("GET", "/kv/os").header("etag"));
  }

  @Test
  void anAbsentKeyHasNoTag() throws IOException {
    assertNull(ask("GET", "/kv/no").header("etag"));
  }

  // ======== If-Match ========

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void aWriteIsDoneIfTheTagIsTheValues(String method) throws IOException {
    assertDone(method, "If-Match: " + etag);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void aWriteIsDoneIfOneTagOfAListIsTheValues(String method) throws IOException {
    assertDone(method, "If-Match: \"a,b\", W/\"c\",," + etag + " ,\"d\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void severalHeadersAreOneList(String method) throws IOException {
    assertDone(method, "If-Match: \"a\"", "If-Match: " + etag);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void anAsteriskMatchesEveryValue(String method) throws IOException {
    assertDone(method, "If-Match: *");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT", "DELETE"})
  void anotherTagOrAWeakOneDoesNotMatch(String method) throws IOException {
    assertRefused(412, method, "If-Match: \"v1\"");
    assertRefused(412, method, "If-Match: W/" + etag);
    assertRefused(412, method, "If-Match: \"a\", \"b\"");
  }

  @Test
  void anAbsentKeyMatchesNothing() throws IOException {
    assertEquals(412, absent("PUT", "If-Match: \"v1\""));
    assertEquals(412, absent("PUT", "If-Match: *"));
  }

  /** RFC 9110, 13.2.1: without the condition the answer would be 404 too. */
  @Test
  void anAbsentKeyIsNotFoundUnderAnyCondition() throws IOException {
    for (String condition : new String[] {"If-Match: *", "If-Match: \"v\"", "If-None-Match: *"}) {
      assertEquals(404, absent("GET", condition));
      assertEquals(404, absent("DELETE", condition));
    }
  }

  // ======== If-None-Match ========

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void aKeyThatExistsIsNotOverwrittenIfItMustBeAbsent(String method) throws IOException {
    assertRefused(412, method, "If-None-Match: *");
    assertRefused(412, method, "If-None-Match: \"a\", " + etag);
    assertRefused(412, method, "If-None-Match: W/" + etag);
  }

  @Test
  void aKeyThatIsAbsentIsCreatedIfItMustBeAbsent() throws IOException {
    assertEquals(201, absent("PUT", "If-None-Match: *"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void aWriteIsDoneIfTheTagIsNotTheValues(String method) throws IOException {
    assertDone(method, "If-None-Match: \"v1\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void aValueThatTheClientHasIsNotSent(String method) throws IOException {
    for (String tag : new String[] {etag, "W/" + etag, "\"a\"," + etag, "*"}) {
      HttpWire.Reply reply = ask(method, "/kv/os", null, "If-None-Match: " + tag);
      assertEquals(304, reply.status());
      assertEquals(etag, reply.header("etag"));
      assertNull(reply.header("content-length"));
    }
    assertEquals(200, ask(method, "/kv/os", null, "If-None-Match: \"v1\"").status());
  }

  @Test
  void theConnectionStaysOpenAfterANotModified() throws IOException {
    try (HttpWire wire = connect()) {
      wire.send("GET", "/kv/os", null, "If-None-Match: " + etag);
      assertEquals(304, wire.reply().status());
      wire.send("GET", "/kv/os", null);
      assertEquals("mac", wire.reply().text());
    }
  }

  @Test
  void bothConditionsMustHold() throws IOException {
    assertRefused(412, "PUT", "If-Match: " + etag, "If-None-Match: " + etag);
    assertRefused(412, "GET", "If-Match: \"v1\"", "If-None-Match: " + etag);
    assertDone("PUT", "If-Match: " + etag, "If-None-Match: \"v1\"");
  }

  // ======== Other conditions ========

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void aWriteWithAConditionThatCannotBeEvaluatedIsRefused(String method) throws IOException {
    assertRefused(412, method, "If-Unmodified-Since: " + DATE);
    assertRefused(412, method, "If: (<urn:uuid:1>)");
    assertRefused(412, method, "If-Schedule-Tag-Match: \"v1\"");
  }

  @Test
  void aDateBesideIfMatchIsIgnored() throws IOException {
    assertDone("PUT", "If-Match: " + etag, "If-Unmodified-Since: " + DATE);
  }

  @Test
  void aGetIgnoresDatesSinceAValueHasNone() throws IOException {
    for (String name : new String[] {"If-Modified-Since: ", "If-Unmodified-Since: ", "If-New: "}) {
      HttpWire.Reply reply = ask("GET", "/kv/os", null, name + DATE);
      assertEquals(200, reply.status());
      assertNull(reply.header("last-modified"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "v1", "v1, v2", "\"v1", "*, \"v1\"", "\"a\" \"b\"", "w/\"a\"", ","})
  void aMalformedConditionIsABadRequest(String tags) throws IOException {
    assertRefused(400, "PUT", "If-Match: " + tags);
    assertRefused(400, "DELETE", "If-None-Match: " + tags);
    assertRefused(400, "GET", "If-None-Match: " + tags);
  }

  @Test
  void aMergeHasNoConditions() throws IOException {
    assertEquals(412, ask("POST", "/merge", null, "If-Match: *").status());
  }

  @Test
  void aFalseConditionIsNotCountedAsAnError() throws IOException {
    long before = server.context().counters().errors();
    assertRefused(412, "PUT", "If-None-Match: *");
    assertEquals(before, server.context().counters().errors());
  }

  // ======== Many clients ========

  /** Each client increments a counter by compare-and-set, a fixed number of times. */
  @Test
  void noUpdateIsLost() throws Exception {
    int clients = 4;
    int updates = 100;
    put("/kv/counter", "0");
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      Thread thread = new Thread(() -> add(updates, failures));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    assertEquals(String.valueOf(clients * updates), ask("GET", "/kv/counter").text());
  }

  private void add(int updates, List<Throwable> failures) {
    try (HttpWire wire = connect()) {
      for (int done = 0; done < updates; ) {
        wire.send("GET", "/kv/counter", null);
        HttpWire.Reply now = wire.reply();
        String next = String.valueOf(Integer.parseInt(now.text()) + 1);
        wire.send(
            "PUT",
            "/kv/counter",
            next.getBytes(StandardCharsets.UTF_8),
            "If-Match: " + now.header("etag"));
        done += wire.reply().status() == 204 ? 1 : 0;
      }
    } catch (IOException | RuntimeException e) {
      synchronized (failures) {
        failures.add(e);
      }
    }
  }

  @Test
  void ofManyCreationsInOneTurnOneSucceeds() throws IOException {
    ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
    for (int i = 0; i < 10; i++) {
      pipeline.writeBytes(HttpWire.request("PUT", "/kv/no", NEW, "If-None-Match: *"));
    }
    try (HttpWire wire = connect()) {
      wire.send(pipeline.toByteArray());
      assertEquals(201, wire.reply().status());
      for (int i = 1; i < 10; i++) {
        assertEquals(412, wire.reply().status());
      }
    }
  }
}
