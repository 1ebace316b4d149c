package kv.server.http;

import static kv.server.http.HttpWire.ask;
import static kv.server.http.HttpWire.put;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kv.browser.Browser;
import kv.engine.Stats;
import kv.server.Server;
import kv.server.ServerFixture;
import kv.server.core.Scans;
import kv.server.core.Secret;
import kv.server.core.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page as a browser shows it. */
class PageTest {
  private static final int SEGMENT_SIZE = 4 << 10;

  /** A segment has room for one of these and some short values, not for two. */
  private static final String LONG = "x".repeat(2400);

  @TempDir private static Path profile;
  private static Browser browser;

  @TempDir private Path folder;
  private Server server;

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
    browser.resize(1280, 720);
    server = serve(0);
    browser.goTo(URI.create("http://127.0.0.1:" + server.httpPort() + "/"));
    browser.waitFor("document.body.className === 'live'");
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private Settings.Builder settings(int port) {
    return Settings.of(folder).httpPort(port).sync(Settings.Sync.no).segmentSize(SEGMENT_SIZE);
  }

  private Server serve(int port) throws IOException {
    return Server.start(settings(port).build());
  }

  private static String text(String id) throws Exception {
    return browser.evaluate("document.getElementById('" + id + "').textContent").getAsString();
  }

  /** Waits for the given names under the bars, from left to right, with a space after each. */
  private static void waitForBars(String names) throws Exception {
    browser.waitFor(
        "[...document.querySelectorAll('.bar:not(.going)')]"
            + ".sort((a, b) => parseFloat(a.style.left) - parseFloat(b.style.left))"
            + ".map((bar) => bar.textContent + ' ').join('') === '"
            + names
            + "'");
  }

  /** Fills four segments, and begins a fifth. Most bytes are live, so no merge starts by itself. */
  private void fillSegments() throws IOException {
    for (String key : new String[] {"a", "short", "b", "short", "c", "d", "a", "short"}) {
      put(server, "/kv/" + key, key.length() > 1 ? "x" : LONG);
    }
  }

  // ======== The store ========

  @Test
  void theEngineIsNamed() throws Exception {
    browser.waitFor(
        "document.getElementById('served').textContent === 'the engine on the network'");
  }

  @Test
  void aStoreOfTheReadersIsNamedAndHasNoBars() throws Exception {
    server.close();
    server = Server.start(Settings.of(folder.resolve("own")).code(ServerFixture.STEP_5).build());
    browser.goTo(URI.create("http://127.0.0.1:" + server.httpPort() + "/"));
    browser.waitFor("document.getElementById('served').textContent.endsWith('step5-merge')");
    put(server, "/kv/os", "linux");
    browser.waitFor("document.getElementById('keys').textContent === '1'");
    assertEquals(
        "This store reports the sums of its 1 segment, and not each of them.",
        text("empty").strip());
    assertEquals("–", text("merges"));
    assertEquals("not reported", text("merged"));
  }

  // ======== Segments ========

  @Test
  void anEmptyLogSaysSo() throws Exception {
    browser.waitFor("!document.getElementById('empty').hidden");
    put(server, "/kv/os", "linux");
    browser.waitFor("document.getElementById('empty').hidden");
    assertEquals("1", text("keys"));
  }

  @Test
  void eachSegmentIsABar() throws Exception {
    fillSegments();
    waitForBars("1 2 3 4 5 ");
    // A full segment is sealed a moment after the next has begun.
    browser.waitFor(
        "JSON.stringify([...document.getElementById('rows').rows]"
            + ".map((row) => [row.cells[0].textContent, row.cells[1].textContent])) === '"
            + "[[\"000001-000001.0\",\"sealed\"],[\"000002-000002.0\",\"sealed\"],"
            + "[\"000003-000003.0\",\"sealed\"],[\"000004-000004.0\",\"sealed\"],"
            + "[\"000005-000005.0\",\"being written\"]]'");
  }

  @Test
  void aBarIsAsHighAsItsSegmentIsLong() throws Exception {
    put(server, "/kv/a", "x".repeat(2900));
    put(server, "/kv/b", "x".repeat(1000));
    put(server, "/kv/b", "y".repeat(1000));
    waitForBars("1 2 ");
    // The heights change smoothly.
    String height = "document.querySelector('.bar .stack .PART').getBoundingClientRect().height";
    String live = height.replace("PART", "live");
    String dead = height.replace("PART", "dead");
    browser.waitFor("Math.abs(" + live + " / " + dead + " - 2917 / 1017) < 0.1");
  }

