package kv.workshop.scope;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Writes JSON (RFC 8259), and reads flat objects of strings and whole numbers. */
final class Json {
  private final StringBuilder text = new StringBuilder();

  // ======== Writing ========

  /** Begins an object. */
  Json object() {
    separate();
    text.append('{');
    return this;
  }

  /** Ends an object. */
  Json end() {
    text.append('}');
    return this;
  }

  /** Begins an array. */
  Json array() {
    separate();
    text.append('[');
    return this;
  }

  /** Ends an array. */
  Json endArray() {
    text.append(']');
    return this;
  }

  /** Writes the name of a field, whose value follows. */
  Json name(String name) {
    separate();
    quote(name);
    text.append(':');
    return this;
  }

  Json field(String name, String value) {
    name(name);
    if (value == null) {
      text.append("null");
    } else {
      quote(value);
    }
    return this;
  }

  Json field(String name, long value) {
    name(name).text.append(value);
    return this;
  }

  Json field(String name, boolean value) {
    name(name).text.append(value);
    return this;
  }

  /** Writes a field that is a number, or null if the number is negative. */
  Json offset(String name, long value) {
    return value < 0 ? raw(name, "null") : field(name, value);
  }

  /** Writes a field whose value is JSON already. */
  Json raw(String name, String json) {
    name(name).text.append(json);
    return this;
  }

  /** Writes a field that is an array, each element by a method. */
  <T> Json array(String name, Collection<T> elements, BiConsumer<Json, T> write) {
    name(name).array();
    elements.forEach(element -> write.accept(this, element));
    return endArray();
  }

  /** Writes an element of an array that is JSON already. */
  Json element(String json) {
    separate();
    text.append(json);
    return this;
  }

  /** Writes an element of an array that is a string. */
  Json string(String value) {
    separate();
    quote(value);
    return this;
  }

  private void separate() {
    char last = text.length() == 0 ? '{' : text.charAt(text.length() - 1);
    if (last != '{' && last != '[' && last != ':') {
      text.append(',');
    }
  }

  private void quote(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < 0x20 || c == 0x7f || c == 0x2028 || c == 0x2029 || isAlone(value, i)) {
        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  /** Returns whether a char is half of a character whose other half is missing. */
  private static boolean isAlone(String value, int i) {
    char c = value.charAt(i);
    return Character.isHighSurrogate(c)
            && (i + 1 == value.length() || !Character.isLowSurrogate(value.charAt(i + 1)))
        || Character.isLowSurrogate(c)
            && (i == 0 || !Character.isHighSurrogate(value.charAt(i - 1)));
  }

  @Override
  public String toString() {
    return text.toString();
  }

  // ======== Reading ========

  /**
   * Reads an object whose values are strings, numbers, booleans or null.
   *
   * @return the values as texts, by name; null values are left out
   * @throws IllegalArgumentException if the text is not such an object
   */
  static Map<String, String> read(String json) {
    return new Reader(json).object();
  }

  /** A position in a text. */
  private static final class Reader {
    private final String json;
    private int at;

    Reader(String json) {
      this.json = json;
    }

    Map<String, String> object() {
      Map<String, String> fields = new TreeMap<>();
      expect('{');
      if (peek() != '}') {
        do {
          String name = string();
          expect(':');
          String value = peek() == '"' ? string() : word();
          if (!value.equals("null") || json.charAt(at - 1) == '"') {
            fields.put(name, value);
          }
        } while (next(','));
      }
      expect('}');
      if (peek() != 0) {
        throw refused("nothing may follow the object");
      }
      return fields;
    }

    private String string() {
      expect('"');
      StringBuilder value = new StringBuilder();
      while (at < json.length() && json.charAt(at) != '"') {
        char c = json.charAt(at++);
        value.append(c == '\\' ? escaped() : c);
      }
      if (at == json.length()) {
        throw refused("a string has no end");
      }
      at++;
      return value.toString();
    }

    private char escaped() {
      char c = at < json.length() ? json.charAt(at++) : 0;
      if (c == 'u' && at + 4 <= json.length()) {
        at += 4;
        try {
          return (char) Integer.parseInt(json.substring(at - 4, at), 16);
        } catch (NumberFormatException e) {
          throw refused("\\u has four hex digits");
        }
      }
      int known = "\"\\/bfnrt".indexOf(c);
      if (known < 0) {
        throw refused("an escape is unknown");
      }
      return "\"\\/\b\f\n\r\t".charAt(known);
    }

    /** Reads a number, a boolean or null. */
    private String word() {
      int start = at;
      while (at < json.length() && (Character.isLetterOrDigit(json.charAt(at)) || isSign(at))) {
        at++;
      }
      String word = json.substring(start, at);
      if (!word.matches("-?\\d{1,18}|true|false|null")) {
        throw refused("a value is a string or a whole number");
      }
      return word;
    }

    private boolean isSign(int index) {
      return "+-.".indexOf(json.charAt(index)) >= 0;
    }

    /** Returns the next character that is not space, or 0 at the end. */
    private char peek() {
      while (at < json.length() && " \t\r\n".indexOf(json.charAt(at)) >= 0) {
        at++;
      }
      return at < json.length() ? json.charAt(at) : 0;
    }

    private boolean next(char c) {
      boolean found = peek() == c;
      at += found ? 1 : 0;
      return found;
    }

    private void expect(char c) {
      if (!next(c)) {
        throw refused("expected " + c);
      }
    }

    private IllegalArgumentException refused(String why) {
      return new IllegalArgumentException("not the JSON of a request: " + why + ", at " + at);
    }
  }
}
