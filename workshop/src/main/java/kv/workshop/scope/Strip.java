/*
 * WHAT THIS FILE IS
 *
 * The records of one file as they are drawn: one by one while the store has few, otherwise counted
 * in pieces of the file of equal length.
 *
 * PICTURE
 *
 *     | P os | P editor | P os | D editor |      records
 *     | 2 dead          | 1 live, 1 tomb. |      pieces
 *
 * A record belongs to the piece in which it begins. The length of a piece is a power of two, the same
 * in all files of a store; when there are too many pieces, all double their length.
 */
package kv.workshop.scope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import kv.workshop.RecordHeader;
import kv.workshop.Tone;

/** The live, dead and deleted records of one file. */
final class Strip {
  /** A record that is drawn by itself. */
  static final class Item {
    final long at;
    final int length;
    final char type;
    final boolean syncMark;
    final Key key;
    Tone state;

    Item(long at, RecordHeader header, Key key, Tone state) {
      this.at = at;
      this.length = header.length();
      this.type = header.type();
      this.syncMark = header.syncMark();
      this.key = key;
      this.state = state;
    }
  }

  final String name;

  /** The place of the file in log order; -1 if it is not in the log. */
  int rank = -1;

  /** Its pages of {@link Places}. */
  final List<Integer> pages = new ArrayList<>();

  /** The records, or null if they are only counted. */
  private List<Item> items = new ArrayList<>();

  /** The number of live, dead and deleted records of each piece, in this order. */
  private int[] counts = new int[3];

  /** The length of a piece is 2 to the power of this. A place is not divided: at least 4. */
  private int shift = 9;

  private long records;
  private final long[] sums = new long[3];
  private long liveBytes;

  Strip(String name) {
    this.name = name;
  }

  // ======== Records ========

  /** Adds a record after all others. */
  void add(long at, RecordHeader header, Key key, Tone state) {
    records++;
    count(at, state, 1);
    liveBytes += state == Tone.LIVE ? header.length() : 0;
    if (items != null) {
      items.add(new Item(at, header, key, state));
    }
  }

  /**
   * Marks a record as dead.
   *
   * @param place offset of the 16 bytes in which it begins
   * @return offset of the record, or -1 if it is only counted
   */
  long kill(long place, Tone state, int length) {
    count(place, state, -1);
    count(place, Tone.DEAD, 1);
    liveBytes -= state == Tone.LIVE ? length : 0;
    Item item = itemAt(place);
    if (item == null) {
      return -1;
    }
    item.state = Tone.DEAD;
    return item.at;
  }

  private void count(long at, Tone state, int change) {
    int kind = kind(state);
    int index = 3 * (int) (at >>> shift) + kind;
    if (index >= counts.length) {
      counts = Arrays.copyOf(counts, Math.max(index / 3 + 1, counts.length / 3 * 2) * 3);
    }
    counts[index] += change;
    sums[kind] += change;
  }

  private static int kind(Tone state) {
    return state == Tone.LIVE ? 0 : state == Tone.TOMBSTONE ? 2 : 1;
  }

  /** Returns the record that begins in 16 bytes of the file, or null if it is only counted. */
  Item itemAt(long place) {
    if (items == null || items.isEmpty()) {
      return null;
    }
    int low = 0;
    int high = items.size() - 1;
    while (low < high) {
      int middle = low + high >>> 1;
      if (items.get(middle).at < place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    Item found = items.get(low);
    return found.at >= place && found.at < place + 16 ? found : null;
  }

  /** Forgets the single records, and only counts them from now on. */
  void countOnly() {
    items = null;
  }

  // ======== Pieces ========

  /** Returns the number of pieces. */
  int pieces() {
    return counts.length / 3;
  }

  /** Sets the length of a piece to a power of two that is not less than before. */
  void setPiece(int shift) {
    while (this.shift < shift) {
      int[] halved = new int[(pieces() + 1) / 2 * 3];
      for (int i = 0; i < counts.length; i++) {
        halved[i / 6 * 3 + i % 3] += counts[i];
      }
      counts = halved;
      this.shift++;
    }
  }

  /** Returns the length of a piece. */
  long pieceLength() {
    return 1L << shift;
  }

  /** Returns the number of records of a kind in a piece. */
  int count(int piece, Tone state) {
    return counts[3 * piece + kind(state)];
  }

  // ======== Sums ========

  /** Returns the records in order, or null if they are only counted. */
  List<Item> items() {
    return items == null ? null : Collections.unmodifiableList(items);
  }

  long records() {
    return records;
  }

  /** Returns the number of records of a kind. */
  long sum(Tone state) {
    return sums[kind(state)];
  }

  long liveBytes() {
    return liveBytes;
  }
}
