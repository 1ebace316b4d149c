package kv.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.Message;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/** Three nodes are one store: any of them takes any command. */
@Timeout(120)
class ClusterTest {
  @TempDir private static Path folder;
  private static TestCluster cluster;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(folder, 3, 4);
    cluster.awaitLeaders();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
    assertEquals(List.of(), cluster.broken);
  }

  @Test
  void aWriteToOneNodeIsReadFromAnother() {
    try (Jedis n1 = cluster.client("n1");
        Jedis n2 = cluster.client("n2");
        Jedis n3 = cluster.client("n3")) {
      for (int i = 0; i < 30; i++) {
        assertEquals("OK", n1.set("key " + i, "value " + i));
        assertEquals("value " + i, n2.get("key " + i));
        assertEquals(1, n3.del("key " + i));
        assertNull(n1.get("key " + i));
      }
    }
  }

  @Test
  void commandsForSeveralKeysReachAllOfTheirShards() {
    try (Jedis n1 = cluster.client("n1");
        Jedis n2 = cluster.client("n2")) {
      String[] pairs = new String[40];
      String[] keys = new String[20];
      List<String> values = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        keys[i] = "many " + i;
        pairs[2 * i] = keys[i];
        pairs[2 * i + 1] = "value " + i;
        values.add("value " + i);
      }
      assertEquals("OK", n1.mset(pairs));
      assertEquals(values, n2.mget(keys));
      assertEquals(20, n2.exists(keys));
      assertEquals("OK", n1.mset("many 0", "a", "many 1", "b", "many 0", "c"));
      assertEquals(List.of("c", "b"), n2.mget("many 0", "many 1"));
      assertEquals(20, n1.del(keys));
      assertEquals(0, n2.exists(keys));
    }
  }

  @Test
  void aCommandThatLooksAtSeveralKeysNeedsThemInOneShard() {
    try (Jedis n1 = cluster.client("n1")) {
      JedisDataException refused =
          assertThrows(
              JedisDataException.class, () -> n1.msetnx("a", "1", "b", "2", "c", "3", "d", "4"));
      assertTrue(refused.getMessage().startsWith("CROSSSLOT "), refused.getMessage());
      assertEquals(1, n1.msetnx("{nx}1", "1", "{nx}2", "2"));
      assertEquals(0, n1.msetnx("{nx}2", "3", "{nx}3", "3"));
      assertNull(n1.get("{nx}3"));
    }
  }

  @Test
  void aCommandWithTooFewArgumentsChangesNothing() {
    try (Jedis n1 = cluster.client("n1")) {
      JedisDataException refused =
          assertThrows(
              JedisDataException.class,
              () -> n1.sendCommand(Protocol.Command.MSET, "odd 1", "a", "odd 2", "b", "odd 3"));
      assertEquals("ERR wrong number of arguments for 'mset' command", refused.getMessage());
      assertEquals(0, n1.exists("odd 1", "odd 2", "odd 3"));
    }
  }

  /** A key of the server's limit has no room for the shard's prefix. It must not reach the log. */
  @Test
  void aKeyThatIsTooLongForAShardIsRefusedAndTheNodesGoOn() throws Exception {
    byte[] longest = new byte[ShardStore.MAX_KEY];
    byte[] tooLong = new byte[ShardStore.MAX_KEY + 1];
    try (Jedis n1 = cluster.client("n1")) {
      assertEquals("OK", n1.set(longest, "value".getBytes(UTF_8)));
      for (Runnable command :
          List.<Runnable>of(
              () -> n1.set(tooLong, longest),
              () -> n1.get(tooLong),
              () -> n1.del(longest, tooLong))) {
        JedisDataException refused = assertThrows(JedisDataException.class, command::run);
        assertEquals("ERR the key is 65535 bytes long; the limit is 65534", refused.getMessage());
      }
      assertEquals(1, n1.del(longest));
    }
    assertEquals(List.of(), cluster.broken);
  }

  @Test
  void numbersAreCountedOnce() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (String node : List.of("n1", "n2", "n3")) {
      Thread thread =
          new Thread(
              () -> {
                try (Jedis client = cluster.client(node)) {
                  for (int i = 0; i < 50; i++) {
                    client.incr("counter");
                  }
                }
              });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    try (Jedis client = cluster.client("n1")) {
      assertEquals("150", client.get("counter"));
    }
  }

  /** As if no leader still had the first one in memory. */
  @Test
  void aRequestThatIsInTheLogTwiceIsDoneOnce() throws Exception {
    String key = "twice";
    byte[][] command = {"INCR".getBytes(UTF_8), key.getBytes(UTF_8)};
    Entry entry =
        new Entry(
            new Entry.Sender("test", 1, 1), new Batch(List.of(new Batch.Command(2, command))));
    for (int i = 0; i < 2; i++) {
      try (RaftClient sender = cluster.raftClient(new Shards(4).of(key.getBytes(UTF_8)))) {
        Message reply = sender.io().send(Message.valueOf(entry.toBytes())).getMessage();
        byte[] only = Batch.readReplies(reply.getContent()).get(0);
        assertEquals(":1\r\n", new String(only, UTF_8));
      }
    }
    try (Jedis n1 = cluster.client("n1")) {
      assertEquals("1", n1.get(key));
    }
  }

  @Test
  void thePipelineOfAClientRunsInItsOrder() {
    try (Jedis client = cluster.client("n2")) {
      Pipeline pipeline = client.pipelined();
      List<Response<String>> reads = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        pipeline.set("order", "value " + i);
        pipeline.incr("order count");
        reads.add(pipeline.get("order"));
      }
      Response<Long> numbers = pipeline.incr("order count");
      // This node answers it itself.
      Response<Object> echo = pipeline.sendCommand(Protocol.Command.ECHO, "hello");
      pipeline.sync();
      for (int i = 0; i < 100; i++) {
        assertEquals("value " + i, reads.get(i).get());
      }
      assertEquals(101, numbers.get());
      assertEquals("hello", new String((byte[]) echo.get(), UTF_8));
    }
  }

  @Test
  void anErrorIsTheReplyOfItsCommandOnly() {
    try (Jedis client = cluster.client("n3")) {
      client.set("text", "abc");
      Pipeline pipeline = client.pipelined();
      Response<Long> wrong = pipeline.incr("text");
      Response<String> right = pipeline.set("text 2", "def");
      pipeline.sync();
      assertThrows(JedisDataException.class, wrong::get);
      assertEquals("OK", right.get());
    }
  }

  @Test
  void whatNeedsAllKeysInOnePlaceIsRefused() {
    try (Jedis client = cluster.client("n1")) {
      JedisDataException refused =
          assertThrows(JedisDataException.class, () -> client.sendCommand(Protocol.Command.MULTI));
      assertEquals(
          "ERR MULTI does not run in a cluster, since its keys are in several shards",
          refused.getMessage());
      // The commands after it have run, so that nothing was discarded.
      refused =
          assertThrows(JedisDataException.class, () -> client.sendCommand(Protocol.Command.EXEC));
      assertEquals(
          "ERR EXEC does not run in a cluster, since its keys are in several shards",
          refused.getMessage());
    }
  }

  /** Written through one node and listed by another, each key is there at once. */
  @Test
  void everyNodeListsTheKeysOfAllShards() throws Exception {
    Set<String> expected = new TreeSet<>();
    try (Jedis n1 = cluster.client("n1");
        Jedis n2 = cluster.client("n2")) {
      for (int i = 0; i < 40; i++) {
        n1.set("list " + i, "value");
        expected.add("list " + i);
        assertEquals(expected, n2.keys("list *"));
      }
      n1.del("list 7");
      expected.remove("list 7");
      assertEquals(expected, new TreeSet<>(n2.keys("list *")));
      Set<String> scanned = new TreeSet<>();
      String cursor = ScanParams.SCAN_POINTER_START;
      do {
        ScanResult<String> page = n2.scan(cursor, new ScanParams().match("list *").count(7));
        for (String key : page.getResult()) {
          assertTrue(scanned.add(key), key);
        }
        cursor = page.getCursor();
      } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
      assertEquals(expected, scanned);
    }
    String json = ask("n3", "GET", "/kv?prefix=list%20&limit=100", null).body();
    for (String key : expected) {
      assertTrue(json.contains("\"" + key.replace(" ", "%20") + "\""), key + " in " + json);
    }
  }

  @Test
  void aLargeValueIsReplicatedAndATooLargeCommandIsRefused() {
    try (Jedis n1 = cluster.client("n1");
        Jedis n2 = cluster.client("n2")) {
      byte[] large = new byte[15 << 20];
      large[large.length - 1] = 1;
      assertEquals("OK", n1.set("large".getBytes(UTF_8), large));
      assertEquals(large.length, n2.strlen("large"));
      JedisDataException refused =
          assertThrows(
              JedisDataException.class,
              () -> n1.mset("{l}1".getBytes(UTF_8), large, "{l}2".getBytes(UTF_8), large));
      assertTrue(refused.getMessage().contains("the limit is"), refused.getMessage());
      assertEquals(1, n1.del("large"));
    }
  }

  /** Their replies do not fit in one message between nodes. */
  @Test
  void aPipelineOfLargeValuesIsRead() {
    try (Jedis n1 = cluster.client("n1")) {
      byte[] large = new byte[15 << 20];
      byte[] key = "large reads".getBytes(UTF_8);
      assertEquals("OK", n1.set(key, large));
      for (String node : List.of("n1", "n2", "n3")) {
        try (Jedis client = cluster.client(node)) {
          Pipeline pipeline = client.pipelined();
          List<Response<byte[]>> reads = new ArrayList<>();
          for (int i = 0; i < 6; i++) {
            reads.add(pipeline.get(key));
          }
          pipeline.sync();
          reads.forEach(read -> assertEquals(large.length, read.get().length));
        }
      }
      n1.del(key);
    }
  }

  private HttpResponse<String> ask(
      String node, String method, String path, String body, String... headers) throws Exception {
    int port = cluster.node(node).server().httpPort();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, BodyPublishers.ofString(body == null ? "" : body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void aKeyIsWrittenAndReadByHttp() throws Exception {
    assertEquals(201, ask("n1", "PUT", "/kv/web", "linux").statusCode());
    assertEquals(204, ask("n2", "PUT", "/kv/web", "bsd").statusCode());
    HttpResponse<String> found = ask("n3", "GET", "/kv/web", null);
    assertEquals("bsd", found.body());
    assertTrue(found.headers().firstValue("ETag").isPresent());
    assertEquals(204, ask("n1", "DELETE", "/kv/web", null).statusCode());
    assertEquals(404, ask("n2", "DELETE", "/kv/web", null).statusCode());
    assertEquals(404, ask("n2", "GET", "/kv/web", null).statusCode());
    assertEquals(501, ask("n2", "POST", "/merge", null).statusCode());
    assertEquals(200, ask("n2", "GET", "/health", null).statusCode());
  }

  @Test
  void aConditionOfHttpHoldsWhenTheWriteRuns() throws Exception {
    String path = "/kv/conditions";
    assertEquals(412, ask("n1", "PUT", path, "a", "If-Match", "*").statusCode());
    HttpResponse<String> created = ask("n1", "PUT", path, "a", "If-None-Match", "*");
    assertEquals(201, created.statusCode());
    String etag = created.headers().firstValue("ETag").orElseThrow();
    assertEquals(412, ask("n2", "PUT", path, "b", "If-None-Match", "*").statusCode());
    assertEquals(412, ask("n2", "PUT", path, "b", "If-Match", "\"1-other\"").statusCode());
    assertEquals("a", ask("n3", "GET", path, null).body());
    String either = "\"1-other\", " + etag;
    assertEquals(204, ask("n3", "PUT", path, "b", "If-Match", either).statusCode());
    // The key has another value now.
    assertEquals(412, ask("n1", "DELETE", path, null, "If-Match", etag).statusCode());
    assertEquals(400, ask("n1", "PUT", path, "c", "If-Match", "abc").statusCode());
    assertEquals("b", ask("n2", "GET", path, null).body());
    assertEquals(412, ask("n2", "DELETE", path, null, "If-None-Match", "*").statusCode());
    assertEquals(204, ask("n2", "DELETE", path, null, "If-Match", "*").statusCode());
    assertEquals(404, ask("n3", "DELETE", path, null, "If-Match", etag).statusCode());
  }

  /** The condition is why each increment counts. */
  @Test
  void writersThroughAllNodesCountByConditions() throws Exception {
    assertEquals(201, ask("n1", "PUT", "/kv/tally", "0").statusCode());
    List<Thread> threads = new ArrayList<>();
    for (String node : List.of("n1", "n2", "n3")) {
      threads.add(new Thread(() -> countTo20(node)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals("60", ask("n1", "GET", "/kv/tally", null).body());
  }

  private void countTo20(String node) {
    try {
      for (int done = 0; done < 20; ) {
        HttpResponse<String> before = ask(node, "GET", "/kv/tally", null);
        String etag = before.headers().firstValue("ETag").orElseThrow();
        String next = String.valueOf(Integer.parseInt(before.body()) + 1);
        if (ask(node, "PUT", "/kv/tally", next, "If-Match", etag).statusCode() == 204) {
          done++;
        }
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theStateOfTheClusterIsServed() throws Exception {
    String json = ask("n2", "GET", "/cluster", null).body();
    assertTrue(json.startsWith("{\"node\":\"n2\","), json);
    assertTrue(json.contains("\"shard\":3,\"leader\":\"n"), json);
    try (Jedis client = cluster.client("n2")) {
      String info = client.info("replication");
      assertTrue(info.contains("cluster_node:n2\r\ncluster_shards:4\r\n"), info);
      assertTrue(info.contains("cluster_shards_without_leader:0\r\n"), info);
    }
    String metrics = ask("n2", "GET", "/metrics", null).body();
    assertTrue(metrics.contains("\nkv_cluster_shards 4\n"), metrics);
    assertTrue(metrics.contains("\nkv_cluster_lag "), metrics);
  }

  @Test
  void theClusterHasAPageOfItsOwn() throws Exception {
    assertTrue(ask("n1", "GET", "/", null).body().contains("<title>The cluster, live</title>"));
    assertTrue(ask("n1", "GET", "/cluster.js", null).body().contains("'/cluster'"));
    assertEquals(404, ask("n1", "GET", "/page.js", null).statusCode());
  }

  @Test
  void theNumberOfShardsNeverChanges() {
    NodeSettings other =
        new NodeSettings(
            "n1",
            java.util.Map.of("n1", "127.0.0.1:1"),
            cluster.directory("n1"),
            5,
            true,
            5,
            "127.0.0.1",
            0,
            0,
            null,
            List.of());
    IOException refused = assertThrows(IOException.class, () -> Node.start(other, broken -> {}));
    assertTrue(refused.getMessage().endsWith("start it with --shards 4"), refused.getMessage());
  }

  /** A node has one thread for all of its connections. A read that waits must not hold it. */
  @Test
  void aReadThatWaitsForASlowWriteHoldsNoOtherClientUp(@TempDir Path own) throws Exception {
    try (TestCluster one = new TestCluster(own, 1, 1)) {
      one.awaitLeaders();
      try (Jedis writer = one.client("n1");
          Jedis reader = one.client("n1");
          Jedis other = one.client("n1")) {
        String[] pairs = new String[20_000];
        for (int i = 0; i < 30; i++) {
          for (int j = 0; j < pairs.length; j += 2) {
            pairs[j] = "key " + i + " " + j;
            pairs[j + 1] = "value";
          }
          writer.mset(pairs);
        }
        CompletableFuture<String> clear = CompletableFuture.supplyAsync(writer::flushAll);
        boolean went = false;
        while (!clear.isDone()) {
          CompletableFuture<String> read =
              CompletableFuture.supplyAsync(() -> reader.get("key 0 0"));
          Thread.sleep(10);
          // The first reply may leave together with that of the read.
          other.ping();
          other.ping();
          Thread.sleep(5);
          went |= !read.isDone();
          read.get();
        }
        assertTrue(went, "no client was answered while a read waited");
        assertEquals("OK", clear.get());
      }
    }
  }

  /** The leader sends the commit index with its next entry, or after half an election timeout. */
  @Test
  void aListOfKeysDoesNotWaitForTheLeadersNextMessage() {
    try (Jedis n1 = cluster.client("n1");
        Jedis n2 = cluster.client("n2")) {
      int before = cluster.messages.questions.get();
      for (int i = 0; i < 100 && cluster.messages.questions.get() == before; i++) {
        n1.set("list " + i, "value");
        assertEquals(Set.of("list " + i), n2.keys("list " + i));
      }
      assertTrue(cluster.messages.questions.get() > before);
    }
  }
}
