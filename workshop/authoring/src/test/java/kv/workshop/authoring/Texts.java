package kv.workshop.authoring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kv.workshop.BadUsage;
import kv.workshop.Folders;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Markdown.Kind;

/** The project's texts, for the tests of their prose. */
final class Texts {
  /** The project's folder. */
  static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  private static final Pattern CODE_SPAN = Pattern.compile("`([^`]+)`");

  private Texts() {}

  /** A text: its name in the project's folder, and its contents. */
  record Text(String name, String markdown) {
    @Override
    public String toString() {
      return name;
    }

    /** Returns a message about a line. */
    String complaint(int line, String problem) {
      return name + ":" + line + ": " + problem;
    }

    List<Block> blocks() throws BadUsage {
      return Markdown.blocks(markdown);
    }

    /** Returns headings, paragraphs, lists and tables. */
    List<Block> prose() throws BadUsage {
      return blocks().stream()
          .filter(block -> block.kind() == Kind.TEXT || block.kind() == Kind.HEADING)
          .toList();
    }
  }

  /** A code span or a link, and the line where it begins. */
  record Found(int line, String text) {}

  /** Returns one of the texts. */
  static Text read(String name) throws IOException {
    return new Text(name, Files.readString(ROOT.resolve(name)));
  }

  /** Returns all texts of the project: those that {@link Tutorial} weaves. */
  static List<Text> all() throws IOException {
    List<Text> texts = new ArrayList<>();
    for (String name : Tutorial.texts(ROOT)) {
      texts.add(read(name));
    }
    return texts;
  }

  /** Returns the code spans of a block. */
  static List<Found> codeSpans(Block block) {
    return find(CODE_SPAN, block, String.join("\n", block.lines()));
  }

  /** Returns the matches of a pattern's first group in a block, outside of code spans. */
  static List<Found> findOutsideOfCode(Pattern pattern, Block block) {
    String text = String.join("\n", block.lines());
    String blanked =
        CODE_SPAN.matcher(text).replaceAll(span -> span.group().replaceAll("[^\n]", "x"));
    return find(pattern, block, blanked);
  }

  private static List<Found> find(Pattern pattern, Block block, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(
            match -> {
              long breaks = text.substring(0, match.start()).chars().filter(c -> c == '\n').count();
              return new Found(block.line() + (int) breaks, match.group(1).replace('\n', ' '));
            })
        .toList();
  }

  /** Returns the Java files below a folder; none if there is no such folder. */
  static List<Path> javaFiles(Path folder) throws IOException {
    return Folders.files(folder, path -> path.toString().endsWith(".java"));
  }
}
