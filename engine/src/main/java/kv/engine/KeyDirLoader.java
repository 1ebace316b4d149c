/*
 * WHAT THIS FILE IS
 *
 * Fills the keydir while a store is opened. Each record needs one slot of the keydir, at a random
 * place in memory. The loader collects 64 records, touches all of their slots, and only then
 * applies the records. So the processor loads many slots at the same time, instead of waiting for
 * each one.
 *
 *     records   P os mac, P editor vim, ... D editor    64 of them, in log order
 *     touch     the slots of all their hashes
 *     apply     one after another
 */
package kv.engine;

import java.io.IOException;

/** Applies records to the keydir in batches. Not thread-safe. */
final class KeyDirLoader {
  /** Number of records applied at a time. */
  private static final int BATCH = 64;

  private final Log log;
  private final KeyDir keydir;

  // The records that are not applied yet.
  private final byte[] types = new byte[BATCH];
  private final byte[][] keys = new byte[BATCH][];
  private final long[] hashes = new long[BATCH];
  private final long[] locations = new long[BATCH];
  private final int[] lengths = new int[BATCH];
  private int pending;

  KeyDirLoader(Log log, KeyDir keydir) {
    this.log = log;
    this.keydir = keydir;
  }

  /** Adds the next record in log order. The keydir receives it now or in {@link #finish}. */
  void add(Segment segment, byte type, byte[] key, int offset, int length) throws IOException {
    types[pending] = type;
    keys[pending] = key;
    hashes[pending] = keydir.hash(key);
    locations[pending] = Location.of(segment.id(), offset);
    lengths[pending] = length;
    pending++;
    if (pending == BATCH) {
      finish();
    }
  }

  /** Applies all records that were added, in their order. */
  void finish() throws IOException {
    keydir.touch(hashes, pending);
    for (int i = 0; i < pending; i++) {
      long before = keydir.follow(types[i], hashes[i], keys[i], locations[i]);
      log.account(locations[i], types[i] == Record.PUT ? lengths[i] : 0, before);
    }
    pending = 0;
  }
}
