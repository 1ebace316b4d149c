package kv.workshop.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CourseStateTest {
  private static final String REPORT =
      """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <body><main>
      <section><h2><span class="number">Experiment 1</span>A question?</h2>
      <dl class="figures"><div><dt>guess</dt><dd>10 ×</dd></div>
      <div><dt>measured</dt><dd>1,210 ×</dd></div></dl>
      <svg><title>a chart</title></svg></section>
      <section><h2><span class="number">Experiment 2</span>A question?</h2>
      <dl class="figures"><div><dt>measured</dt><dd>too noisy</dd></div></dl>
      <table><thead><tr><th>microseconds</th><th>1,000</th><th>10,000</th></tr></thead>
      <tbody><tr><th>step2-scan, hit</th><td>51</td><td>512 ± 3</td></tr>
      <tr><th>step2-scan, miss</th><td>50</td><td>(too slow)</td></tr></tbody></table></section>
      <section><h2>Machine and settings</h2></section>
      </main></body></html>
      """;

  @TempDir Path folder;

  private Project project;

  @BeforeEach
  void makeProject() throws IOException, BadUsage {
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      String sources = Project.name(chapter) + "/src/main/java/";
      Files.createDirectories(
          folder.resolve(sources + Project.packageName(chapter).replace('.', '/')));
    }
    project = Project.at(folder);
  }

  private void write(String path, String text) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void theReportsRatiosTablesAndChartsAreRead() throws IOException {
    write("benchmarks/target/report/index.html", REPORT);
    write("benchmarks/target/report/experiment-1.svg", "<svg/>");
    write("benchmarks/target/report/experiment-1-2.svg", "<svg/>");
    Experiments experiments = Experiments.read(project);
    Experiments.Experiment first = experiments.byNumber().get(1);
    assertEquals("1,210 ×", first.measured());
    assertEquals(Optional.of(1210.0), first.ratio());
    assertEquals(List.of("experiment-1-2.svg", "experiment-1.svg"), first.charts());
    Experiments.Experiment second = experiments.byNumber().get(2);
    assertEquals(Optional.empty(), second.ratio());
    assertEquals(Optional.of(512.0), second.number("step2-scan, hit", "10,000"));
    assertEquals(Optional.empty(), second.number("step2-scan, miss", "10,000"));
    assertEquals(Optional.empty(), second.number("step2-scan, hit", "100,000"));
    assertEquals(2, experiments.byNumber().size());
  }

  @Test
  void thereAreNoResultsBeforeAnExperiment() throws IOException {
    assertTrue(Experiments.read(project).byNumber().isEmpty());
  }

  @Test
  void everyChapterUpToSevenHasACard() throws IOException, BadUsage {
    List<Cards.Card> cards = Cards.read(Project.at(Path.of("..")));
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      int number = chapter;
      assertTrue(cards.stream().anyMatch(card -> card.chapter() == number), "chapter " + number);
    }
    assertEquals("times", cards.get(0).unit());
    assertEquals(
        "A put that waits for the disk takes how many times as long as one that does not?",
        cards.get(0).question());
  }

  @Test
  void aCardShowsTheNumberThatItsExperimentMeasured() throws IOException, BadUsage {
    write("benchmarks/target/report/index.html", REPORT);
    Experiments experiments = Experiments.read(project);
    List<Cards.Card> cards = Cards.read(Project.at(Path.of("..")));
    assertEquals(Optional.of(1210.0), cards.get(0).measured(experiments));
    assertEquals(Optional.of(512.0), cards.get(1).measured(experiments));
    assertEquals(Optional.empty(), cards.get(2).measured(experiments));
  }

  @Test
  void aReportThatIsBeingWrittenHasNoResultsYet() throws IOException {
    write("workshop/GUESSES.md", "");
    write("benchmarks/target/report/index.html", REPORT.substring(0, 300));
    String json = new CourseState(project).exported();
    assertEquals("{\"experiments\":{},\"cards\":{}}", json);
  }

  @Test
  void theStateIsReadAgainWhenAFileChanged() throws IOException, BadUsage {
    Project real = Project.at(Path.of(".."));
    copy(real.folder().resolve("workshop/exercises"), folder.resolve("workshop/exercises"));
    write("workshop/GUESSES.md", "");
    CourseState state = new CourseState(project);
    assertTrue(state.json().contains("\"1.1\":\"not started\""), state.json());
    write(
        "work/1.1/src/main/java/kv/step1/Store.java",
        "throw new UnsupportedOperationException(\"exercise 1.1 is not done yet: Store.put\");");
    assertTrue(state.json().contains("\"1.1\":\"not done yet\""), state.json());
    assertFalse(state.json().contains("1210"));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }
}
