/*
 * WHAT THIS FILE IS
 *
 * Redis's patterns for keys, on bytes:
 *
 *     *        any bytes, or none
 *     ?        any one byte
 *     [ab]     one of these; [a-z] one of a range; [^a] any other
 *     \x       the byte x, even if it is special above
 *
 * WHY LIKE THIS
 *
 * A star can match any number of bytes. The usual algorithm calls itself at each star for every
 * possible length, which takes exponential time: a client could stop the server with a*a*a*a*b and
 * a key of many a. But only the last star before the current position has to be tried with more
 * bytes. The part before it matched the shortest possible prefix of the key, and a longer match
 * there leaves only less for the rest. So matching takes at most O(pattern * key) time.
 */
package kv.server.core;

/** Matches keys against a pattern. */
public final class Glob {
  /** The longest pattern, in bytes: matching it against the longest key takes about 0.1 s. */
  public static final int MAX_LENGTH = 1024;

  private Glob() {}

  /** Returns whether a pattern matches a key. */
  public static boolean matches(byte[] pattern, byte[] key) {
    int p = 0;
    int k = 0;
    int afterStar = -1;
    int starTakesTo = 0;
    while (k < key.length || p < pattern.length) {
      if (p < pattern.length && pattern[p] == '*') {
        p++;
        if (p == pattern.length) {
          // The last star takes the rest. Most patterns end in one, and "*" is the most common.
          return true;
        }
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

  /** Returns whether the element of the pattern at an index matches a byte. */
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

  /** Returns the index after the element of the pattern at an index. */
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
    // A class that is not closed extends to the end of the pattern.
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
