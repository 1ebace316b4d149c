package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import kv.workshop.BadUsage;
import kv.workshop.Project;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Markdown.Kind;
import kv.workshop.authoring.Texts.Text;
import org.junit.jupiter.api.Test;

/**
 * The five chapters of the tutorial that have a step are built alike, and none of them is too long.
 * The engine's chapter has seven cures, which are built alike.
 */
class ChapterTest {
  private static final List<String> PARTS =
      List.of(
          "Question",
          "Predict",
          "Run it",
          "The idea",
          "The code",
          "Why it is right",
          "What breaks now",
          "Exercises",
          "Real systems");

  private static final int CURES = 7;
  private static final int FEWEST_WORDS_OF_CURES = 1_500;
  private static final int MOST_WORDS_OF_CURES = 2_500;
  private static final int LONGEST_EXCERPT = 25;
  private static final int FEWEST_WORDS = 1_200;
  private static final int MOST_WORDS = 2_200;
  private static final int MOST_WORDS_OF_AN_IDEA = 200;

  /** A heading of one of two levels, and the blocks below it, up to the next one. */
  private record Part(String title, int line, List<Block> blocks) {
    int words() {
      return blocks.stream()
          .filter(block -> block.kind() == Kind.TEXT || block.kind() == Kind.HEADING)
          .mapToInt(block -> words(String.join("\n", block.lines())))
          .sum();
    }

    private static int words(String prose) {
      String visible = prose.replaceAll("<[^>]+>", " ").replaceAll("\\]\\([^)]*\\)", "]");
      return (int)
          Arrays.stream(visible.split("\\s+"))
              .filter(word -> word.matches(".*[\\p{L}\\p{N}].*"))
              .count();
    }

    long fences(String language) {
      return blocks.stream().filter(block -> block.language().equals(language)).count();
    }

    /** The lines that are one of the texts, without the space around them. */
    long lines(String text) {
      return blocks.stream()
          .flatMap(block -> block.lines().stream())
          .filter(line -> line.strip().equals(text))
          .count();
    }

    boolean says(String text) {
      return blocks.stream()
          .filter(block -> block.kind() == Kind.TEXT)
          .anyMatch(block -> String.join(" ", block.lines()).contains(text));
    }
  }

  private static List<Part> parts(List<Block> blocks, String marks) {
    List<Part> parts = new ArrayList<>();
    for (Block block : blocks) {
      String line = block.lines().get(0);
      boolean heading = block.kind() == Kind.HEADING;
      if (heading && line.startsWith(marks + " ")) {
        parts.add(
            new Part(line.substring(marks.length()).strip(), block.line(), new ArrayList<>()));
      } else if (!parts.isEmpty()) {
        parts.get(parts.size() - 1).blocks().add(block);
      }
    }
    return parts;
  }

  /** The chapters that have a step: the later ones are built differently. */
  private static List<Part> chapters(Text text) throws BadUsage {
    return parts(text.blocks(), "##").stream()
        .filter(part -> part.title().matches("[1-5]\\. .*"))
        .toList();
  }

  /** The number of the exercises in a chapter of the course that the tools know. */
  private static int exercises(int chapter) {
    int count = 0;
    while (Files.exists(
        Texts.ROOT.resolve("workshop/exercises").resolve(chapter + "." + (count + 1)))) {
      count++;
    }
    return count;
  }

  /**
   * Returns what is not right in a text.
   *
   * @param exercises the number of exercises of each chapter, to which a question is added
   */
  private static List<String> complaints(Text text, IntUnaryOperator exercises) throws BadUsage {
    List<String> complaints = new ArrayList<>();
    List<Part> chapters = chapters(text);
    for (int i = 0; i < chapters.size(); i++) {
      Part chapter = chapters.get(i);
      int n = i + 1;
      addIfNot(
          chapter.title().startsWith(n + "."), text, chapter, "its number is " + n, complaints);
      int words = chapter.words();
      addIfNot(
          words >= FEWEST_WORDS && words <= MOST_WORDS,
          text,
          chapter,
          "it has " + words + " words, and " + FEWEST_WORDS + " to " + MOST_WORDS + " are right",
          complaints);
      List<Part> parts = parts(chapter.blocks(), "###");
      List<String> titles = parts.stream().map(Part::title).toList();
      addIfNot(titles.equals(PARTS), text, chapter, "its parts are " + titles, complaints);
      if (titles.equals(PARTS)) {
        addComplaints(text, n, exercises.applyAsInt(n), parts, complaints);
      }
    }
    return complaints;
  }

