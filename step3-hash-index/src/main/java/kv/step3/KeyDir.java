/*
 * WHAT THIS FILE IS
 *
 * The keydir: a map in memory from every live key to the place of its last put in the log. The
 * name and the idea are from Bitcask (the storage engine of the database Riak, 2010): values stay
 * on the disk, keys are in memory, and a get costs one lookup and one read, regardless of the
 * length of the log.
 *
 * PICTURE
 *
 *     | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor |
 *       0           8          29             54
 *
 *     keydir:  os -> (offset 54, length 23)
 *
 * The key is wrapped in a ByteBuffer, because arrays compare by identity and ByteBuffers by
 * content. The length is stored too, so that one call reads the whole record.
 *
 * The keydir costs memory: about 160 bytes for a key of 16 bytes (a map entry, a ByteBuffer, an
 * array and a Location), regardless of the size of the value. A million keys fit in a laptop's
 * memory, a billion do not.
 *
 * INVARIANTS
 *
 * I2  The keydir entry of a key is its last put. A key has no entry exactly if its last record is a
 *     tombstone, or it has no record.
 *
 * NOT HERE, AND WHY
 *
 * Order. A hash index finds the value of a key, but not the keys that come before or after it.
 *
 * Protection from keys that were chosen to share one hash value. The costs below assume that keys
 * were not.
 *
 * Saving the keydir. The log contains all of its data, so an open rebuilds it, and there is no
 * second copy that could disagree with the log.
 */
package kv.step3;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Maps every live key to the location of its last put. Not thread-safe. Requires: the store's
 * lock.
 */
final class KeyDir {
  /** A record's place in the log: its offset, and its length with the header, in bytes. */
  record Location(long offset, int length) {}

  private final Map<ByteBuffer, Location> locations = new HashMap<>();

  // ======== Writing ========

  /** Sets the location of a key's last put. The key is copied. Takes O(key) time. */
  void put(byte[] key, Location location) {
    // A copy: the caller may change its array, and a map never finds a changed key again.
    locations.put(ByteBuffer.wrap(key.clone()), location);
  }

  /** Removes a key; returns whether it was present. */
  boolean remove(byte[] key) {
    return locations.remove(ByteBuffer.wrap(key)) != null;
  }

  /** Applies the record at a location: a put sets its key, a tombstone removes it. */
  void apply(byte type, byte[] key, Location location) {
    if (type == Record.PUT) {
      put(key, location);
    } else {
      remove(key);
    }
  }

  // ======== Reading ========

  /** Returns the location of a key's last put, or null if the key is absent. Takes O(key) time. */
  Location get(byte[] key) {
    return locations.get(ByteBuffer.wrap(key));
  }

  /** Returns the number of live keys. */
  long size() {
    return locations.size();
  }

  /** Returns the offset of every live record, in log order. O(n log n) time, and 8 bytes a key. */
  long[] offsets() {
    long[] offsets = new long[locations.size()];
    int next = 0;
    for (Location location : locations.values()) {
      offsets[next++] = location.offset();
    }
    Arrays.sort(offsets);
    return offsets;
  }

  /** Returns whether two keydirs have the same entries. */
  boolean agreesWith(KeyDir other) {
    return locations.equals(other.locations);
  }
}
