package kv.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kv.browser.Axe;
import kv.browser.Browser;
import kv.server.Server;
import kv.server.core.Budget;
import kv.server.core.EngineStore;
import kv.server.core.Remote;
import kv.server.core.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a cluster as a browser shows it. */
class ClusterPageTest {
  @TempDir private static Path profile;
  private static Browser browser;

  @TempDir private Path folder;
  private final FakeCluster cluster = new FakeCluster();
  private Server server;

  /** A cluster that is in any state a test wants. */
  private static final class FakeCluster implements Remote {
    private volatile List<Map<String, Object>> shards = List.of();

    @Override
    public CompletionStage<List<byte[]>> run(List<Request> requests, Mode mode) {
      return CompletableFuture.failedFuture(new IOException("not a real cluster"));
    }

    @Override
    public Map<String, Object> replication() {
      return Map.of();
    }

    @Override
    public Object status() {
      return Map.of("node", "n1", "leads", 1, "shards", shards);
    }

    /** Sets the shards: for each one its leader, its term, and the lag of n1, n2, n3. */
    void is(Object[]... all) {
      List<Map<String, Object>> list = new ArrayList<>();
      for (Object[] each : all) {
        Map<String, Object> shard = new LinkedHashMap<>();
        shard.put("shard", list.size());
        shard.put("leader", each[0]);
        shard.put("term", each[1]);
        List<Map<String, Object>> nodes = new ArrayList<>();
        for (int i = 2; i < each.length; i++) {
          int lag = (Integer) each[i];
          nodes.add(Map.of("id", "n" + (i - 1), "commit", lag < 0 ? -1 : 7000, "lag", lag));
        }
        shard.put("nodes", nodes);
        list.add(shard);
      }
      shards = list;
    }
  }

  private static Object[] shard(Object... leaderTermLags) {
    return leaderTermLags;
  }

  @BeforeAll
  static void startBrowser() throws Exception {
    assumeTrue(
        Browser.executable() != null,
        "the page is not tested: there is no Chromium (chromium, google-chrome) in the PATH");
    browser = Browser.start(profile);
  }

  @AfterAll
  static void endBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void openPage() throws Exception {
    cluster.is(shard("n1", 4, 0, 0, 1200), shard("n2", 3, 12, 0, -1));
    Settings settings = Settings.of(folder).httpPort(0).build();
    server =
        Server.start(
            settings,
            new Budget(Budget.defaultLimit()),
            EngineStore.open(settings),
            cluster,
            fault -> {});
    browser.goTo(URI.create("http://127.0.0.1:" + server.httpPort() + "/"));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private static String text(String selector) throws Exception {
    return browser
        .evaluate(
            "[...document.querySelectorAll('"
                + selector
                + "')].map((one) => one.textContent).join(' | ')")
        .getAsString();
  }

  @Test
  void aTableHasTheLeadersAndTheLags() throws Exception {
    browser.waitFor("document.body.className === 'live'");
    assertEquals("n1", text("#node"));
    assertEquals("shard | term | n1 | n2 | n3", text("#nodes th"));
    assertEquals("0 | 4 | leads | 0 | 1,200", text("#shards tr:nth-child(1) > *"));
    assertEquals("1 | 3 | 12 | leads | unknown", text("#shards tr:nth-child(2) > *"));
    assertEquals("", text("#elections li"));
    assertEquals(List.of(), Axe.serious(browser));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void anElectionIsListed() throws Exception {
    browser.waitFor("document.body.className === 'live'");
    cluster.is(shard("n3", 5, 0, 0, 0), shard("n2", 3, 0, 0, 0));
    browser.waitFor("document.querySelectorAll('#elections li').length === 1");
    assertEquals("shard 0 is led by n3, term 5", text("#elections li").replaceFirst("^.*?: ", ""));
  }

  @Test
  void aShardWithoutALeaderIsAFailure() throws Exception {
    cluster.is(shard(null, 5, 0, 0, 0), shard("n2", 3, 0, 0, 0));
    browser.waitFor("document.body.className === 'failed'");
    assertEquals("shards without a leader: 1", text("#connection"));
  }

  @Test
  void aNodeThatWasAddedIsAColumnAndNotInTheOtherShards() throws Exception {
    browser.waitFor("document.body.className === 'live'");
    cluster.is(shard("n1", 4, 0, 0, 0, 7), shard("n2", 3, 0, 0, 0));
    browser.waitFor("document.querySelectorAll('#nodes th').length === 6");
    assertEquals("0 | 4 | leads | 0 | 0 | 7", text("#shards tr:nth-child(1) > *"));
    assertEquals("1 | 3 | 0 | leads | 0 | not in it", text("#shards tr:nth-child(2) > *"));
  }

  @Test
  void aNameIsTextAndNotHtml() throws Exception {
    cluster.is(shard("<img src=x>", 4, 0, 0, 0));
    browser.waitFor("document.querySelectorAll('#shards tr').length === 1");
    cluster.is(shard("<b>n2</b>", 5, 0, 0, 0));
    browser.waitFor("document.querySelectorAll('#elections li').length > 0");
    assertEquals("", text("main img, #elections b"));
  }

  @Test
  void aNodeThatDoesNotAnswerIsLost() throws Exception {
    browser.waitFor("document.body.className === 'live'");
    server.close();
    browser.waitFor("document.body.className === 'lost'");
    assertEquals("the node does not answer", text("#connection"));
  }
}