  private static void addComplaints(
      Text text, int n, int count, List<Part> parts, List<String> complaints) {
    Part idea = parts.get(PARTS.indexOf("The idea"));
    addIfNot(
        idea.words() <= MOST_WORDS_OF_AN_IDEA,
        text,
        idea,
        "it has " + idea.words() + " words, and " + MOST_WORDS_OF_AN_IDEA + " are enough",
        complaints);
    addIfNot(idea.fences("text") == 1, text, idea, "it has one picture", complaints);
    addIfNot(idea.fences("java") == 0, text, idea, "it has no code", complaints);

    Part code = parts.get(PARTS.indexOf("The code"));
    long excerpts = code.fences("java");
    addIfNot(
        excerpts >= 2 && excerpts <= 4,
        text,
        code,
        "it has " + excerpts + " excerpts, and 2 to 4 are right",
        complaints);
    String changed = "<!-- changed " + (n - 1) + " " + n + " -->";
    addIfNot(
        n == 1 || code.lines(changed) == 1, text, code, "it has one line " + changed, complaints);

    Part exercises = parts.get(PARTS.indexOf("Exercises"));
    for (int i = 1; i <= count; i++) {
      String exercise = "**" + n + "." + i + " ";
      addIfNot(
          exercises.says(exercise), text, exercises, "it has no " + exercise + "...**", complaints);
    }
    String question = n + "." + (count + 1);
    addIfNot(
        exercises.says("**" + question + " Think**"),
        text,
        exercises,
        "it has no **" + question + " Think**",
        complaints);
    addIfNot(
        exercises.lines("<details>") == 1
            && exercises.lines("<summary>Answer to " + question + "</summary>") == 1
            && exercises.lines("</details>") == 1,
        text,
        exercises,
        "the answer to " + question + " is not folded away",
        complaints);
  }

  private static void addIfNot(
      boolean right, Text text, Part part, String what, List<String> complaints) {
    if (!right) {
      complaints.add(text.complaint(part.line(), part.title() + ": " + what));
    }
  }

  /** The chapter of the engine: a crack, a guess, a picture, an excerpt and the cost of each cure. */
  private static List<String> complaintsAboutCures(Text text) throws BadUsage {
    List<String> complaints = new ArrayList<>();
    for (Part chapter : parts(text.blocks(), "##")) {
      if (!chapter.title().startsWith(Project.ENGINE + ". ")) {
        continue;
      }
      int words = chapter.words();
      addIfNot(
          words >= FEWEST_WORDS_OF_CURES && words <= MOST_WORDS_OF_CURES,
          text,
          chapter,
          "it has " + words + " words",
          complaints);
      int cures = 0;
      for (Part part : parts(chapter.blocks(), "###")) {
        if (part.title().matches("[0-9]\\. .*")) {
          cures++;
          addComplaintsAboutCure(text, cures, part, complaints);
        }
      }
      addIfNot(cures == CURES, text, chapter, "it has " + cures + " cures", complaints);
    }
    return complaints;
  }

