package kv.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import kv.benchmarks.harness.Ratio;
import kv.benchmarks.report.Chart.Axis;
import kv.benchmarks.report.Chart.Point;
import kv.benchmarks.report.Chart.Series;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
  private final String html =
      Report.html(
          List.of(
              entry("Experiment 1", 10.0, outcome(), "Noise: <5 %"),
              entry("Experiment 4", null, outcome(), "Once.")),
          null,
          Map.of("Date", "2026-01-01", "Settings", "quick", "Processor", "Abacus & Sons"));

  @Test
  void thePageIsWellFormedAndHasEveryExperiment() throws Exception {
    String text = parse(html).getDocumentElement().getTextContent();
    for (String expected :
        List.of(
            "Experiment 1",
            "The question of Experiment 1",
            "The next question of Experiment 1",
            "Experiment 4",
            "The question of Experiment 4",
            "Noise: <5 %",
            "5.00 \u00B1 0.100",
            "How to read <it>.",
            "Abacus & Sons",
            "2026-01-01")) {
      assertTrue(text.contains(expected), expected + " is not in " + text);
    }
  }

  @Test
  void aGuessIsShownWithTheMeasuredRatioAndTheirQuotient() throws Exception {
    String figures = parse(html).getElementsByTagName("dl").item(0).getTextContent();
    assertEquals("guess10.0 \u00D7measured25.0 \u00D7measured / guess2.50", squeezed(figures));
    figures = parse(html).getElementsByTagName("dl").item(1).getTextContent();
    assertEquals("measured25.0 \u00D7", squeezed(figures));
  }

  @Test
  void aDoubtfulRatioIsNotShown() throws Exception {
    Report.Entry entry = entry("Experiment 1", 10.0, outcome(new Ratio(70, 21, 144)), "Noise");
    String page = Report.html(List.of(entry), null, Map.of());

    String text = parse(page).getDocumentElement().getTextContent();
    assertTrue(text.contains("too noisy (21.0 x to 144 x)"), text);
    assertTrue(!text.contains("70.0") && !text.contains("7.00"), text);
  }

  @Test
  void digitsAreTheSameInEveryLocale() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("java.class.path");
    List<String> command =
        List.of(
            java,
            "-Duser.language=fa",
            "-Duser.country=IR",
            "-cp",
            classes,
            PrintInUtf8.class.getName());
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String page = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertTrue(page.contains("href=\"#e0\"") && page.contains(".s0{"), page);
    assertEquals(page.replaceAll("[0-9]", "0"), page.replaceAll("\\p{Nd}", "0"));
  }

  /** Prints the page, in a process with another locale. */
  static final class PrintInUtf8 {
    public static void main(String[] arguments) {
      byte[] page = new ReportTest().html.getBytes(StandardCharsets.UTF_8);
      System.out.write(page, 0, page.length);
      System.out.flush();
    }
  }

  @Test
  void thePageLoadsNothing() throws Exception {
    NodeList all = parse(html).getElementsByTagName("*");
    for (int i = 0; i < all.getLength(); i++) {
      Element element = (Element) all.item(i);
      assertTrue(!element.hasAttribute("src"), element.getTagName());
      assertTrue(!List.of("link", "script", "img").contains(element.getTagName()));
      String link = element.getAttribute("href");
      assertTrue(link.isEmpty() || link.startsWith("#"), link);
    }
    assertTrue(!html.contains("url(") && !html.contains("@import"), "nor by a style");
  }

  @Test
  void everyChartHasADescriptionInWords() throws Exception {
    NodeList charts = parse(html).getElementsByTagName("svg");
    assertEquals(2, charts.getLength());
    Element chart = (Element) charts.item(0);
    assertEquals("img", chart.getAttribute("role"));
    assertTrue(chart.getAttribute("aria-label").contains("A <chart>. us, by keys"));
    assertEquals("A <chart>", chart.getElementsByTagName("title").item(0).getTextContent());
  }

  @Test
  void aChartCanBeAFileOfItsOwn() throws Exception {
    String svg = SvgPlot.draw(outcome().charts().get(0));
    assertEquals("svg", parse(svg).getDocumentElement().getTagName());
    assertTrue(svg.contains(">first</text>"), "a caption at the end of a line");
    assertTrue(svg.contains("first: 10.0, 2.00 \u00B1 0.500"), "the numbers of a point");
  }

  private static Report.Entry entry(String name, Double guess, Outcome outcome, String noise) {
    return new Report.Entry(
        name,
        "The question of " + name,
        "A method",
        "How much?",
        guess,
        outcome,
        "A lesson",
        "The next question of " + name,
        noise);
  }

  private static Outcome outcome() {
    return outcome(new Ratio(25, 25, 25));
  }

  private static Outcome outcome(Ratio ratio) {
    Table table = new Table("what", "us");
    table.row(List.of("a & b", "5.00 +- 0.100"));
    Chart chart =
        new Chart(
            "A <chart>",
            Axis.logarithmic("keys"),
            Axis.linear("us"),
            true,
            List.of(
                new Series("first", 0, List.of(new Point(1, 1), new Point(10, 2, 0.5))),
                new Series("second", 5, List.of(new Point(1, 2), new Point(10, 3)))));
    return new Outcome(ratio, table, List.of(chart), List.of("How to read <it>."));
  }

  private static String squeezed(String text) {
    return text.replace("\n", "");
  }

  private static Document parse(String text) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }
}
