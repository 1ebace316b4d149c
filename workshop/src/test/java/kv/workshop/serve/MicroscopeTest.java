package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import kv.browser.Axe;
import kv.browser.Browser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The microscope as a browser shows it. */
class MicroscopeTest {
  private static final String PARTS = "[...document.querySelectorAll('.bar:not(.going) .part')]";

  /** Shortens a list of parts to their kinds. */
  private static final String KINDS = PARTS + ".map((p) => p.className.split(' ')[1]).join(' ')";

  @TempDir private static Path profile;
  private static Browser browser;

  private FakeScope scope;
  private Site site;

  @BeforeAll
  static void startBrowser() throws Exception {
    assumeTrue(
        Browser.executable() != null,
        "the microscope is not tested: there is no Chromium (chromium, google-chrome) in the PATH");
    browser = Browser.start(profile);
  }

  @AfterAll
  static void endBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void serve() throws Exception {
    site = new Site(0);
    scope = new FakeScope();
    scope.addTo(site);
    MicroscopePage.addTo(site);
    site.get("/exported.html", request -> request.html(MicroscopePage.html(Links.STATIC)));
    site.start();
    browser.resize(1280, 720);
    browser.media("", Map.of());
    browser.errors().clear();
    browser.requests().clear();
  }

  /** No test may leave an error in the console, or a request to another server. */
  @AfterEach
  void close() throws Exception {
    browser.goTo(URI.create("about:blank"));
    site.close();
    assertEquals(List.of(), browser.errors());
    for (String address : browser.requests()) {
      assertTrue(
          address.startsWith(site.address()) || address.startsWith("about:"), "asked " + address);
    }
  }

  private void open(String query) throws Exception {
    browser.goTo(URI.create(site.address() + "microscope?" + query));
    browser.waitFor("document.querySelector('.part[tabindex]')");
  }

  /** Opens the page with the store, and sends moments of an example to it. */
  private void openLive(int step, int moments) throws Exception {
    for (JsonElement frame : FakeScope.frames(step).subList(0, moments)) {
      scope.send(frame);
    }
    open("store=fake");
    browser.waitFor("document.getElementById('moment').max === '" + (moments - 1) + "'");
  }

  private static String text(String selector) throws Exception {
    return browser.evaluate("document.querySelector('" + selector + "').textContent").getAsString();
  }

  private static void click(String selector) throws Exception {
    browser.evaluate("document.querySelector('" + selector + "').click()");
  }

  /** Opens the record at an offset. */
  private static void choose(int at) throws Exception {
    browser.evaluate(PARTS + ".find((p) => p.mark.at === " + at + ").click()");
    browser.waitFor("document.querySelector('.byte')");
    browser.waitFor("document.getElementById('record-name').textContent.endsWith(' " + at + "')");
  }

  private static void waitForKinds(String kinds) throws Exception {
    browser.waitFor(KINDS + " === '" + kinds + "'");
  }

  // ======== The log ========

  @Test
  void anExampleIsReplayedCallByCall() throws Exception {
    open("step=3&call=1");
    waitForKinds("header live");
    assertEquals("step 3 · 1 file · 29\u00a0B · 1 live, 0 dead", text("#totals"));
    click("#forward");
    click("#forward");
    waitForKinds("header dead live live");
    click("#forward");
    waitForKinds("header dead dead live tombstone");
    assertEquals("delete(\"editor\")", text("#calls [aria-current]"));
    assertTrue(text("#events").endsWith("; the record at offset 29 is dead now"), text("#events"));
    click("#back");
    waitForKinds("header dead live live");
    assertEquals("put(\"os\", \"linux\")", text("#calls [aria-current]"));
  }

  @Test
  void anExampleBeginsWithItsFirstCall() throws Exception {
    open("step=3");
    assertEquals("put(\"os\", \"mac\")", text("#calls [aria-current]"));
    assertFalse(browser.evaluate("document.getElementById('forward').disabled").getAsBoolean());
  }

