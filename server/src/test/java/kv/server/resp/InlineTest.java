package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Commands that a person types with nc or telnet, or that a script echoes. */
class InlineTest extends RespFixture {
  private static List<String> words(String line) {
    List<byte[]> words = InlineCommand.split(RespWire.bytes(line));
    return words == null
        ? null
        : words.stream().map(w -> new String(w, StandardCharsets.ISO_8859_1)).toList();
  }

  @Test
  void aLineIsACommandAsNcSendsIt() throws IOException {
    client.send("SET key value\nGET key\n");
    assertEquals("+OK|", client.reply());
    assertEquals("$5|value|", client.reply());
  }

  @Test
  void aLineIsACommandAsTelnetSendsIt() throws IOException {
    client.send("SET key value\r\nGET key\r\n");
    assertEquals("+OK|", client.reply());
    assertEquals("$5|value|", client.reply());
  }

  @Test
  void aLineMayComeInPieces() throws IOException {
    for (char c : "ECHO hello\n".toCharArray()) {
      client.send(String.valueOf(c));
    }
    assertEquals("$5|hello|", client.reply());
  }

  @Test
  void emptyLinesAreIgnored() throws IOException {
    client.send("\n\r\n   \nPING\n");
    assertEquals("+PONG|", client.reply());
  }

  @Test
  void bytesThatAreNotTextAreUnchanged() throws IOException {
    client.send("ECHO \u00ff\u00fe\u0000\u0080\n");
    assertEquals("$4|\u00ff\u00fe\u0000\u0080|", client.reply());
  }

  @Test
  void wordsAreSeparatedByBlanks() {
    assertEquals(List.of("a", "b", "c"), words("  a b\t\t c  "));
    assertEquals(List.of(), words(""));
  }

  @Test
  void quotesKeepBlanksAndEmptyWords() {
    assertEquals(List.of("SET", "a key", "a  value"), words("SET \"a key\" 'a  value'"));
    assertEquals(List.of("", ""), words("'' \"\""));
    assertEquals(List.of("ab c"), words("a\"b c\""));
  }

  @Test
  void doubleQuotesHaveEscapes() {
    assertEquals(List.of("A\n\r\t\b\u0007\"\\q"), words("\"\\x41\\n\\r\\t\\b\\a\\\"\\\\\\q\""));
    assertEquals(List.of("xZZ"), words("\"\\xZZ\""));
    assertEquals(List.of("x4"), words("\"\\x4\""));
  }

  @Test
  void singleQuotesHaveOneEscape() {
    assertEquals(List.of("it's", "\\n"), words("'it\\'s' '\\n'"));
  }

  @Test
  void outsideOfQuotesABackslashIsABackslash() {
    assertEquals(List.of("a\\x41"), words("a\\x41"));
  }

  @Test
  void aQuoteMustBeClosedAndFollowedByABlank() throws IOException {
    assertNull(words("SET a \"b"));
    assertNull(words("SET a 'b"));
    assertNull(words("SET a \"b\"c"));
    assertNull(words("SET a 'b'c"));
    assertNull(words("\"\\"));
    client.send("PING\nSET a \"b\n");
    assertEquals("+PONG|-ERR Protocol error: unbalanced quotes in request|", client.rest());
  }

  @Test
  void aLineHasAtMost64KiB() throws IOException {
    String longest = "ECHO " + "x".repeat((64 << 10) - 5);
    client.send(longest + "\r\n");
    assertEquals("$65531|" + longest.substring(5) + "|", client.reply());
    client.send("x" + longest + "\n");
    assertEquals("-ERR Protocol error: too big inline request|", client.rest());
  }

  @Test
  void aLineThatNeverEndsIsNotKept() throws IOException {
    client.send("x".repeat((64 << 10) + 1));
    assertEquals("-ERR Protocol error: too big inline request|", client.rest());
  }

  @Test
  void requestsOfABrowserDoNotRun() throws IOException {
    client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1:6380\r\n\r\nSET a 1\r\n");
    assertEquals("", client.rest());
    try (RespWire other = connect()) {
      other.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:6380\r\n\r\nSET a 1\r\n");
      assertEquals("", other.rest());
    }
    assertEquals(0, server.context().store().size());
  }
}
