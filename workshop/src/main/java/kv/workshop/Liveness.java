/*
 * WHAT THIS FILE IS
 *
 * Which records of a log are live. A record is live if it is the last of its key, so a dump that
 * says it reads the log twice: the first pass remembers the last record of each key, the second
 * pass compares.
 *
 * INVARIANTS
 *
 * After the first pass, a key's position is that of its last record.
 *
 * COST
 *
 * 16 bytes for each slot of a table that is at most half full: 16 MiB at most, and the old table
 * while it grows. With more than 500,000 keys, the dump does not say which records are live. A key
 * is represented by 64 bits of a hash with a random secret: that two of 500,000 keys share one is
 * as likely as 1 in 100 million.
 */
package kv.workshop;

import java.security.SecureRandom;

/** Tells live, dead and deleted records of one log apart. */
final class Liveness {
  private static final int MOST_KEYS = 500_000;

  private final int mostKeys;
  private final KeyHash hash = new KeyHash(new SecureRandom().generateSeed(16));

  /** The hash and the last position of each key, in slots of an open addressing table. */
  private long[] hashes = new long[1024];

  /** A position is at least 1: a record follows a file header. So 0 marks a free slot. */
  private long[] positions = new long[1024];

  private int keys;
  private boolean telling;

  /** Position of the last record that the first pass saw. */
  private long end;

  private final long[] counts = new long[Tone.values().length];

  Liveness() {
    this(MOST_KEYS);
  }

  /** Creates one for up to a number of keys; with 0, nothing is told. */
  Liveness(int mostKeys) {
    this.mostKeys = mostKeys;
  }

  /** Begins the second pass. */
  void tell() {
    telling = true;
  }

  /**
   * Remembers a record in the first pass, and judges it in the second.
   *
   * @param position offset of the record in the whole log
   * @return PLAIN in the first pass, if there are too many keys, and for a record that was written
   *     after the first pass
   */
  Tone see(long position, boolean put, byte[] key) {
    if (keys > mostKeys || mostKeys == 0) {
      return Tone.PLAIN;
    }
    long hashed = hash.of(key);
    int slot = slot(hashed);
    if (!telling) {
      remember(slot, hashed, position);
      return Tone.PLAIN;
    }
    if (position > end) {
      return Tone.PLAIN;
    }
    boolean last = positions[slot] == position;
    Tone tone = !last ? Tone.DEAD : put ? Tone.LIVE : Tone.TOMBSTONE;
    counts[tone.ordinal()]++;
    return tone;
  }

  private void remember(int slot, long hashed, long position) {
    boolean added = positions[slot] == 0;
    hashes[slot] = hashed;
    positions[slot] = position;
    end = position;
    keys += added ? 1 : 0;
    if (added && 2 * keys > hashes.length) {
      grow();
    }
  }

  /** Returns the slot of a hash, or the free slot for it. */
  private int slot(long hashed) {
    int slot = (int) hashed & hashes.length - 1;
    while (positions[slot] != 0 && hashes[slot] != hashed) {
      slot = slot + 1 & hashes.length - 1;
    }
    return slot;
  }

  private void grow() {
    long[] oldHashes = hashes;
    long[] oldPositions = positions;
    hashes = new long[2 * oldHashes.length];
    positions = new long[2 * oldHashes.length];
    for (int i = 0; i < oldHashes.length; i++) {
      if (oldPositions[i] != 0) {
        int slot = slot(oldHashes[i]);
        hashes[slot] = oldHashes[i];
        positions[slot] = oldPositions[i];
      }
    }
  }

  /** Returns the counts of the second pass, or why there are none. */
  String summary() {
    if (keys > mostKeys) {
      return "live and dead records are not told apart: there are more than "
          + Dump.count(mostKeys, "key");
    }
    return Dump.count(counts[Tone.LIVE.ordinal()], "live record")
        + ", "
        + Dump.count(counts[Tone.DEAD.ordinal()], "dead record")
        + ", "
        + Dump.count(counts[Tone.TOMBSTONE.ordinal()], "tombstone");
  }
}
