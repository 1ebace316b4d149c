package kv.engine;

import java.io.IOException;

/**
 * Fills the keydir while a store is opened: 64 records at a time, so that their slots are loaded
 * from memory together (see {@link KeyDir#touch}). Not thread-safe.
 */
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
