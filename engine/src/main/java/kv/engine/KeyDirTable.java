/*
 * WHAT THIS FILE IS
 *
 * One of the keydir's 256 hash tables. Each slot has a tag, which is 32 bits of a key's hash, and
 * the location of a record. The caller decides, by reading the log, whether the record is the
 * key's.
 *
 * LAYOUT: one array of numbers of 64 bits; a bucket is three of them, and has two slots
 *
 *     | tag 1, tag 0 | location 0 | location 1 |   24 bytes, 12 for a slot
 *
 * So a search compares two tags with one read. A key is in the first bucket that had room, from the
 * bucket of its tag on: open addressing with linear probing (Knuth, The Art of Computer
 * Programming, 6.4), with buckets of two.
 *
 *     bucket   0             1               2               3
 *     tags     | --     -- | | os     -- |   | vi     sh |   | ed     -- |      -- is 0: no key yet
 *     places               | @54         |   DELETED @8  |   | @77       |
 *
 *     search("os"):  its tag says bucket 1: the first tag matches
 *     search("ed"):  its tag says bucket 2: other tags, and no room, so go on; 3: matches
 *     search("me"):  its tag says bucket 3: another tag, but the bucket has room: no such key
 *
 * WHY READERS NEED NO LOCK
 *
 * Nothing moves. An overwrite changes a location with one store. A new key's location is written
 * before its tag. A delete leaves the tag, and DELETED as the location, so that keys in later
 * buckets are still found. The slot of a deleted key is used again for any key: a reader may then
 * see the tag of one key and the location of another. It reads the log there, finds another key,
 * and goes on.
 *
 *     writer   record, location, then tag (setRelease: after every write before it)
 *     reader   tag (getAcquire: before every read after it), location, then record
 *
 * So a reader that sees a tag sees a location, and the record there.
 *
 * HOW A TABLE GROWS
 *
 * Three of four slots are used: then the keys are copied to a table of twice the size (or of the
 * same, if many slots are DELETED). The bucket of a tag is tag * buckets / 2^32, so the keys are
 * nearly in the order of their tags, and the copy walks through both tables from start to end,
 * which memory is fastest at. The table before never changes again, and readers that have begun in
 * it end in it.
 */
package kv.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A hash table from tags to locations, of a fixed size. One thread at a time may change it; at
 * the same time any number of threads may search it, without a lock.
 */
final class KeyDirTable {
  /** The location in a slot whose key was deleted. A search goes on. */
  static final long DELETED = 1;

  /** No slot. */
  static final int ABSENT = -1;

  /** A table is full when this fraction of its slots is used: the longer the searches. */
  private static final double MAX_LOAD = 0.75;

  /** After a copy, at most this fraction of the slots is used. */
  private static final double MAX_FRESH_LOAD = 0.6;

  /** The factor by which tables grow. */
  static final double GROWTH = 2;

  /** Number of slots in a bucket. */
  private static final int BUCKET_SLOTS = 2;

  /** Number of words in a bucket: the tags, and a location for each slot. */
  private static final int BUCKET_WORDS = 1 + BUCKET_SLOTS;

  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  /** The size of the table when it has few keys: see {@link #KeyDirTable}. */
  private final double minSlots;

  private final int buckets;
  private final long[] words;

  /** Number of slots with a key. */
  private int live;

  /** Number of slots with a tag. */
  private int used;

  /**
   * Creates an empty table with room for some keys.
   *
   * @param minSlots the number of slots for few keys. For more it is doubled, as often as
   *     necessary, and only the result is rounded: tables with other numbers grow at other times.
   */
  KeyDirTable(double minSlots, int keys) {
    this(minSlots, keys, MAX_LOAD);
  }

  private KeyDirTable(double minSlots, int keys, double maxLoad) {
    this.minSlots = minSlots;
    double slots = minSlots;
    while (keys > maxLoad * slots) {
      slots *= GROWTH;
    }
    buckets = (int) Math.ceil(slots / BUCKET_SLOTS);
    words = new long[Math.multiplyExact(BUCKET_WORDS, buckets)];
  }

  // ======== Writing ========

  /** Returns whether the table must be replaced by {@link #rebuilt} before a key is added. */
  boolean isFull() {
    return used + 1 > MAX_LOAD * BUCKET_SLOTS * buckets;
  }

  /**
   * Returns a table with the same keys and room for more, in which no slot is DELETED: it may be
   * larger or smaller. Takes O(slots) time.
   */
  KeyDirTable rebuilt() {
    KeyDirTable rebuilt = new KeyDirTable(minSlots, live, MAX_FRESH_LOAD);
    for (int slot = 0; slot < slots(); slot++) {
      long location = location(slot);
      if (location > DELETED) {
        rebuilt.add(tag(slot), location);
      }
    }
    return rebuilt;
  }

