/*
 * WHAT THIS FILE IS
 *
 * The keydir: a table in memory from every live key to the place of its last put in the log. The
 * name and the idea are from Bitcask (the storage engine of the database Riak, 2010): values stay
 * on the disk, and a get costs one lookup and one read, however long the log is.
 *
 * COMPARED WITH STEP 5
 *
 * The keys are not in memory. A slot has the 64-bit hash of a key, and a location. Whether
 * a record found that way is the key's own is for the log to say, which is asked for the value
 * anyway. So a key takes 16 bytes in a table that is 3/8 to 3/4 full, 21 to 43 bytes, where the
 * map of step 5 takes 160; and no garbage collector has to walk through a million objects.
 * (After many deletes the table can be less full, until it is full of marks and made anew.)
 *
 * Any number of threads can look things up while one changes them, and take no lock for it.
 *
 * PICTURE
 *
 *     slot    0            1            2            3            4
 *     hash    |     0      |  hash(os)  | hash(vi)   | hash(sh)   |     0      | ...
 *     place   |   EMPTY    |  3, @54    | DELETED    |  4, @8     |   EMPTY    |
 *
 *     get("os"):  start at 1, says the hash: it matches, so ask the log at segment 3, offset 54
 *     get("sh"):  start at 2: DELETED, go on; 3: matches
 *     get("ed"):  start at 3: another hash, go on; 4: EMPTY, so there is no such key
 *
 * Open addressing with linear probing (Knuth, The Art of Computer Programming, 6.4): a key is in
 * the first free slot from where its hash points to.
 *
 * WHY READERS NEED NO LOCK
 *
 * In one table, nothing moves. An overwrite changes a slot's place, in one store. A new key's hash
 * is written before its place. A delete leaves a mark, so that those further on are still found.
 * A marked slot is used again, by whatever key comes: a reader may then see the hash of the one
 * and the place of the other. It asks the log, is told "another key", and goes on.
 *
 *     writer   record, hash, then the place (setRelease: not before what was written before it)
 *     reader   the place (getAcquire: not after what is read after it), then hash and record
 *
 * So who sees a place sees the record that is there.
 *
 * A table that is too full is copied to a new one, and readers in the old one go on there. They
 * find what was true when they began, which is all that is promised: a get that runs beside a put
 * may come before or after it.
 *
 * When a merge has dropped the segment that a reader was sent to, the reader starts again, with
 * the table of now.
 *
 * INVARIANTS
 *
 * I2   The keydir entry of a key is its last put. A key has none exactly if its last record is a
 *      tombstone, or it has no record.
 * I11  A reader takes no lock.
 *
 * NOT HERE, AND WHY
 *
 * Order. A hash index answers "what is the value of this key", and nothing about the keys that come
 * before or after it.
 *
 * More than 400 million keys: the table is one array. Stores of that size are split up, for other
 * reasons too.
 *
 * Growing bit by bit. One put in a doubling pays for all.
 */
package kv.engine;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.ToLongFunction;

/**
 * Where the last put of every live key is. One thread at a time may change it, which the log's lock
 * sees to; {@link #get}, {@link #contains} and {@link #pointsAt} may be called by any at any time.
 */
final class KeyDir {
  /** What {@link #apply} returns if it has replaced nothing. No location is this small. */
  static final long NONE = 0;

  /** In a slot that never had a key. A reader's search ends here. */
  private static final long EMPTY = 0;

  /** In a slot whose key was deleted. A reader's search goes on. */
  private static final long DELETED = 1;

  /** Slots at first, and at most: an array of 2^30 numbers is 8 GiB. */
  private static final int MIN_SLOTS = 1 << 10;

  private static final int MAX_SLOTS = 1 << 29;

  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  /** What the keydir asks the log. */
  interface Records {
    /** The value of a key whose put is at a location; null if another key's is there. */
    byte[] read(long location, byte[] key) throws IOException, DroppedException;

    /** Tells whether the record at a location is a key's. */
    boolean isOf(long location, byte[] key) throws IOException, DroppedException;
  }

