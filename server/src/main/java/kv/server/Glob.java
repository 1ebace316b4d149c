/*
 * WHAT THIS FILE IS
 *
 * Redis's patterns for keys, on bytes:
 *
 *     *        any bytes, or none
 *     ?        any one byte
 *     [ab]     one of these; [a-z] one of a range; [^a] any other
 *     \x       the byte x, even if it is one of the above
 *
 * WHY LIKE THIS
 *
 * A star can stand for more or less. The usual way to find out is to call oneself at each star for
 * every possible length, and that takes exponential time: a*a*a*a*b on a key of many a is a way to
 * stop a server. But only the last star that was passed has to be tried with more: what is before
 * it has matched as little as it could, and to match more there leaves only less for the rest. So
 * it takes O(pattern * key) time, at most.
 */
package kv.server;

/** Matches keys against a pattern. */
final class Glob {
  /** The longest pattern, in bytes: matching it against the longest key takes some 0.1 s. */
  static final int MAX_LENGTH = 1024;

  private Glob() {}

  /** Tells whether a pattern stands for a key. */
  static boolean matches(byte[] pattern, byte[] key) {
    int p = 0;
    int k = 0;
    int afterStar = -1;
    int starTakesTo = 0;
    while (k < key.length || p < pattern.length) {
      if (p < pattern.length && pattern[p] == '*') {
        p++;
        afterStar = p;
        starTakesTo = k;
      } else if (k < key.length && p < pattern.length && matchesOne(pattern, p, key[k])) {
        p = next(pattern, p);
        k++;
      } else if (afterStar >= 0 && starTakesTo < key.length) {
        starTakesTo++;
        p = afterStar;
        k = starTakesTo;
      } else {
        return false;
      }
    }
    return true;
  }

  /** Tells whether the part of the pattern that begins here stands for a byte. */
  private static boolean matchesOne(byte[] pattern, int p, byte b) {
    return switch (pattern[p]) {
      case '?' -> true;
      case '[' -> isInClass(pattern, p, b);
      case '\\' -> pattern[Math.min(p + 1, pattern.length - 1)] == b;
      default -> pattern[p] == b;
    };
  }

  private static boolean isInClass(byte[] pattern, int open, byte b) {
    int end = next(pattern, open);
    int p = open + 1;
    boolean not = p < end && pattern[p] == '^';
    if (not) {
      p++;
    }
    boolean found = false;
    while (p < end && pattern[p] != ']') {
      if (pattern[p] == '\\' && p + 1 < end) {
        found |= pattern[p + 1] == b;
        p += 2;
      } else if (p + 2 < end && pattern[p + 1] == '-') {
        int from = Byte.toUnsignedInt(pattern[p]);
        int to = Byte.toUnsignedInt(pattern[p + 2]);
        int it = Byte.toUnsignedInt(b);
        found |= Math.min(from, to) <= it && it <= Math.max(from, to);
        p += 3;
      } else {
        found |= pattern[p] == b;
        p++;
      }
    }
    return found != not;
  }

  /** The index behind the part of the pattern that begins here. */
  private static int next(byte[] pattern, int p) {
    if (pattern[p] == '\\') {
      return Math.min(p + 2, pattern.length);
    }
    if (pattern[p] != '[') {
      return p + 1;
    }
    int end = p + 1;
    if (end < pattern.length && pattern[end] == '^') {
      end++;
    }
    // A class that is not closed goes to the pattern's end.
    while (end < pattern.length && pattern[end] != ']') {
      if (pattern[end] == '\\' && end + 1 < pattern.length) {
        end += 2;
      } else if (end + 2 < pattern.length && pattern[end + 1] == '-') {
        end += 3;
      } else {
        end++;
      }
    }
    return Math.min(end + 1, pattern.length);
  }
}
