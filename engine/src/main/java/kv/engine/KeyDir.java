/*
 * WHAT THIS FILE IS
 *
 * The keydir: a table in memory from every live key to the place of its last put in the log. The
 * name and the idea are from Bitcask (the storage engine of the database Riak, 2010): values stay
 * on the disk, and a get costs one lookup and one read, however long the log is.
 *
 * COMPARED WITH STEP 5
 *
 * The keys are not in memory. A slot contains the 64-bit hash of a key, and a location. The log
 * decides whether the record there has that key, and the log is read for the value anyway. So a key
 * takes 16 bytes in a table that is 3/8 to 3/4 full, 21 to 43 bytes, where the map of step 5 takes
 * 160; and the garbage collector does not walk through a million objects. (After many deletes the
 * table can be emptier, until it is full of marks and rebuilt.)
 *
 * Any number of threads can search the table without a lock while one thread changes it.
 *
 * PICTURE
 *
 *     slot    0            1            2            3            4
 *     hash    |     0      |  hash(os)  | hash(vi)   | hash(sh)   |     0      | ...
 *     place   |   EMPTY    |  3, @54    | DELETED    |  4, @8     |   EMPTY    |
 *
 *     get("os"):  the hash says slot 1: it matches, so read the log at segment 3, offset 54
 *     get("sh"):  the hash says slot 2: DELETED, go on; 3: matches
 *     get("ed"):  the hash says slot 3: another hash, go on; 4: EMPTY, so there is no such key
 *
 * Open addressing with linear probing (Knuth, The Art of Computer Programming, 6.4): a key is in
 * the first slot that was free, from its hash's slot on.
 *
 * WHY READERS NEED NO LOCK
 *
 * Within a table, nothing moves. An overwrite changes a slot's location with one store. A new key's
 * hash is written before its location. A delete leaves a mark, so that keys in later slots are
 * still found. A marked slot is used again for any key: a reader may then see the hash of one key
 * and the location of another. It reads the log there, finds another key, and goes on.
 *
 *     writer   record, hash, then location (setRelease: after every write before it)
 *     reader   location (getAcquire: before every read after it), then hash and record
 *
 * So a reader that sees a location sees the record there.
 *
 * A table that is too full is copied to a new one, and readers of the old one stay there. They find
 * what was true when they began, which is all that is promised: a get that runs beside a put may
 * come before or after it.
 *
 * If a merge dropped the segment that a reader was sent to, the reader starts again with the
 * current table.
 *
 * INVARIANTS
 *
 * I2   The keydir entry of a key is its last put. A key has none exactly if its last record is a
 *      tombstone, or it has no record.
 * I11  A reader takes no lock.
 *
 * NOT HERE, AND WHY
 *
 * Order. A hash index finds the value of a key, and nothing about the keys before or after it.
 *
 * More than 400 million keys: the table is one array. Stores of that size are split up for other
 * reasons too.
 *
 * Growing in small pieces. One put in a doubling pays for all.
 */
package kv.engine;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.ToLongFunction;

/**
 * Where the last put of every live key is. All methods require the log's lock, except for {@link
 * #get}, {@link #contains}, {@link #pointsAt} and {@link #hash}, which require no lock.
 */
final class KeyDir {
  /** The location of a key that has none. No record's location is this small. */
  static final long NONE = 0;

  /** The location in a slot that never had a key. A search ends here. */
  private static final long EMPTY = 0;

  /** The location in a slot whose key was deleted. A search goes on. */
  private static final long DELETED = 1;

  private static final int MIN_SLOTS = 1 << 10;

  /** Maximum number of slots: an array of 2^30 numbers, 8 GiB. */
  private static final int MAX_SLOTS = 1 << 29;

  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  /** The records of the log, as the keydir needs them. */
  interface Records {
    /** Returns the value of the put at a location, or null if it is another key's. */
    byte[] read(long location, byte[] key) throws IOException, DroppedException;

    /** Returns whether the record at a location is the given key's. */
    boolean isOf(long location, byte[] key) throws IOException, DroppedException;
  }

  /** Thrown when a merge has dropped a location's segment. */
  static final class DroppedException extends Exception {
    private static final long serialVersionUID = 1;

    DroppedException() {
      // Without a stack trace: it is caught in the same call.
      super(null, null, false, false);
    }
  }

  /** A search for a key: reads the record at a candidate's location. */
  private interface Candidate<T> {
    /** Returns the result for the key, or null if the record is another key's. */
    T read(Records records, long location, byte[] key) throws IOException, DroppedException;
  }

