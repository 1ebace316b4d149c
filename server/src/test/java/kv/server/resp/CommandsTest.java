package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The reply of each command, equal to that of Redis 7.0 byte by byte: these pairs were compared
 * with it. Line ends are shown as a bar.
 */
class CommandsTest extends RespFixture {
  @Test
  void pingAnswersOrRepeatsItsArgument() throws IOException {
    check("PING", "+PONG|");
    check("PING hello", "$5|hello|");
    check("PING a b", "-ERR wrong number of arguments for 'ping' command|");
    check("ECHO hello", "$5|hello|");
    check("ECHO ''", "$0||");
    check("ECHO", "-ERR wrong number of arguments for 'echo' command|");
    check("ECHO a b", "-ERR wrong number of arguments for 'echo' command|");
  }

  @Test
  void namesAreCaseInsensitive() throws IOException {
    check("set k v", "+OK|");
    check("GeT k", "$1|v|");
    check("Config Get SAVE", "*2|$4|save|$0||");
  }

  @Test
  void anUnknownCommandIsRepeatedInTheError() throws IOException {
    check("FOO", "-ERR unknown command 'FOO', with args beginning with: |");
    check("foo a b", "-ERR unknown command 'foo', with args beginning with: 'a' 'b' |");
    check("FOO \"a\\r\\nb\"", "-ERR unknown command 'FOO', with args beginning with: 'a  b' |");
    check("FOO \"\\xff\"", "-ERR unknown command 'FOO', with args beginning with: '\u00ff' |");
    check("''", "-ERR unknown command '', with args beginning with: |");
    String x100 = "x".repeat(100);
    check(
        "FOO " + x100 + " " + x100 + " c",
        "-ERR unknown command 'FOO', with args beginning with: '"
            + x100
            + "' '"
            + "x".repeat(25)
            + "' |");
    check(
        "f".repeat(200),
        "-ERR unknown command '" + "f".repeat(128) + "', with args beginning with: |");
  }

  @Test
  void getReturnsTheLastValueSet() throws IOException {
    check("GET os", "$-1|");
    check("SET os mac", "+OK|");
    check("SET os linux", "+OK|");
    check("GET os", "$5|linux|");
    check("STRLEN os", ":5|");
    check("STRLEN nothing", ":0|");
    check("GET", "-ERR wrong number of arguments for 'get' command|");
    check("GET a b", "-ERR wrong number of arguments for 'get' command|");
    check("SET a", "-ERR wrong number of arguments for 'set' command|");
    check("STRLEN", "-ERR wrong number of arguments for 'strlen' command|");
  }

  @Test
  void anEmptyValueIsNotAMissingValue() throws IOException {
    check("SET '' ''", "+OK|");
    check("GET ''", "$0||");
    check("EXISTS ''", ":1|");
    check("MGET '' missing", "*2|$0||$-1|");
  }

