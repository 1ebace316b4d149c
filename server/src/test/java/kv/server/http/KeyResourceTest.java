package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kv.server.core.Settings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and values over HTTP. */
class KeyResourceTest extends HttpFixture {

  @BeforeEach
  void empty() throws IOException {
    List<byte[]> keys = new ArrayList<>();
    server.context().store().forEachKey(keys::add);
    for (byte[] key : keys) {
      server.context().store().delete(key);
    }
  }

  private String get(String target) throws IOException {
    HttpWire.Reply reply = ask("GET", target);
    assertEquals(200, reply.status());
    return reply.text();
  }

  // ======== One key ========

  @Test
  void aNewKeyIsCreated() throws IOException {
    assertEquals(201, put("/kv/os", "mac").status());
    assertEquals("mac", get("/kv/os"));
  }

  @Test
  void puttingAgainReplacesTheValue() throws IOException {
    put("/kv/os", "mac");
    HttpWire.Reply reply = put("/kv/os", "linux");
    assertEquals(204, reply.status());
    assertNull(reply.header("content-length"));
    assertEquals("linux", get("/kv/os"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "DELETE"})
  void aMissingKeyIsNotFound(String method) throws IOException {
    assertEquals(404, ask(method, "/kv/os").status());
  }

  @Test
  void anEmptyValueIsAValue() throws IOException {
    put("/kv/empty", "");
    HttpWire.Reply reply = ask("GET", "/kv/empty");
    assertEquals(200, reply.status());
    assertEquals("0", reply.header("content-length"));
  }

  @Test
  void headReturnsTheLengthWithoutTheValue() throws IOException {
    put("/kv/os", "linux");
    try (HttpWire wire = connect()) {
      wire.send("HEAD", "/kv/os", null);
      HttpWire.Reply reply = wire.reply(false);
      assertEquals(200, reply.status());
      assertEquals("5", reply.header("content-length"));
      wire.send("GET", "/kv/os", null);
      assertEquals("linux", wire.reply().text(), "the next bytes are the next reply");
    }
  }

  @Test
  void aDeletedKeyIsGone() throws IOException {
    put("/kv/os", "linux");
    assertEquals(204, ask("DELETE", "/kv/os").status());
    assertEquals(404, ask("GET", "/kv/os").status());
    assertEquals(404, ask("DELETE", "/kv/os").status());
  }

  @Test
  void aValueIsAnyBytesAndNotAWebPage() throws IOException {
    byte[] value = new byte[256];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) i;
    }
    ask("PUT", "/kv/bytes", value);
    HttpWire.Reply reply = ask("GET", "/kv/bytes");
    assertArrayEquals(value, reply.body());
    assertEquals("application/octet-stream", reply.header("content-type"));
    assertEquals("nosniff", reply.header("x-content-type-options"));
  }

  // ======== Keys are bytes ========

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a/b",
        "/",
        "//",
        "%2E",
        "%2E%2E",
        "a/../b",
        "a%00b",
        "%FF%FE",
        "caf%C3%A9",
        "a+b",
        "%25",
        "*"
      })
  void aKeyIsAnyBytes(String key) throws IOException {
    put("/kv/other", "other");
    assertEquals(201, put("/kv/" + key, "value").status());
    assertEquals("value", get("/kv/" + key));
    assertEquals("other", get("/kv/other"));
  }

  @ParameterizedTest
  @CsvSource({"a/b, a%2Fb", "a%2fb, a%2Fb", "%61, a", "~, %7E", "a+b, a%2Bb"})
  void anEscapeIsTheByteThatItStandsFor(String key, String same) throws IOException {
    put("/kv/" + key, "value");
    assertEquals("value", get("/kv/" + same));
  }

  @Test
  void theBytesAreTheStoresKey() throws IOException {
    put("/kv/%00%FF/", "value");
    byte[] value = server.context().store().get(new byte[] {0, -1, '/'});
    assertArrayEquals("value".getBytes(StandardCharsets.UTF_8), value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "%4", "a%", "%zz", "%4z", "%-1", "caf\u00e9", "a\u007f"})
  void aMalformedAddressIsABadRequest(String key) throws IOException {
    assertEquals(400, put("/kv/" + key, "value").status());
    assertEquals(0, server.context().store().size());
  }

  @Test
  void aQuestionMarkInAKeyHasToBeEscaped() throws IOException {
    assertEquals(400, put("/kv/really?", "yes").status());
    assertEquals(201, put("/kv/really%3F", "yes").status());
  }

  @Test
  void theLongestKeyFits() throws IOException {
    String key = "/kv/" + "%E2".repeat(65_535);
    assertEquals(201, put(key, "value").status());
    assertEquals("value", get(key));
  }

  @Test
  void aKeyThatIsTooLongIsRefused() throws IOException {
    assertEquals(413, ask("GET", "/kv/" + "a".repeat(65_536)).status());
    assertEquals(413, put("/kv/" + "a".repeat(65_536), "value").status());
    assertEquals(414, ask("GET", "/kv/" + "a".repeat(200_000)).status());
  }

  @Test
  void theLargestValueFits() throws IOException {
    byte[] value = new byte[Settings.DEFAULT_MAX_VALUE];
    value[value.length - 1] = 1;
    assertEquals(201, ask("PUT", "/kv/large", value).status());
    assertArrayEquals(value, ask("GET", "/kv/large").body());
  }

  // ======== Many keys ========

  private JsonObject list(String query) throws IOException {
    HttpWire.Reply reply = ask("GET", "/kv" + query);
    assertEquals(200, reply.status(), reply.text());
    return JsonParser.parseString(reply.text()).getAsJsonObject();
  }

  private static Set<String> keys(JsonObject list) {
    Set<String> keys = new TreeSet<>();
    for (JsonElement key : list.getAsJsonArray("keys")) {
      assertTrue(keys.add(key.getAsString()), "twice: " + key);
    }
    return keys;
  }

  @Test
  void allKeysAreListedPercentEncoded() throws IOException {
    for (String key : new String[] {"os", "a%2Fb", "%00", "%FF", "caf%C3%A9", "", "%22%3C"}) {
      put("/kv/" + key, key);
    }
    JsonObject list = list("");
    assertEquals(Set.of("os", "a%2Fb", "%00", "%FF", "caf%C3%A9", "", "%22%3C"), keys(list));
    assertFalse(list.get("more").getAsBoolean());
    for (String key : keys(list)) {
      assertEquals(key, get("/kv/" + key));
    }
  }

  @Test
  void aPrefixIsBytesToo() throws IOException {
    for (String key : new String[] {"a", "a%2Fb", "a%2Fc", "b"}) {
      put("/kv/" + key, key);
    }
    assertEquals(Set.of("a%2Fb", "a%2Fc"), keys(list("?prefix=a%2F")));
    assertEquals(Set.of("a%2Fb", "a%2Fc"), keys(list("?prefix=a/&limit=2")));
    assertEquals(Set.of(), keys(list("?prefix=%FF")));
  }

  @Test
  void aListReportsWhetherThereAreMoreKeys() throws IOException {
    for (int i = 0; i < 5; i++) {
      put("/kv/" + i, "");
    }
    JsonObject some = list("?limit=4");
    assertEquals(4, keys(some).size());
    assertTrue(some.get("more").getAsBoolean());
    JsonObject all = list("?limit=5");
    assertEquals(5, keys(all).size());
    assertFalse(all.get("more").getAsBoolean());
    assertTrue(list("?limit=0").get("more").getAsBoolean());
  }

  @Test
  void aListOfLongKeysIsShort() throws IOException {
    for (int i = 0; i < 20; i++) {
      server.context().store().put(new byte[65_000 + i], new byte[0]);
    }
    JsonObject list = list("");
    assertEquals(16, keys(list).size());
    assertTrue(list.get("more").getAsBoolean());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?limit=",
        "?limit=-1",
        "?limit=10001",
        "?limit=many",
        "?limit",
        "?perfix=a",
        "?",
        "?a=b&",
        "?prefix=%4",
        "?limit=99999999999"
      })
  void aMalformedQueryIsRefused(String query) throws IOException {
    int expected = query.equals("?") ? 200 : 400;
    assertEquals(expected, ask("GET", "/kv" + query).status());
  }

  // ======== Methods and paths ========

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST    | /kv/os   | GET, HEAD, PUT, DELETE, OPTIONS",
        "PATCH   | /kv/os   | GET, HEAD, PUT, DELETE, OPTIONS",
        "get     | /kv/os   | GET, HEAD, PUT, DELETE, OPTIONS",
        "DELETE  | /kv      | GET, HEAD, OPTIONS",
        "POST    | /        | GET, HEAD, OPTIONS",
        "PUT     | /stats   | GET, HEAD, OPTIONS",
        "PUT     | /metrics | GET, HEAD, OPTIONS",
        "DELETE  | /health  | GET, HEAD, OPTIONS",
        "HEAD    | /events  | GET, OPTIONS",
        "GET     | /merge   | POST, OPTIONS",
      })
  void aMethodThatIsNotAllowedListsTheAllowedOnes(String method, String target, String allowed)
      throws IOException {
    HttpWire.Reply reply = ask(method, target);
    assertEquals(405, reply.status());
    assertEquals(allowed, reply.header("allow"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/index.html", "/kvs", "/kv.json", "/stats/", "/../kv/os"})
  void otherPathsAreNotFound(String target) throws IOException {
    assertEquals(404, ask("GET", target).status());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*          | GET, HEAD, PUT, DELETE, POST, OPTIONS",
        "/kv/os     | GET, HEAD, PUT, DELETE, OPTIONS",
        "/kv?key=os | GET, HEAD, PUT, DELETE, OPTIONS",
        "/kv        | GET, HEAD, OPTIONS",
        "/merge     | POST, OPTIONS",
        "http://localhost | GET, HEAD, PUT, DELETE, POST, OPTIONS",
      })
  void optionsListsTheAllowedMethods(String target, String allowed) throws IOException {
    HttpWire.Reply reply = ask("OPTIONS", target);
    assertEquals(204, reply.status());
    assertEquals(allowed, reply.header("allow"));
  }

  // ======== The keys . and .. ========

  @ParameterizedTest
  @ValueSource(strings = {".", ".."})
  void aDotIsListedInAnAddressableForm(String key) throws IOException {
    server.context().store().put(key.getBytes(StandardCharsets.UTF_8), new byte[] {'v'});
    put("/kv/", "of the empty key");
    String listed = key.replace(".", "%2E");
    assertEquals(Set.of("", listed), keys(list("")));
    assertEquals("v", get("/kv/" + listed));
    assertEquals(204, ask("DELETE", "/kv/" + listed).status());
    assertEquals(Set.of(""), keys(list("")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE"})
  void anUnescapedDotIsRefused(String method) throws IOException {
    server.context().store().put(new byte[] {'.'}, new byte[0]);
    for (String target : new String[] {"/kv/.", "/kv/..", "http://localhost/kv/."}) {
      assertEquals(400, ask(method, target).status());
    }
    assertEquals(1, server.context().store().size());
    assertTrue(ask("GET", "/kv/..").text().contains("/kv/%2E%2E"));
  }

  @Test
  void aKeyInTheQueryIsTheSameKey() throws IOException {
    for (String key : new String[] {".", "..", "", "a+b%2Bc", "%00%FF"}) {
      String target = "/kv?key=" + key;
      assertEquals(201, put(target, "value").status());
      assertEquals("value", get(target));
    }
    assertEquals(Set.of("%2E", "%2E%2E", "", "a%20b%2Bc", "%00%FF"), keys(list("")));
    assertEquals(204, ask("DELETE", "/kv?key=..").status());
    assertEquals(404, ask("GET", "/kv/%2E%2E").status());
    assertEquals(400, ask("GET", "/kv?key=a&prefix=b").status());
  }
}