  /** Thrown when a location's segment is not there any more. */
  static final class DroppedException extends Exception {
    private static final long serialVersionUID = 1;

    DroppedException() {
      // Nobody is told where it came from: it is caught in the same call.
      super(null, null, false, false);
    }
  }

  private final Records records;
  private final ToLongFunction<byte[]> hash;

  /** For each slot its hash and its location. The length is twice a power of two. */
  private volatile long[] table = new long[2 * MIN_SLOTS];

  /** Slots with a key, and slots that are not EMPTY. */
  private int live;

  private int used;

  /** Is written so that {@link #touch} has an effect. */
  @SuppressWarnings("unused")
  private long touched;

  KeyDir(Records records, ToLongFunction<byte[]> hash) {
    this.records = records;
    this.hash = hash;
  }

  // ======== Writing ========

  /** The hash of a key, which most other methods ask for: a caller has it computed once. */
  long hash(byte[] key) {
    return hash.applyAsLong(key);
  }

  /**
   * Makes sure that there is a slot for one more key: true if all slots have changed for that.
   * Called before the log is written to, so that if there is no memory, nothing has happened yet.
   *
   * @throws IOException if there are too many keys
   */
  boolean reserve() throws IOException {
    if (used + 1 <= slots(table) / 4 * 3) {
      return false;
    }
    // Without its marks, the new table is at most half full: larger, or of the same size, or
    // smaller.
    int newSlots = MIN_SLOTS;
    while (live + 1 > newSlots / 2 && newSlots < MAX_SLOTS) {
      newSlots *= 2;
    }
    if (live + 1 > newSlots / 4 * 3) {
      throw new IOException("the store has " + live + " keys, and more do not fit into its index");
    }
    long[] grown = new long[2 * newSlots];
    for (int from = 0; from < table.length; from += 2) {
      if (table[from + 1] > DELETED) {
        int slot = home(table[from], newSlots - 1);
        while (grown[2 * slot + 1] != EMPTY) {
          slot = (slot + 1) & (newSlots - 1);
        }
        grown[2 * slot] = table[from];
        grown[2 * slot + 1] = table[from + 1];
      }
    }
    used = live;
    table = grown;
    return true;
  }

