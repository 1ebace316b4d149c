package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kv.workshop.BadUsage;
import kv.workshop.Comments;
import kv.workshop.Comments.Comment;
import kv.workshop.Project;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Markdown.Kind;
import kv.workshop.authoring.Texts.Text;
import org.junit.jupiter.api.Test;

/**
 * The tutorial does not repeat the comments of the code: two copies of a sentence would drift apart.
 */
class RepetitionTest {
  /** Number of words in the same order that count as a repetition. */
  private static final int LENGTH = 8;

  /** A word, and the line that it is on. */
  private record Word(String text, int line) {}

  private static List<Word> words(String text, int firstLine) {
    List<Word> words = new ArrayList<>();
    int line = firstLine;
    for (String part : text.split("\n", -1)) {
      String plain = part.toLowerCase(Locale.ROOT).replaceAll("\\{@\\w+", " ");
      for (String word : plain.split("[^\\p{L}\\p{N}]+")) {
        if (!word.isEmpty()) {
          words.add(new Word(word, line));
        }
      }
      line++;
    }
    return words;
  }

  private static String phrase(List<Word> words, int from) {
    return String.join(" ", words.subList(from, from + LENGTH).stream().map(Word::text).toList());
  }

  /** Adds the phrases of a file's comments, with their places. */
  private static void addPhrases(String file, String java, Map<String, String> phrases) {
    // As one text: a remark can be several comments of one line each.
    List<Word> words = new ArrayList<>();
    for (Comment comment : Comments.in(java)) {
      int line = (int) java.substring(0, comment.start()).chars().filter(c -> c == '\n').count();
      words.addAll(words(java.substring(comment.start(), comment.end()), line + 1));
    }
    for (int i = 0; i + LENGTH <= words.size(); i++) {
      phrases.putIfAbsent(phrase(words, i), file + ":" + words.get(i).line());
    }
  }

  private static List<String> repetitions(Text text, Map<String, String> phrases) throws BadUsage {
    List<String> repetitions = new ArrayList<>();
    for (Block block : text.blocks()) {
      if (block.kind() == Kind.TEXT) {
        // The table of the invariants repeats their sentences, and InvariantsTest holds it to them.
        List<String> lines =
            block.lines().stream().map(line -> line.replaceFirst("^\\| I\\d+ \\|.*", "")).toList();
        List<Word> words = words(String.join("\n", lines), block.line());
        for (int i = 0; i + LENGTH <= words.size(); i++) {
          String phrase = phrase(words, i);
          if (phrases.containsKey(phrase)) {
            repetitions.add(
                text.complaint(
                    words.get(i).line(),
                    "\"" + phrase + "\" is in a comment too: " + phrases.get(phrase)));
            // Reported once: the words after it are mostly repeated too.
            i += LENGTH - 1;
          }
        }
      }
    }
    return repetitions;
  }

  private static Map<String, String> phrasesOfTheCode() throws IOException {
    Map<String, String> phrases = new HashMap<>();
    List<String> modules = new ArrayList<>();
    for (int n = 1; n <= Project.MODULES; n++) {
      modules.add(Project.name(n));
    }
    for (String module : modules) {
      for (Path file : Texts.javaFiles(Texts.ROOT.resolve(module).resolve("src/main"))) {
        String name = Texts.ROOT.relativize(file).toString();
        addPhrases(name, Files.readString(file), phrases);
      }
    }
    return phrases;
  }

  @Test
  void theTutorialRepeatsNoComment() throws Exception {
    List<String> repetitions = repetitions(Texts.read("TUTORIAL.md"), phrasesOfTheCode());
    assertEquals("", String.join("\n", repetitions));
  }

  @Test
  void aRepetitionIsFoundInBothPlaces() throws Exception {
    Map<String, String> phrases = new HashMap<>();
    addPhrases(
        "Log.java",
        """
        class Log {
          // A record in it is never
          // changed, so nothing can be harmed.
          int i; /* Enough. */
        }
        """,
        phrases);
    assertEquals(
        List.of(
            "T.md:3: \"in it is never changed so nothing can\" is in a comment too: Log.java:2"),
        repetitions(
            new Text("T.md", "# Logs\n\nWhat lies *in* it is\n`never` changed; so nothing can.\n"),
            phrases));
    assertEquals(
        List.of(),
        repetitions(new Text("T.md", "In it is never changed, so nothing will.\n"), phrases));
  }
}
