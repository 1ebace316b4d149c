/*
 * WHAT THIS FILE IS
 *
 * The last record of each key of a log: the index by which live records are told from dead ones.
 *
 * LAYOUT: a slot, 12 bytes in two arrays
 *
 *     word   48 bits of the key's hash, 1 bit for a put, 15 bits for the record's length
 *     place  the place of the record (see Places), 4 bytes; 0 if the slot is free
 *
 * The highest 8 bits of the hash choose one of 256 tables, so 56 bits tell keys apart. The hash has a
 * random secret. That two of 10 million keys share the bits has a chance of 1 in 1,400. One record
 * would then look dead that is live: this is a picture for people, and no store relies on it.
 *
 * COST
 *
 * 14 to 18 bytes a key: a table is at most seven eighths full, and grows by a quarter. 10 million
 * keys take at most 180 MB. Only one table grows at a time, so the copy while it grows is small.
 */
package kv.workshop.scope;

import java.security.SecureRandom;
import java.util.function.IntPredicate;
import kv.workshop.KeyHash;

/** An index from keys to their last records, without the keys. Not thread-safe. */
final class LastRecords {
  /** The number of keys that are counted. */
  static final int MOST_KEYS = 10_000_000;

  /** A length that does not fit into 15 bits: it is in the record's header. */
  static final int LONG = (1 << 15) - 1;

  private static final int TABLES = 256;
  private static final int HASH_BITS = 48;
  private static final int PUT = 1 << 15;
  private static final int SMALLEST = 8;

  private final KeyHash hash = new KeyHash(new SecureRandom().generateSeed(16));
  private final int mostKeys;
  private final long[][] words = new long[TABLES][SMALLEST];
  private final int[][] places = new int[TABLES][SMALLEST];
  private final int[] counts = new int[TABLES];
  private int keys;

  /** The table and the slot of the key that was looked up last, and its hash. */
  private int table;

  private int slot;
  private long tag;

  LastRecords() {
    this(MOST_KEYS);
  }

  LastRecords(int mostKeys) {
    this.mostKeys = mostKeys;
  }

  /** Returns whether there is space for another key. */
  boolean hasSpace() {
    return keys < mostKeys;
  }

  /** Returns the memory of all slots, in bytes. */
  long bytes() {
    long slots = 0;
    for (int[] each : places) {
      slots += each.length;
    }
    return slots * (Long.BYTES + Integer.BYTES);
  }

  /** Looks a key up. Returns whether it has a record; {@link #set} gives it another one. */
  boolean find(byte[] key) {
    long hashed = hash.of(key);
    table = (int) (hashed >>> Long.SIZE - 8);
    tag = hashed & (1L << HASH_BITS) - 1;
    slot = slot(words[table], places[table], tag);
    return places[table][slot] != 0;
  }

  /** Returns the place of the key's last record. */
  int place() {
    return places[table][slot];
  }

  /** Returns whether the key's last record is a put. */
  boolean isPut() {
    return (words[table][slot] & PUT) != 0;
  }

  /** Returns the length of the key's last record, or {@link #LONG}. */
  int length() {
    return (int) words[table][slot] & LONG;
  }

  /** Sets the last record of the key that was looked up last. */
  void set(int place, boolean put, int length) {
    boolean added = places[table][slot] == 0;
    words[table][slot] = tag << 16 | (put ? PUT : 0) | Math.min(length, LONG);
    places[table][slot] = place;
    if (added) {
      keys++;
      counts[table]++;
      if (8 * (counts[table] + 1) > 7 * places[table].length) {
        rebuild(table, places[table].length * 5 / 4 + 1, gone -> false);
      }
    }
  }

  /** Removes the keys whose last record is at one of some places. Takes O(keys) time. */
  void remove(IntPredicate places) {
    for (int each = 0; each < TABLES; each++) {
      rebuild(each, this.places[each].length, places);
    }
  }

  private void rebuild(int which, int capacity, IntPredicate gone) {
    long[] oldWords = words[which];
    int[] oldPlaces = places[which];
    long[] newWords = new long[capacity];
    int[] newPlaces = new int[capacity];
    for (int i = 0; i < oldPlaces.length; i++) {
      if (oldPlaces[i] == 0) {
        continue;
      }
      if (gone.test(oldPlaces[i])) {
        keys--;
        counts[which]--;
      } else {
        int to = slot(newWords, newPlaces, oldWords[i] >>> 16);
        newWords[to] = oldWords[i];
        newPlaces[to] = oldPlaces[i];
      }
    }
    words[which] = newWords;
    places[which] = newPlaces;
  }

  /** Returns the slot of a hash, or the free slot for it. */
  private static int slot(long[] words, int[] places, long tag) {
    int slot = (int) ((tag & 0xffffffffL) * places.length >>> Integer.SIZE);
    while (places[slot] != 0 && words[slot] >>> 16 != tag) {
      slot = slot + 1 == places.length ? 0 : slot + 1;
    }
    return slot;
  }
}
