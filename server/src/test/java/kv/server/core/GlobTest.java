package kv.server.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import kv.server.resp.RespWire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns, as Redis has them. */
class GlobTest {
  private static boolean matches(String pattern, String key) {
    return Glob.matches(RespWire.bytes(pattern), RespWire.bytes(key));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "'' '' true",
        "'' a false",
        "a a true",
        "a b false",
        "a aa false",
        "aa a false",
        "* '' true",
        "* abc true",
        "a* a true",
        "a* abc true",
        "a* ba false",
        "*c abc true",
        "*c cb false",
        "a*c abbbc true",
        "a*c ac true",
        "a*b*c abxbc true",
        "a*b*c acb false",
        "*a* xay true",
        "a** a true",
        "? a true",
        "? '' false",
        "?? a false",
        "a?c abc true",
        "h?llo hello true",
        "[ab] a true",
        "[ab] c false",
        "[a-c] b true",
        "[c-a] b true",
        "[a-c] d false",
        "[^ab] c true",
        "[^ab] a false",
        "[^a-c] b false",
        "h[ae]llo hallo true",
        "[a] '' false",
        "[] a false",
        "[ab a true",
        "[ab c false",
        "[a- a true",
        "[a- - true",
        "[\\]] ] true",
        "[\\-a] - true",
        "[]a] ]a] false",
        "[^] a true",
        "\\* * true",
        "\\* a false",
        "\\? ? true",
        "\\[a] [a] true",
        "\\\\ \\ true",
        "\\ \\ true",
        "a\\ a\\ true",
        "\\a a true",
      })
  void matchesAsInRedis(String pattern, String key, boolean expected) {
    assertEquals(expected, matches(pattern, key), pattern + " " + key);
  }

  @Test
  void matchesBytesAndNotCharacters() {
    assertEquals(true, matches("?", "\u00ff"));
    assertEquals(true, matches("[\u0080-\u00ff]", "\u00a0"));
    assertEquals(false, matches("[\u0080-\u00ff]", "a"));
  }

  @Test
  @Timeout(60)
  void manyStarsDoNotTakeExponentialTime() {
    assertFalse(matches("a*".repeat(500) + "b", "a".repeat(65_535)));
  }
}
