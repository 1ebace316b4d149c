package kv.workshop;

import java.util.ArrayList;
import java.util.List;

/** Finds the comments of a Java text, which the compiler's trees leave out. */
public final class Comments {
  private Comments() {}

  /** A comment from its start to its end, in chars. */
  public record Comment(int start, int end) {}

  /** Returns the comments of a text, in order. The line break that ends one is not part of it. */
  public static List<Comment> in(String text) {
    List<Comment> comments = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int end = at + 1;
      if (text.startsWith("//", at)) {
        end = indexOrEnd(text, "\n", at);
        comments.add(new Comment(at, end));
      } else if (text.startsWith("/*", at)) {
        end = Math.min(text.length(), indexOrEnd(text, "*/", at + 2) + 2);
        comments.add(new Comment(at, end));
      } else if (text.startsWith("\"\"\"", at)) {
        end = literalEnd(text, at, "\"\"\"");
      } else if (text.charAt(at) == '"' || text.charAt(at) == '\'') {
        end = literalEnd(text, at, text.substring(at, at + 1));
      }
      at = end;
    }
    return comments;
  }

  /** Returns the text with spaces in place of its comments: lines and offsets stay. */
  public static String blank(String text) {
    char[] chars = text.toCharArray();
    for (Comment comment : in(text)) {
      for (int at = comment.start; at < comment.end; at++) {
        chars[at] = chars[at] == '\n' ? '\n' : ' ';
      }
    }
    return String.valueOf(chars);
  }

  private static int literalEnd(String text, int start, String quote) {
    int at = start + quote.length();
    while (at < text.length() && !text.startsWith(quote, at)) {
      at += text.charAt(at) == '\\' ? 2 : 1;
    }
    return Math.min(text.length(), at + quote.length());
  }

  private static int indexOrEnd(String text, String what, int from) {
    int index = text.indexOf(what, from);
    return index < 0 ? text.length() : index;
  }
}
