package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kv.browser.Axe;
import kv.browser.Browser;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The course as a browser shows it: the project's text, and the work of a reader. */
class CourseInBrowserTest {
  private static final String REPORT =
      """
      <!DOCTYPE html>
      <html lang="en"><body><section><h2><span class="number">Experiment 1</span>?</h2>
      <dl><div><dt>measured</dt><dd>210 ×</dd></div></dl></section></body></html>
      """;

  @TempDir private static Path profile;
  private static Browser browser;

  /** The folder of the reader's work. */
  @TempDir private Path folder;

  private Site site;

  @BeforeAll
  static void startBrowser() throws Exception {
    assumeTrue(
        Browser.executable() != null,
        "the course's pages are not tested: there is no Chromium (chromium, google-chrome) in the"
            + " PATH");
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
    Project course = Project.at(Path.of(".."));
    site = new Site(0);
    Serve.addCourse(site, course);
    new CourseState(reader(course)).addTo(site);
    MicroscopePage.addTo(site);
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
      assertTrue(address.matches("(http://127\\.0\\.0\\.1:|about:|data:).*"), "asked " + address);
    }
  }

  /** Returns a project with the course's exercises and an empty folder for work. */
  private Project reader(Project course) throws IOException, BadUsage {
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      String sources = Project.name(chapter) + "/src/main/java/";
      Files.createDirectories(
          folder.resolve(sources + Project.packageName(chapter).replace('.', '/')));
    }
    Path exercises = course.folder().resolve("workshop/exercises");
    try (Stream<Path> files = Files.walk(exercises)) {
      for (Path file : files.filter(file -> file.endsWith("exercise.md")).toList()) {
        write("workshop/exercises/" + exercises.relativize(file), Files.readString(file));
      }
    }
    write("workshop/GUESSES.md", Files.readString(course.folder().resolve("workshop/GUESSES.md")));
    return Project.at(folder);
  }

  private void write(String path, String text) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void open(String page) throws Exception {
    browser.goTo(URI.create(site.address() + page));
    browser.waitFor("document.querySelector('main')");
  }

  private String text(String selector) throws Exception {
    return browser.evaluate("document.querySelector('" + selector + "').innerText").getAsString();
  }

  private boolean is(String condition) throws Exception {
    return browser.evaluate("Boolean(" + condition + ")").getAsBoolean();
  }

  @Test
  void theTitlesOfTheCardsAreInOneLine() throws Exception {
    open("");
    assertEquals(
        "1",
        browser
            .evaluate(
                "(() => { const top = (a) => { const range = document.createRange();"
                    + " range.selectNodeContents(a.lastChild); return Math.round("
                    + " range.getClientRects()[0].top - a.parentNode.getBoundingClientRect().top);"
                    + " }; return String(new Set([...document.querySelectorAll('.chapters a')]"
                    + ".filter((a) => !a.textContent.startsWith('⌕')).map(top)).size); })()")
            .getAsString());
  }

  @Test
  void theLinesOfAConsoleAreWrapped() throws Exception {
    browser.resize(400, 800);
    for (int chapter = 1; chapter <= 8; chapter++) {
      open("chapter-" + chapter);
      assertEquals(
          "[]",
          browser
              .evaluate(
                  "[...document.querySelectorAll('pre.console')]"
                      + ".filter((pre) => pre.scrollWidth > pre.clientWidth)"
                      + ".map((pre) => pre.textContent)")
              .toString());
    }
  }

  // ======== Every page ========

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "start",
        "chapter-1",
        "chapter-2",
        "chapter-3",
        "chapter-4",
        "chapter-5",
        "chapter-6",
        "chapter-7",
        "chapter-8",
        "chapter-9",
        "glossary",
        "file/step1-append/src/main/java/kv/step1/LogFile.java",
        "file/docs/FORMAT.md"
      })
  void aPageFitsEveryWindowAndIsAccessible(String page) throws Exception {
    browser.media("", Map.of("prefers-color-scheme", page.length() % 2 == 0 ? "light" : "dark"));
    open(page);
    for (int width : new int[] {400, 1280, 1920}) {
      browser.resize(width, 720);
      assertTrue(is("document.documentElement.scrollWidth <= innerWidth"), "at " + width);
    }
    assertEquals(List.of(), Axe.serious(browser));
  }

  @Test
  void theLastRowCanReadAPageOnAProjector() throws Exception {
    open("chapter-1");
    assertTrue(is(fontSize(".prose p") + " >= 20"));
    assertTrue(is(fontSize("pre.code") + " >= 16"));
  }

  private static String fontSize(String selector) {
    String element = "document.querySelector('" + selector + "')";
    return "parseFloat(getComputedStyle(" + element + ").fontSize)";
  }

  @Test
  void aPageCanBeReadInForcedColorsAndOnPaper() throws Exception {
    browser.media("", Map.of("forced-colors", "active"));
    open("chapter-4");
    browser.waitFor("document.querySelector('.picture svg')");
    assertEquals(List.of(), Axe.serious(browser));
    browser.media("print", Map.of());
    browser.evaluate("dispatchEvent(new Event('beforeprint'))");
    assertTrue(is("document.querySelector('details').open"));
    assertTrue(is("getComputedStyle(document.querySelector('.head')).display === 'none'"));
    browser.evaluate("dispatchEvent(new Event('afterprint'))");
    assertTrue(is("!document.querySelector('details').open"));
  }

  @Test
  void theKeyboardSkipsToTheTextAndGoesToTheNextChapter() throws Exception {
    open("chapter-1");
    browser.tabTo(".skip");
    browser.press("Enter");
    assertTrue(is("document.activeElement.matches('main')"));
    browser.evaluate("document.querySelector('[rel=next]').focus()");
    browser.press("Enter");
    browser.waitFor("location.pathname === '/chapter-2'");
  }

  // ======== Terms ========

  @Test
  void aTermIsExplainedWhileItHasTheFocusAndEscapeHidesIt() throws Exception {
    open("chapter-1");
    browser.evaluate("document.querySelector('#run-it').focus()");
    browser.tabTo("a.term");
    browser.waitFor("document.querySelector('.tip.shown')");
    assertTrue(
        is(
            "document.activeElement.getAttribute('aria-describedby')"
                + " === document.querySelector('.tip.shown').id"));
    browser.press("Escape");
    assertTrue(is("!document.querySelector('.tip.shown')"));
  }

  @Test
  void aTermIsExplainedWhileThePointerIsOnItOrOnItsExplanation() throws Exception {
    open("chapter-1");
    browser.pointTo("a.term");
    browser.waitFor("document.querySelector('.tip.shown')");
    browser.pointTo(".tip.shown");
    assertTrue(is("document.querySelector('.tip.shown')"));
    browser.pointTo("h2");
    browser.waitFor("!document.querySelector('.tip.shown')");
  }

  @Test
  void anInvariantLeadsToItsRow() throws Exception {
    open("chapter-1");
    browser.evaluate("document.querySelector('[href$=\"#I12\"]').focus()");
    browser.press("Enter");
    browser.waitFor("location.hash === '#I12' && document.querySelector('tr:target')");
    assertTrue(text("tr:target").contains("After a failed fsync"));
  }

  // ======== The reader's work ========

  @Test
  void aGuessIsKeptAndShownBesideTheMeasuredNumber() throws Exception {
    open("chapter-1");
    browser.tabTo("form.card input");
    browser.type("many");
    browser.press("Enter");
    assertTrue(text(".card .result").contains("write a number"));
    browser.evaluate("document.activeElement.select()");
    browser.type("20");
    browser.press("Enter");
    assertTrue(text(".card .result").contains("20 times"));
    assertTrue(text(".card .result").contains("experiment 1 measures it"));
    open("chapter-1");
    browser.waitFor("document.querySelector('.card .figure')");
    write("benchmarks/target/report/experiment-1.svg", chart());
    write("benchmarks/target/report/index.html", REPORT);
    browser.waitFor("document.querySelectorAll('.card .figure').length === 2");
    assertTrue(text(".card .result").contains("210 times"));
    assertTrue(text(".card .result").contains("10.5 times your guess"));
    browser.waitFor("document.querySelector('.experiment img')?.naturalWidth > 0");
    browser.evaluate("localStorage.clear()");
  }

  private static String chart() {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 20\"><style>rect{fill:red}"
        + "</style><rect width=\"40\" height=\"20\"/></svg>";
  }

  @Test
  void aVerdictAppearsWhileThePageIsOpen() throws Exception {
    open("chapter-1");
    browser.waitFor("document.querySelector('.exercises')?.innerText.includes('1.1 not started')");
    write(
        "work/1.1/src/main/java/kv/step1/Store.java",
        "throw new UnsupportedOperationException(\"exercise 1.1 is not done yet: Store.put\");");
    browser.waitFor("document.querySelector('.exercises').innerText.includes('1.1 not done yet')");
    browser.waitFor("document.querySelector('.unseen').innerText.includes('Exercise 1.1')");
  }

  @Test
  void anAnswerOpensByKeyboard() throws Exception {
    open("chapter-1");
    browser.evaluate("document.querySelector('summary').focus()");
    browser.press("Enter");
    assertTrue(is("document.querySelector('details').open"));
  }

  // ======== Pictures ========

  @Test
  void aCrossedOutFsyncLosesTheLaterPut() throws Exception {
    open("chapter-4");
    browser.waitFor("document.querySelector('.picture svg')");
    for (int step = 0; step < 5; step++) {
      press("Next");
    }
    press("Pull the plug");
    assertTrue(text(".told").contains("Nothing is lost"));
    browser.evaluate("document.querySelectorAll('.cross')[1].focus()");
    browser.press("Enter");
    assertTrue(text(".told").contains("shell = bash was synced, and it is lost"));
    assertTrue(is("document.querySelector('.picture.lost')"));
  }

  @Test
  void aCrossedOutFsyncOfTheCopyLeavesAnEmptyFile() throws Exception {
    open("chapter-4");
    browser.waitFor("document.querySelector('.picture svg')");
    browser.evaluate("document.querySelector('.cross').focus()");
    browser.press("Enter");
    for (int step = 0; step < 3; step++) {
      press("Next");
    }
    press("Pull the plug");
    assertTrue(text(".told").contains("it is empty. os is lost"));
  }

  @Test
  void thePlugCanBePulledAtEachStepOfAMerge() throws Exception {
    open("chapter-5");
    browser.waitFor("document.querySelector('.picture svg')");
    for (int step = 0; step <= 6; step++) {
      press("Pull the plug");
      String after = text(".told");
      assertTrue(after.contains(step == 4 ? "Both give the same keys" : "The open"), after);
      assertTrue(
          is("document.querySelector('.picture svg').getAttribute('aria-label').length > 40"));
      press("Pull the plug");
      if (step < 6) {
        press("Next");
      }
    }
    assertTrue(is("document.querySelectorAll('.picture .controls button')[1].disabled"));
  }

  /** Presses a button of the picture by keyboard. */
  private void press(String name) throws Exception {
    browser.evaluate(
        "[...document.querySelectorAll('.picture .controls button')]"
            + ".find(button => button.innerText === '"
            + name
            + "').focus()");
    browser.press("Enter");
  }

  // ======== Exported pages ========

  @Test
  void exportedPagesWorkBelowAnyPath() throws Exception {
    Path pages = folder.resolve("pages");
    Export.writePages(Project.at(Path.of("..")), pages);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/some/where/",
        exchange -> {
          String path = exchange.getRequestURI().getPath().substring("/some/where/".length());
          byte[] bytes = Files.readAllBytes(pages.resolve(path));
          String type = path.endsWith(".html") ? "text/html" : Assets.type(path);
          exchange.getResponseHeaders().set("Content-Type", type);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    try {
      String start = "http://127.0.0.1:" + server.getAddress().getPort() + "/some/where/";
      browser.goTo(URI.create(start + "chapter-4.html"));
      browser.waitFor("document.querySelector('.picture svg') && document.querySelector('.card')");
      browser.evaluate("document.querySelector('.excerpt a').click()");
      browser.waitFor(
          "location.pathname.endsWith('.java.html') && document.querySelector(':target')");
      browser.evaluate("document.querySelector('.home').click()");
      browser.waitFor("location.pathname === '/some/where/index.html'");
      // The page may still load its parts.
      browser.goTo(URI.create("about:blank"));
    } finally {
      server.stop(0);
    }
  }
}
