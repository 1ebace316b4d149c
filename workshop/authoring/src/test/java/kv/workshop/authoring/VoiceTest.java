package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import kv.workshop.authoring.Voice.Hit;
import kv.workshop.authoring.Voice.Rule;
import org.junit.jupiter.api.Test;

/** Sources and texts avoid the turns of phrase that {@link Voice} lists. */
class VoiceTest {
  private static final String EXTENSIONS =
      ".*\\.(?:java|md|html|js|css|properties|xml|yml|txt|sh|jsh|patch)";

  /** Folders of a build, of an editor and of a reader. */
  private static final Set<String> OTHER_FOLDERS =
      Set.of(
          ".git", ".idea", ".vscode", "bin", "data", "my-data", "node_modules", "target", "work");

  /** The files that quote the phrases. */
  private static final Set<String> QUOTING = Set.of("Voice.java", "VoiceTest.java", "VOICE.md");

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        Texts.ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return OTHER_FOLDERS.contains(folder.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            if (name.matches(EXTENSIONS) && !QUOTING.contains(name)) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files.stream().sorted().toList();
  }

  @Test
  void noSourceAndNoTextUsesAPhraseToAvoid() throws IOException {
    List<Hit> hits = new ArrayList<>();
    for (Path file : files()) {
      String name = Texts.ROOT.relativize(file).toString();
      hits.addAll(Voice.hits(name, Files.readString(file)));
    }
    if (!hits.isEmpty()) {
      List<String> lines = new ArrayList<>(hits.stream().map(Hit::toString).toList());
      for (Rule rule : Voice.rules()) {
        long count = hits.stream().filter(hit -> hit.rule().equals(rule)).count();
        lines.add(String.format(Locale.ROOT, "%5d  %s", count, rule.name()));
      }
      lines.add(String.format(Locale.ROOT, "%5d  in all", hits.size()));
      fail(String.join("\n", lines));
    }
  }

  @Test
  void theFilesOfAllModulesAreRead() throws IOException {
    List<String> names =
        files().stream().map(f -> Texts.ROOT.relativize(f).toString().replace('\\', '/')).toList();
    for (String name :
        List.of(
            "README.md",
            "pom.xml",
            "engine/src/main/java/kv/engine/Store.java",
            "step1-append/play.jsh",
            "workshop/exercises/1.5/solution.patch",
            "workshop/authoring/src/test/java/kv/workshop/authoring/Texts.java")) {
      assertTrue(names.contains(name), name);
    }
    assertTrue(names.stream().noneMatch(name -> name.contains("/target/")), names.toString());
  }

  // ======== The rules ========

  private static List<String> rulesHit(String file, String source) {
    return Voice.hits(file, source).stream().map(hit -> hit.rule().name()).toList();
  }

  private static void assertRule(String name, String hit, String miss) {
    assertEquals(List.of(name), rulesHit("T.md", hit + "\n"), hit);
    assertEquals(List.of(), rulesHit("T.md", miss + "\n"), miss);
  }

  private static void assertRuleForJava(String name, String hit, String miss) {
    assertEquals(List.of(name), rulesHit("T.java", hit + "\n"), hit);
    assertEquals(List.of(), rulesHit("T.java", miss + "\n"), miss);
  }

  @Test
  void somethingIsNotAFileAndThereIsNone() {
    assertRule("is no, is none", "It is no directory.", "There is no directory.");
    assertRule("is no, is none", "Of these it is none.", "There is none.");
    assertRule("is no, is none", "It is none.", "\"two lines:\\nthere is no file\"");
    assertRule("is no, is none", "All that are no stores go.", "It is no longer open.");
    assertRule("is no, is none", "This was no error.", "The answer is No Content.");
  }

  @Test
  void aPlaceIsAfterAnother() {
    assertRule("behind", "zeros behind the seal", "zeros after the seal");
    assertRule("behind", "all the space behind", "a server behind a reverse proxy");
  }

  @Test
  void aNounReplacesAWhatClause() {
    assertRule("preposition + what", "It consists of what was read.", "It consists of the input.");
    assertRule("preposition + what", "That is what it does.", "At what cost?");
    assertRuleForJava("/** What", "/** What a block is. */", "/** Kind of a block. */");
    assertRuleForJava("/** What", "  // What is left is read.", "  // What is left?");
    assertRuleForJava("/** What", "   * What follows is read.", " * What this file is");
  }