  /**
   * Reads the slots where some searches will start. Each of them is somewhere else in memory, and
   * the processor waits for all of them at once, where find after find would wait for one after the
   * other. Measured: an open with a million keys takes a quarter less time.
   */
  void touch(long[] hashes, int count) {
    long[] table = this.table;
    int mask = slots(table) - 1;
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += table[2 * home(hashes[i], mask) + 1];
    }
    touched = sum;
  }

  /**
   * Returns the slot of a key; if it has none, the slot that it would get, as a negative number:
   * {@code -1 - slot}. For the writer. O(1) expected, and about one read from the log if there is
   * one.
   *
   * @throws IOException if the log could not be read
   */
  int find(long hash, byte[] key) throws IOException {
    long[] table = this.table;
    int mask = slots(table) - 1;
    int free = -1;
    // All the way to the end, even past a slot that could be used again: the key may come later.
    for (int slot = home(hash, mask); ; slot = (slot + 1) & mask) {
      long location = table[2 * slot + 1];
      if (location == EMPTY) {
        return -1 - (free < 0 ? slot : free);
      }
      if (location == DELETED) {
        free = free < 0 ? slot : free;
      } else if (table[2 * slot] == hash && isOf(location, key)) {
        return slot;
      }
    }
  }

  private boolean isOf(long location, byte[] key) throws IOException {
    try {
      return records.isOf(location, key);
    } catch (DroppedException e) {
      throw new IllegalStateException("I2: the keydir points at what is not there", e);
    }
  }

  /**
   * Follows a record that was appended to the log (I2), in the slot that {@link #find} has found.
   * Returns the location that the key had before, or {@link #NONE}. Cannot fail.
   */
  long apply(byte type, int slot, long hash, long location) {
    boolean known = slot >= 0;
    int at = 2 * (known ? slot : -1 - slot);
    long before = known ? table[at + 1] : NONE;
    if (type == Record.DELETE) {
      if (known) {
        live--;
        WORD.setRelease(table, at + 1, DELETED);
      }
      return before;
    }
    if (!known) {
      live++;
      used += table[at + 1] == EMPTY ? 1 : 0;
      WORD.setOpaque(table, at, hash);
    }
    // A reader that sees this location sees the hash and the record as well.
    WORD.setRelease(table, at + 1, location);
    return before;
  }

  /**
   * Points a key that is at one location at a copy of its record: false if it is not there any
   * more, and nothing has changed.
   */
  boolean replace(long hash, long location, long copy) {
    int slot = slotOf(hash, location);
    if (slot >= 0) {
      WORD.setRelease(table, 2 * slot + 1, copy);
    }
    return slot >= 0;
  }

  /** Removes all keys. A reader that has begun to search finds what was there, or nothing. */
  void clear() {
    live = 0;
    used = 0;
    table = new long[2 * MIN_SLOTS];
  }

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. O(1) expected lookups, and one read
   * from the log if it is there.
   *
   * @throws IOException if the log could not be read
   */
  byte[] get(byte[] key) throws IOException {
    long hash = hash(key);
    while (true) {
      long[] table = this.table;
      int mask = slots(table) - 1;
      try {
        for (int slot = home(hash, mask); ; slot = (slot + 1) & mask) {
          long location = (long) WORD.getAcquire(table, 2 * slot + 1);
          if (location == EMPTY) {
            return null;
          }
          if (location != DELETED && (long) WORD.getOpaque(table, 2 * slot) == hash) {
            byte[] value = records.read(location, key);
            if (value != null) {
              return value;
            }
          }
        }
      } catch (DroppedException e) {
        // A merge has dropped the segment, and points the key elsewhere: start again.
      }
    }
  }

  /** Tells whether a key is there, at the cost of a {@link #get} without the value. */
  boolean contains(byte[] key) throws IOException {
    long hash = hash(key);
    while (true) {
      long[] table = this.table;
      int mask = slots(table) - 1;
      try {
        for (int slot = home(hash, mask); ; slot = (slot + 1) & mask) {
          long location = (long) WORD.getAcquire(table, 2 * slot + 1);
          if (location == EMPTY) {
            return false;
          }
          if (location != DELETED
              && (long) WORD.getOpaque(table, 2 * slot) == hash
              && records.isOf(location, key)) {
            return true;
          }
        }
      } catch (DroppedException e) {
        // As in get.
      }
    }
  }

  /**
   * Tells whether a key is at a location. Once this is false for a record, it is false for good: no
   * key goes back to an older record.
   */
  boolean pointsAt(long hash, long location) {
    return slotOf(hash, location) >= 0;
  }

  /**
   * The slot with a location, or -1. A location is one record's only, so the hash just says where
   * to start, and nothing is asked of the log.
   */
  private int slotOf(long hash, long location) {
    long[] table = this.table;
    int mask = slots(table) - 1;
    for (int slot = home(hash, mask); ; slot = (slot + 1) & mask) {
      long found = (long) WORD.getAcquire(table, 2 * slot + 1);
      if (found == location) {
        return slot;
      }
      if (found == EMPTY) {
        return -1;
      }
    }
  }

  /** How many live keys there are. */
  int size() {
    return live;
  }

  /** The locations of all live keys, in no order. */
  long[] locations() {
    long[] locations = new long[live];
    int count = 0;
    for (int at = 1; at < table.length; at += 2) {
      if (table[at] > DELETED) {
        locations[count++] = table[at];
      }
    }
    return locations;
  }

  /**
   * Where the search for a hash starts: its highest bits. So keys are in the order of their hashes,
   * nearly, and when the table grows, both the old and the new one are gone through from start to
   * end, which memory is fastest at.
   */
  private static int home(long hash, int mask) {
    return (int) (hash >>> Long.numberOfLeadingZeros(mask));
  }

  /** How many slots there are, of 16 bytes each. */
  int slots() {
    return slots(table);
  }

  private static int slots(long[] table) {
    return table.length / 2;
  }
}
