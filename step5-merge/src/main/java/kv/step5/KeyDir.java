/*
 * WHAT THIS FILE IS
 *
 * The keydir: a map in memory from every live key to the place of its last put in the log. The
 * name and the idea are from Bitcask (the storage engine of the database Riak, 2010): values stay
 * on the disk, keys are in memory, and a get costs one lookup and one read, regardless of the
 * length of the log.
 *
 * NEW IN THIS STEP
 *
 * An entry names the file of the record. A merge copies records to another file, and then points
 * their keys at the copies. A key that was put again during the merge keeps its entry.
 *
 * PICTURE
 *
 *     file 1  | KVSTEPS 1 | P os mac | P editor vim |
 *               0           8          29
 *     file 2  | KVSTEPS 1 | P os linux | D editor |
 *               0           8            31
 *
 *     keydir:  os -> (file 2, offset 8, length 23)
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
package kv.step5;

import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Maps every live key to the location of its last put. Not thread-safe. Requires: the store's
 * lock, except for {@link #get}, which a merge calls without it.
 */
final class KeyDir {
  /** A record's place in the log: its file, its offset there, and its length with the header. */
  record Location(LogFile file, long offset, int length) {}

  /** Log order: by file, then by offset. */
  private static final Comparator<Location> LOG_ORDER =
      Comparator.comparing((Location location) -> location.file().name(), SegmentName.ORDER)
          .thenComparing(Location::offset);

  private final Map<ByteBuffer, Location> locations = new ConcurrentHashMap<>();

  /** Sum of the lengths of all locations. */
  private long liveBytes;

  // ======== Writing ========

  /** Sets the location of a key's last put. The key is copied. Takes O(key) time. */
  void put(byte[] key, Location location) {
    // A copy: the caller may change its array, and a map never finds a changed key again.
    Location old = locations.put(ByteBuffer.wrap(key.clone()), location);
    liveBytes += location.length() - (old == null ? 0 : old.length());
  }

  /** Removes a key; returns whether it was present. */
  boolean remove(byte[] key) {
    Location old = locations.remove(ByteBuffer.wrap(key));
    liveBytes -= old == null ? 0 : old.length();
    return old != null;
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

  /**
   * Returns the location of every live record, in log order. O(n log n) time, and 8 bytes a key.
   */
  List<Location> inLogOrder() {
    return locations.values().stream().sorted(LOG_ORDER).toList();
  }

  /** Returns whether two keydirs have the same entries. */
  boolean agreesWith(KeyDir other) {
    return locations.equals(other.locations) && liveBytes == other.liveBytes;
  }

  /** Returns the size in bytes of the records that the entries point at. */
  long liveBytes() {
    return liveBytes;
  }

  // ======== Reclaiming space ========

  /**
   * Points a key at a copy of its record, unless the original is no longer its last put. Takes
   * O(key) time.
   */
  void repoint(byte[] key, Location original, Location copy) {
    locations.replace(ByteBuffer.wrap(key), original, copy);
  }
}
