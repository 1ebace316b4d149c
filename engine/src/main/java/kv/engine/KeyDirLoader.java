/*
 * WHAT THIS FILE IS
 *
 * Fills the keydir while a store is opened, in one of two ways.
 *
 * The sweep. All hints are collected, and the keydir is filled from them, one table after the other
 * (see KeyDirSweep). For a segment without a hint file, as the last two after a crash, hints are
 * made in memory.
 *
 * The walk. If many hint files are missing, that would take too much memory. Then what was
 * collected is swept, and all segments that follow are applied record by record, in the order of
 * the log. Each record needs one slot of the keydir, at a random place in memory. So 64 records are
 * collected, all of their slots are touched, and only then are they applied: the processor loads
 * many slots at the same time, instead of waiting for each one.
 *
 *     records   P os mac, P editor vim, ... D editor    64 of them, in log order
 *     touch     the slots of all their hashes
 *     apply     one after another
 */
package kv.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Applies all records of a log to the keydir. Not thread-safe. */
final class KeyDirLoader {
  /** Called for each record of a segment, in log order. */
  interface Visitor {
    void visit(byte type, byte[] key, int offset, int length) throws IOException;
  }

  /** Maximum size of the hints in memory, after which the walk begins, in bytes. */
  static final long MAX_HINTS_IN_MEMORY = 128 << 20;

  /** Number of records applied at a time. */
  private static final int BATCH = 64;

  private final Log log;
  private final KeyDir keydir;
  private final SipHash hash;
  private final long maxHintsInMemory;

  /** The hints of all segments so far; null once the walk has begun. */
  private List<Hints> hints = new ArrayList<>();

  /** Size of those that are in memory, in bytes. */
  private long hintsInMemory;

  /** The records of the segment that is being read, which has no hint file. */
  private RecordIndex index = new RecordIndex();

  // The records that are not applied yet.
  private final byte[] types = new byte[BATCH];
  private final byte[][] keys = new byte[BATCH][];
  private final long[] hashes = new long[BATCH];
  private final long[] locations = new long[BATCH];
  private final int[] lengths = new int[BATCH];
  private int pending;

  KeyDirLoader(Log log, KeyDir keydir, SipHash hash, long maxHintsInMemory) {
    this.log = log;
    this.keydir = keydir;
    this.hash = hash;
    this.maxHintsInMemory = maxHintsInMemory;
  }

  /** Adds the hints of the next segment in log order. */
  void add(Hints file) throws IOException {
    if (hints != null) {
      hints.add(file);
      return;
    }
    for (int at = file.first(); at < file.size(); at = file.next(at)) {
      // Not in the order of the log, but the records of one key are.
      walk(
          file.type(at),
          file.key(at),
          file.hash(at),
          Location.of(file.segment(), file.offset(at)),
          file.length(at));
    }
  }

  /** Adds a record of the next segment in log order, which has no hint file. */
  void add(Segment segment, byte type, byte[] key, int offset, int length) throws IOException {
    if (hints != null) {
      index.add(hash.hash(key), offset, key.length);
    } else {
      walk(type, key, hash.hash(key), Location.of(segment, offset), length);
    }
  }

  /** Ends a segment that has no hint file. */
  void end(Segment segment) throws IOException {
    if (hints == null) {
      return;
    }
    Hints made = Hints.inMemory(segment, index, hash);
    index = new RecordIndex();
    hints.add(made);
    hintsInMemory += made.size();
    if (hintsInMemory > maxHintsInMemory) {
      sweep();
    }
  }

  private void sweep() {
    new KeyDirSweep(hints).run(log, keydir);
    hints = null;
  }

  /** Applies all records that were added. */
  void finish() throws IOException {
    if (hints != null) {
      sweep();
    }
    applyPending();
  }

  private void walk(byte type, byte[] key, long keyHash, long location, int length)
      throws IOException {
    types[pending] = type;
    keys[pending] = key;
    hashes[pending] = keyHash;
    locations[pending] = location;
    lengths[pending] = length;
    pending++;
    if (pending == BATCH) {
      applyPending();
    }
  }

  private void applyPending() throws IOException {
    keydir.touch(hashes, pending);
    for (int i = 0; i < pending; i++) {
      long before = keydir.follow(types[i], hashes[i], keys[i], locations[i]);
      log.account(locations[i], types[i] == Record.PUT ? lengths[i] : 0, before);
    }
    pending = 0;
  }
}