  @Test
  void aMergeMovesTheBars() throws Exception {
    fillSegments();
    waitForBars("1 2 3 4 5 ");
    browser.evaluate(
        "window.went = new Set();"
            + "new MutationObserver((all) => all.map((each) => each.target)"
            + ".filter((bar) => bar.classList.contains('going'))"
            + ".forEach((bar) => went.add(bar.textContent + bar.style.left + bar.style.width)))"
            + ".observe(document.getElementById('plot'), {subtree: true, attributes: true})");
    browser.evaluate("document.getElementById('merge').click()");
    waitForBars("1–2 3 4 5 ");
    browser.waitFor("document.getElementById('notice').textContent.startsWith('Merged into ')");
    assertEquals("1", text("merges"));
    assertEquals("5", text("keys"));
    // The old bars move to the place of the new one.
    assertEquals("[\"0%25%\"]", browser.evaluate("[...went]").toString());
    browser.waitFor("document.querySelectorAll('.bar').length === 4");
  }

  /** Feeds events to the page as if the server had sent them, and shuts out the real ones. */
  private static void receive(String... events) throws Exception {
    browser.evaluate("page.disconnect()");
    for (String event : events) {
      browser.evaluate("page.receive({data: " + new Gson().toJson(event) + "})");
    }
  }

  /** An event with some segments, each of them {@code name live dead}; an asterisk: not sealed. */
  private static String event(long puts, String... segments) {
    List<Stats.Segment> all = new ArrayList<>();
    for (String segment : segments) {
      String[] parts = segment.replace("*", "").split(" ");
      all.add(
          new Stats.Segment(
              parts[0],
              !segment.endsWith("*"),
              Long.parseLong(parts[1]),
              Long.parseLong(parts[2])));
    }
    long live = all.stream().mapToLong(Stats.Segment::liveBytes).sum();
    long dead = all.stream().mapToLong(Stats.Segment::deadBytes).sum();
    return Reply.toJson(
        new ServerStats(
            1000,
            9,
            all.size(),
            live,
            dead,
            all,
            null,
            0L,
            0L,
            0,
            puts,
            0,
            0,
            1,
            "engine",
            false,
            null));
  }

  /** A merge's output is in the log before its inputs are removed, and an event may show both. */
  @Test
  void aMergeGivesBackItsInputsWithoutItsOutput() throws Exception {
    String active = "000003-000003.0 200 0*";
    String published = "000001-000002.1 0 480";
    receive(
        event(9, "000001-000001.0 120 880", "000002-000002.0 360 640", active),
        event(9, published, "000001-000001.0 120 880", "000002-000002.0 360 640", active),
        event(9, "000001-000002.1 120 360", "000001-000001.0 0 1000", active),
        event(9, "000001-000002.1 480 0", active));
    assertEquals("Merged into 000001-000002.1: 1.48\u00a0KiB reclaimed.", text("notice"));
  }

  @Test
  void aMergeOfAMergeIsCountedOnce() throws Exception {
    receive(
        event(9, "000001-000001.0 100 900", "000002-000002.0 50 150"),
        event(9, "000001-000001.1 100 0", "000001-000001.0 0 1000", "000002-000002.0 50 150"),
        event(9, "000001-000002.2 150 0"));
    assertEquals("Merged into 000001-000002.2: 1.03\u00a0KiB reclaimed.", text("notice"));
  }

  @Test
  void aMergeWithoutAnOutputGivesEverythingBack() throws Exception {
    receive(
        event(9, "000001-000001.0 0 500", "000002-000002.0 7 0*"),
        event(9, "000002-000002.0 7 0*"));
    assertEquals("Merged: 500\u00a0B reclaimed.", text("notice"));
  }

  /** Between two events, a segment can grow, or begin, and be merged. */
  @Test
  void aMergeOfUnseenBytesGivesAtLeastTheSeenOnesBack() throws Exception {
    receive(event(9, "000001-000001.0 100 900*"), event(99, "000001-000001.1 400 0"));
    assertEquals("Merged into 000001-000001.1: at least 600\u00a0B reclaimed.", text("notice"));
    receive(event(99, "000001-000001.1 400 0"), event(999, "000001-000003.2 900 0"));
    assertEquals("Merged into 000001-000003.2.", text("notice"));
  }

