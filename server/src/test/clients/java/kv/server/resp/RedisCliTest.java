package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** redis-cli, and those of its modes that use commands of this server. */
@Tag("clients")
class RedisCliTest extends ProgramFixture {
  @BeforeEach
  void fill() throws Exception {
    ClientPrograms.require("redis-cli", "redis-tools");
    client.ask("mset a 1 bb " + "x".repeat(5000) + " c 3");
  }

  private String feed(String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("redis-cli", "-p", "" + port()));
    command.addAll(List.of(arguments));
    return ClientPrograms.run(30, input, command.toArray(new String[0])).checked();
  }

  private String cli(String... arguments) throws Exception {
    return feed(null, arguments);
  }

  @Test
  void runsCommands() throws Exception {
    assertEquals("OK\n", cli("set", "os", "linux"));
    assertEquals("linux\n", cli("get", "os"));
    assertEquals("1\n\n3\n", cli("mget", "a", "x", "c"));
    assertEquals("OK\nQUEUED\n2\n", feed("multi\nincr a\nexec\n"));
  }

  @Test
  void speaksResp3() throws Exception {
    assertEquals("[\"1\",null]\n", cli("-3", "--json", "mget", "a", "x"));
    String hello = cli("-3", "--json", "hello", "3");
    assertTrue(hello.contains("\"proto\":3"), hello);
    assertTrue(hello.startsWith("{"), hello);
  }

  @Test
  void scans() throws Exception {
    assertEquals(Set.of("a", "bb", "c"), new TreeSet<>(cli("--scan").lines().toList()));
    assertEquals("bb\n", cli("--scan", "--pattern", "b*"));
  }

  @Test
  void findsTheBiggestKeys() throws Exception {
    String report = cli("--bigkeys");
    assertTrue(report.contains("Sampled 3 keys"), report);
    assertTrue(report.contains("Biggest string found '\"bb\"' has 5000 bytes"), report);
    String memory = cli("--memkeys");
    assertTrue(
        memory.matches("(?s).*Biggest string found '\"bb\"' has 5\\d\\d\\d bytes.*"), memory);
  }

  @Test
  void loadsManyCommands() throws Exception {
    String end = "errors: 0, replies: 2";
    assertTrue(feed("SET p 1\r\nSET q 2\r\n", "--pipe").contains(end));
    byte[] two = RespWire.request("set p 3");
    String requests = RespWire.text(two) + RespWire.text(two);
    assertTrue(feed(requests, "--pipe").contains(end));
    assertEquals("3\n2\n", cli("mget", "p", "q"));
  }

  @Test
  void measuresLatency() throws Exception {
    String line = cli("--latency", "--raw", "-i", "1");
    assertTrue(line.matches("\\d+ \\d+ [0-9.]+ \\d+\\s*"), line);
  }

  /** This mode does not end by itself, and its first line has no request count. */
  @Test
  void showsStatistics() throws Exception {
    String[] command = {
      "timeout", "2.5", "stdbuf", "-oL", "redis-cli", "-p", "" + port(), "--stat", "-i", "1"
    };
    String output = ClientPrograms.run(30, null, command).output();
    List<String> rows = output.lines().filter(line -> line.matches("\\d.*")).toList();
    assertTrue(rows.size() >= 2, output);
    // keys, memory, clients, blocked, requests (and the new ones), connections
    String row = rows.get(1).trim().replaceAll(" +", " ");
    assertTrue(row.matches("3 [0-9.]+[BKMG] \\d+ 0 \\d+ \\(\\+\\d+\\) \\d+"), output);
  }
}
