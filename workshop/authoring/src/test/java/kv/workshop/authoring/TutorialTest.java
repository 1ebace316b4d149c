package kv.workshop.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kv.workshop.Diff;
import kv.workshop.Project;
import kv.workshop.authoring.Tutorial.Change;
import kv.workshop.authoring.Tutorial.Woven;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Excerpts are woven into a text, and its mistakes are found. */
class TutorialTest {
  @TempDir private static Path folder;
  private static Project project;

  @BeforeAll
  static void makeProject() throws Exception {
    project = SmallProject.in(folder);
  }

  private Woven weave(String text) throws IOException {
    return Tutorial.weave(project, "T.md", text);
  }

  /** The only mistake in a text, which must not have been changed. */
  private String mistake(String text) throws IOException {
    Woven woven = weave(text);
    assertEquals(1, woven.mistakes().size(), woven.mistakes().toString());
    assertEquals(text, woven.text());
    return woven.mistakes().get(0);
  }

  private static String excerpt(String directive, String code) {
    return "<!-- " + directive + " -->\n```java\n" + code + "```\n";
  }

  private void assertExcerpt(String directive, String code) throws IOException {
    Woven woven = weave(excerpt(directive, ""));
    assertEquals(List.of(), woven.mistakes());
    assertEquals(excerpt(directive, code), woven.text());
  }

  // ======== Excerpts ========

  @Test
  void anExcerptIsTheMembersCodeWithoutItsJavadoc() throws IOException {
    assertExcerpt(
        "code 2 Shelf.put(String)",
        """
        @Deprecated
        int put(String book) {
          // Not before it is dusted.
          return 1;
        }
        """);
  }

  @Test
  void anExcerptHasItsJavadocIfTheDirectiveSaysSo() throws IOException {
    assertExcerpt(
        "code 2 Shelf.put(String) with Javadoc",
        """
        /**
         * Puts a book.
         *
         * @return how many there are
         */
        @Deprecated
        int put(String book) {
          // Not before it is dusted.
          return 1;
        }
        """);
  }

  @Test
  void severalMembersHaveABlankLineBetweenThem() throws IOException {
    assertExcerpt(
        "code 2 Shelf.WIDTH Shelf.size",
        """
        private static final int WIDTH =
            3;

        int size() {
          return 2;
        }
        """);
  }

  @Test
  void aChangedWordInAnExcerptIsReplacedAndReported() throws IOException {
    String right = excerpt("code 3 Shelf.size", "int size() {\n  return 2;\n}\n");
    Woven woven = weave("# Shelves\n\n" + right.replace("return 2", "return 3"));
    assertEquals("# Shelves\n\n" + right, woven.text());
    assertEquals(List.of(new Change("T.md", 6, "  return 3;", "  return 2;")), woven.changes());
  }

  @Test
  void aLineTooManyIsReported() throws IOException {
    Woven woven = weave(excerpt("code 3 Shelf.size", "int size() {\n  return 2;\n}\n\n"));
    assertEquals(List.of(new Change("T.md", 6, "", "```")), woven.changes());
  }

  @Test
  void aRightExcerptIsNotChanged() throws IOException {
    String right = excerpt("code 3 Shelf.size", "int size() {\n  return 2;\n}\n");
    assertEquals(new Woven(right, List.of(), List.of()), weave(right));
  }

  @Test
  void anExcerptOfMoreThanTwentyFiveLinesIsAMistake() throws IOException {
    assertEquals(
        "T.md:2: the excerpt has 26 lines; the limit is 25: choose a smaller member",
        mistake(excerpt("code 2 Shelf.dust", "")));
  }

  @Test
  void anAmbiguousMemberIsAMistakeThatNamesTheChoices() throws IOException {
    String mistake = mistake(excerpt("code 2 Shelf.put", ""));
    assertTrue(mistake.startsWith("T.md:2: "), mistake);
    assertTrue(mistake.endsWith("Shelf.put(String), Shelf.put(int)"), mistake);
  }

  @Test
  void aMemberThatIsNotThereIsAMistake() throws IOException {
    assertEquals(
        "T.md:2: there is no member Shelf.read", mistake(excerpt("code 2 Shelf.read", "")));
    assertEquals("T.md:2: step2-scan has no Table.java", mistake(excerpt("code 2 Table.read", "")));
    assertEquals(
        "T.md:2: server has no Table.java", mistake(excerpt("code server Table.read", "")));
  }

  // ======== Edits that a reader tries ========

  private static String edit(String directive, String diff) {
    return "<!-- edit " + directive + " -->\n```diff\n" + diff + "```\n";
  }

  @Test
  void anEditChangesLinesThatTheMemberHas() throws IOException {
    String text = edit("2 Shelf.size", " int size() {\n-  return 2;\n+  return 3;\n }\n");
    assertEquals(new Woven(text, List.of(), List.of()), weave(text));
  }

  @Test
  void anEditOfOtherLinesIsAMistake() throws IOException {
    String mistake = "T.md:2: Shelf.size does not have the lines that this edit changes";
    assertEquals(mistake, mistake(edit("2 Shelf.size", "-  return 3;\n+  return 2;\n")));
    assertEquals(mistake, mistake(edit("2 Shelf.size", " int size() {\n }\n")));
    assertEquals(mistake, mistake(edit("2 Shelf.size", "+  return 3;\n")));
  }

  @Test
  void anEditIsADiff() throws IOException {
    assertEquals(
        "T.md:2: a line of a diff begins with -, + or a space",
        mistake(edit("2 Shelf.size", "return 2;\n")));
    assertEquals(
        "T.md:1: an edit directive belongs above this", mistake("```diff\n-  return 2;\n```\n"));
    assertEquals(
        "T.md:2: a diff fence must follow an edit directive",
        mistake("<!-- edit 2 Shelf.size -->\n```text\n```\n"));
  }