  private static void addComplaintsAboutCure(Text text, int n, Part cure, List<String> complaints) {
    addIfNot(cure.title().startsWith(n + "."), text, cure, "its number is " + n, complaints);
    for (String part : List.of("*Guess*", "*The cost*", "*Turned down*")) {
      addIfNot(cure.says(part), text, cure, "it has no " + part, complaints);
    }
    addIfNot(cure.fences("text") == 1, text, cure, "it has one picture", complaints);
    addIfNot(cure.fences("java") == 1, text, cure, "it has one excerpt", complaints);
    for (Block block : cure.blocks()) {
      addIfNot(
          !block.language().equals("java") || block.content().size() <= LONGEST_EXCERPT,
          text,
          cure,
          "its excerpt has " + block.content().size() + " lines",
          complaints);
    }
  }

  @Test
  void theCuresOfTheEngineAreBuiltAlike() throws Exception {
    Text tutorial = Texts.read("TUTORIAL.md");
    assertTrue(
        chapterTitles(tutorial)
            .contains(Project.ENGINE + ". An engine: seven cracks, seven cures"));
    assertEquals("", String.join("\n", complaintsAboutCures(tutorial)));
  }

  private static List<String> chapterTitles(Text text) throws BadUsage {
    return parts(text.blocks(), "##").stream().map(Part::title).toList();
  }

  @Test
  void theChaptersOfTheTutorialAreBuiltAlike() throws Exception {
    Text tutorial = Texts.read("TUTORIAL.md");
    assertEquals(5, chapters(tutorial).size());
    assertEquals("", String.join("\n", complaints(tutorial, ChapterTest::exercises)));
  }

  // ======== A chapter that is right, and what can be wrong with it ========

  private static String chapter(int n) {
    StringBuilder chapter = new StringBuilder("## " + n + ". Shelves\n\n");
    for (String part : PARTS) {
      chapter.append("### " + part + "\n\n");
      chapter.append((part.equals("The idea") ? "word " : "word ".repeat(150)).strip() + "\n\n");
      if (part.equals("The idea")) {
        chapter.append("```text\n| a |\n```\n\n");
      }
      if (part.equals("The code")) {
        chapter.append(n == 1 ? "" : "<!-- changed " + (n - 1) + " " + n + " -->\nMuch.\n\n");
        chapter.append("<!-- code 1 Log.a -->\n```java\nint a;\n```\n\n".repeat(2));
      }
      if (part.equals("Exercises")) {
        IntStream.rangeClosed(1, 3).forEach(i -> chapter.append("- **" + n + "." + i + " Do**\n"));
        chapter.append("- **" + n + ".4 Think**\n");
        chapter.append("\n<details>\n<summary>Answer to " + n + ".4</summary>\n\n");
        chapter.append("Yes.\n\n</details>\n\n");
      }
    }
    return chapter.toString();
  }

  private static final String RIGHT =
      "# Course\n\n## Before\n\n" + chapter(1) + chapter(2) + "## Glossary\n\nNo chapter.\n";

  private static void assertComplaint(String what, String was, String is) throws BadUsage {
    assertTrue(RIGHT.contains(was), was);
    String wrong = RIGHT.replaceFirst(Pattern.quote(was), Matcher.quoteReplacement(is));
    List<String> complaints = complaints(new Text("T.md", wrong), chapter -> 3);
    assertEquals(1, complaints.size(), complaints.toString());
    assertTrue(complaints.get(0).contains(what), complaints.get(0));
  }

  @Test
  void aRightTextHasNoComplaint() throws Exception {
    assertEquals(List.of(), complaints(new Text("T.md", RIGHT), chapter -> 3));
  }

  @Test
  void theChaptersAreCounted() throws Exception {
    assertComplaint("its number is 2", "## 2. Shelves", "## 3. Shelves");
  }

  @Test
  void aChapterIsNeitherShortNorLong() throws Exception {
    String words = "word ".repeat(150).strip();
    assertComplaint("it has 1", words, "word");
    assertComplaint("it has 2", words, "word ".repeat(1_200).strip());
  }

  @Test
  void onlyProseIsCounted() throws Exception {
    Part part =
        parts(
                Markdown.blocks(
                    "## Two words\n\nThree [more words](of/no/length) <br>\n| and | one\n|---|\n\n"
                        + "<!-- no comment -->\n```text\nno picture\n```\n"),
                "##")
            .get(0);
    assertEquals(5, part.words());
  }