  @Test
  void aMergeInProgressHasABracket() throws Exception {
    fillSegments();
    waitForBars("1 2 3 4 5 ");
    String stats = new String(ask(server, "GET", "/stats").body(), StandardCharsets.UTF_8);
    String merging =
        stats.replace(
            "\"merging\":null", "\"merging\":{\"name\":\"000001-000002.1\",\"bytes\":2048}");
    String shown =
        "page.draw(%s), [document.querySelector('.run').classList.contains('on'),"
            + " document.querySelector('.run').textContent,"
            + " document.querySelectorAll('.bar.merging').length]";
    assertEquals(
        "[true,\"merging 1–2, 2.00\u00a0KiB written\",2]",
        browser.evaluate(shown.replace("%s", merging)).toString());
    browser.waitFor("!document.querySelector('.run').classList.contains('on')");
  }

  // ======== The store ========

  @Test
  void aStoreThatHasFailedIsShownWithTheReason() throws Exception {
    String shown =
        "page.heard({failure: 'no disk'}), [document.body.className,"
            + " document.getElementById('connection').textContent]";
    assertEquals(
        "[\"failed\",\"The store refuses writes; reads continue: no disk\"]",
        browser.evaluate(shown).toString());
    browser.waitFor("document.body.className === 'live'");
  }

  @Test
  void aReadOnlyStoreIsShownAsReadOnly() throws Exception {
    assertEquals(
        "live, read-only",
        browser
            .evaluate(
                "page.heard({readOnly: true, failure: null}),"
                    + " document.getElementById('connection').textContent")
            .getAsString());
  }

  // ======== One key ========

  private static void fill(String id, String text) throws Exception {
    browser.evaluate("document.getElementById('" + id + "').value = " + new Gson().toJson(text));
  }

  private static void fill(String key, String value, boolean encoded) throws Exception {
    fill("key", key);
    fill("value", value);
    browser.evaluate("document.getElementById('encoded').checked = " + encoded);
  }

  private static void press(String button, String answer) throws Exception {
    browser.evaluate("document.getElementById('answer').textContent = ''");
    browser.evaluate("document.querySelector('button[value=" + button + "]').click()");
    waitForAnswer(answer);
  }

  private static void waitForAnswer(String answer) throws Exception {
    browser.waitFor("document.getElementById('answer').textContent");
    assertTrue(text("answer").matches(answer), text("answer"));
  }

  private static String shown() throws Exception {
    return browser.evaluate("document.getElementById('shown').value").getAsString();
  }