  @Test
  void aTombstoneIsADeadRecord() throws Exception {
    open("step=3&call=4");
    waitForKinds("header dead dead live tombstone");
    assertTrue(text("#totals").endsWith(" · 1 live, 3 dead (1 tombstone)"), text("#totals"));
  }

  @Test
  void aRecordIsAsWideAsItIsLong() throws Exception {
    open("step=3&call=5");
    browser.waitFor(
        "(() => { const w = "
            + PARTS
            + ".map((p) => p.getBoundingClientRect().width);"
            + " return Math.abs(w[1] / w[2] - 21 / 25) < .01 && w[0] > 0; })()");
  }

  @Test
  void kindsDifferWithoutColours() throws Exception {
    open("step=3&call=5");
    waitForKinds("header dead dead live tombstone");
    assertEquals(
        3,
        browser
            .evaluate(
                "new Set("
                    + PARTS
                    + ".slice(2).map((p) => getComputedStyle(p).backgroundImage"
                    + ".replace(/rgb[^)]*\\)/g, ''))).size")
            .getAsInt());
    assertEquals("✕ editor", text(".part.tombstone"));
  }

  @Test
  void anArrowLeadsFromEachKeyToItsRecord() throws Exception {
    open("step=3&call=3");
    waitForKinds("header dead live live");
    assertEquals("Keydiroseditor", text("#keydir"));
    browser.waitFor(
        "(() => { const stage = document.querySelector('.stage').getBoundingClientRect(); const"
            + " ends = [...document.querySelectorAll('#arrows path')].map((p) => {   const n ="
            + " (p.getAttribute('d') ?? '0 0').split('m')[0].match(/[-\\d.]+/g).map(Number);  "
            + " return n[n.length - 2] + stage.left; }); const boxes = [3, 2].map((i) => "
            + PARTS
            + "[i].getBoundingClientRect());"
            + " return ends.length === 2"
            + "   && ends.every((x, i) => x > boxes[i].left && x < boxes[i].right); })()");
  }

  @Test
  void stepsOneAndTwoHaveNoIndex() throws Exception {
    JsonObject moment = FakeScope.frames(3).get(0).getAsJsonObject();
    moment.getAsJsonObject("report").add("keydir", null);
    moment.getAsJsonObject("report").addProperty("step", 2);
    scope.send(moment);
    open("store=fake");
    assertEquals("Step 2 has no index: a get reads the whole log.", text("#keydir"));
    moment.getAsJsonObject("report").addProperty("step", 1);
    scope.send(moment);
    browser.waitFor(
        "document.getElementById('keydir').textContent === 'Step 1 cannot read, and has no index.'");
  }

  @Test
  void aKeydirWithoutEntriesCountsItsKeys() throws Exception {
    JsonObject moment = FakeScope.frames(3).get(1).getAsJsonObject();
    JsonObject keydir = moment.getAsJsonObject("report").getAsJsonObject("keydir");
    keydir.add("entries", new JsonArray());
    keydir.addProperty("count", 1);
    scope.send(moment);
    keydir.addProperty("count", 2000);
    scope.send(moment);
    open("store=fake");
    browser.waitFor("document.getElementById('moment').max === '1'");
    assertEquals("Keydir, 2,000 keys", text("#keydir"));
    click("#back");
    assertEquals("Keydir, 1 key", text("#keydir"));
  }

  @Test
  void manyFilesAreColumnsAndSixOfThemRows() throws Exception {
    JsonObject moment = FakeScope.frames(5).get(2).getAsJsonObject();
    List<JsonElement> files = moment.getAsJsonObject("report").getAsJsonArray("files").asList();
    for (int i = 3; i <= 9; i++) {
      JsonObject file = files.get(1).deepCopy().getAsJsonObject();
      file.addProperty("name", "00000" + i + "-00000" + i + ".0.data");
      files.add(file);
    }
    scope.send(moment);
    open("store=fake");
    assertEquals(9, browser.evaluate("document.querySelectorAll('#all .bar').length").getAsInt());
    assertEquals(6, browser.evaluate("document.querySelectorAll('#plot .bar').length").getAsInt());
    assertTrue(text("#plot").contains("000009-000009.0"), text("#plot"));
    browser.evaluate(
        "(() => { const from = document.getElementById('from'); from.selectedIndex = 0;"
            + " from.dispatchEvent(new Event('change')); })()");
    browser.waitFor("document.getElementById('plot').textContent.includes('000001-000001.0')");
    browser.waitFor("document.querySelectorAll('#plot .bar').length === 6");
  }

