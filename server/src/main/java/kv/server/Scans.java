/*
 * WHAT THIS FILE IS
 *
 * SCAN: all keys, a few at a time. The store has no order of keys that a cursor could be a place
 * in: its index is a hash table, which is made anew as it grows. So a scan's first call takes a
 * snapshot of the keys, and the cursor says which snapshot, and how far.
 *
 *     SCAN 0                    --> snapshot 9c3a0b71 of all keys; the first 10, and a cursor
 *     SCAN 11262188443012530186 --> the next 10, and a cursor; and so on
 *                                   the last ones, and 0: the snapshot is dropped
 *
 *     cursor:   | snapshot's number, 32 bits | place in it, 32 bits |
 *
 * What is promised is what Redis promises. A key that is there from the first call to the last is
 * returned, and exactly once here. A key that comes or goes meanwhile may be returned, or not;
 * what is gone when its turn comes is left out. The same cursor can be used twice.
 *
 * THE PRICE
 *
 * The first call reads the whole log, and the snapshot takes memory. So there are few snapshots, of
 * a limited size together. One more drops that which was used least recently, and a client that
 * comes back for it gets an error. It would be easier for it to get "0, no more keys", and wrong.
 *
 * Numbers begin at a random one, so that a cursor from before a restart is not taken for another.
 */
package kv.server;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import kv.engine.Store;

/** The scans that are going on. Used by the worker only. */
final class Scans {
  /** The most snapshots at a time. */
  static final int MAX_SNAPSHOTS = 16;

  /** A snapshot that was not used for so long may be dropped, in nanoseconds. */
  static final long MAX_IDLE = TimeUnit.MINUTES.toNanos(5);

  /** The most keys in one reply, whatever COUNT says. */
  static final int MAX_COUNT = 10_000;

  private final Store store;
  private final long maxBytes;
  private final LongSupplier clock;

  /** In the order of their last use. */
  private final Map<Integer, Snapshot> snapshots = new LinkedHashMap<>(16, 0.75f, true);

  private int nextNumber = new SecureRandom().nextInt();

  /** All keys at one moment. */
  private static final class Snapshot {
    final List<byte[]> keys;
    final long bytes;
    long used;

    Snapshot(List<byte[]> keys, long bytes) {
      this.keys = keys;
      this.bytes = bytes;
    }
  }

  /** Some keys, and the cursor for the next ones. */
  record Page(long cursor, List<byte[]> keys) {}

  /** What cannot be done, in words for the client. */
  static final class ScanException extends Exception {
    private static final long serialVersionUID = 1;

    ScanException(String message) {
      super(message);
    }
  }

  /** Ends a walk through the store. */
  private static final class Enough extends RuntimeException {
    private static final long serialVersionUID = 1;

    Enough() {
      super(null, null, false, false);
    }
  }

  /**
   * Scans of a store.
   *
   * @param maxBytes how much memory all snapshots together may take
   * @param clock as {@link System#nanoTime}
   */
  Scans(Store store, long maxBytes, LongSupplier clock) {
    this.store = store;
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  /**
   * Returns the keys that match a pattern. Takes O(bytes in the log) time.
   *
   * @param pattern null for all keys
   * @throws ScanException if they take more memory than there is for it
   */
  List<byte[]> keys(byte[] pattern) throws IOException, ScanException {
    return collect(pattern, maxBytes).keys;
  }

  /**
   * Goes on with a scan, or begins one.
   *
   * @param cursor 0 to begin, or what the last page said
   * @param count how many keys are looked at, about
   * @param pattern null for all keys
   * @throws ScanException if the cursor is not one that can be gone on with, or there is no memory
   *     for one more scan
   */
  Page scan(long cursor, long count, byte[] pattern) throws IOException, ScanException {
    dropIdle();
    int number = (int) (cursor >>> 32);
    int place = (int) cursor;
    if (cursor == 0) {
      number = begin();
      place = 0;
    }
    Snapshot snapshot = snapshots.get(number);
    if (snapshot == null || place < 0 || place > snapshot.keys.size()) {
      throw new ScanException("invalid cursor: it is unknown or too old, begin again with 0");
    }
    snapshot.used = clock.getAsLong();
    int end = (int) Math.min(place + Math.min(count, MAX_COUNT), snapshot.keys.size());
    List<byte[]> page = new ArrayList<>();
    for (byte[] key : snapshot.keys.subList(place, end)) {
      if ((pattern == null || Glob.matches(pattern, key)) && store.containsKey(key)) {
        page.add(key);
      }
    }
    if (end == snapshot.keys.size()) {
      snapshots.remove(number);
      return new Page(0, page);
    }
    return new Page((long) number << 32 | end, page);
  }

  private void dropIdle() {
    long now = clock.getAsLong();
    snapshots.values().removeIf(snapshot -> now - snapshot.used > MAX_IDLE);
  }

  /** Takes a snapshot, and drops old ones for it if there are many: its number. */
  private int begin() throws IOException, ScanException {
    long left = maxBytes;
    for (Snapshot snapshot : snapshots.values()) {
      left -= snapshot.bytes;
    }
    Snapshot snapshot = collect(null, left);
    snapshot.used = clock.getAsLong();
    if (snapshots.size() == MAX_SNAPSHOTS) {
      Iterator<Snapshot> oldest = snapshots.values().iterator();
      oldest.next();
      oldest.remove();
    }
    // Not 0 in 32 bits, since the cursor 0 means to begin.
    nextNumber = nextNumber == -1 ? 1 : nextNumber + 1;
    snapshots.put(nextNumber, snapshot);
    return nextNumber;
  }

  /** Collects keys, up to so many bytes. */
  private Snapshot collect(byte[] pattern, long limit) throws IOException, ScanException {
    List<byte[]> keys = new ArrayList<>();
    long[] bytes = {0};
    boolean all =
        walk(
            store,
            key -> {
              if (pattern != null && !Glob.matches(pattern, key)) {
                return true;
              }
              bytes[0] += Request.ARRAY_COST + key.length;
              return bytes[0] <= limit && keys.add(key);
            });
    if (!all) {
      throw new ScanException("too many keys for the memory that there is for a list of them");
    }
    return new Snapshot(keys, bytes[0]);
  }

  /**
   * Passes a store's keys to somebody who says whether to go on: true if that was all of them.
   * Takes O(bytes in the log) time.
   */
  static boolean walk(Store store, Predicate<byte[]> goesOn) throws IOException {
    try {
      store.forEach(
          (key, value) -> {
            if (!goesOn.test(key)) {
              throw new Enough();
            }
          });
      return true;
    } catch (Enough e) {
      return false;
    }
  }
}
