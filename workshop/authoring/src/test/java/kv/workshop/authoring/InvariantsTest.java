package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Texts.Text;
import org.junit.jupiter.api.Test;

/** The tutorial's table of the invariants says the same as the code and the tests. */
class InvariantsTest {
  /** Number, sentence, chapter, home, and test: the name and the file of the last two. */
  private static final Pattern ROW =
      Pattern.compile(
          "\\| I(\\d+) \\| ([^|]+) \\| (\\d) \\| \\[(\\w+)\\]\\(([^)]+)\\)"
              + " \\| \\[\\w+\\.(\\w+)\\]\\(([^)]+)\\) \\|");

  private static final String HEADING = "| number | invariant |";

  private record Row(
      int number, String sentence, int chapter, String home, String test, String testFile) {}

  /** The rows of the table, in order. */
  private static List<Row> rows(Text text) throws BadUsage {
    List<Row> rows = new ArrayList<>();
    for (Block block : text.prose()) {
      if (block.lines().stream().anyMatch(line -> line.startsWith(HEADING))) {
        for (String line : block.lines()) {
          Matcher row = ROW.matcher(line);
          if (row.matches()) {
            rows.add(
                new Row(
                    Integer.parseInt(row.group(1)),
                    row.group(2).strip(),
                    Integer.parseInt(row.group(3)),
                    row.group(5),
                    row.group(6),
                    row.group(7)));
          }
        }
      }
    }
    return rows;
  }

  private static List<String> complaints(Text text) throws IOException, BadUsage {
    List<String> complaints = new ArrayList<>();
    for (Row row : rows(text)) {
      String name = "I" + row.number;
      String module = Project.name(row.chapter) + "/";
      if (!row.home.startsWith(module)) {
        complaints.add(name + ": its home is not in " + module);
      }
      Path home = Texts.ROOT.resolve(row.home);
      String sentence = Pattern.quote(row.sentence).replace(" ", "\\E\\s+(?:\\* +)?\\Q");
      if (!Files.exists(home) || !states(home, name, sentence)) {
        complaints.add(name + ": " + row.home + " does not state \"" + row.sentence + "\"");
      }
      for (int earlier = 1; earlier < row.chapter; earlier++) {
        for (Path file : Texts.javaFiles(Texts.ROOT.resolve(Project.name(earlier) + "/src/main"))) {
          if (states(file, name, "\\p{Lu}")) {
            complaints.add(name + ": " + Texts.ROOT.relativize(file) + " states it before");
          }
        }
      }
      Path test = Texts.ROOT.resolve(row.testFile);
      if (!Files.exists(test) || !Files.readString(test).contains(" void " + row.test + "(")) {
        complaints.add(name + ": " + row.testFile + " has no test " + row.test);
      }
    }
    return complaints;
  }

  /** Returns whether the essay of a file states an invariant, in words however they are wrapped. */
  private static boolean states(Path file, String number, String regex) throws IOException {
    String essay = Files.readString(file).replaceFirst("(?s)\\*/.*", "");
    return Pattern.compile("(?m)^ \\* " + number + " +" + regex).matcher(essay).find();
  }

  @Test
  void everyInvariantOfTheTableIsStatedInItsHomeAndGuardedByItsTest() throws Exception {
    Text tutorial = Texts.read("TUTORIAL.md");
    assertEquals(
        IntStream.rangeClosed(1, 12).boxed().toList(),
        rows(tutorial).stream().map(Row::number).toList());
    assertEquals("", String.join("\n", complaints(tutorial)));
  }

  // ======== A row that is right, and what can be wrong with it ========

  private static final String RIGHT =
      "| number | invariant | chapter | home | test |\n|---|---|---|---|---|\n"
          + "| I5 | A length is used only after its checksum has been verified | 2"
          + " | [LogReader](step2-scan/src/main/java/kv/step2/LogReader.java)"
          + " | [GetTest.refusesNull](step2-scan/src/test/java/kv/step2/GetTest.java) |\n";

  private static void assertComplaint(String what, String was, String is) throws Exception {
    assertTrue(RIGHT.contains(was), was);
    List<String> complaints = complaints(new Text("T.md", RIGHT.replace(was, is)));
    assertEquals(1, complaints.size(), complaints.toString());
    assertTrue(complaints.get(0).contains(what), complaints.get(0));
  }

  @Test
  void aRightTableHasNoComplaint() throws Exception {
    assertEquals(List.of(), complaints(new Text("T.md", RIGHT)));
  }

  @Test
  void anotherSentenceThanTheCodesIsAComplaint() throws Exception {
    assertComplaint("does not state", "A length is", "A length may be");
  }

  @Test
  void anotherNumberThanTheCodesIsAComplaint() throws Exception {
    assertComplaint("does not state", "| I5 |", "| I4 |");
  }

  @Test
  void aHomeThatIsNotTheFirstIsAComplaint() throws Exception {
    String later =
        RIGHT
            .replace("| 2 |", "| 3 |")
            .replace("(step2-scan/src/main", "(step3-hash-index/src/main");
    List<String> complaints =
        complaints(new Text("T.md", later.replace("kv/step2/LogReader", "kv/step3/LogReader")));
    assertEquals(1, complaints.size(), complaints.toString());
    assertTrue(complaints.get(0).contains("states it before"), complaints.get(0));
  }

  @Test
  void aHomeInTheWrongModuleIsAComplaint() throws Exception {
    assertComplaint("is not in step1-append/", "| 2 |", "| 1 |");
  }

  @Test
  void aTestThatIsNotThereIsAComplaint() throws Exception {
    assertComplaint("has no test refusesAll", "refusesNull", "refusesAll");
  }
}
