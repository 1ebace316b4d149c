package kv.workshop.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kv.browser.Browser;
import kv.workshop.Project;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The microscope in a browser, on stores of the course that are in use. */
class LiveMicroscopeTest {
  @TempDir private static Path profile;
  private static Browser browser;

  @TempDir private Path folder;
  private Site site;

  @BeforeAll
  static void startBrowser() throws Exception {
    assumeTrue(
        Browser.executable() != null,
        "the microscope is not tested: there is no Chromium (chromium, google-chrome) in the PATH");
    browser = Browser.start(profile);
    browser.resize(1280, 720);
  }

  @AfterAll
  static void endBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void serve() throws Exception {
    site = Serve.site(Project.at(Path.of("..")), Optional.of(folder), 0);
    site.start();
    browser.errors().clear();
  }

  @AfterEach
  void close() throws Exception {
    browser.goTo(URI.create("about:blank"));
    site.close();
    assertEquals(List.of(), browser.errors());
  }

  private void open(String query) throws Exception {
    browser.goTo(URI.create(site.address() + "microscope" + query));
    browser.waitFor("document.querySelector('.part[tabindex]')");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static void waitForKinds(String kinds) throws Exception {
    browser.waitFor(
        "[...document.querySelectorAll('.bar:not(.going) .part')]"
            + ".map((p) => p.className.split(' ')[1]).join(' ') === '"
            + kinds
            + "'");
  }

  private static void choose(int at) throws Exception {
    browser.evaluate(
        "[...document.querySelectorAll('.part')].find((p) => p.mark.at === " + at + ").click()");
    browser.waitFor("document.querySelector('.byte')");
    browser.waitFor("document.getElementById('record-name').textContent.endsWith(' " + at + "')");
  }

  @Test
  void thePutsOfAnOpenStoreAreSeen() throws Exception {
    try (var store = kv.step3.Store.open(folder)) {
      store.put(bytes("os"), bytes("mac"));
      open("");
      waitForKinds("header live");
      store.put(bytes("os"), bytes("linux"));
      waitForKinds("header dead live");
      store.delete(bytes("os"));
      waitForKinds("header dead dead tombstone");
    }
  }

  @Test
  void aMergeOfAnOpenStoreIsSeen() throws Exception {
    try (var store = kv.step5.Store.open(folder)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("os"), bytes("linux"));
      open("");
      waitForKinds("header dead live");
      store.merge();
      waitForKinds("header live header");
      String plot = browser.evaluate("document.getElementById('plot').textContent").getAsString();
      assertTrue(plot.contains("000001-000001.1.data"), plot);
    }
  }

  @Test
  void aFlippedBitIsFoundAndTheStoresOwnVerdictShown() throws Exception {
    try (var store = kv.step3.Store.open(folder)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
    }
    Path file = folder.resolve("store.data");
    byte[] log = Files.readAllBytes(file);
    log[27] ^= 4;
    Files.write(file, log);
    open("");
    choose(8);
    assertEquals("27", place(".byte.flipped"));
    browser.evaluate("document.querySelectorAll('#actions button')[0].click()");
    browser.waitFor("document.querySelector('.verdict-word')");
  }

  private static String place(String selector) throws Exception {
    return browser
        .evaluate("document.querySelector('" + selector + "').ariaLabel.match(/\\d+/)[0]")
        .getAsString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void theExampleOfAStepIsReplayed(int step) throws Exception {
    open("?step=" + step + "&call=99");
    int calls = browser.evaluate("document.querySelectorAll('#calls li').length").getAsInt();
    assertTrue(calls > 4, calls + " calls");
    for (int i = 1; i < calls; i++) {
      browser.evaluate("document.getElementById('back').click()");
    }
    // The engine creates its first file with the first put.
    waitForKinds(step == Project.ENGINE ? "" : "header");
  }

  @Test
  void aCutOfTheExampleIsJudgedByTheStep() throws Exception {
    open("?step=3&call=4");
    choose(54);
    browser.evaluate("document.querySelectorAll('#actions button')[0].click()");
    browser.waitFor("document.getElementById('verdict').className === 'prefix'");
    choose(8);
    browser.evaluate("document.querySelectorAll('#actions button')[1].click()");
    browser.waitFor("document.getElementById('verdict').className === 'refused'");
  }
}