  /** Sends a moment with a number of files, whose records are only counted. */
  private void sendCounted(int number) throws Exception {
    JsonObject moment = FakeScope.frames(5).get(2).getAsJsonObject();
    List<JsonElement> files = moment.getAsJsonObject("report").getAsJsonArray("files").asList();
    JsonObject file = files.get(1).deepCopy().getAsJsonObject();
    files.clear();
    file.add(
        "marks",
        JsonParser.parseString(
            "[{\"at\":8,\"length\":4000,\"kind\":\"many\",\"counts\":"
                + "{\"live\":3,\"dead\":1,\"tombstone\":0,\"unknown\":0}}]"));
    for (int i = 1; i <= number; i++) {
      JsonObject copy = file.deepCopy();
      copy.addProperty("name", String.format(Locale.ROOT, "%06d-%06d.0.data", i, i));
      files.add(copy);
    }
    scope.send(moment);
  }

  @Test
  void theColumnsOfCountedRecordsShowTheirLiveAndDeadShares() throws Exception {
    sendCounted(9);
    open("store=fake");
    String parts = "[...document.querySelectorAll('#all .bar:not(.going) .part')]";
    browser.waitFor(
        parts + ".slice(0, 2).map((p) => p.className).join() === 'part live,part dead'");
    browser.waitFor(
        "(() => { const [live, dead] = "
            + parts
            + ".map((p) => p.offsetHeight); return live > 2 * dead && dead > 0; })()");
  }

  @Test
  void aGroupOfColumnsHasATitle() throws Exception {
    sendCounted(130);
    open("store=fake");
    assertEquals(
        "2 files, 1 to 2: 7.81\u00a0KiB",
        browser.evaluate("document.querySelector('#all .bar').title").getAsString());
  }

  @Test
  void reservedZerosAreDrawnShort() throws Exception {
    JsonObject moment = FakeScope.frames(3).get(0).getAsJsonObject();
    JsonObject file =
        moment.getAsJsonObject("report").getAsJsonArray("files").get(0).getAsJsonObject();
    JsonObject zeros = new JsonObject();
    zeros.addProperty("at", 29);
    zeros.addProperty("length", 131072);
    zeros.addProperty("kind", "zeros");
    file.getAsJsonArray("marks").add(zeros);
    scope.send(moment);
    open("store=fake");
    waitForKinds("header live zeros");
    browser.waitFor(
        "document.querySelector('.part.zeros.short').getBoundingClientRect().width"
            + " < document.querySelector('.part.live').getBoundingClientRect().width * 1.3");
    assertEquals(
        "reserved zeros, at 29, 128\u00a0KiB",
        browser.evaluate("document.querySelector('.zeros').ariaLabel").getAsString());
  }

  // ======== The store ========

  @Test
  void aLogFileIsReadAsTheStoreOfTheStepThatTheReaderChooses() throws Exception {
    scope.send(FakeScope.frames(3).get(1));
    open("as=2");
    assertEquals("2", browser.evaluate("document.getElementById('as').value").getAsString());
    assertEquals(List.of("2"), scope.steps);
    browser.evaluate(
        "(() => { const as = document.getElementById('as'); as.value = '1';"
            + " as.dispatchEvent(new Event('change')); })()");
    assertEquals("?store=fake&as=1", browser.evaluate("location.search").getAsString());
    browser.waitFor("document.getElementById('status').textContent === 'reading the files'");
    // Nothing of the other report is left, which could be chosen.
    browser.waitFor("!document.querySelector('.bar:not(.going) .part')");
    scope.send(FakeScope.frames(3).get(1));
    browser.waitFor("document.querySelector('.bar:not(.going) .part[tabindex]')");
    assertEquals(List.of("2", "1"), scope.steps);
    choose(8);
    click("#actions button");
    browser.waitFor("document.getElementById('verdict').className === 'prefix'");
    assertEquals(1, scope.questions.get(0).get("step").getAsInt());
    assertEquals(Set.of("1"), Set.copyOf(scope.recordSteps));
  }

