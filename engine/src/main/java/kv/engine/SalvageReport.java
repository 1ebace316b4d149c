/*
 * WHAT THIS FILE IS
 *
 * The report of a salvage: the lines that the user reads, and the keys whose values may not be the
 * last ones.
 *
 * WHICH KEYS ARE STILL RIGHT
 *
 * A part that is left out may have contained a record of any key. So a key is certain only if a
 * record of it was found after the last such part:
 *
 *     | P os mac | P editor vim | ???????? | P os linux | D shell |
 *
 *     os      certain: any lost value is older
 *     editor  may be older than it was, or may have been deleted
 *     shell   certainly deleted
 *     others  nothing is known about a key without a record
 *
 * So it is enough to remember for each key the number of parts left out before its last record.
 * The key is certain if that is the number of all parts left out. A damaged file header is not
 * counted: the records are found without it.
 */
package kv.engine;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Counts the records and the parts left out of a salvage, and reports them. */
final class SalvageReport {
  /** Maximum number of keys of each kind that are listed. */
  private static final int LISTED_KEYS = 20;

  /** Maximum number of bytes of a key that are shown. */
  private static final int SHOWN_BYTES = 60;

  private final Consumer<String> out;

  /** State of each key. */
  private final Map<ByteBuffer, KeyState> keys = new HashMap<>();

  private long records;

  /** Number of records that may be from the copy of a log in a value. */
  private long doubtful;

  /** Number of parts of files that were left out so far, missing files included. */
  private long leftOut;

  /**
   * The last record of a key.
   *
   * @param leftOutBefore number of parts left out before that record
   */
  private record KeyState(boolean deleted, long leftOutBefore) {}

  /** Creates a report whose lines are passed to a consumer. */
  SalvageReport(Consumer<String> out) {
    this.out = out;
  }

  // ======== Writing ========

  /** Reports a fact that is not a loss. */
  void note(String line) {
    out.accept(line);
  }

  /** Reports the beginning of a file. */
  void begin(String name, long bytes) {
    out.accept(name + ", " + count(bytes, "byte"));
  }

  /** Counts a record that was taken. */
  void add(RecordMatcher.Found record) {
    records++;
    boolean deleted = record.type() == Record.DELETE;
    keys.put(ByteBuffer.wrap(record.key()), new KeyState(deleted, leftOut));
  }

  /** Reports the end of a file. */
  void end(DamagedFile file) {
    out.accept("  " + count(file.records(), "record") + " taken, version " + file.version());
    doubtful += file.doubtful();
  }

  /** Reports and counts a part of a file that was left out. */
  void leftOut(long start, long end, String reason) {
    String range = start + (end > start ? " to " + (end - 1) : "");
    leftOut("  left out, offset " + range + ": " + reason);
  }

  /** Reports that the segments in a range of numbers are missing, unless the range is empty. */
  void missing(int first, int last) {
    if (first <= last) {
      leftOut(SegmentName.missing(first, last));
    }
  }

  /** Reports and counts a part that was left out. */
  void leftOut(String line) {
    leftOut++;
    out.accept(line);
  }

  /** Reports the totals, and the keys that may have had other values. */
  void finish() {
    List<ByteBuffer> maybeOld = uncertain(false);
    List<ByteBuffer> maybePut = uncertain(true);
    out.accept(
        count(records, "record")
            + " taken, "
            + count(leftOut, "part")
            + " left out; the new store has "
            + count(live(), "key"));
    if (leftOut > 0) {
      list("keys that may be older than they were, or deleted", maybeOld);
      list("deleted keys that may have been put again", maybePut);
      out.accept("nothing is known about keys that have no record here");
    }
    if (doubtful > 0) {
      out.accept(
          count(doubtful, "record")
              + " may be from a copy of a log in a value: version 1 does not distinguish them");
    }
  }

  /** Returns the number of records taken. */
  long records() {
    return records;
  }

  /** Returns the number of parts left out. */
  long leftOut() {
    return leftOut;
  }

  /** Returns the number of records that may be copies. */
  long doubtful() {
    return doubtful;
  }

  /** Returns the number of keys in the new store. */
  long live() {
    return keys.values().stream().filter(state -> !state.deleted).count();
  }

  /** Returns the keys that are deleted, or are not, and after which a part was left out. */
  List<ByteBuffer> uncertain(boolean deleted) {
    return keys.entrySet().stream()
        .filter(entry -> entry.getValue().deleted == deleted)
        .filter(entry -> entry.getValue().leftOutBefore < leftOut)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** Reports the number of keys of a kind, and lists the first of them. */
  private void list(String kind, List<ByteBuffer> some) {
    out.accept(String.format(Locale.ROOT, "%s: %,d", kind, some.size()));
    some.stream().limit(LISTED_KEYS).forEach(key -> out.accept("  " + shown(key.array())));
    if (some.size() > LISTED_KEYS) {
      out.accept(String.format(Locale.ROOT, "  and %,d more", some.size() - LISTED_KEYS));
    }
  }

  /** Returns a key as quoted text if it is printable, and in hex if not. */
  private static String shown(byte[] key) {
    int length = Math.min(key.length, SHOWN_BYTES);
    String rest = length < key.length ? ".. +" + (key.length - length) : "";
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key, 0, length)).toString();
      if (text.codePoints().noneMatch(Character::isISOControl)) {
        return '"' + text + '"' + rest;
      }
    } catch (CharacterCodingException e) {
      // Not text.
    }
    return "0x" + HexFormat.of().formatHex(key, 0, length) + rest;
  }

  /** Returns a number of things: {@code 1 key}, {@code 2,048 keys}. */
  private static String count(long number, String thing) {
    return String.format(Locale.ROOT, "%,d %s%s", number, thing, number == 1 ? "" : "s");
  }
}