  /**
   * Adds a key that is not there to a table that no reader has, and from which none was removed.
   */
  void add(int tag, long location) {
    int index = BUCKET_WORDS * home(tag);
    while (second(words[index]) != 0) {
      index = index + BUCKET_WORDS == words.length ? 0 : index + BUCKET_WORDS;
    }
    if (words[index] == 0) {
      words[index] = Integer.toUnsignedLong(tag);
      words[index + 1] = location;
    } else {
      words[index] |= (long) tag << Integer.SIZE;
      words[index + 2] = location;
    }
    live++;
    used++;
  }

  /** Returns the slot that a new key with a tag would get. */
  int freeSlot(int tag) {
    for (int bucket = home(tag); ; bucket = next(bucket)) {
      long both = tags(bucket);
      int slot = BUCKET_SLOTS * bucket;
      if (first(both) == 0 || used > live && location(slot) == DELETED) {
        return slot;
      }
      if (second(both) == 0 || used > live && location(slot + 1) == DELETED) {
        return slot + 1;
      }
    }
  }

  /** Fills a free slot. A reader that sees the tag sees the location and the record too. */
  void fill(int slot, int tag, long location) {
    live++;
    used += tag(slot) == 0 ? 1 : 0;
    setLocation(slot, location);
    setTag(slot, tag);
  }

  /** Changes the location of a key. A reader that sees the location sees the record too. */
  void setLocation(int slot, long location) {
    WORD.setRelease(words, locationIndex(slot), location);
  }

  /** Removes the key in a slot. */
  void remove(int slot) {
    live--;
    setLocation(slot, DELETED);
  }

  private void setTag(int slot, int tag) {
    int index = BUCKET_WORDS * (slot / BUCKET_SLOTS);
    long both = words[index];
    long changed =
        slot % BUCKET_SLOTS == 0
            ? both >>> Integer.SIZE << Integer.SIZE | Integer.toUnsignedLong(tag)
            : (long) tag << Integer.SIZE | Integer.toUnsignedLong((int) both);
    WORD.setRelease(words, index, changed);
  }

  // ======== Reading ========

  /** Returns the tag of a hash: not 0, which means no key. */
  static int tag(long hash) {
    int tag = (int) (hash >>> 24);
    return tag == 0 ? 1 : tag;
  }

  /**
   * Returns the first slot that has a tag, or {@link #ABSENT}. The slot's key may be another, or
   * deleted; the next is {@link #searchAfter}.
   */
  int search(int tag) {
    return searchFrom(home(tag), tag);
  }

  /** Returns the next slot that has the tag after one that has it, or {@link #ABSENT}. */
  int searchAfter(int slot, int tag) {
    int bucket = slot / BUCKET_SLOTS;
    long both = tags(bucket);
    if (slot % BUCKET_SLOTS == 0 && second(both) == tag) {
      return slot + 1;
    }
    return second(both) == 0 ? ABSENT : searchFrom(next(bucket), tag);
  }

  private int searchFrom(int start, int tag) {
    for (int bucket = start; ; bucket = next(bucket)) {
      long both = tags(bucket);
      if (first(both) == tag) {
        return BUCKET_SLOTS * bucket;
      }
      if (second(both) == tag) {
        return BUCKET_SLOTS * bucket + 1;
      }
      if (second(both) == 0) {
        return ABSENT;
      }
    }
  }

  /** Returns the location in a slot, or {@link #DELETED}. */
  long location(int slot) {
    return (long) WORD.getAcquire(words, locationIndex(slot));
  }

  /** Returns the number of keys. */
  int live() {
    return live;
  }

  /** Returns the number of slots that have a tag. */
  int used() {
    return used;
  }

  /** Returns the number of slots, of 12 bytes each. */
  int slots() {
    return BUCKET_SLOTS * buckets;
  }

  /** Reads the bucket of a tag, so that it is in the processor's cache. Returns what it read. */
  long touch(int tag) {
    return words[BUCKET_WORDS * home(tag)];
  }

  private int home(int tag) {
    return (int) (Integer.toUnsignedLong(tag) * buckets >>> Integer.SIZE);
  }

  private int next(int bucket) {
    return bucket + 1 == buckets ? 0 : bucket + 1;
  }

  /** Returns the tags of a bucket. */
  private long tags(int bucket) {
    return (long) WORD.getAcquire(words, BUCKET_WORDS * bucket);
  }

  private static int first(long tags) {
    return (int) tags;
  }

  private static int second(long tags) {
    return (int) (tags >>> Integer.SIZE);
  }

  /** Returns the tag in a slot, or 0. */
  int tag(int slot) {
    long both = tags(slot / BUCKET_SLOTS);
    return slot % BUCKET_SLOTS == 0 ? first(both) : second(both);
  }

  private static int locationIndex(int slot) {
    return BUCKET_WORDS * (slot / BUCKET_SLOTS) + 1 + slot % BUCKET_SLOTS;
  }
}