  @Test
  void aStoreThatIsCreatedLaterAppearsInTheList() throws Exception {
    openLive(3, 2);
    scope.others.add("late");
    browser.evaluate("document.getElementById('store').focus()");
    browser.waitFor("document.querySelector('#store option[value=late]')");
    assertEquals("fake", browser.evaluate("document.getElementById('store').value").getAsString());
    assertEquals(8, browser.evaluate("document.getElementById('store').length").getAsInt());
    browser.evaluate(
        "(() => { const store = document.getElementById('store'); store.value = 'late';"
            + " store.dispatchEvent(new Event('change')); })()");
    assertEquals("?store=late", browser.evaluate("location.search").getAsString());
  }

  @Test
  void anExampleOffersNoOtherStep() throws Exception {
    open("step=3");
    assertEquals(0, browser.evaluate("document.getElementById('reader').offsetWidth").getAsInt());
  }

  @Test
  void thePageSaysWhyAStoreCannotBeRead() throws Exception {
    openLive(3, 2);
    scope.fail("the folder cannot be read");
    browser.waitFor(
        "document.getElementById('status').textContent === 'the folder cannot be read'");
    scope.send(FakeScope.frames(3).get(2));
    browser.waitFor("document.getElementById('status').textContent === 'live'");
  }

  @Test
  void anEmptyFolderIsSaidToBeEmptyOnceItWasRead() throws Exception {
    String words = "getComputedStyle(document.getElementById('plot'), '::before').content";
    browser.goTo(URI.create(site.address() + "microscope?store=fake"));
    browser.waitFor("document.getElementById('status').textContent === 'reading the files'");
    assertEquals("none", browser.evaluate(words).getAsString());
    JsonObject moment = FakeScope.frames(3).get(0).getAsJsonObject();
    moment.getAsJsonObject("report").add("files", new JsonArray());
    scope.send(moment);
    browser.waitFor(words + " === '\"There is no file yet.\"'");
  }

  // ======== Time ========

  @Test
  void aPutLandsAndAnOverwriteKillsTheOlderRecord() throws Exception {
    openLive(3, 2);
    waitForKinds("header live live");
    browser.evaluate(
        "window.seen = new Set(); new MutationObserver((all) => all.forEach(({target}) => {"
            + " for (const name of ['landing', 'dying'])"
            + "   if (target.classList.contains(name)) seen.add(name + ' ' + target.mark.at); }))"
            + " .observe(document.getElementById('plot'), {subtree: true, attributes: true})");
    scope.send(FakeScope.frames(3).get(2));
    waitForKinds("header dead live live");
    browser.waitFor("seen.has('landing 54') && seen.has('dying 8')");
    assertTrue(text("#events").contains("the record at offset 8 is dead now"), text("#events"));
  }