  @Test
  void thePartsAreAllThereAndInOrder() throws Exception {
    assertComplaint("its parts are", "### Predict", "### Guess");
    assertComplaint("its parts are", "### Question", "### Real systems");
  }

  @Test
  void anIdeaIsShortAndHasOnePictureAndNoCode() throws Exception {
    String idea = "### The idea\n\n";
    String picture = "```text\n| a |\n```\n\n";
    assertComplaint("201 words", idea, idea + "word ".repeat(200));
    assertComplaint("one picture", picture, "");
    assertComplaint("one picture", idea, idea + picture);
    assertComplaint("no code", idea, idea + "```java\n```\n\n");
  }

  @Test
  void theCodeHasTwoToFourExcerpts() throws Exception {
    String excerpt = "<!-- code 1 Log.a -->\n```java\nint a;\n```\n\n";
    assertComplaint("1 excerpts", excerpt, "");
    assertComplaint("5 excerpts", excerpt, excerpt.repeat(4));
  }

  @Test
  void aChapterSaysWhatItsStepHasChanged() throws Exception {
    assertComplaint("<!-- changed 1 2 -->", "<!-- changed 1 2 -->", "<!-- changed 2 3 -->");
  }

  @Test
  void aChapterHasItsExercisesAndAQuestionWhoseAnswerIsFoldedAway() throws Exception {
    assertComplaint("no **2.3 ", "**2.3 ", "**3.3 ");
    assertComplaint("no **2.4 Think**", "**2.4 Think", "**2.4 Do");
    assertComplaint("answer to 2.4", "Answer to 2.4", "Answer");
    assertComplaint("answer to 1.4", "<details>", "");
  }

  // ======== A chapter of cures that is right, and what can be wrong with it ========

  private static String cures() {
    StringBuilder chapter = new StringBuilder("## 6. Cures\n\n");
    for (int n = 1; n <= CURES; n++) {
      chapter.append("### " + n + ". Cure\n\n" + "word ".repeat(250) + "*Guess*.\n\n");
      chapter.append("```text\n| a |\n```\n\n<!-- code engine Log.a -->\n```java\nint a;\n```\n\n");
      chapter.append("*The cost*: much.\n\n*Turned down*: more.\n\n");
    }
    return chapter.toString();
  }

  private static void assertComplaintAboutCures(String what, String was, String is)
      throws BadUsage {
    assertTrue(cures().contains(was), was);
    String wrong = cures().replaceFirst(Pattern.quote(was), Matcher.quoteReplacement(is));
    List<String> complaints = complaintsAboutCures(new Text("T.md", wrong));
    assertEquals(1, complaints.size(), complaints.toString());
    assertTrue(complaints.get(0).contains(what), complaints.get(0));
  }

  @Test
  void aCureHasAGuessAPictureAnExcerptItsCostAndWhatWasTurnedDown() throws Exception {
    assertEquals(List.of(), complaintsAboutCures(new Text("T.md", cures())));
    assertComplaintAboutCures("no *Guess*", "*Guess*", "Guess");
    assertComplaintAboutCures("no *The cost*", "*The cost*", "Cost");
    assertComplaintAboutCures("no *Turned down*", "*Turned down*", "Not");
    assertComplaintAboutCures("one picture", "```text\n| a |\n```\n", "");
    assertComplaintAboutCures("one excerpt", "```java\nint a;\n```\n", "");
    assertComplaintAboutCures("has 26 lines", "int a;\n", "int a;\n".repeat(26));
  }

  @Test
  void theCuresAreSevenAndCountedAndNeitherShortNorLong() throws Exception {
    assertComplaintAboutCures("its number is 2", "### 2. ", "### 3. ");
    assertComplaintAboutCures("it has 6 cures", "### 7. Cure", "### Cure");
    assertComplaintAboutCures("words", "word ".repeat(250), "word ".repeat(1_000));
  }
}
