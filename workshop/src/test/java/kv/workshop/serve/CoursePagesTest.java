package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CoursePagesTest {
  private static final Pattern LINK = Pattern.compile("href=\"([^\"]+)\"");

  private static final Map<String, String> PAGES = new ConcurrentHashMap<>();

  private static Content content;

  @BeforeAll
  static void read() throws IOException, BadUsage {
    content = Content.read(Project.at(Path.of("..")));
  }

  private static String page(String name) {
    return PAGES.computeIfAbsent(
        name,
        page -> {
          Course.Chapter chapter = content.course().chapter(page).orElseThrow();
          return new ChapterPage(content, Links.LIVE, chapter).html();
        });
  }

  @Test
  void everyChapterIsInTheHeadOfThePage() {
    String page = page("chapter-1");
    for (Course.Chapter chapter : content.course().chapters()) {
      assertTrue(page.contains("<li><a href=\"" + chapter.page() + "\""), chapter.page());
    }
    assertEquals(11, content.course().chapters().size());
    assertTrue(page.contains("aria-label=\"1. Writing is appending\""));
  }

  @Test
  void everySectionOfAChapterIsOnItsPageAndInItsContents() {
    for (Course.Chapter chapter : content.course().chapters()) {
      String page = page(chapter.page());
      for (Course.Part part : chapter.parts()) {
        if (!part.heading().isEmpty()) {
          assertTrue(page.contains("<section id=\"" + part.slug() + "\">"), part.heading());
          assertTrue(page.contains("<a href=\"#" + part.slug() + "\">"), part.heading());
        }
      }
    }
  }

  @Test
  void theNextChapterAndThePreviousOneAreLinked() {
    assertTrue(page("chapter-2").contains("<a rel=\"prev\" href=\"chapter-1\">"));
    assertTrue(page("chapter-2").contains("<a rel=\"next\" href=\"chapter-3\">"));
    assertFalse(page("start").contains("rel=\"prev\""));
    assertFalse(page("glossary").contains("rel=\"next\""));
  }

  @Test
  void anExcerptLinksToTheLineOfItsMember() throws IOException, Refusal {
    Matcher link =
        Pattern.compile("file/([^#\"]+)#L(\\d+)\">Store\\.put<").matcher(page("chapter-1"));
    assertTrue(link.find());
    List<String> lines = Files.readAllLines(Path.of("..").resolve(link.group(1)));
    String line = lines.get(Integer.parseInt(link.group(2)) - 1);
    assertTrue(line.contains("void put(byte[] key, byte[] value)"), line);
    assertTrue(
        FilePage.html(content, Links.LIVE, link.group(1)).contains("id=\"L" + link.group(2)));
  }

  @Test
  void everyMemberOfAnExcerptIsFound() {
    for (Course.Chapter chapter : content.course().chapters()) {
      String page = page(chapter.page());
      Matcher caption = Pattern.compile("<figcaption>(.*?)</figcaption>").matcher(page);
      while (caption.find()) {
        assertFalse(caption.group(1).contains("#L1\""), caption.group(1));
        assertTrue(caption.group(1).startsWith("<a "), caption.group(1));
      }
    }
  }

  @Test
  void aTermIsExplainedWhereASectionNamesItFirstAndAnInvariantEverywhere() {
    String page = page("chapter-1");
    assertTrue(
        page.contains("<a class=\"term\" href=\"glossary#I12\" aria-describedby=\"tip-I12\">"));
    assertTrue(page.contains("id=\"tip-I12\"><b>I12</b> After a failed fsync"));
    assertTrue(page.contains("id=\"tip-term-log\"><b>log</b> a file that is only appended to"));
    for (String section : page.split("<section ")) {
      assertTrue(section.split("href=\"glossary#term-log\"", -1).length <= 2, section);
    }
    assertTrue(page("glossary").contains("<tr id=\"I12\">"));
    assertTrue(page("glossary").contains("<tr id=\"term-log\">"));
  }

  @Test
  void aTermIsNotExplainedBeforeItsChapter() {
    assertFalse(page("chapter-1").contains("#term-keydir"));
    assertTrue(page("chapter-3").contains("#term-keydir"));
  }

  @Test
  void everyExplanationIsThereOnce() {
    for (Course.Chapter chapter : content.course().chapters()) {
      String page = page(chapter.page());
      Set<String> ids = new HashSet<>();
      Matcher id = Pattern.compile(" id=\"([^\"]+)\"").matcher(page);
      while (id.find()) {
        assertTrue(ids.add(id.group(1)), chapter.page() + " has two " + id.group(1));
      }
      Matcher tip = Pattern.compile("aria-describedby=\"([^\"]+)\"").matcher(page);
      while (tip.find()) {
        assertTrue(ids.contains(tip.group(1)), tip.group(1));
      }
    }
  }

  @Test
  void codeIsColoured() {
    String page = page("chapter-1");
    assertTrue(page.contains("<span class=\"t-keyword\">public</span>"));
    assertTrue(page.contains("<span class=\"t-comment\">// CRASH HERE"));
    assertTrue(page.contains("<span class=\"t-prompt\">jshell&gt; </span>"));
  }

  @Test
  void anAnswerIsFolded() {
    assertTrue(page("chapter-1").contains("<details>\n<summary>Answer to 1.6</summary>"));
  }

  @Test
  void aDrawnPictureHasItsPlace() {
    assertTrue(page("chapter-4").contains("<figure class=\"picture\" data-picture=\"rename\""));
    assertTrue(page("chapter-5").contains("<figure class=\"picture\" data-picture=\"merge\""));
  }

  @Test
  void aGuessCardFollowsThePredictionAndAChartTheCommandOfItsExperiment() {
    String page = page("chapter-1");
    assertTrue(page.matches("(?s).*<h2>Predict</h2>.*data-card=\"card-1\".*<h2>Run it</h2>.*"));
    assertTrue(page.matches("(?s).*benchmarks.jar 1</span></code></pre>\n<figure class=\"exp.*"));
  }

  @Test
  void otherHtmlIsShownAsText() {
    Prose prose = Prose.ofFile(content, Links.LIVE, "docs/");
    String html = prose.html("a <script>alert(1)</script>\n\n<b onclick=x>b</b>\n\n<!-- c -->");
    assertFalse(html.contains("<script>"), html);
    assertFalse(html.contains("<b "), html);
    assertFalse(html.contains("<!--"), html);
    assertFalse(prose.html("[x](javascript:alert(1))").contains("javascript:"));
  }

  @Test
  void aLinkOfATextLeadsToThePageOfItsFile() throws IOException, Refusal {
    String guide = FilePage.html(content, Links.LIVE, "docs/GUIDE.md");
    Matcher link = LINK.matcher(guide);
    while (link.find()) {
      String to = link.group(1);
      assertTrue(to.startsWith("../../") || to.startsWith("#") || to.startsWith("http"), to);
    }
    assertTrue(guide.contains("href=\"../../file/docs/PROTOCOL.md"), "GUIDE names the protocol");
  }
}
