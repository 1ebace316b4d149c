/*
 * WHAT THIS FILE IS
 *
 * Inline commands: a request is a line of words. Blanks separate the words; a word in quotes can
 * contain blanks and any other byte, or be empty. The rules are Redis's:
 *
 *     SET key value            three words
 *     SET "a key" 'a value'    three words
 *     SET key "\x00\r\n"       a byte in hexadecimal, and the escapes of Java
 *     SET key 'don\'t'         in single quotes, only \' is special
 *
 * The code works on bytes, since a key or a value need not be text.
 */
package kv.server.resp;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Splits the lines of inline commands. */
final class InlineCommand {
  private InlineCommand() {}

  /** Splits a line into words; returns null if a quote is not closed, or no blank follows it. */
  static List<byte[]> split(byte[] line) {
    List<byte[]> words = new ArrayList<>();
    int i = 0;
    while (true) {
      while (i < line.length && isBlank(line[i])) {
        i++;
      }
      if (i == line.length) {
        return words;
      }
      ByteArrayOutputStream word = new ByteArrayOutputStream();
      while (i < line.length && !isBlank(line[i])) {
        if (line[i] == '"' || line[i] == '\'') {
          i = line[i] == '"' ? doubleQuoted(line, i + 1, word) : singleQuoted(line, i + 1, word);
          if (i < 0 || i < line.length && !isBlank(line[i])) {
            return null;
          }
        } else {
          word.write(line[i]);
          i++;
        }
      }
      words.add(word.toByteArray());
    }
  }

  /** Reads to the closing quote: returns the index after it, or -1 if there is none. */
  private static int singleQuoted(byte[] line, int start, ByteArrayOutputStream word) {
    int i = start;
    while (i < line.length && line[i] != '\'') {
      if (line[i] == '\\' && i + 1 < line.length && line[i + 1] == '\'') {
        i++;
      }
      word.write(line[i]);
      i++;
    }
    return i < line.length ? i + 1 : -1;
  }

  /** Reads to the closing quote: returns the index after it, or -1 if there is none. */
  private static int doubleQuoted(byte[] line, int start, ByteArrayOutputStream word) {
    int i = start;
    while (i < line.length && line[i] != '"') {
      if (line[i] == '\\' && i + 3 < line.length && line[i + 1] == 'x' && isHex(line, i + 2)) {
        word.write(Character.digit(line[i + 2], 16) << 4 | Character.digit(line[i + 3], 16));
        i += 4;
      } else if (line[i] == '\\' && i + 1 < line.length) {
        word.write(escaped(line[i + 1]));
        i += 2;
      } else {
        word.write(line[i]);
        i++;
      }
    }
    return i < line.length ? i + 1 : -1;
  }

  private static boolean isHex(byte[] line, int i) {
    return Character.digit(line[i], 16) >= 0 && Character.digit(line[i + 1], 16) >= 0;
  }

  /** Returns the byte for a letter after a backslash. */
  private static byte escaped(byte letter) {
    return switch (letter) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> 7;
      default -> letter;
    };
  }

  /** Returns whether C's isspace would accept the byte. */
  private static boolean isBlank(byte b) {
    return b == ' ' || b >= '\t' && b <= '\r';
  }
}
