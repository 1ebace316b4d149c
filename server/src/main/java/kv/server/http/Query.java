package kv.server.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The parameters after the question mark: {@code prefix=a&limit=10}. */
final class Query {
  private final Map<String, String> values = new HashMap<>();

  /**
   * Parses a query.
   *
   * @param text null or empty if there are no parameters
   * @throws Reply.Refused if it is malformed (400)
   */
  Query(String text) throws Reply.Refused {
    if (text == null || text.isEmpty()) {
      return;
    }
    for (String part : text.split("&", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw Reply.bad("the parameter \"" + part + "\" has no =");
      }
      String name = part.substring(0, equals);
      if (values.put(name, part.substring(equals + 1)) != null) {
        throw Reply.bad("the parameter " + name + " is given twice");
      }
    }
  }

  /**
   * Checks that there are no other parameters than the given ones.
   *
   * @throws Reply.Refused if there are (400): a misspelled parameter is not ignored
   */
  void allowOnly(String... names) throws Reply.Refused {
    Set<String> allowed = Set.of(names);
    for (String name : values.keySet()) {
      if (!allowed.contains(name)) {
        throw Reply.bad(
            "unknown parameter \"" + name + "\"; known here: " + String.join(", ", names));
      }
    }
  }

  /** Returns whether there is a parameter of a name. */
  boolean has(String name) {
    return values.containsKey(name);
  }

  /** Returns a parameter as sent, or null. */
  String get(String name) {
    return values.get(name);
  }
}
