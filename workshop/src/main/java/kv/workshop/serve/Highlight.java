package kv.workshop.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Colours code: divides a text into tokens, and writes each as a {@code span} with its kind. Knows
 * Java and the course's console blocks; other texts are one token.
 */
final class Highlight {
  private static final Set<String> KEYWORDS =
      Set.of(
          ("abstract assert boolean break byte case catch char class continue default do double"
                  + " else enum extends final finally float for if implements import instanceof int"
                  + " interface long native new null package permits private protected public"
                  + " record return sealed short static super switch synchronized this throw throws"
                  + " transient true false try var void volatile while yield")
              .split(" "));

  /**
   * A piece of a text.
   *
   * @param kind the class of its span, or empty
   */
  record Token(String kind, String text) {}

  private Highlight() {}

  /**
   * Returns the lines of a text as HTML.
   *
   * @param language {@code java}, {@code console} or another one
   * @param comments writes the inside of a comment as HTML
   */
  static List<String> lines(String text, String language, UnaryOperator<String> comments) {
    List<Token> tokens =
        switch (language) {
          case "java", "jsh" -> java(text);
          case "console" -> console(text);
          default -> List.of(new Token("", text));
        };
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (Token token : tokens) {
      String[] pieces = token.text().split("\n", -1);
      for (int i = 0; i < pieces.length; i++) {
        if (i > 0) {
          lines.add(line.toString());
          line.setLength(0);
        }
        append(line, token.kind(), pieces[i], comments);
      }
    }
    lines.add(line.toString());
    return lines;
  }

  private static void append(
      StringBuilder line, String kind, String text, UnaryOperator<String> comments) {
    if (text.isEmpty()) {
      return;
    }
    String html = kind.equals("comment") ? comments.apply(text) : Html.escaped(text);
    if (kind.isEmpty()) {
      line.append(html);
    } else {
      line.append("<span class=\"t-").append(kind).append("\">").append(html).append("</span>");
    }
  }

  // ======== Java ========

  private static List<Token> java(String text) {
    List<Token> tokens = new ArrayList<>();
    int at = 0;
    int plain = 0;
    while (at < text.length()) {
      String kind = "";
      int end = at + 1;
      char c = text.charAt(at);
      if (text.startsWith("//", at)) {
        kind = "comment";
        end = indexOrEnd(text, "\n", at, 0);
      } else if (text.startsWith("/*", at)) {
        kind = "comment";
        end = indexOrEnd(text, "*/", at + 2, 2);
      } else if (text.startsWith("\"\"\"", at)) {
        kind = "string";
        end = literalEnd(text, at, "\"\"\"");
      } else if (c == '"' || c == '\'') {
        kind = "string";
        end = literalEnd(text, at, String.valueOf(c));
      } else if (c == '@' && at + 1 < text.length() && isWord(text.charAt(at + 1))) {
        kind = "annotation";
        end = wordEnd(text, at + 1);
      } else if (c >= '0' && c <= '9') {
        kind = "number";
        end = wordEnd(text, at);
      } else if (isWord(c)) {
        end = wordEnd(text, at);
        kind = kindOf(text.substring(at, end));
      }
      if (!kind.isEmpty()) {
        tokens.add(new Token("", text.substring(plain, at)));
        tokens.add(new Token(kind, text.substring(at, end)));
        plain = end;
      }
      at = end;
    }
    tokens.add(new Token("", text.substring(plain)));
    return tokens;
  }

  private static String kindOf(String word) {
    if (KEYWORDS.contains(word)) {
      return "keyword";
    }
    boolean isType = Character.isUpperCase(word.charAt(0)) && !word.matches("[A-Z0-9_]{2,}");
    return isType ? "type" : "";
  }

  private static boolean isWord(char c) {
    return Character.isJavaIdentifierPart(c);
  }

  private static int wordEnd(String text, int from) {
    int end = from;
    while (end < text.length() && isWord(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static int literalEnd(String text, int start, String quote) {
    int at = start + quote.length();
    while (at < text.length() && !text.startsWith(quote, at)) {
      if (quote.length() == 1 && text.charAt(at) == '\n') {
        return at;
      }
      at += text.charAt(at) == '\\' ? 2 : 1;
    }
    return Math.min(text.length(), at + quote.length());
  }

  private static int indexOrEnd(String text, String what, int from, int more) {
    int index = text.indexOf(what, from);
    return index < 0 ? text.length() : index + more;
  }

  // ======== Console blocks ========

  private static List<Token> console(String text) {
    List<Token> tokens = new ArrayList<>();
    String end = "";
    for (String line : text.split("\n", -1)) {
      tokens.add(new Token("", end));
      String prompt = line.startsWith("$ ") ? "$ " : line.startsWith("jshell> ") ? "jshell> " : "";
      if (prompt.isEmpty()) {
        tokens.add(new Token("output", line));
      } else {
        tokens.add(new Token("prompt", prompt));
        tokens.add(new Token("command", line.substring(prompt.length())));
      }
      end = "\n";
    }
    return tokens;
  }
}