  @Test
  void aMergeIsSeenInAllItsPhases() throws Exception {
    openLive(5, 6);
    browser.waitFor("document.querySelector('.run.on') && document.querySelector('.output')");
    assertEquals(
        2, browser.evaluate("document.querySelectorAll('.bar.merging').length").getAsInt());
    browser.evaluate("document.querySelector('.output').isOutput = true, 0");
    scope.send(FakeScope.frames(5).get(6));
    browser.waitFor("document.querySelectorAll('.bar:not(.going)').length === 4");
    browser.waitFor("!document.querySelector('.run.on') && !document.querySelector('.output')");
    String replaced = "replaced by 000001-000002.1.data; the merge or the next open deletes it";
    assertTrue(text("#plot").contains(replaced), text("#plot"));
    // The output keeps its strip: only its name is new.
    assertTrue(
        browser
            .evaluate("document.querySelector('.bar:not(.going)').isOutput === true")
            .getAsBoolean());
    scope.send(FakeScope.frames(5).get(7));
    browser.waitFor("document.querySelectorAll('.bar').length === 2");
    // The bracket does not keep the height of the inputs, which would reach past the last row.
    browser.waitFor("document.querySelector('#plot .run').offsetHeight < 10");
  }

  @Test
  void theReaderPausesAndStepsBackOverWhatWasSeen() throws Exception {
    openLive(3, 2);
    click("#pause");
    scope.send(FakeScope.frames(3).get(2));
    browser.waitFor("document.getElementById('age').textContent === '1 change ago'");
    waitForKinds("header live live");
    click("#back");
    waitForKinds("header live");
    assertEquals("2 changes ago", text("#age"));
    assertEquals("Live", text("#pause"));
    click("#pause");
    waitForKinds("header dead live live");
    assertEquals("now", text("#age"));
  }

  @Test
  void theButtonsOfTimeSayWhatTheyGoTo() throws Exception {
    open("step=3&call=3");
    assertEquals("Previous", text("#back"));
    String label = "document.getElementById('forward').ariaLabel";
    assertEquals("Next call", browser.evaluate(label).getAsString());
    openLive(3, 2);
    assertEquals("Next change", browser.evaluate(label).getAsString());
  }

  @Test
  void theLegendExplainsTheLineOfDurability() throws Exception {
    open("step=5&call=6");
    assertTrue(text(".legend").contains("durable up to here"), text(".legend"));
    String border = "getComputedStyle(document.querySelector('%s')).borderLeft";
    browser.waitFor("document.querySelector('#plot .synced')");
    assertEquals(
        browser.evaluate(String.format(Locale.ROOT, border, "#plot .synced")).getAsString(),
        browser.evaluate(String.format(Locale.ROOT, border, ".legend .durable")).getAsString());
  }

  @Test
  void aPlayedExampleEndsAtItsLastCall() throws Exception {
    open("step=3&call=3");
    click("#pause");
    waitForKinds("header dead dead live tombstone");
    browser.waitFor("document.getElementById('pause').textContent === 'Play'");
  }

  // ======== A record ========

  @Test
  void aRecordIsShownFieldByField() throws Exception {
    open("step=3&call=3");
    choose(54);
    assertEquals(
        "[\"type 50 P\",\"flags 00 no sync mark\",\"key length 0002 2\",\"value length 00000005"
            + " 5\",\"body checksum 58f26fe9 ✓\",\"header checksum b901f467 ✓\",\"key 6f73"
            + " os\",\"value 6c696e7578 linux\"]",
        browser
            .evaluate(
                "[...document.querySelectorAll('.field')].map((f) =>"
                    + " [...f.children].map((c) => c.textContent).join(' '))")
            .toString());
  }

  @Test
  void theRecordOfACallIsOpenUntilTheReaderChoosesOne() throws Exception {
    open("step=3&call=2");
    browser.waitFor("document.getElementById('record-name').textContent === 'store.data, from 29'");
    click("#forward");
    browser.waitFor("document.getElementById('record-name').textContent === 'store.data, from 54'");
    choose(8);
    click("#forward");
    waitForKinds("header dead dead live tombstone");
    assertEquals("store.data, from 8", text("#record-name"));
  }

