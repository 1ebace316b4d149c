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
 * An entry says in which file the record is. A merge moves records to another file, and then points
 * their keys at the copies. A key that was put again in the meantime stays where it is.
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
package kv.step5;

import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the last put of every live key is. Not thread-safe: the store sees to that. Only {@link
 * #get} may be called at any time, as a merge does.
 */
final class KeyDir {
  /** A record's place in the log: its file, its offset there, and its length with the header. */
  record Location(LogFile file, long offset, int length) {}

  /** Log order: the files in their order, and in each file the records in theirs. */
  private static final Comparator<Location> LOG_ORDER =
      Comparator.comparing((Location location) -> location.file().name(), SegmentName.ORDER)
          .thenComparing(Location::offset);

  private final Map<ByteBuffer, Location> locations = new ConcurrentHashMap<>();

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

  /** The location of every live record, in log order: O(n log n) time, and 8 bytes a key. */
  List<Location> inLogOrder() {
    return locations.values().stream().sorted(LOG_ORDER).toList();
  }

  /** Tells whether two keydirs say the same. */
  boolean agreesWith(KeyDir other) {
    return locations.equals(other.locations) && liveBytes == other.liveBytes;
  }

  /** Bytes of the records that the entries point at. */
  long liveBytes() {
    return liveBytes;
  }

  // ======== Reclaiming space ========

  /**
   * Points a key at a copy of its record, unless the original is no longer its last put. O(key)
   * time.
   */
  void repoint(byte[] key, Location original, Location copy) {
    locations.replace(ByteBuffer.wrap(key), original, copy);
  }
}
