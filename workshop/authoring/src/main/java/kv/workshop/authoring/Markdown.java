package kv.workshop.authoring;

import java.util.ArrayList;
import java.util.List;
import kv.workshop.BadUsage;

/** Reads Markdown, as far as the course uses it, into blocks. */
final class Markdown {
  private Markdown() {}

  /** What a block is. */
  enum Kind {
    BLANK,
    HEADING,
    /** Lines with no blank line between: a paragraph, a list, a table, HTML. */
    TEXT,
    /** An HTML comment, which is one line. */
    COMMENT,
    /** Lines between two of backquotes. */
    FENCE,
    /** Lines that begin with four spaces, behind a blank one. */
    INDENTED
  }

  /**
   * Some lines that belong together. All blocks of a text one after the other are the text.
   *
   * @param line the number of its first line, counted from 1
   */
  record Block(Kind kind, int line, List<String> lines) {
    /** What a fence or an indented block holds, otherwise its lines. */
    List<String> content() {
      return switch (kind) {
        case FENCE -> lines.subList(1, lines.size() - 1);
        case INDENTED -> lines.stream().map(line -> line.substring(4)).toList();
        default -> lines;
      };
    }

    /** The word behind a fence's backquotes, or empty. */
    String language() {
      return kind == Kind.FENCE ? lines.get(0).substring(FENCE.length()).strip() : "";
    }
  }

  private static final String FENCE = "```";

  /**
   * The blocks of a text.
   *
   * @throws BadUsage if a fence is not closed
   */
  static List<Block> blocks(String text) throws BadUsage {
    List<String> lines = text.lines().toList();
    List<Block> blocks = new ArrayList<>();
    int from = 0;
    while (from < lines.size()) {
      Kind kind = kind(lines, from);
      int to = from + 1;
      if (kind == Kind.FENCE) {
        while (to < lines.size() && !lines.get(to).strip().equals(FENCE)) {
          to++;
        }
        if (to == lines.size()) {
          throw new BadUsage("line " + (from + 1) + ": this fence is not closed");
        }
        to++;
      } else if (kind == Kind.TEXT || kind == Kind.INDENTED) {
        while (to < lines.size() && continues(kind, kind(lines, to))) {
          to++;
        }
      }
      blocks.add(new Block(kind, from + 1, lines.subList(from, to)));
      from = to;
    }
    return blocks;
  }

  private static Kind kind(List<String> lines, int at) {
    String line = lines.get(at);
    if (line.isBlank()) {
      return Kind.BLANK;
    }
    if (line.startsWith(FENCE)) {
      return Kind.FENCE;
    }
    if (line.startsWith("<!--")) {
      return Kind.COMMENT;
    }
    if (line.matches("#{1,6} .*")) {
      return Kind.HEADING;
    }
    boolean indented = line.startsWith("    ");
    return indented && (at == 0 || isIndentedOrBlank(lines.get(at - 1)))
        ? Kind.INDENTED
        : Kind.TEXT;
  }

  private static boolean isIndentedOrBlank(String line) {
    return line.isBlank() || line.startsWith("    ");
  }

  private static boolean continues(Kind kind, Kind next) {
    // A paragraph's second line may be indented as far as its author likes.
    return next == kind || kind == Kind.TEXT && next == Kind.INDENTED;
  }
}