  // ======== The changes of a step ========

  @Test
  void theChangesOfAStepAreSummedUp() throws Exception {
    String summary = Diff.summary(project, 2, 3);
    Woven woven = weave("<!-- changed 2 3 -->\nNot much,\nreally.\n\nMore.\n");
    assertEquals("<!-- changed 2 3 -->\n" + summary + "\n\nMore.\n", woven.text());
    assertEquals(List.of(new Change("T.md", 2, "Not much,", summary)), woven.changes());
  }

  // ======== Directives ========

  @Test
  void anUnknownDirectiveIsAMistake() throws IOException {
    assertEquals(
        "T.md:2: \"cod 2 Shelf.size\" is not a directive; there are code, edit, changed,"
            + " picture, exits, stops, kills, needs",
        mistake(excerpt("cod 2 Shelf.size", "")));
  }

  @Test
  void aDirectiveIsDirectlyAboveItsBlock() throws IOException {
    assertEquals(
        "T.md:2: a java fence must follow a code directive",
        mistake("<!-- code 2 Shelf.size -->\n\n```java\n```\n"));
    assertEquals(
        "T.md:2: a line of text must follow a changed directive",
        mistake("<!-- changed 2 3 -->\n```text\n```\n"));
    assertEquals(
        "T.md:2: a console fence must follow this directive",
        mistake("<!-- exits 1 -->\n```text\n```\n"));
    assertEquals("T.md: the text ends with a directive", mistake("<!-- exits 1 -->\n"));
  }

  @Test
  void aDirectiveThatSaysTooLittleIsAMistake() throws IOException {
    for (String directive :
        List.of("code 2", "changed 2", "exits", "code 9 Shelf.size", "edit 2")) {
      String kind =
          directive.startsWith("exits")
              ? "console"
              : directive.startsWith("edit") ? "diff" : "java";
      String below = directive.startsWith("changed") ? "Text.\n" : "```" + kind + "\n```\n";
      mistake("<!-- " + directive + " -->\n" + below);
    }
  }

  @Test
  void allMistakesAreFoundAtOnce() throws IOException {
    String text = excerpt("code 2 Shelf.read", "") + excerpt("code 2 Shelf.dust", "");
    assertEquals(2, weave(text).mistakes().size());
  }

  // ======== Everything else ========

  @Test
  void aBlockWithoutADirectiveStaysAsItIs() throws IOException {
    String text =
        """
        # A heading

        A paragraph, with a list:
        - one
            - two, further in
            - three

        | a | table |
        |---|---|

        ```text
        <!-- code 2 Shelf.size -->
        # no heading
        ```

        ```java
        int size;
        ```

            mvn -B verify

        <details>
        </details>
        """;
    assertEquals(new Woven(text, List.of(), List.of()), weave(text));
  }

  @Test
  void aFenceThatIsNotClosedIsAMistake() throws IOException {
    assertEquals("T.md: line 2: this fence is not closed", mistake("Text.\n```java\nint i;\n"));
  }

  @Test
  void anIndentedCommandNamesWhatIsThere() throws IOException {
    assertEquals(
        "T.md:3: there is no module step7 in pom.xml",
        mistake("Text:\n\n    mvn -B verify\n    mvn -B -pl step7 test\n"));
  }

  // ======== The command ========

  @Test
  void everyMarkdownFileOfTheTextsFoldersIsAText(@TempDir Path own) throws IOException {
    for (String name : List.of("B.md", "docs/A.md", "examples/C.md", "other/D.md", "docs/A.txt")) {
      Files.createDirectories(own.resolve(name).getParent());
      Files.writeString(own.resolve(name), "# Nothing\n");
    }
    assertEquals(List.of("B.md", "docs/A.md", "examples/C.md"), Tutorial.texts(own));
    assertTrue(Tutorial.texts(Texts.ROOT).contains("workshop/WORKSHOP.md"));
  }

  /** A small project with one text. */
  private static Project projectWith(Path folder, String name, String text) throws Exception {
    Project project = SmallProject.in(folder);
    Files.writeString(folder.resolve(name), text);
    return project;
  }

  @Test
  void theCommandWritesWhatItChangesAndSaysSo(@TempDir Path own) throws Exception {
    Project project = projectWith(own, "TUTORIAL.md", excerpt("code 2 Shelf.size", ""));
    Path file = own.resolve("TUTORIAL.md");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(0, Tutorial.weave(project, new PrintStream(out, true, UTF_8)));
    assertEquals(
        excerpt("code 2 Shelf.size", "int size() {\n  return 2;\n}\n"), Files.readString(file));
    assertEquals(
        List.of(
            "TUTORIAL.md:3",
            "  - ```",
            "  + int size() {",
            "Review the changes before you commit them."),
        out.toString(UTF_8).lines().toList());

    out.reset();
    assertEquals(0, Tutorial.weave(project, new PrintStream(out, true, UTF_8)));
    assertEquals(List.of("All texts are up to date."), out.toString(UTF_8).lines().toList());
  }

  @Test
  void theCommandExitsWithOneIfTheAuthorMustFixAMistake(@TempDir Path own) throws Exception {
    Project project = projectWith(own, "README.md", excerpt("code 2 Shelf.read", ""));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(1, Tutorial.weave(project, new PrintStream(out, true, UTF_8)));
    assertTrue(
        out.toString(UTF_8).startsWith("README.md:2: there is no member"), out.toString(UTF_8));
  }
}
