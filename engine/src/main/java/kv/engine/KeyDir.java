/*
 * WHAT THIS FILE IS
 *
 * The keydir: a table in memory from every live key to the place of its last put in the log. The
 * name and the idea are from Bitcask (the storage engine of the database Riak, 2010): values stay
 * on the disk, and a get costs one lookup and one read, however long the log is.
 *
 * COMPARED WITH STEP 5
 *
 * The keys are not in memory. A slot contains 32 bits of the hash of a key, and a location. The log
 * decides whether the record there has that key, and the log is read for the value anyway. So a key
 * takes 12 bytes in a table that is 3/8 to 3/4 full, 23 bytes on average, where the map of step 5
 * takes 160; and the garbage collector does not walk through a million objects. (After many deletes
 * a table can be emptier, until it is full of marks and rebuilt.)
 *
 * Any number of threads can search the keydir without a lock while one thread changes it.
 *
 * PICTURE: the 64 bits of a key's hash
 *
 *     | 8 bits: the table | 32 bits: the tag | 24 bits that are not used |
 *
 *     table 0     | ....................... |
 *     table 1     | ................ |
 *     ...
 *     table 255   | ................... |
 *
 * The slots, and how a search walks through them, are in KeyDirTable.
 *
 * HOW THE KEYDIR GROWS
 *
 * One table at a time: a put that fills its table copies that table, the 256th part of the keydir,
 * and no put copies more. Keys are spread evenly, so tables of one size would all be full within a
 * few puts of each other. Their first sizes differ, from 8 slots to 16, and each is doubled from
 * there: so they grow one after another, and a key takes 23 bytes at any number of keys, in place
 * of 16 at one and 32 at the next.
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
 * Linear or extendible hashing, which grow by a page at a time (Litwin, 1980; Fagin et al., 1979).
 * Their pauses do not grow with the number of keys; but a reader would have to notice that a key
 * moved while it searched.
 */
package kv.engine;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * Where the last put of every live key is. All methods require the log's lock, except for {@link
 * #get}, {@link #contains}, {@link #locate}, {@link #pointsAt} and {@link #hash}, which require no
 * lock.
 */
final class KeyDir {
  /** The location of a key that has none. No record's location is this small. */
  static final long NONE = 0;

  /** Number of tables, a power of two: a put waits for the copy of one. */
  static final int TABLES = 1 << 8;

  /**
   * Maximum number of merges that can drop a key's segment during one search. Only a keydir that is
   * wrong needs more.
   */
  private static final int MAX_RESTARTS = 1000;

  /** Number of slots of the smallest table. */
  private static final double MIN_SLOTS = 8;

  private static final VarHandle TABLE = MethodHandles.arrayElementVarHandle(KeyDirTable[].class);

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

  /** The tables, by the highest bits of the hash. An element is replaced when a table grows. */
  private volatile KeyDirTable[] tables = emptyTables();

  /** Number of keys. */
  private long live;

  /** Written so that {@link #touch} has an effect. */
  @SuppressWarnings("unused")
  private long touched;

  KeyDir(Records records, ToLongFunction<byte[]> hash) {
    this.records = records;
    this.hash = hash;
  }

  private static KeyDirTable[] emptyTables() {
    KeyDirTable[] tables = new KeyDirTable[TABLES];
    Arrays.setAll(tables, i -> emptyTable(i, 0));
    return tables;
  }

  /** Returns an empty table for one place in the keydir: each grows at other times. */
  static KeyDirTable emptyTable(int index, int keys) {
    double minSlots = MIN_SLOTS * Math.pow(KeyDirTable.GROWTH, (double) index / TABLES);
    return new KeyDirTable(minSlots, keys);
  }

  // ======== Writing ========

  /** Returns the hash of a key, which most other methods take as a parameter. Requires: no lock. */
  long hash(byte[] key) {
    return hash.applyAsLong(key);
  }

  /**
   * Returns the slot of a key in its table; if it has none, makes sure that there is a slot for it,
   * and returns that as {@code -1 - slot}. Called before the log is written, so that nothing has
   * happened yet if there is no memory. O(1) expected, and as many reads from the log as {@link
   * #findAgain}. A call that finds the key's table full copies it: O(keys / 256).
   *
   * @throws IOException if the log could not be read
   */
  int reserve(long hash, byte[] key, long known) throws IOException {
    int slot = findAgain(hash, key, known);
    KeyDirTable table = table(hash);
    if (slot < 0 && table.isFull()) {
      KeyDirTable rebuilt = table.rebuilt();
      TABLE.setRelease(tables, tableIndex(hash), rebuilt);
      slot = -1 - rebuilt.freeSlot(KeyDirTable.tag(hash));
    }
    return slot;
  }

