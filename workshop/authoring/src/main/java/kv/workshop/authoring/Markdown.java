package kv.workshop.authoring;

import java.util.ArrayList;
import java.util.List;
import kv.workshop.BadUsage;

/** Reads Markdown, as far as the course uses it, into blocks. */
final class Markdown {
  private Markdown() {}

  /** Kind of a block. */
  enum Kind {
    BLANK,
    HEADING,
    /** Lines without a blank line between them: a paragraph, a list, a table, HTML. */
    TEXT,
    /** An HTML comment of one line. */
    COMMENT,
    /** Lines between two lines of backquotes. */
    FENCE,
    /** Lines that begin with four spaces, after a blank line. */
    INDENTED
  }

  /**
   * Lines that belong together. The blocks of a text, in order, are the whole text.
   *
   * @param line the number of its first line, counted from 1
   */
  record Block(Kind kind, int line, List<String> lines) {
    /** Returns the contents of a fence or an indented block, otherwise the lines. */
    List<String> content() {
      return switch (kind) {
        case FENCE -> lines.subList(1, lines.size() - 1);
        case INDENTED -> lines.stream().map(line -> line.substring(4)).toList();
        default -> lines;
      };
    }

    /** Returns the word after a fence's backquotes, or an empty text. */
    String language() {
      return kind == Kind.FENCE ? lines.get(0).substring(FENCE.length()).strip() : "";
    }
  }

  private static final String FENCE = "```";

  /**
   * Returns the blocks of a text.
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
    // The second line of a paragraph can have any indentation.
    return next == kind || kind == Kind.TEXT && next == Kind.INDENTED;
  }
}