  private final Records records;
  private final ToLongFunction<byte[]> hash;

  /** The hash and the location of each slot. The length is twice a power of two. */
  private volatile long[] table = new long[2 * MIN_SLOTS];

  /** Number of slots with a key. */
  private int live;

  /** Number of slots that are not EMPTY. */
  private int used;

  /** Written so that {@link #touch} has an effect. */
  @SuppressWarnings("unused")
  private long touched;

  KeyDir(Records records, ToLongFunction<byte[]> hash) {
    this.records = records;
    this.hash = hash;
  }

  // ======== Writing ========

  /** Returns the hash of a key, which most other methods take as a parameter. Requires: no lock. */
  long hash(byte[] key) {
    return hash.applyAsLong(key);
  }

  /**
   * Returns the slot of a key; if it has none, makes sure that there is a slot for it, and returns
   * that as {@code -1 - slot}. Called before the log is written, so that nothing has happened yet
   * if there is no memory. O(1) expected, and about one read from the log if the key is there. One
   * call in a doubling of the keys rebuilds the table: O(keys).
   *
   * @throws IOException if the log could not be read, or if there are too many keys
   */
  int reserve(long hash, byte[] key) throws IOException {
    int slot = find(hash, key);
    if (slot < 0 && used >= slots(table) / 4 * 3) {
      rebuild();
      slot = find(hash, key);
    }
    return slot;
  }

  /**
   * Copies the keys to a new table without marks, which is at most half full: it may be smaller.
   */
  private void rebuild() throws IOException {
    int newSlots = MIN_SLOTS;
    while (live + 1 > newSlots / 2 && newSlots < MAX_SLOTS) {
      newSlots *= 2;
    }
    if (live + 1 > newSlots / 4 * 3) {
      throw new IOException("the store has " + live + " keys; its index has no room for more");
    }
    long[] rebuilt = new long[2 * newSlots];
    for (int from = 0; from < slots(); from++) {
      long location = location(table, from);
      if (location > DELETED) {
        long hash = hash(table, from);
        int slot = home(rebuilt, hash);
        while (location(rebuilt, slot) != EMPTY) {
          slot = next(rebuilt, slot);
        }
        set(rebuilt, slot, hash, location);
      }
    }
    used = live;
    table = rebuilt;
  }