  @Test
  void aMethodsJavadocIsNotAQuestion() {
    String rule = "Javadoc question";
    assertRuleForJava(rule, "/** Is it open? */", "/** Returns whether it is open. */");
    assertRuleForJava(rule, "/** Whether it is open. */\nboolean o() {", "/** Whether. */\nint i;");
    assertRuleForJava(
        rule,
        "/**\u0020Whether it is open,\n * or not. */\n@Override\nboolean o() {",
        "/** Whether it is open. */\nboolean open = of();");
  }

  @Test
  void theActorIsNamed() {
    assertRule("nobody", "Nobody waits.", "No caller waits.");
    assertRule("nobody", "whoever holds it", "the thread that holds it");
    assertRule("bare who", "Slow. Who creates a file waits.", "Who reads this?");
    assertRule("bare who", "It waits for who does.", "anyone who creates a file");
    assertRule("told of", "The listener is told of each.", "The caller receives each.");
    assertRule("told of", "It tells whether it is open.", "Tell the user.");
  }

  @Test
  void aNumberIsNamed() {
    assertRule("so many", "so many times its size", "n times its size");
    assertRule("so many", "just so much space", "much space");
  }

  @Test
  void aTimeIsNamed() {
    assertRule("any more", "It is not read any more.", "It is no longer read.");
    assertRule("any more", "It is written anew.", "no copy has any more than one");
    assertRule("any more", "Meanwhile, it is read.", "While it is written, it is read.");
  }

  @Test
  void theSimplePastSaysWhatHappened() {
    assertRule("has left", "what a crash has left", "the remains of a crash");
    assertRule("has left", "It was found to hold a key.", "It was found in the log.");
  }

  @Test
  void aVerbIsOneWord() {
    assertRule("gives free", "It gives free the space.", "It releases the space.");
    assertRule("gives free", "It took away the file.", "It removed the file.");
    assertRule("gives free", "It sees to it that it ends.", "It sees it.");
  }

  @Test
  void anExceptionIsNamed() {
    assertRule("but for", "all but for the last", "not for the first, but for the last");
    assertRule("but for", "others besides", "others beside it");
    assertRule("but for", "It is read all the same.", "They are all the same.");
    assertRule("but for", "It is wholly read.", "It is read entirely.");
    assertRule("but for", "read one time", "a one-time password");
  }

  @Test
  void aFaultIsFixed() {
    assertRule("mend, wound", "The file is mended.", "A recommended, amended file.");
    assertRule("mend, wound", "a store's wounds", "around");
  }

  @Test
  void dataIsStoredSomewhere() {
    assertRule("stands in", "The key stands in the header.", "The key is in the header.");
    assertRule("stands in", "It stands at the end.", "A mock stands in for the disk.");
  }

  @Test
  void aStatementIsDirectAndNamesItsSubjects() {
    assertRule("it may be that", "It may be that it fails.", "It may fail.");
    assertRule("the one, the other", "the one is read, the other not", "the one. And the other");
  }

  // ======== Running text ========

  @Test
  void aPhraseIsFoundAcrossTheEndOfALine() {
    assertEquals(
        List.of("T.java:2"),
        Voice.hits("T.java", "int i;\n  // This is\n  // no file.\n").stream()
            .map(hit -> hit.file() + ":" + hit.line())
            .toList());
    assertEquals(
        List.of("is no, is none"), rulesHit("T.java", "s = \"it is \"\n    + \"no file\";"));
    assertEquals(List.of("so many"), rulesHit("T.java", "/*\n * It has so\n * many of them. */"));
    assertEquals(List.of("behind"), rulesHit("T.patch", "+  // behind it\n"));
  }

  @Test
  void aPhraseEndsWithItsParagraph() {
    assertEquals(List.of(), rulesHit("T.md", "There it is\n\nno longer than so\n\nmany others.\n"));
    assertEquals(List.of(), rulesHit("T.java", "// There\n// is no file.\n"));
  }

  @Test
  void aTestsNameIsReadAsASentence() {
    String source = "  @Test\n  void aFaultIsMendedAnd_isNoFault() {}\n";
    assertEquals(List.of("is no, is none", "mend, wound"), rulesHit("T.java", source));
    assertEquals(List.of(), rulesHit("T.java", "  void aFileIsCopiedToANewOne() {}\n"));
  }

  @Test
  void aHitIsReportedWithItsPlaceAndTheIdiom() {
    Hit hit = Voice.hits("T.md", "One.\n\nZeros behind a seal.\n").get(0);
    assertEquals("T.md:3: [behind] Zeros behind a seal. -> after, past, following", hit.toString());
  }
}