  @Test
  void aByteShowsItsFieldAndAFieldItsBytes() throws Exception {
    open("step=3&call=3");
    choose(54);
    String over = ".dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))";
    browser.evaluate("document.querySelectorAll('.byte')[2]" + over);
    assertEquals("key length", text(".field.on .field-name"));
    assertEquals("Byte 56000000000x00 is 0. key length: 2 bytes.", text("#byte"));
    browser.evaluate("document.querySelector('[data-field=value] .field-name')" + over);
    assertEquals("value", text(".field.on .field-name"));
    browser.evaluate("document.querySelectorAll('.byte')[16].focus()");
    assertEquals("key", text(".field.on .field-name"));
    assertTrue(text("#byte").endsWith("the character o. key: 2 bytes."), text("#byte"));
  }

  @Test
  void aFlippedBitIsFound() throws Exception {
    scope.send(FakeScope.recorded("flipped.json"));
    open("store=fake");
    choose(54);
    assertEquals("6a", text(".byte.flipped"));
    assertTrue(
        text("#byte").contains("Byte 74") && text("#byte").contains("Bit 2 of it is flipped"));
    assertEquals("body checksum", text(".field.wrong .field-name"));
    assertTrue(text("#plot").contains("corrupt at 54"), text("#plot"));
  }

  @Test
  void anArrowKeyOpensTheNextRecord() throws Exception {
    open("step=3&call=3");
    choose(8);
    browser.evaluate("document.querySelector('.part[aria-current]').focus()");
    browser.press("ArrowRight", "ArrowRight");
    browser.waitFor("document.getElementById('record-name').textContent === 'store.data, from 54'");
    browser.press("Home");
    browser.waitFor("document.getElementById('record-name').textContent === 'store.data, from 0'");
  }

  // ======== What if ========

  @ParameterizedTest
  @CsvSource({
    "0,cut,prefix",
    "1,flip,refused",
    "2,zero,refused",
    "3,lose,refused",
    "4,delete,refused"
  })
  void aVerdictIsShown(int button, String action, String verdict) throws Exception {
    open("step=3&call=3");
    choose(54);
    browser.evaluate("document.querySelectorAll('#actions button')[" + button + "].click()");
    browser.waitFor("document.getElementById('verdict').className === '" + verdict + "'");
    JsonObject question = scope.questions.get(0);
    assertEquals(action, question.get("action").getAsString());
    assertEquals("example/3", question.get("store").getAsString());
    assertEquals(2, question.get("frame").getAsInt());
    assertEquals("store.data", question.get("file").getAsString());
    assertEquals(54, question.get("at").getAsInt());
    assertEquals(action.equals("flip"), question.has("bit"));
    assertEquals(action.equals("lose"), question.has("seed"));
    assertTrue(
        text("#verdict")
            .contains(
                verdict.equals("prefix")
                    ? "Lost: os.With an older value: shell.Deleted, and back again: editor."
                    : "checksum is wrong"),
        text("#verdict"));
  }

  @Test
  void aStoreWithoutItsOnlyFileIsSaidToBeEmpty() throws Exception {
    scope.otherAnswer =
        "{\"verdict\":\"prefix\",\"records\":0,\"of\":3,\"message\":null,\"lost\":[\"os\"],"
            + "\"older\":[],\"back\":[],\"sentence\":\"It opens the copy with no record.\"}";
    open("step=3&call=3");
    choose(54);
    browser.evaluate("document.querySelectorAll('#actions button')[4].click()");
    browser.waitFor("document.querySelector('.verdict-word')?.textContent === '✂ An empty store'");
    click("#actions button");
    browser.waitFor("document.querySelector('.verdict-word').textContent.includes('Torn')");
  }

  @Test
  void theQuestionFollowsTheCursor() throws Exception {
    open("step=3&call=3");
    choose(54);
    click("#actions button");
    browser.waitFor("document.querySelector('.byte[data-verdict=prefix]')");
    click("#follow");
    browser.evaluate("document.querySelector('.byte.cursor').focus()");
    browser.press("ArrowRight");
    browser.waitFor("document.querySelectorAll('.byte[data-verdict=prefix]').length === 2");
    assertEquals(55, scope.questions.get(1).get("at").getAsInt());
  }

  // ======== All readers ========