  private byte[] stored(byte... key) throws IOException {
    return server.context().store().get(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b?c#é%2F+ &", "<img src=x onerror=alert(1)>"})
  void aKeyIsPutReadAndDeleted(String key) throws Exception {
    fill(key, "<b>linux</b>", false);
    press("PUT", "put, new key, .* ms");
    byte[] value = stored(key.getBytes(StandardCharsets.UTF_8));
    assertArrayEquals("<b>linux</b>".getBytes(StandardCharsets.UTF_8), value);
    press("PUT", "put, supersedes the old value, .* ms");
    press("GET", "12 bytes, .* ms");
    assertEquals("<b>linux</b>", shown());
    press("DELETE", "deleted, .* ms");
    press("GET", "no such key, .* ms");
    assertEquals("", shown());
    assertEquals(0, server.context().store().size());
    assertEquals(
        0, browser.evaluate("document.querySelectorAll('img, output *, li b').length").getAsInt());
  }

  @Test
  void enterInTheKeyLooksItUp() throws Exception {
    put(server, "/kv/os", "linux");
    fill("os", "", false);
    browser.evaluate("document.getElementById('key').focus()");
    browser.pressEnter();
    browser.waitFor("document.getElementById('answer').textContent");
    assertEquals(
        "linux", new String(server.context().store().get(bytes("os")), StandardCharsets.UTF_8));
    waitForAnswer("5 bytes, .* ms");
    assertEquals("linux", shown());
  }

  @Test
  void enterInTheValuePutsIt() throws Exception {
    fill("os", "linux", false);
    browser.evaluate("document.getElementById('value').focus()");
    browser.pressEnter();
    waitForAnswer("put, new key, .* ms");
    assertArrayEquals(bytes("linux"), stored(bytes("os")));
  }

  @Test
  void aKeyThatIsNotTextIsPercentEncoded() throws Exception {
    fill("%FF%00é+", "linux", true);
    press("PUT", "put, new key, .* ms");
    assertArrayEquals(
        bytes("linux"), stored((byte) 0xFF, (byte) 0, (byte) 0xC3, (byte) 0xA9, (byte) '+'));
    fill("%F", "linux", true);
    press("GET", "400: .*hexadecimal digits");
  }

  @Test
  void aValueThatIsNotTextIsShownInHex() throws Exception {
    ask(server, "PUT", "/kv/bytes", new byte[] {0, -1, 16});
    fill("bytes", "", false);
    press("GET", "3 bytes, in hex, .* ms");
    assertEquals("00 ff 10", shown());
    ask(server, "PUT", "/kv/bytes", new byte[5000]);
    press("GET", "5,000 bytes, in hex, the first 4,096 shown, .* ms");
    assertEquals("00 ".repeat(4096).strip(), shown());
  }

  @Test
  void aLongValueIsShownInFullAndScrolls() throws Exception {
    String value = "a line of text, é\n".repeat(20_000);
    put(server, "/kv/long", value);
    fill("long", "", false);
    press("GET", "380,000 bytes, .* ms");
    assertEquals(value, shown());
    assertTrue(
        isTrue(
            "document.getElementById('shown').clientHeight < 600"
                + " && document.getElementById('shown').scrollHeight > 10000"));
    assertEquals(
        value.length(),
        browser
            .evaluate(
                "(() => { const shown = document.getElementById('shown'); shown.select();"
                    + " return shown.selectionEnd - shown.selectionStart; })()")
            .getAsInt());
  }

  /** A browser would take seconds to lay it out. The rest is not even sent. */
  @Test
  void ofAVeryLongTextTheBeginningIsShown() throws Exception {
    put(server, "/kv/long", "é".repeat(1 << 20));
    fill("long", "", false);
    press("GET", "2,097,152 bytes, the first 1,048,576 shown, .* ms");
    assertEquals("é".repeat(1 << 19), shown());
    assertEquals(
        "/kv?key=long",
        browser.evaluate("document.getElementById('whole').getAttribute('href')").getAsString());
  }

  @Test
  void anEmptyValueIsAValue() throws Exception {
    put(server, "/kv/os", "");
    fill("os", "", false);
    press("GET", "0 bytes, .* ms");
    assertTrue(isTrue("document.getElementById('found').hidden"));
  }

  // ======== Keys ========

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void list(String prefix) throws Exception {
    fill("prefix", prefix);
    browser.evaluate("document.getElementById('listed').textContent = ''");
    browser.evaluate("document.querySelector('#search button').click()");
    browser.waitFor("document.getElementById('listed').textContent");
  }

  private static List<String> listed() throws Exception {
    List<String> keys = new ArrayList<>();
    browser
        .evaluate("[...document.querySelectorAll('#list li')].map((li) => li.textContent)")
        .getAsJsonArray()
        .forEach(key -> keys.add(key.getAsString()));
    keys.sort(null);
    return keys;
  }

  @Test
  void keysAreListedByPrefix() throws Exception {
    for (String key : new String[] {"a+b", "a b", "a%2F", "<b>a", "b"}) {
      server.context().store().put(bytes(key), bytes("v"));
    }
    list("");
    assertEquals("5 keys", text("listed"));
    assertEquals(List.of("<b>a", "a b", "a%2F", "a+b", "b"), listed());
    list("a+");
    assertEquals("1 key", text("listed"));
    assertEquals(List.of("a+b"), listed());
    list("x");
    assertEquals("no key has this prefix", text("listed"));
    assertEquals(List.of(), listed());
  }

  @Test
  void aLongListHasPages() throws Exception {
    List<String> all = new ArrayList<>();
    for (int i = 1000; i < 1230; i++) {
      all.add("key" + i);
      server.context().store().put(bytes("key" + i), bytes("v"));
    }
    list("key");
    assertEquals("100 keys, and there are more", text("listed"));
    browser.evaluate("document.getElementById('more').click()");
    browser.waitFor("document.getElementById('listed').textContent.startsWith('200 keys, ')");
    browser.evaluate("document.getElementById('more').click()");
    browser.waitFor("document.getElementById('listed').textContent === '230 keys'");
    assertEquals(all, listed());
    assertTrue(isTrue("document.getElementById('more').hidden"));
    // The focus is on the first of the new keys, since the button is no longer there.
    assertTrue(isTrue("document.activeElement === document.querySelectorAll('#list button')[200]"));
  }

  /** The server forgets a list when too many others were begun after it. */
  @Test
  void aListThatIsTooOldHasToBeginAgain() throws Exception {
    for (int i = 0; i < 101; i++) {
      server.context().store().put(bytes("key" + i), bytes("v"));
    }
    list("");
    for (int i = 0; i < Scans.MAX_SCANS; i++) {
      ask(server, "GET", "/kv?limit=1");
    }
    browser.evaluate("document.getElementById('more').click()");
    browser.waitFor("document.getElementById('more').hidden");
    assertEquals("The list is too old to continue: list the keys again.", text("listed"));
  }

  private static void choose(String listed, String answer) throws Exception {
    browser.evaluate("document.getElementById('answer').textContent = ''");
    browser.evaluate(
        "[...document.querySelectorAll('#list button')].find((b) => b.textContent === "
            + new Gson().toJson(listed)
            + ").click()");
    waitForAnswer(answer);
  }

  @Test
  void aListedKeyIsLookedUp() throws Exception {
    server.context().store().put(new byte[] {}, bytes("1"));
    server.context().store().put(new byte[] {(byte) 0xFF, 0}, bytes("22"));
    server.context().store().put(bytes(".."), bytes("333"));
    server.context().store().put(bytes("two\nlines"), bytes("4444"));
    server.context().store().put(bytes("a+ %41"), bytes("55555"));
    list("");
    assertEquals(List.of("%FF%00", "..", "a+ %41", "the empty key", "two%0Alines"), listed());
    String fields =
        "[document.getElementById('key').value, document.getElementById('encoded').checked]";
    choose("the empty key", "1 byte, .* ms");
    choose("%FF%00", "2 bytes, .* ms");
    assertEquals("[\"%FF%00\",true]", browser.evaluate(fields).toString());
    choose("..", "3 bytes, .* ms");
    choose("two%0Alines", "4 bytes, .* ms");
    choose("a+ %41", "5 bytes, .* ms");
    assertEquals("[\"a+ %41\",false]", browser.evaluate(fields).toString());
    press("DELETE", "deleted, .* ms");
    assertEquals(4, server.context().store().size());
  }

  // ======== The password ========

  private static final String NO_PASSWORD =
      "The server requires a password: reload the page and enter it, with any user name.";

  /** The reply to the page if the user cancels the browser's question for the password. */
  @Test
  void aRefusalForWantOfThePasswordSaysWhatToDo() throws Exception {
    browser.evaluate("window.fetch = async () => new Response('secret?', {status: 401}), null");
    browser.evaluate("page.disconnect(), page.disconnected()");
    browser.waitFor("document.getElementById('connection').textContent === '" + NO_PASSWORD + "'");
    fill("os", "linux", false);
    press("PUT", NO_PASSWORD);
    list("");
    assertEquals(NO_PASSWORD, text("listed"));
    browser.evaluate("document.getElementById('merge').click()");
    browser.waitFor("document.getElementById('notice').textContent === '" + NO_PASSWORD + "'");
    // The message stays: the page does not ask again and again.
    browser.evaluate("new Promise((done) => setTimeout(done, page.PATIENCE + 500))");
    assertEquals(NO_PASSWORD, text("connection"));
  }

  @Test
  void thePageSendsThePasswordThatItWasOpenedWith() throws Exception {
    server.close();
    server = Server.start(settings(0).password(new Secret("secret")).build());
    browser.goTo(URI.create("http://any:secret@127.0.0.1:" + server.httpPort() + "/"));
    browser.waitFor("document.body.className === 'live'");
    fill("os", "linux", false);
    press("PUT", "put, new key, .* ms");
    list("");
    assertEquals(List.of("os"), listed());
    browser.evaluate("document.getElementById('merge').click()");
    browser.waitFor("document.getElementById('notice').textContent");
    assertEquals("There was nothing to merge.", text("notice"));
  }

  // ======== The page itself ========

  @Test
  void thePageComesBackWhenTheServerDoes() throws Exception {
    int port = server.httpPort();
    server.close();
    browser.waitFor("document.body.className === 'lost'");
    assertEquals("The server does not answer. Trying again.", text("connection"));
    server = serve(port);
    browser.waitFor("document.body.className === 'live'");
    put(server, "/kv/os", "linux");
    waitForBars("1 ");
  }

  @Test
  void thePageConnectsToItsServerOnly() throws Exception {
    assertFalse(
        browser
            .evaluate(
                "performance.getEntriesByType('resource').some((r) => !r.name.startsWith(origin))")
            .getAsBoolean());
    // The policy allows the files of the page, and no script in it.
    assertEquals(
        "grid",
        browser
            .evaluate("getComputedStyle(document.getElementById('figures')).display")
            .getAsString());
    assertEquals(
        "blocked",
        browser
            .evaluate(
                "new Promise((done) => {"
                    + "addEventListener('securitypolicyviolation', () => done('blocked'));"
                    + "const script = document.createElement('script');"
                    + "script.textContent = 'window.harm = 1';"
                    + "document.body.append(script);"
                    + "if (window.harm) done('run'); })")
            .getAsString());
  }

  @Test
  void everythingHasANameForAScreenReader() throws Exception {
    assertEquals(
        "[]",
        browser
            .evaluate(
                "[...document.querySelectorAll("
                    + "'input, textarea, button, section, output, a, [role=img]')]"
                    + ".filter((e) => !(e.labels?.length || e.ariaLabel || e.textContent.trim()"
                    + " || e.getAttribute('aria-labelledby'))).map((e) => e.outerHTML)")
            .toString());
    assertEquals(
        2, browser.evaluate("document.querySelectorAll('[role=status]').length").getAsInt());
  }

  // ======== Layout ========

  /** An event with a number of segments, some of them merged, and a merge of the last ones. */
  private static String manySegments(int count) {
    String[] segments = new String[count];
    for (int i = 0; i < count; i++) {
      String name = String.format(Locale.ROOT, "%06d-%06d.1", 3 * i + 1000, 3 * i + 1002);
      segments[i] = name + " " + (1 << 20) + " " + (i << 12) + (i == count - 1 ? "*" : "");
    }
    String merging =
        count < 3
            ? "null"
            : String.format(
                Locale.ROOT,
                "{\"name\":\"%06d-%06d.2\",\"bytes\":123456789}",
                3 * count + 991,
                3 * count + 996);
    return event(9, segments).replace("\"merging\":null", "\"merging\":" + merging);
  }

  /** Shows the page in a window of the given width, and waits until bars and names stand still. */
  private static void show(int width, String event) throws Exception {
    browser.resize(width, 800);
    receive(event);
    browser.waitFor("document.getAnimations().every((a) => !(a instanceof CSSTransition))");
  }

  private static boolean isTrue(String condition) throws Exception {
    return browser.evaluate("Boolean(" + condition + ")").getAsBoolean();
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 400, 768, 1280, 1920})
  void nothingIsWiderThanTheWindow(int width) throws Exception {
    show(width, manySegments(50));
    assertTrue(
        isTrue("document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
    // Neither the table nor a number is cut or scrolls.
    assertEquals(
        "[]",
        browser
            .evaluate(
                "[...document.querySelectorAll('.scroll, table, dd, dt, button, h2, p')]"
                    + ".filter((e) => e.scrollWidth > e.clientWidth + 1 && e.offsetWidth > 0)"
                    + ".map((e) => e.className + e.id + e.textContent)")
            .toString());
  }

  @ParameterizedTest
  @CsvSource({"320,3", "320,50", "400,12", "400,50", "768,50", "1280,12", "1920,50", "1920,160"})
  void noLabelTouchesAnother(int width, int segments) throws Exception {
    show(width, manySegments(segments));
    assertEquals(
        "[]",
        browser
            .evaluate(
                "(() => {const plot = document.getElementById('plot').parentNode;const boxes ="
                    + " [...plot.querySelectorAll(    '.bar:not(.going) .name, .tick span, .run.on"
                    + " span, .key li, h2, button')]  .filter((e) => e.textContent)  .map((e) => {"
                    + " const range = document.createRange();    range.selectNodeContents(e);   "
                    + " const b = range.getBoundingClientRect();    return [e.textContent, b.left,"
                    + " b.right, b.top, b.bottom]; });const card ="
                    + " plot.getBoundingClientRect();return boxes.flatMap((a, i) => boxes.slice(i +"
                    + " 1)    .filter((b) => a[1] < b[2] + 2 && b[1] < a[2] + 2      && a[3] < b[4]"
                    + " && b[3] < a[4]).map((b) => a[0] + ' | ' + b[0]))  .concat(boxes.filter((b)"
                    + " => b[1] < card.left || b[2] > card.right    || b[3] < card.top || b[4] >"
                    + " card.bottom).map((b) => b[0])); })()")
            .toString());
    // The segment that is being written always has its name.
    assertTrue(isTrue("document.querySelector('.bar.open:not(.going) .name').textContent"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 50})
  void theBarsFillThePlot(int segments) throws Exception {
    show(1280, manySegments(segments));
    assertEquals(
        "[true,true]",
        browser
            .evaluate(
                "(() => {"
                    + "const plot = document.getElementById('plot').getBoundingClientRect();"
                    + "const bars = [...document.querySelectorAll('.bar:not(.going) .live')]"
                    + "  .map((bar) => bar.getBoundingClientRect());"
                    + "return [Math.min(...bars.map((b) => b.left)) < plot.left + 10,"
                    + "  Math.max(...bars.map((b) => b.right)) > plot.right - 10]; })()")
            .toString());
  }

  @Test
  void theSignsOfTheLegendAreEquallyStrong() throws Exception {
    assertEquals(
        "[1,1,0]",
        browser
            .evaluate(
                "(() => {const signs = [...document.querySelectorAll('.key i')];const different ="
                    + " (of) => new Set(signs.map(of)).size;return [different((s) => s.offsetWidth"
                    + " + ' ' + s.offsetHeight),  different((s) =>"
                    + " getComputedStyle(s.parentNode).color), "
                    + " document.querySelector('.key').getAnimations({subtree: true}).length];"
                    + " })()")
            .toString());
  }

  /** WCAG 2.2, 1.4.3 and 1.4.11: 4.5 for text, and 3 for everything else that has a meaning. */
  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void everythingStandsOutFromItsBackground(String scheme) throws Exception {
    browser.colors(scheme);
    try {
      assertEquals(
          "[]",
          browser
              .evaluate(
                  "(() => {"
                      + "const style = getComputedStyle(document.documentElement);"
                      + "const light = (name) => {"
                      + "  const hex = style.getPropertyValue(name).trim().slice(1);"
                      + "  const wide = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;"
                      + "  const [r, g, b] = wide.match(/../g).map((x) => parseInt(x, 16) / 255)"
                      + "    .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);"
                      + "  return .2126 * r + .7152 * g + .0722 * b; };"
                      + "const contrast = (a, b) => (Math.max(light(a), light(b)) + .05)"
                      + "  / (Math.min(light(a), light(b)) + .05);"
                      + "return [['--text', '--card', 4.5], ['--text', '--back', 4.5],"
                      + "  ['--quiet', '--card', 4.5], ['--quiet', '--back', 4.5],"
                      + "  ['--accent', '--card', 4.5], ['--on-accent', '--accent', 4.5],"
                      + "  ['--bad', '--back', 4.5], ['--dead', '--card', 3],"
                      + "  ['--dead', '--dead-back', 3]]"
                      + "  .filter(([a, b, least]) => !(contrast(a, b) >= least)); })()")
              .toString());
    } finally {
      browser.colors("light");
    }
  }

  /** Numbers that are no longer true look different, and can still be read. */
  @Test
  void oldNumbersCanBeRead() throws Exception {
    receive(manySegments(3));
    browser.evaluate("page.lost()");
    browser.waitFor("document.getAnimations().every((a) => !(a instanceof CSSTransition))");
    assertEquals(
        "[\"1\",\"grayscale(1)\"]",
        browser
            .evaluate(
                "(() => { const style = getComputedStyle(document.querySelector('.fades'));"
                    + " return [style.opacity, style.filter]; })()")
            .toString());
  }
}