  /**
   * Reads the home slots of some hashes. Each is elsewhere in memory, and the processor waits for
   * all of them at once, where one find after another would wait for each. Measured: an open with a
   * million keys takes a quarter less time.
   */
  void touch(long[] hashes, int count) {
    long[] table = this.table;
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += location(table, home(table, hashes[i]));
    }
    touched = sum;
  }

  /**
   * Returns the slot of a key; if it has none, the free slot that it would get, as {@code -1 -
   * slot}. O(1) expected, and about one read from the log if the key is there.
   *
   * @throws IOException if the log could not be read
   */
  int find(long hash, byte[] key) throws IOException {
    long[] table = this.table;
    for (int slot = probe(table, home(table, hash), hash);
        location(table, slot) != EMPTY;
        slot = probe(table, next(table, slot), hash)) {
      if (isOf(location(table, slot), key)) {
        return slot;
      }
    }
    // The key may come after a marked slot, so the whole chain was searched before one is reused.
    int free = home(table, hash);
    while (location(table, free) > DELETED) {
      free = next(table, free);
    }
    return -1 - free;
  }

  private boolean isOf(long location, byte[] key) throws IOException {
    try {
      return records.isOf(location, key);
    } catch (DroppedException e) {
      throw new IllegalStateException("I2: the keydir points into a dropped segment", e);
    }
  }

  /**
   * Follows a record of the log (I2), in the slot that {@link #reserve} or, for a tombstone, {@link
   * #find} returned. Returns the key's location before, or {@link #NONE}. Cannot fail.
   */
  long apply(byte type, int slot, long hash, long location) {
    boolean known = slot >= 0;
    int at = known ? slot : -1 - slot;
    long before = known ? location(table, at) : NONE;
    if (type == Record.DELETE) {
      if (known) {
        live--;
        setLocation(table, at, DELETED);
      }
    } else if (known) {
      setLocation(table, at, location);
    } else {
      live++;
      used += location(table, at) == EMPTY ? 1 : 0;
      set(table, at, hash, location);
    }
    return before;
  }

  /**
   * Follows a record of the log (I2). Returns the key's location before, or {@link #NONE}.
   *
   * @throws IOException as {@link #reserve}
   */
  long follow(byte type, long hash, byte[] key, long location) throws IOException {
    int slot = type == Record.DELETE ? find(hash, key) : reserve(hash, key);
    return apply(type, slot, hash, location);
  }

  /**
   * Points a key at a copy of its record. Returns false, and changes nothing, if the key is no
   * longer at the given location.
   */
  boolean replace(long hash, long location, long copy) {
    int slot = slotOf(hash, location);
    if (slot >= 0) {
      setLocation(table, slot, copy);
    }
    return slot >= 0;
  }

  /** Removes all keys. A search that has begun may still find a key. */
  void clear() {
    live = 0;
    used = 0;
    table = new long[2 * MIN_SLOTS];
  }

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. O(1) expected, and one read from the
   * log if the key is there. Requires: no lock.
   *
   * @throws IOException if the log could not be read
   */
  byte[] get(byte[] key) throws IOException {
    return search(key, Records::read);
  }

  /** Returns whether a key is there. Costs a {@link #get} without the value. Requires: no lock. */
  boolean contains(byte[] key) throws IOException {
    return search(key, (log, location, k) -> log.isOf(location, k) ? Boolean.TRUE : null) != null;
  }

  /** Returns the first result of the candidates for a key, or null if the key is absent. */
  private <T> T search(byte[] key, Candidate<T> candidate) throws IOException {
    long hash = hash(key);
    while (true) {
      long[] table = this.table;
      try {
        for (int slot = probe(table, home(table, hash), hash); ; ) {
          long location = location(table, slot);
          if (location == EMPTY) {
            return null;
          }
          if (location != DELETED) {
            T result = candidate.read(records, location, key);
            if (result != null) {
              return result;
            }
          }
          slot = probe(table, next(table, slot), hash);
        }
      } catch (DroppedException e) {
        // A merge has pointed the key elsewhere since: start again.
      }
    }
  }

  /**
   * Returns whether a key is at a location. Once this is false for a record, it stays false: no key
   * goes back to an older record. Requires: no lock.
   */
  boolean pointsAt(long hash, long location) {
    return slotOf(hash, location) >= 0;
  }

  /** Returns the slot with a location, or -1. Reads nothing from the log. */
  private int slotOf(long hash, long location) {
    long[] table = this.table;
    for (int slot = probe(table, home(table, hash), hash); ; ) {
      long found = location(table, slot);
      if (found == location) {
        return slot;
      }
      if (found == EMPTY) {
        return -1;
      }
      slot = probe(table, next(table, slot), hash);
    }
  }

  /** Returns the number of live keys. */
  int size() {
    return live;
  }

  /** Returns the locations of all live keys, in no order. */
  long[] locations() {
    long[] locations = new long[live];
    int count = 0;
    for (int slot = 0; slot < slots(); slot++) {
      long location = location(table, slot);
      if (location > DELETED) {
        locations[count++] = location;
      }
    }
    return locations;
  }

  /** Returns the number of slots, of 16 bytes each. */
  int slots() {
    return slots(table);
  }

  /** Returns the number of slots that have a key or had one since the last rebuild. */
  int usedSlots() {
    return used;
  }

  // ======== Slots ========

  private static int slots(long[] table) {
    return table.length / 2;
  }

  /**
   * Returns the slot where the search for a hash begins: its highest bits. So the keys are nearly
   * in the order of their hashes, and a rebuild walks through both tables from start to end, which
   * memory is fastest at.
   */
  private static int home(long[] table, long hash) {
    return (int) (hash >>> Long.numberOfLeadingZeros(slots(table) - 1));
  }

  private static int next(long[] table, int slot) {
    return (slot + 1) & (slots(table) - 1);
  }

  /**
   * Returns the first slot, from the given one on, that is EMPTY or has the hash and a location.
   */
  private static int probe(long[] table, int slot, long hash) {
    while (true) {
      long location = location(table, slot);
      if (location == EMPTY || location != DELETED && hash(table, slot) == hash) {
        return slot;
      }
      slot = next(table, slot);
    }
  }

  private static long location(long[] table, int slot) {
    return (long) WORD.getAcquire(table, 2 * slot + 1);
  }

  /** Returns a slot's hash. Read after its location. */
  private static long hash(long[] table, int slot) {
    return (long) WORD.getOpaque(table, 2 * slot);
  }

  /** Fills a free slot. A reader that sees the location sees the hash and the record too. */
  private static void set(long[] table, int slot, long hash, long location) {
    WORD.setOpaque(table, 2 * slot, hash);
    setLocation(table, slot, location);
  }

  private static void setLocation(long[] table, int slot, long location) {
    WORD.setRelease(table, 2 * slot + 1, location);
  }
}
