/*
 * WHAT THIS FILE IS
 *
 * The keydir: a map in memory from every live key to the place of its last put in the log. The
 * name and the idea are from Bitcask (the storage engine of the database Riak, 2010): values stay
 * on the disk, keys are in memory, and a get costs one lookup and one read, however long the log
 * is.
 *
 * NEW IN THIS STEP
 *
 * The lengths are added up. What the entries point at is live, the rest of the log is dead.
 *
 * PICTURE
 *
 *     | KVSTEPS 1 | P os mac | P editor vim | P os linux | D editor |
 *       0           8          29             54
 *
 *     keydir:  os -> (offset 54, length 23)
 *
 * The key is wrapped in a ByteBuffer, because arrays compare by identity and ByteBuffers by
 * content. The length is remembered too, so that the whole record is one read.
 *
 * What this costs is memory: about 160 bytes for a key of 16, in a map's entry, a ByteBuffer, an
 * array and a Location, whatever the size of the value. A million keys fit a laptop, a billion do
 * not.
 *
 * INVARIANTS
 *
 * I2  The keydir entry of a key is its last put. A key has none exactly if its last record is a
 *     tombstone, or it has no record.
 *
 * NOT HERE, AND WHY
 *
 * Order. A hash index answers "what is the value of this key", and nothing about the keys that come
 * before or after it.
 *
 * Protection from keys that were chosen to have one hash value. The costs below are those of a hash
 * table with keys that were not.
 *
 * Saving the keydir. The log has all that is in it, so it is rebuilt when the store is opened, and
 * there is no second truth that could disagree with the first.
 */
package kv.step4;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Where the last put of every live key is. Not thread-safe: the store sees to that. */
final class KeyDir {
  /** A record's place in the log: its offset, and its length with the header, in bytes. */
  record Location(long offset, int length) {}

  private final Map<ByteBuffer, Location> locations = new HashMap<>();

  /** The lengths of all locations, added up. */
  private long liveBytes;

  // ======== Writing ========

  /** Remembers where a key's last put is. The key is copied. O(key) time. */
  void put(byte[] key, Location location) {
    // A copy: the array is the caller's, who may change it, and a changed key is never found again.
    Location old = locations.put(ByteBuffer.wrap(key.clone()), location);
    liveBytes += location.length() - (old == null ? 0 : old.length());
  }

  /** Forgets a key: true if it was there. */
  boolean remove(byte[] key) {
    Location old = locations.remove(ByteBuffer.wrap(key));
    liveBytes -= old == null ? 0 : old.length();
    return old != null;
  }

  /** Does what a record says that is at a location. */
  void apply(byte type, byte[] key, Location location) {
    if (type == Record.PUT) {
      put(key, location);
    } else {
      remove(key);
    }
  }

  // ======== Reading ========

  /** Where the last put of a key is, or null if the key is absent. O(key) time. */
  Location get(byte[] key) {
    return locations.get(ByteBuffer.wrap(key));
  }

  /** How many keys are live. */
  long size() {
    return locations.size();
  }

  /** The offset of every live record, in log order: O(n log n) time, and 8 bytes a key. */
  long[] offsets() {
    long[] offsets = new long[locations.size()];
    int next = 0;
    for (Location location : locations.values()) {
      offsets[next++] = location.offset();
    }
    Arrays.sort(offsets);
    return offsets;
  }

  /** Tells whether two keydirs say the same. */
  boolean agreesWith(KeyDir other) {
    return locations.equals(other.locations) && liveBytes == other.liveBytes;
  }

  /** Bytes of the records that the entries point at. */
  long liveBytes() {
    return liveBytes;
  }
}
