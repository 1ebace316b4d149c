package kv.server.resp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import glide.api.GlideClient;
import glide.api.models.Batch;
import glide.api.models.commands.SetOptions;
import glide.api.models.configuration.GlideClientConfiguration;
import glide.api.models.configuration.NodeAddress;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * valkey-glide for Java with its defaults: its core is native code, in the jar for this platform.
 */
@Tag("clients")
class GlideTest extends ClientFixture {
  /** Time for a reply. The default, 250 ms, is short for a test on a machine with other work. */
  private static final int PATIENCE_MILLIS = 10_000;

  private GlideClient glide;

  @BeforeEach
  void connectGlide() throws Exception {
    NodeAddress address = NodeAddress.builder().host("127.0.0.1").port(port()).build();
    glide =
        get(
            GlideClient.createClient(
                GlideClientConfiguration.builder()
                    .address(address)
                    .requestTimeout(PATIENCE_MILLIS)
                    .build()));
  }

  @AfterEach
  void closeGlide() throws Exception {
    glide.close();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private static String failure(Future<?> future) {
    return assertThrows(ExecutionException.class, () -> get(future)).getMessage();
  }

  @Test
  void setsGetsAndDeletes() throws Exception {
    assertEquals("PONG", get(glide.ping()));
    assertEquals("OK", get(glide.set("os", "linux")));
    assertEquals("linux", get(glide.get("os")));
    SetOptions onlyNew =
        SetOptions.builder()
            .conditionalSet(SetOptions.ConditionalSet.ONLY_IF_DOES_NOT_EXIST)
            .build();
    assertNull(get(glide.set("os", "bsd", onlyNew)));
    assertEquals("OK", get(glide.mset(Map.of("a", "1", "b", "2"))));
    assertEquals(43, get(glide.incrBy("n", 43)));
    assertEquals("string", get(glide.type("os")));
    assertEquals(-1, get(glide.ttl("os")));
    assertEquals(2, get(glide.unlink(new String[] {"os", "a", "x"})));
  }

  @Test
  void pipelinesAndRunsTransactions() throws Exception {
    for (boolean atomic : new boolean[] {false, true}) {
      Object[] results = get(glide.exec(new Batch(atomic).set("t", "1").incr("t"), true));
      assertEquals("OK", results[0]);
      assertEquals(2L, results[1]);
    }
  }

  @Test
  void scansAllKeys() throws Exception {
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < MANY_KEYS; i++) {
      expected.add("key" + i);
      get(glide.set("key" + i, ""));
    }
    Set<String> found = new HashSet<>();
    String cursor = "0";
    do {
      Object[] page = get(glide.scan(cursor));
      cursor = (String) page[0];
      for (Object key : (Object[]) page[1]) {
        found.add((String) key);
      }
    } while (!cursor.equals("0"));
    assertEquals(expected, found);
  }

  @Test
  void survivesARestart() throws Exception {
    get(glide.set("k", "v"));
    restart();
    assertEquals("v", afterReconnect(() -> get(glide.get("k"))));
  }

  @Test
  void getsErrorsForCommandsThatAreNotThere() throws Exception {
    SetOptions minute = SetOptions.builder().expiry(SetOptions.Expiry.Seconds(60L)).build();
    String expiry = failure(glide.set("k", "v", minute));
    assertTrue(expiry.contains("EX is not supported"), expiry);
    String script = failure(glide.customCommand(new String[] {"EVAL", "return 1", "0"}));
    assertTrue(script.contains("not supported"), script);
    assertNull(get(glide.get("k")));
  }
}
