package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** HELLO 3: the replies whose type differs from RESP2's, as Redis 7.0 types them. */
class RespThreeTest extends RespFixture {
  @BeforeEach
  void hello() throws IOException {
    assertTrue(client.ask("HELLO 3").startsWith("%7|$6|server|$2|kv|$7|version|"));
  }

  @Test
  void helloIsAMapWithTheVersion() throws IOException {
    String reply = client.ask("HELLO");
    assertTrue(reply.startsWith("%7|"), reply);
    assertTrue(reply.contains("|$5|proto|:3|"), reply);
    assertTrue(reply.endsWith("|$4|role|$6|master|$7|modules|*0|"), reply);
  }

  @Test
  void aMissingValueIsNull() throws IOException {
    check("GET absent", "_|");
    check("MGET absent", "*1|_|");
    check("GETDEL absent", "_|");
    check("SET absent 1 XX", "_|");
    check("CLIENT GETNAME", "_|");
    check("MEMORY USAGE absent", "_|");
    check("COMMAND INFO nothing", "*1|_|");
  }

  @Test
  void aFailedTransactionIsNull() throws IOException {
    check("WATCH k", "+OK|");
    check("SET k 1", "+OK|");
    check("MULTI", "+OK|");
    check("EXEC", "_|");
  }

  @Test
  void settingsAreAMap() throws IOException {
    check("CONFIG GET appendonly", "%1|$10|appendonly|$3|yes|");
    check("CONFIG GET nothing", "%0|");
  }

  @Test
  void textForPeopleIsAVerbatimString() throws IOException {
    assertTrue(client.ask("INFO server").matches("(?s)=\\d+\\|txt:# Server\r\n.*"));
    assertTrue(client.ask("CLIENT INFO").matches("(?s)=\\d+\\|txt:id=\\d+ .* resp=3 .*"));
    assertTrue(client.ask("CLIENT LIST").matches("(?s)=\\d+\\|txt:id=\\d+ .*"));
  }

  @Test
  void flagsAreASetAndDocumentsAMap() throws IOException {
    check(
        "COMMAND INFO get",
        "*1|*10|$3|get|:2|~2|+readonly|+fast|:1|:1|:1|~3|+@read|+@string|+@fast|~0|~0|*0|");
    check(
        "COMMAND DOCS get",
        "%1|$3|get|%2|$7|summary|$27|Returns the value of a key.|$5|group|$6|string|");
  }

  @Test
  void otherTypesAreThoseOfRespTwo() throws IOException {
    check("SET k v", "+OK|");
    check("GET k", "$1|v|");
    check("EXISTS k", ":1|");
    check("KEYS *", "*1|$1|k|");
    check("SCAN 0", "*2|$1|0|*1|$1|k|");
    check("BOGUS", "-ERR unknown command 'BOGUS', with args beginning with: |");
  }

  @Test
  void helloAndResetGoBackToRespTwo() throws IOException {
    assertTrue(client.ask("HELLO 2").startsWith("*14|"));
    check("GET absent", "$-1|");
    assertTrue(client.ask("HELLO 3").startsWith("%7|"));
    check("RESET", "+RESET|");
    check("GET absent", "$-1|");
  }

  @Test
  void aHelloThatFailsChangesNothing() throws IOException {
    check("HELLO 2 BOGUS", "-ERR Syntax error in HELLO option 'BOGUS'|");
    check("GET absent", "_|");
  }

  @Test
  void anotherConnectionStaysWithRespTwo() throws IOException {
    try (RespWire other = connect()) {
      assertEquals("$-1|", other.ask("GET absent"));
    }
  }
}
