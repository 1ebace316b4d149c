package kv.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** Processes of nodes are killed while clients write, and no acknowledged write is lost. */
@Timeout(900)
class KillTest {
  private static final List<String> IDS = List.of("n1", "n2", "n3");

  @TempDir private Path folder;

  private final Map<String, Integer> ports = new TreeMap<>();
  private final Map<String, Process> processes = new TreeMap<>();
  private String peers;

  @BeforeEach
  void startAll() throws IOException {
    List<String> all = new ArrayList<>();
    for (String id : IDS) {
      ports.put(id, TestCluster.freePort());
      all.add(id + "=127.0.0.1:" + TestCluster.freePort());
    }
    peers = String.join(",", all);
    for (String id : IDS) {
      start(id);
    }
  }

  @AfterEach
  void killAll() throws Exception {
    for (String id : IDS) {
      kill(id);
    }
  }

  private void start(String id) throws IOException {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "kv.cluster.Main",
                "--id",
                id,
                "--peers",
                peers,
                "--dir",
                folder.resolve(id).toString(),
                "--shards",
                "2",
                "--resp",
                ports.get(id).toString(),
                "--http",
                "0")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    processes.put(id, process);
  }

  private void kill(String id) throws InterruptedException {
    processes.get(id).destroyForcibly().waitFor();
  }

  private Jedis client(String id) {
    return new Jedis(
        new HostAndPort("127.0.0.1", ports.get(id)),
        DefaultJedisClientConfig.builder().timeoutMillis(20_000).build());
  }

  /** Writes numbered keys through any node, until the flag is set; notes those acknowledged. */
  private Thread writer(
      int number, AtomicBoolean stop, Map<String, String> acknowledged, AtomicInteger increments) {
    Thread thread =
        new Thread(
            () -> {
              int i = 0;
              while (!stop.get()) {
                try (Jedis jedis = client(IDS.get((number + i) % IDS.size()))) {
                  for (int burst = 0; burst < 20 && !stop.get(); burst++) {
                    String key = "writer " + number + " key " + i++;
                    jedis.set(key, "value " + i);
                    acknowledged.put(key, "value " + i);
                    jedis.incr("count");
                    increments.incrementAndGet();
                  }
                } catch (JedisException e) {
                  // The node is down, or has no majority. The write may have been done.
                  i++;
                  pause();
                }
              }
            });
    thread.start();
    return thread;
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until a number of further writes were acknowledged. */
  private static void awaitMore(Map<String, String> acknowledged, int more) throws Exception {
    int before = acknowledged.size();
    TestCluster.await(() -> acknowledged.size() >= before + more);
  }

  @Test
  void noAcknowledgedWriteIsLost() throws Exception {
    Map<String, String> acknowledged = new ConcurrentHashMap<>();
    AtomicInteger increments = new AtomicInteger();
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      writers.add(writer(i, stop, acknowledged, increments));
    }
    awaitMore(acknowledged, 100);
    // Each of them leads a shard at some time.
    for (String id : IDS) {
      kill(id);
      awaitMore(acknowledged, 30);
      start(id);
      awaitMore(acknowledged, 60);
    }
    for (String id : IDS) {
      kill(id);
    }
    for (String id : IDS) {
      start(id);
    }
    awaitMore(acknowledged, 50);
    stop.set(true);
    for (Thread writer : writers) {
      writer.join();
    }
    try (Jedis jedis = client("n2")) {
      for (Map.Entry<String, String> write : acknowledged.entrySet()) {
        assertEquals(write.getValue(), jedis.get(write.getKey()), write.getKey());
      }
      int count = Integer.parseInt(jedis.get("count"));
      // A write that got an error can have been done; one that was acknowledged is done once.
      assertTrue(count >= increments.get(), count + " of " + increments);
      assertTrue(count <= increments.get() + 200, count + " of " + increments);
    }
  }
}