  @Test
  void aKeyboardIsEnough() throws Exception {
    open("step=3&call=1");
    browser.tabTo("#forward");
    browser.press("Enter", "Enter");
    waitForKinds("header dead live live");
    browser.tabTo("#keydir button");
    browser.press("Enter");
    browser.waitFor("document.getElementById('record-name').textContent === 'store.data, from 54'");
    browser.waitFor("document.activeElement.matches('.part')");
    browser.tabTo(".byte");
    browser.press("ArrowRight", "ArrowRight");
    assertTrue(text("#byte").startsWith("Byte 56"), text("#byte"));
    browser.tabTo("#actions button");
    browser.press("Enter");
    browser.waitFor("document.getElementById('verdict').className === 'prefix'");
    assertEquals(56, scope.questions.get(0).get("at").getAsInt());
    browser.tabTo("#events");
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void axeFindsNothing(String scheme) throws Exception {
    browser.colors(scheme);
    open("step=5&call=6");
    choose(29);
    assertEquals(List.of(), Axe.violations(browser));
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 768, 1280, 1920})
  void nothingIsWiderThanTheWindow(int width) throws Exception {
    browser.resize(width, 800);
    open("step=5&call=7");
    choose(29);
    assertEquals(
        "[]",
        browser
            .evaluate(
                "[document.documentElement, ...document.querySelectorAll("
                    + "'main, section:not(#log), h1, h2, p, label, .row, .action, .field')]"
                    + ".filter((e) => e.offsetWidth > 0 && e.scrollWidth > e.clientWidth + 1)"
                    + ".map((e) => e.tagName + e.id + e.className)")
            .toString());
  }

  @Test
  void recordsHaveBordersWhereColoursAreForced() throws Exception {
    browser.media("", Map.of("forced-colors", "active"));
    open("step=3&call=5");
    assertEquals(
        "solid",
        browser
            .evaluate("getComputedStyle(document.querySelector('.dead')).borderTopStyle")
            .getAsString());
  }

  @Test
  void aPrintedPageHasNoControls() throws Exception {
    browser.media("print", Map.of());
    open("step=3&call=5");
    choose(54);
    assertEquals(
        "[]",
        browser
            .evaluate(
                "[...document.querySelectorAll('select, input, #pause, #actions, .zoom button')]"
                    + ".filter((e) => e.offsetWidth > 0).map((e) => e.outerHTML)")
            .toString());
    assertTrue(browser.evaluate("document.querySelector('.byte').offsetWidth > 0").getAsBoolean());
  }

  @Test
  void nothingMovesForReadersWhoPreferThat() throws Exception {
    browser.media("", Map.of("prefers-reduced-motion", "reduce"));
    openLive(5, 5);
    scope.send(FakeScope.frames(5).get(5));
    browser.waitFor("document.querySelector('.output')");
    assertEquals(0, browser.evaluate("document.getAnimations().length").getAsInt());
  }

  // ======== An exported page ========

  @Test
  void anExportedPageShowsTheRecordedExample() throws Exception {
    JsonObject recording = new JsonObject();
    recording.add("example", FakeScope.recorded("example-3.json"));
    recording.add(
        "whatifs",
        JsonParser.parseString(
            "[{\"request\":{\"store\":\"example/3\",\"frame\":2,\"action\":\"cut\","
                + "\"file\":\"store.data\",\"at\":54},\"answer\":{\"verdict\":\"prefix\",\"records\":2,\"of\":3,\"message\":\"\",\"lost\":[],\"older\":[],\"back\":[],\"sentence\":\"Two"
                + " left.\"}}]"));
    site.get("/recorded/step-3.json", request -> request.json(recording.toString()));
    browser.goTo(URI.create(site.address() + "exported.html?step=3&call=3"));
    browser.waitFor("document.querySelector('.part[tabindex]')");
    choose(54);
    click("#actions button");
    browser.waitFor("document.getElementById('verdict').className === 'prefix'");
    assertTrue(browser.requests().stream().noneMatch(address -> address.contains("/api/")));
  }
}
