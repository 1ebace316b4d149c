package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The fields of INFO and CLIENT LIST that programs read. */
class InfoTest extends RespFixture {
  private Map<String, String> info(String sections) throws IOException {
    Map<String, String> fields = new HashMap<>();
    for (String line : client.ask("INFO " + sections).split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0 && !line.startsWith("#")) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).replace("|", ""));
      }
    }
    return fields;
  }

  private long number(String field) throws IOException {
    return Long.parseLong(info("").get(field));
  }

  @Test
  void aCheckForAMasterWithoutReplicasFindsOne() throws IOException {
    String reply = client.send("info replication\r\n").reply();
    assertTrue(reply.contains("\r\nrole:master\r\n"), reply);
    assertTrue(reply.contains("\r\nconnected_slaves:0\r\n"), reply);
  }

  @Test
  void commandsAndConnectionsAreCounted() throws IOException {
    long commands = number("total_commands_processed");
    long connections = number("total_connections_received");
    client.ask("SET k v");
    client.ask("MULTI");
    client.ask("GET k");
    client.ask("EXEC");
    connect().close();
    // The two INFOs, SET, MULTI, EXEC, and GET once, when it is run.
    assertEquals(commands + 6, number("total_commands_processed"));
    assertEquals(connections + 1, number("total_connections_received"));
  }

  @Test
  void commandsPerSecondAreANumber() throws IOException {
    assertEquals(0, number("instantaneous_ops_per_sec") >> 20);
  }

  @Test
  void theFieldsThatToolsReadExist() throws IOException {
    Map<String, String> all = info("everything");
    assertTrue(Long.parseLong(all.get("used_memory")) > 1 << 20);
    assertEquals("0", all.get("maxmemory"));
    assertEquals("0", all.get("blocked_clients"));
    assertEquals("1", all.get("connected_clients"));
    assertEquals("0", all.get("loading"));
    assertEquals("engine", all.get("store"));
    assertEquals("standalone", all.get("redis_mode"));
    assertTrue(Double.parseDouble(all.get("used_cpu_user")) > 0);
    assertTrue(Double.parseDouble(all.get("used_cpu_sys")) >= 0);
    assertTrue(Long.parseLong(all.get("uptime_in_seconds")) >= 0);
    assertEquals(40, all.get("run_id").length());
    assertEquals(server.respPort(), Integer.parseInt(all.get("tcp_port")));
  }

  @Test
  void aSectionIsShownOnce() throws IOException {
    String all = client.ask("INFO cpu all CPU bogus");
    assertEquals(2, all.split("# CPU\r\n", -1).length);
    assertEquals("$0||", client.ask("INFO sentinel"));
    String two = client.ask("INFO CPU keyspace");
    assertTrue(two.contains("# CPU\r\n") && two.contains("\r\n\r\n# Keyspace\r\n"), two);
    assertEquals(-1, two.indexOf("# Server"));
  }

  @Test
  void anEmptyDatabaseIsNotListed() throws IOException {
    assertEquals("$12|# Keyspace\r\n|", client.ask("INFO keyspace"));
  }

  @Test
  void clientListDescribesEachConnection() throws IOException {
    client.ask("CLIENT SETNAME me");
    client.ask("CLIENT SETINFO lib-name jedis");
    client.ask("CLIENT SETINFO LIB-VER 8.0.2");
    try (RespWire other = connect()) {
      other.ask("MULTI");
      other.ask("GET a");
      String list = client.ask("CLIENT LIST");
      assertEquals(2, list.chars().filter(c -> c == '\n').count(), list);
      assertTrue(
          list.matches(
              "(?s).*id=\\d+ addr=127\\.0\\.0\\.1:\\d+ laddr=127\\.0\\.0\\.1:"
                  + server.respPort()
                  + " name=me age=\\d+ idle=\\d+ flags=N db=0 sub=0 psub=0 ssub=0 multi=-1"
                  + " tot-mem=\\d+ cmd=client\\|list user=default redir=-1 resp=2"
                  + " lib-name=jedis lib-ver=8\\.0\\.2\n.*"),
          list);
      assertTrue(list.matches("(?s).* flags=x .* multi=1 .* cmd=get .*"), list);
    }
  }

  @Test
  void clientListCanBeRestricted() throws IOException {
    String id = client.ask("CLIENT ID").replaceAll("\\D", "");
    assertTrue(client.ask("CLIENT LIST ID " + id).contains("id=" + id + " "));
    String again = client.ask("CLIENT LIST ID " + id + (" " + id).repeat(100));
    assertEquals(1, again.chars().filter(c -> c == '\n').count(), again);
    assertEquals("$0||", client.ask("CLIENT LIST ID 999999"));
    assertTrue(client.ask("CLIENT LIST TYPE normal").contains("id=" + id + " "));
    assertEquals("$0||", client.ask("CLIENT LIST TYPE pubsub"));
    assertEquals("-ERR Unknown client type 'x'|", client.ask("CLIENT LIST TYPE x"));
    assertEquals("-ERR Invalid client ID|", client.ask("CLIENT LIST ID x"));
    assertEquals("-ERR syntax error|", client.ask("CLIENT LIST x"));
    assertTrue(client.ask("CLIENT INFO").contains("id=" + id + " "));
  }

  @Test
  void setInfoRefusesTextsThatWouldBreakTheList() throws IOException {
    assertEquals(
        "-ERR lib-name cannot contain spaces, newlines or special characters.|",
        client.ask("CLIENT SETINFO LIB-NAME 'a b'"));
    assertEquals("-ERR Unrecognized option 'bogus'|", client.ask("CLIENT SETINFO bogus x"));
  }
}
