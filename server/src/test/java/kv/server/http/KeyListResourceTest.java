package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import kv.server.core.Scans;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of keys, a page at a time. */
class KeyListResourceTest extends HttpFixture {

  private void putKeys(String prefix, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      server.context().store().put((prefix + i).getBytes(StandardCharsets.UTF_8), new byte[0]);
    }
  }

  private JsonObject list(String query) throws IOException {
    HttpWire.Reply reply = ask("GET", "/kv?" + query);
    assertEquals(200, reply.status(), reply.text());
    return JsonParser.parseString(reply.text()).getAsJsonObject();
  }

  private static List<String> keys(JsonObject list) {
    List<String> keys = new ArrayList<>();
    list.getAsJsonArray("keys").forEach(key -> keys.add(key.getAsString()));
    return keys;
  }

  private static String cursor(JsonObject list) {
    assertEquals(list.get("more").getAsBoolean(), list.has("cursor"), list.toString());
    return list.has("cursor") ? list.get("cursor").getAsString() : null;
  }

  /** Follows the cursors of a list to its end, and runs a step after each page. */
  private List<String> all(String query, Step step) throws IOException {
    List<String> keys = new ArrayList<>();
    JsonObject page = list(query);
    keys.addAll(keys(page));
    for (String cursor = cursor(page); cursor != null; cursor = cursor(page)) {
      step.run();
      page = list(query + "&cursor=" + cursor);
      keys.addAll(keys(page));
    }
    return keys;
  }

  /** A change between two pages. */
  private interface Step {
    void run() throws IOException;
  }

  private static Set<String> once(List<String> keys) {
    Set<String> set = new TreeSet<>(keys);
    assertEquals(set.size(), keys.size(), "a key is listed twice");
    return set;
  }

  @Test
  void theCursorsOfAListLeadToAllKeys() throws IOException {
    putKeys("key", 25_000);
    assertEquals(25_000, once(all("limit=10000", () -> {})).size());
    assertEquals(25_000, once(all("limit=999", () -> {})).size());
  }

  @Test
  void aCursorContinuesAListWithAPrefix() throws IOException {
    putKeys("a", 50);
    putKeys("b", 50);
    Set<String> found = once(all("prefix=a&limit=7", () -> {}));
    assertEquals(50, found.size());
    assertTrue(found.stream().allMatch(key -> key.startsWith("a")));
  }

  @Test
  void aCursorKnowsItsPrefix() throws IOException {
    putKeys("a", 5);
    putKeys("b", 5);
    String cursor = cursor(list("prefix=a&limit=2"));
    assertEquals(3, keys(list("cursor=" + cursor + "&limit=10")).size());
    cursor = cursor(list("prefix=a&limit=2"));
    assertEquals(400, ask("GET", "/kv?prefix=b&cursor=" + cursor).status());
  }

  @Test
  void aKeyThatExistsAllTheTimeIsListedOnceDespiteOtherChanges() throws IOException {
    putKeys("key", 200);
    int[] round = {0};
    Set<String> found =
        once(
            all(
                "limit=10",
                () -> {
                  putKeys("other" + round[0]++ + "-", 20);
                  putKeys("key", 200);
                  server.context().store().delete("key7".getBytes(StandardCharsets.UTF_8));
                  server.context().store().merge();
                }));
    for (int i = 0; i < 200; i++) {
      assertTrue(i == 7 || found.contains("key" + i), "key" + i);
    }
  }

  @Test
  void aDeletedKeyIsLeftOut() throws IOException {
    putKeys("key", 10);
    String first = cursor(list("limit=2"));
    JsonObject second = list("limit=2&cursor=" + first);
    Set<String> listed = new TreeSet<>(keys(second));
    for (int i = 0; i < 10; i++) {
      server.context().store().delete(("key" + i).getBytes(StandardCharsets.UTF_8));
    }
    JsonObject last = list("cursor=" + cursor(second));
    assertEquals(2, listed.size());
    assertEquals(List.of(), keys(last));
    assertFalse(last.get("more").getAsBoolean());
  }

  @Test
  void aCursorCanBeUsedTwice() throws IOException {
    putKeys("key", 10);
    String first = cursor(list("limit=3"));
    List<String> second = keys(list("limit=3&cursor=" + first));
    assertEquals(second, keys(list("limit=3&cursor=" + first)));
  }

  @Test
  void anUnknownCursorIsGoneAndTheMessageHelps() throws IOException {
    putKeys("key", 3);
    String cursor = cursor(list("limit=2"));
    for (int i = 0; i < Scans.MAX_SCANS; i++) {
      list("limit=2");
    }
    HttpWire.Reply reply = ask("GET", "/kv?cursor=" + cursor);
    assertEquals(410, reply.status());
    assertTrue(reply.text().contains("start the list again"), reply.text());
    assertEquals(410, ask("GET", "/kv?cursor=1").status());
    assertEquals(410, ask("GET", "/kv?cursor=0").status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "99999999999999999999999", "1.0"})
  void aMalformedCursorIsABadRequest(String cursor) throws IOException {
    assertEquals(400, ask("GET", "/kv?cursor=" + cursor).status());
  }

  @Test
  void longKeysMakeShortPagesAndAreAllListed() throws IOException {
    for (int i = 0; i < 40; i++) {
      server.context().store().put(new byte[65_000 + i], new byte[0]);
    }
    assertEquals(40, once(all("limit=1000", () -> {})).size());
  }

  @Test
  void aPlusSignInAPrefixIsASpace() throws IOException {
    for (String key : new String[] {"a%20b", "a%2Bb", "ab"}) {
      put("/kv/" + key, "");
    }
    assertEquals(List.of("a%20b"), keys(list("prefix=a+b")));
    assertEquals(List.of("a%20b"), keys(list("prefix=a%20b")));
    assertEquals(List.of("a%2Bb"), keys(list("prefix=a%2Bb")));
  }

  @Test
  void aParameterIsGivenOnce() throws IOException {
    assertEquals(400, ask("GET", "/kv?limit=1&limit=2").status());
  }
}