  /**
   * Reads the home buckets of some hashes. Each is elsewhere in memory, and the processor waits for
   * all of them at once, where one search after another would wait for each.
   */
  void touch(long[] hashes, int count) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += table(hashes[i]).touch(KeyDirTable.tag(hashes[i]));
    }
    touched = sum;
  }

  /**
   * Does what {@link #find} does, and reads nothing from the log if the key is still where it was.
   *
   * @param known what {@link #locate} returned, or {@link #NONE}
   */
  int findAgain(long hash, byte[] key, long known) throws IOException {
    int slot = known == NONE ? KeyDirTable.ABSENT : slotOf(table(hash), hash, known);
    return slot >= 0 ? slot : find(hash, key);
  }

  /**
   * Returns the slot of a key in its table; if it has none, the free slot that it would get, as
   * {@code -1 - slot}. O(1) expected, and about one read from the log if the key is there.
   *
   * @throws IOException if the log could not be read
   */
  int find(long hash, byte[] key) throws IOException {
    KeyDirTable table = table(hash);
    int tag = KeyDirTable.tag(hash);
    for (int slot = table.search(tag); slot >= 0; slot = table.searchAfter(slot, tag)) {
      long location = table.location(slot);
      if (location != KeyDirTable.DELETED && isOf(location, key)) {
        return slot;
      }
    }
    // Only now: the key may come after a slot that is free again.
    return -1 - table.freeSlot(tag);
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
    KeyDirTable table = table(hash);
    boolean known = slot >= 0;
    long before = known ? table.location(slot) : NONE;
    if (type == Record.DELETE) {
      if (known) {
        live--;
        table.remove(slot);
      }
    } else if (known) {
      table.setLocation(slot, location);
    } else {
      live++;
      table.fill(-1 - slot, KeyDirTable.tag(hash), location);
    }
    return before;
  }

  /**
   * Follows a record of the log (I2). Returns the key's location before, or {@link #NONE}.
   *
   * @throws IOException as {@link #reserve}
   */
  long follow(byte type, long hash, byte[] key, long location) throws IOException {
    int slot = type == Record.DELETE ? find(hash, key) : reserve(hash, key, NONE);
    return apply(type, slot, hash, location);
  }

  /**
   * Points a key at a copy of its record. Returns false, and changes nothing, if the key is no
   * longer at the given location.
   */
  boolean replace(long hash, long location, long copy) {
    KeyDirTable table = table(hash);
    int slot = slotOf(table, hash, location);
    if (slot >= 0) {
      table.setLocation(slot, copy);
    }
    return slot >= 0;
  }

  /** Returns the table at an index. */
  KeyDirTable tableAt(int index) {
    return tables[index];
  }

  /** Puts a filled table in the place of an empty one. */
  void load(int index, KeyDirTable table) {
    live += table.live();
    TABLE.setRelease(tables, index, table);
  }

  /** Removes all keys. A search that has begun may still find a key. */
  void clear() {
    live = 0;
    tables = emptyTables();
  }

  // ======== Reading ========

  /**
   * Returns the value of a key, or null if the key is absent. O(1) expected, and one read from the
   * log if the key is there. Requires: no lock.
   *
   * @throws IOException if the log could not be read
   */
  byte[] get(byte[] key) throws IOException {
    return search(hash(key), key, Records::read);
  }

  /** Returns whether a key is there. Costs a {@link #get} without the value. Requires: no lock. */
  boolean contains(byte[] key) throws IOException {
    return locate(hash(key), key) != NONE;
  }

  /**
   * Returns the location of a key, or {@link #NONE} if the key is absent. O(1) expected, and one
   * read from the log if the key is there. Requires: no lock.
   *
   * @throws IOException if the log could not be read
   */
  long locate(long hash, byte[] key) throws IOException {
    Long location = search(hash, key, (log, at, k) -> log.isOf(at, k) ? at : null);
    return location == null ? NONE : location;
  }

  /** Returns the first result of the candidates for a key, or null if the key is absent. */
  private <T> T search(long hash, byte[] key, Candidate<T> candidate) throws IOException {
    int tag = KeyDirTable.tag(hash);
    for (int i = 0; i < MAX_RESTARTS; i++) {
      KeyDirTable table = table(hash);
      try {
        for (int slot = table.search(tag); slot >= 0; slot = table.searchAfter(slot, tag)) {
          long location = table.location(slot);
          T result =
              location == KeyDirTable.DELETED ? null : candidate.read(records, location, key);
          if (result != null) {
            return result;
          }
        }
        return null;
      } catch (DroppedException e) {
        // A merge has pointed the key elsewhere since: start again.
      }
    }
    throw new IllegalStateException("I2: the keydir points into a dropped segment");
  }

  /**
   * Returns whether a key is at a location. Once this is false for a record, it stays false: no key
   * goes back to an older record. Requires: no lock.
   */
  boolean pointsAt(long hash, long location) {
    return slotOf(table(hash), hash, location) >= 0;
  }

  /** Returns the slot with a location, or -1. Reads nothing from the log. */
  private static int slotOf(KeyDirTable table, long hash, long location) {
    int tag = KeyDirTable.tag(hash);
    int slot = table.search(tag);
    while (slot >= 0 && table.location(slot) != location) {
      slot = table.searchAfter(slot, tag);
    }
    return slot;
  }

  /** Returns the number of live keys. */
  long size() {
    return live;
  }

  /** Returns the locations of all live keys, in no order. */
  long[] locations() {
    long[] locations = new long[Math.toIntExact(live)];
    int count = 0;
    for (KeyDirTable table : tables) {
      for (int slot = 0; slot < table.slots(); slot++) {
        long location = table.location(slot);
        if (location > KeyDirTable.DELETED) {
          locations[count++] = location;
        }
      }
    }
    return locations;
  }

  /** Returns the number of slots in all tables, of 12 bytes each. */
  long slots() {
    return Arrays.stream(tables).mapToLong(KeyDirTable::slots).sum();
  }

  /** Returns the number of slots that have a key or had one since their table was rebuilt. */
  long usedSlots() {
    return Arrays.stream(tables).mapToLong(KeyDirTable::used).sum();
  }

  private static int tableIndex(long hash) {
    return (int) (hash >>> Long.numberOfLeadingZeros(TABLES - 1));
  }

  /** Returns the table of a hash. Requires: no lock. */
  private KeyDirTable table(long hash) {
    return (KeyDirTable) TABLE.getAcquire(tables, tableIndex(hash));
  }
}