  @Test
  void keysAndValuesAreAnyBytes() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      all.append("\\x").append(HexFormat.of().toHexDigits((byte) b));
    }
    check("SET \"" + all + "\" \"" + all + "\"", "+OK|");
    byte[] value = InlineCommand.split(RespWire.bytes("\"" + all + "\"")).get(0);
    assertEquals(256, value.length);
    assertEquals(
        "$256|" + new String(value, StandardCharsets.ISO_8859_1) + "|",
        client.ask("GET \"" + all + "\""));
  }

  @Test
  void setSetsOnlyAbsentKeysWithNxAndOnlyPresentOnesWithXx() throws IOException {
    check("SET k 1 XX", "$-1|");
    check("SET k 1 nx", "+OK|");
    check("SET k 2 NX", "$-1|");
    check("GET k", "$1|1|");
    check("SET k 3 xx", "+OK|");
    check("GET k", "$1|3|");
    check("SET k 4 NX XX", "-ERR syntax error|");
  }

  @Test
  void setReturnsTheOldValueWithGet() throws IOException {
    check("SET k 1 GET", "$-1|");
    check("SET k 2 GET", "$1|1|");
    check("SET k 3 GET NX", "$1|2|");
    check("SET k 4 XX GET", "$1|2|");
    check("GET k", "$1|4|");
    check("SET absent 1 XX GET", "$-1|");
    check("SET absent 1 NX GET", "$-1|");
    check("GET absent", "$1|1|");
  }

  @Test
  void setNamesTheOptionThatItRefuses() throws IOException {
    for (String option : new String[] {"EX 10", "PX 10", "EXAT 1", "PXAT 1", "KEEPTTL"}) {
      check(
          "SET k v " + option,
          "-ERR SET: "
              + option.split(" ")[0]
              + " is not supported by this server: it has no expiry|");
    }
    check("SET k v bogus", "-ERR syntax error|");
    check("GET k", "$-1|");
  }

  @Test
  void theErrorOfAMissingCommandHasTheReason() throws IOException {
    check("EXPIRE k 10", "-ERR EXPIRE is not supported by this server: it has no expiry|");
    check("eval x 0", "-ERR EVAL is not supported by this server: it has no scripts|");
    check(
        "LPUSH k v", "-ERR LPUSH is not supported by this server: it has no lists, only strings|");
    check(
        "SUBSCRIBE c",
        "-ERR SUBSCRIBE is not supported by this server: it has no publish/subscribe|");
  }

  @Test
  void noCommandOfTheServerIsListedAsMissing() throws IOException {
    Set<String> missing = new TreeSet<>(Unsupported.names());
    for (Command command : new Commands(server.context()).all()) {
      assertFalse(missing.contains(command.name().toUpperCase(Locale.ROOT)), command.name());
    }
  }

  @Test
  void incrAndItsRelativesAddToTheTextOfANumber() throws IOException {
    check("INCR n", ":1|");
    check("INCRBY n 41", ":42|");
    check("DECR n", ":41|");
    check("DECRBY n 50", ":-9|");
    check("INCRBY n -1", ":-10|");
    check("GET n", "$3|-10|");
    check("INCRBY n x", "-ERR value is not an integer or out of range|");
    check("INCRBY n", "-ERR wrong number of arguments for 'incrby' command|");
    for (String text : new String[] {"x", "''", "' 1'", "1.0", "+1", "01", "-0", "1e3"}) {
      check("SET n " + text, "+OK|");
      check("INCR n", "-ERR value is not an integer or out of range|");
    }
  }

  @Test
  void aSumThatDoesNotFitIn64BitsChangesNothing() throws IOException {
    check("SET n 9223372036854775806", "+OK|");
    check("INCR n", ":9223372036854775807|");
    check("INCR n", "-ERR increment or decrement would overflow|");
    check("GET n", "$19|9223372036854775807|");
    check("SET n -9223372036854775808", "+OK|");
    check("DECR n", "-ERR increment or decrement would overflow|");
    check("DECRBY n -9223372036854775808", "-ERR decrement would overflow|");
    check("INCRBY n 9223372036854775808", "-ERR value is not an integer or out of range|");
    check("SET n 9223372036854775808", "+OK|");
    check("DECR n", "-ERR value is not an integer or out of range|");
    check("SET n 0", "+OK|");
    check("INCRBY n -9223372036854775808", ":-9223372036854775808|");
  }

  @Test
  void getsetSetsAndReturnsTheOldValue() throws IOException {
    check("GETSET k 1", "$-1|");
    check("GETSET k 2", "$1|1|");
    check("GET k", "$1|2|");
  }

  @Test
  void getrangeCountsFromBothEnds() throws IOException {
    check("SET k 'This is a string'", "+OK|");
    check("GETRANGE k 0 3", "$4|This|");
    check("GETRANGE k -3 -1", "$3|ing|");
    check("GETRANGE k 0 -1", "$16|This is a string|");
    check("GETRANGE k 10 100", "$6|string|");
    check("GETRANGE k -100 3", "$4|This|");
    check("GETRANGE k 5 4", "$0||");
    check("GETRANGE k -1 -3", "$0||");
    check("GETRANGE k 0 -100", "$1|T|");
    check("GETRANGE k 16 20", "$0||");
    check("GETRANGE absent 0 -1", "$0||");
    check("GETRANGE k 0 x", "-ERR value is not an integer or out of range|");
    check("GETRANGE k 9223372036854775807 9223372036854775807", "$0||");
    check("GETRANGE k -9223372036854775808 -9223372036854775808", "$1|T|");
  }

  @Test
  void msetnxSetsAllOrNone() throws IOException {
    check("MSETNX a 1 b 2", ":1|");
    check("MSETNX c 3 b 4", ":0|");
    check("MGET a b c", "*3|$1|1|$1|2|$-1|");
    check("MSETNX a 1 b", "-ERR wrong number of arguments for 'msetnx' command|");
  }

  @Test
  void keysHaveATypeAndNoTimeToLive() throws IOException {
    check("SET k v", "+OK|");
    check("TYPE k", "+string|");
    check("TYPE absent", "+none|");
    check("TTL k", ":-1|");
    check("PTTL k", ":-1|");
    check("TTL absent", ":-2|");
    check("PTTL absent", ":-2|");
    check("TOUCH k absent k", ":2|");
    check("UNLINK k absent k", ":1|");
    check("GET k", "$-1|");
  }

  @Test
  void memoryUsageIsTheSizeOfTheRecord() throws IOException {
    check("SET key value", "+OK|");
    check("MEMORY USAGE key", ":" + (16 + 3 + 5) + "|");
    check("MEMORY USAGE key SAMPLES 5", ":24|");
    check("MEMORY USAGE absent", "$-1|");
    check("MEMORY USAGE key SAMPLES", "-ERR syntax error|");
    check("MEMORY USAGE key BOGUS 1", "-ERR syntax error|");
    check("MEMORY BOGUS", "-ERR unknown subcommand 'BOGUS'. Try MEMORY HELP.|");
  }

  @Test
  void timeIsSecondsAndMicroseconds() throws IOException {
    long before = System.currentTimeMillis() / 1000;
    String[] reply = client.ask("TIME").split("\\|");
    assertEquals("*2", reply[0]);
    long seconds = Long.parseLong(reply[2]);
    assertTrue(before <= seconds && seconds <= System.currentTimeMillis() / 1000);
    assertTrue(Long.parseLong(reply[4]) < 1_000_000);
  }

  @Test
  void setnxSetsOnlyAbsentKeys() throws IOException {
    check("SETNX k 1", ":1|");
    check("SETNX k 2", ":0|");
    check("GET k", "$1|1|");
    check("SETNX k", "-ERR wrong number of arguments for 'setnx' command|");
  }

  @Test
  void getdelReturnsTheValueAndDeletesTheKey() throws IOException {
    check("SET k v", "+OK|");
    check("GETDEL k", "$1|v|");
    check("GETDEL k", "$-1|");
    check("GETDEL", "-ERR wrong number of arguments for 'getdel' command|");
  }

  @Test
  void delAndExistsCountExistingKeys() throws IOException {
    check("MSET a 1 b 2", "+OK|");
    check("EXISTS a a b c", ":3|");
    check("DEL a b c a", ":2|");
    check("EXISTS a b", ":0|");
    check("DEL", "-ERR wrong number of arguments for 'del' command|");
    check("EXISTS", "-ERR wrong number of arguments for 'exists' command|");
  }

  @Test
  void msetSetsPairsAndMgetReturnsValuesInOrder() throws IOException {
    check("MSET a 1 b 2 a 3", "+OK|");
    check("MGET b c a", "*3|$1|2|$-1|$1|3|");
    check("MSET", "-ERR wrong number of arguments for 'mset' command|");
    check("MSET a 9 b", "-ERR wrong number of arguments for 'mset' command|");
    check("GET a", "$1|3|");
    check("MGET", "-ERR wrong number of arguments for 'mget' command|");
  }

  @Test
  void dbsizeCountsKeys() throws IOException {
    check("DBSIZE", ":0|");
    check("MSET a 1 b 2", "+OK|");
    check("DBSIZE", ":2|");
    check("DBSIZE x", "-ERR wrong number of arguments for 'dbsize' command|");
  }

  @Test
  void flushDeletesAllKeys() throws IOException {
    for (String flush : new String[] {"FLUSHDB", "FLUSHALL", "FLUSHALL ASYNC", "flushdb sync"}) {
      check("MSET a 1 b 2", "+OK|");
      check(flush, "+OK|");
      check("DBSIZE", ":0|");
    }
    check("FLUSHDB x", "-ERR syntax error|");
    check("FLUSHALL ASYNC x", "-ERR syntax error|");
  }

  @Test
  void keysReturnsTheMatchingKeys() throws IOException {
    check("MSET one 1 two 2 three 3", "+OK|");
    check("KEYS o*", "*1|$3|one|");
    check("KEYS x*", "*0|");
    assertTrue(
        Set.of("*2|$3|two|$5|three|", "*2|$5|three|$3|two|").contains(client.ask("KEYS t*")));
    check("KEYS", "-ERR wrong number of arguments for 'keys' command|");
    check("KEYS a b", "-ERR wrong number of arguments for 'keys' command|");
  }

  /** The reply is larger than the pieces in which it is built, and than the first buffer. */
  @Test
  void keysReturnsEachOfManyKeysOnce() throws IOException {
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 3000; i++) {
      String key = "key" + i + "-".repeat(i % 1000);
      server.context().store().put(RespWire.bytes(key), new byte[0]);
      expected.add("$" + key.length() + "|" + key);
    }
    String reply = client.ask("KEYS *-");
    expected.removeIf(key -> !key.endsWith("-"));
    assertEquals("*2997", reply.substring(0, reply.indexOf('|')));
    Set<String> found = new TreeSet<>();
    String[] lines = reply.split("\\|");
    for (int i = 1; i < lines.length; i += 2) {
      found.add(lines[i] + "|" + lines[i + 1]);
    }
    assertEquals(expected, found);
  }

  @Test
  void scanReturnsEveryKeyOnceInPagesOfAboutTheCount() throws IOException {
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < 25; i++) {
      check("SET key" + i + " v", "+OK|");
      expected.add("key" + i);
    }
    Set<String> found = new TreeSet<>();
    String cursor = "0";
    int pages = 0;
    do {
      String[] reply = client.ask("SCAN " + cursor + " COUNT 10").split("\\|");
      cursor = reply[2];
      for (int i = 5; i < reply.length; i += 2) {
        assertTrue(found.add(reply[i]), reply[i] + " was returned twice");
      }
      pages++;
    } while (!cursor.equals("0"));
    assertEquals(expected, found);
    assertEquals(3, pages);
  }

  @Test
  void scanTakesAPatternACountAndAType() throws IOException {
    check("MSET one 1 two 2", "+OK|");
    check("SCAN 0 MATCH o* COUNT 1000", "*2|$1|0|*1|$3|one|");
    check("SCAN 0 count 1000 match x", "*2|$1|0|*0|");
    check("SCAN 0 MATCH o* TYPE String", "*2|$1|0|*1|$3|one|");
    check("SCAN 0 TYPE hash", "*2|$1|0|*0|");
    check("SCAN", "-ERR wrong number of arguments for 'scan' command|");
    check("SCAN x", "-ERR invalid cursor|");
    check("SCAN 0 COUNT", "-ERR syntax error|");
    check("SCAN 0 COUNT 0", "-ERR syntax error|");
    check("SCAN 0 COUNT x", "-ERR value is not an integer or out of range|");
    check("SCAN 0 BOGUS x", "-ERR syntax error|");
    check("SCAN 0 MATCH", "-ERR syntax error|");
  }

  @Test
  void anUnknownCursorIsAnErrorAndNotTheEnd() throws IOException {
    check("SET a 1", "+OK|");
    check("SCAN 12345", "-ERR invalid cursor: it is unknown or too old; start again with 0|");
  }

  @Test
  void compactReclaimsDeadSpace() throws IOException {
    check("SET a 1", "+OK|");
    check("SET a 2", "+OK|");
    assertTrue(server.context().store().stats().deadBytes() > 0);
    check("COMPACT", "+OK|");
    assertEquals(0, server.context().store().stats().deadBytes());
    check("GET a", "$1|2|");
    check("COMPACT x", "-ERR wrong number of arguments for 'compact' command|");
  }

  @Test
  void selectKnowsOneDatabase() throws IOException {
    check("SELECT 0", "+OK|");
    check("SELECT 1", "-ERR DB index is out of range|");
    check("SELECT -1", "-ERR DB index is out of range|");
    check("SELECT x", "-ERR value is not an integer or out of range|");
    check(
        "SELECT 99999999999",
        "-ERR value is out of range, value must between -2147483648 and 2147483647|");
    check("SELECT", "-ERR wrong number of arguments for 'select' command|");
  }

  @Test
  void helloAgreesOnAVersion() throws IOException {
    long id = Long.parseLong(client.ask("CLIENT ID").substring(1).replace("|", ""));
    String hello =
        "*14|$6|server|$2|kv|$7|version|$5|7.0.0|$5|proto|:2|$2|id|:"
            + id
            + "|$4|mode|$10|standalone|"
            + "$4|role|$6|master|$7|modules|*0|";
    check("HELLO", hello);
    check("HELLO 2 SETNAME me", hello);
    check("CLIENT GETNAME", "$2|me|");
    check("HELLO 4", "-NOPROTO unsupported protocol version|");
    check("HELLO 1", "-NOPROTO unsupported protocol version|");
    check("HELLO x", "-ERR Protocol version is not an integer or out of range|");
    check("HELLO 2 BOGUS", "-ERR Syntax error in HELLO option 'BOGUS'|");
    check("HELLO 2 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'|");
    check(
        "HELLO 2 SETNAME 'a b'",
        "-ERR Client names cannot contain spaces, newlines or special characters.|");
  }

  @Test
  void clientAnswersTheRequestsOfLibrariesThatConnect() throws IOException {
    check("CLIENT GETNAME", "$-1|");
    check("CLIENT SETNAME me", "+OK|");
    check("CLIENT GETNAME", "$2|me|");
    check("CLIENT SETNAME ''", "+OK|");
    check("CLIENT GETNAME", "$-1|");
    check("CLIENT SETINFO LIB-NAME jedis", "+OK|");
    check(
        "CLIENT SETNAME 'a b'",
        "-ERR Client names cannot contain spaces, newlines or special characters.|");
    check("CLIENT BOGUS", "-ERR unknown subcommand 'BOGUS'. Try CLIENT HELP.|");
    check("CLIENT ID x", "-ERR wrong number of arguments for 'client|id' command|");
    check("CLIENT", "-ERR wrong number of arguments for 'client' command|");
  }

  @Test
  void configShowsTheSettingsThatBenchmarksRead() throws IOException {
    check("CONFIG GET save", "*2|$4|save|$0||");
    check("CONFIG GET appendonly", "*2|$10|appendonly|$3|yes|");
    check("CONFIG GET appendf*", "*2|$11|appendfsync|$2|no|");
    check("CONFIG GET requirepass", "*0|");
    check("CONFIG GET nothing", "*0|");
    check("CONFIG GET", "-ERR wrong number of arguments for 'config|get' command|");
    check("CONFIG SET save x", "-ERR unknown subcommand 'SET'. Try CONFIG HELP.|");
    check("CONFIG", "-ERR wrong number of arguments for 'config' command|");
  }

  @Test
  void commandDescribesTheCommands() throws IOException {
    int count = new Commands(server.context()).all().size();
    check("COMMAND COUNT", ":" + count + "|");
    assertTrue(client.ask("COMMAND").startsWith("*" + count + "|*10|$3|get|:2|*2|"));
    check("COMMAND COUNT x", "-ERR wrong number of arguments for 'command|count' command|");
    check(
        "COMMAND INFO get nothing",
        "*2|*10|$3|get|:2|*2|+readonly|+fast|:1|:1|:1|*3|+@read|+@string|+@fast|*0|*0|*0|$-1|");
    check(
        "COMMAND DOCS get nothing",
        "*2|$3|get|*4|$7|summary|$27|Returns the value of a key.|$5|group|$6|string|");
    assertTrue(client.ask("COMMAND LIST").contains("|$9|client|id|"));
    check("COMMAND LIST FILTERBY PATTERN G*T", "*2|$3|get|$6|getset|");
    check(
        "COMMAND LIST FILTERBY ACLCAT transaction",
        client.ask("COMMAND LIST FILTERBY aclcat TRANSACTION"));
    assertTrue(client.ask("COMMAND LIST FILTERBY ACLCAT transaction").startsWith("*5|$5|multi|"));
    check("COMMAND LIST FILTERBY MODULE x", "*0|");
    check("COMMAND LIST FILTERBY BOGUS x", "-ERR syntax error|");
    check("COMMAND LIST BOGUS", "-ERR syntax error|");
    check("COMMAND BOGUS", "-ERR unknown subcommand 'BOGUS'. Try COMMAND HELP.|");
  }

  @Test
  void theHelpThatAnErrorNamesExists() throws IOException {
    for (String command : new String[] {"CLIENT", "COMMAND", "CONFIG", "MEMORY"}) {
      String help = client.ask(command + " HELP");
      assertTrue(
          help.contains(
              "|+" + command + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:|"),
          help);
      assertTrue(help.endsWith("|+HELP|+    Prints this help.|"), help);
    }
  }

  @Test
  void infoHasSections() throws IOException {
    check("SET a 1", "+OK|");
    assertTrue(client.ask("INFO").contains("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n"));
    assertTrue(client.ask("INFO all").contains("# Server\r\nredis_version:7.0.0\r\n"));
    check("INFO keyspace", "$44|# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n|");
    check("INFO nothing", "$0||");
  }

  @Test
  void quitRepliesAndCloses() throws IOException {
    client.send(RespWire.request("QUIT")).send(RespWire.request("PING"));
    assertEquals("+OK|", client.rest());
  }

  @Test
  void aPipelineIsAnsweredInOrder() throws IOException {
    for (String line : new String[] {"SET a 1", "GET a", "BOGUS", "KEYS a", "DEL a", "GET a"}) {
      client.send(RespWire.request(line));
    }
    assertEquals("+OK|", client.reply());
    assertEquals("$1|1|", client.reply());
    assertEquals("-ERR unknown command 'BOGUS', with args beginning with: |", client.reply());
    // The worker runs KEYS, while the two requests after it wait.
    assertEquals("*1|$1|a|", client.reply());
    assertEquals(":1|", client.reply());
    assertEquals("$-1|", client.reply());
  }

  @Test
  void aClientThatClosesItsSideStillGetsAllReplies() throws IOException {
    client.send(RespWire.request("SET a 1")).send(RespWire.request("COMPACT")).shutdownOutput();
    assertEquals("+OK|+OK|", client.rest());
  }
}
