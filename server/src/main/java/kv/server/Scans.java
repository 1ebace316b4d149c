/*
 * WHAT THIS FILE IS
 *
 * All keys, a few at a time: for SCAN, and for GET /kv with a cursor. The store has no order of
 * keys in which a cursor could be a position: its index is a hash table, which is rebuilt as it
 * grows. So the first call of a SCAN takes a snapshot of the keys, and the cursor says which
 * snapshot, and the position in it.
 *
 *     SCAN 0                    --> snapshot 9c3a0b71 of all keys; the first 10, and a cursor
 *     SCAN 11262188443012530186 --> the next 10, and a cursor; and so on
 *                                   the last ones, and 0: the snapshot is dropped
 *
 *     cursor:   | snapshot's number, 32 bits | position in it, 32 bits |
 *
 * The promise is Redis's. A key that is there from the first call to the last is returned, here
 * exactly once. A key that is put or deleted in between may be returned, or not; a key that is
 * absent when its turn comes is left out. The same cursor can be used twice, except the last.
 *
 * THE PRICE
 *
 * The first call reads the whole log, and the snapshot takes memory. So there are few snapshots,
 * with a limit on their size together. One more drops the least recently used one, and a client
 * that comes back for it gets an error. To answer "0, no more keys" would be easier, and wrong.
 *
 * LISTS
 *
 * Most clients of GET /kv look at the first keys only, and that has to stay cheap. So a list's
 * first page ends its walk when it is full, and only remembers which keys it returned. The second
 * page takes the snapshot: the keys with the list's prefix, without those of the first page. A key
 * that is there all the time is in one of the two, and never in both. First pages drop first pages
 * only: most are never gone on with, and would take the place of scans in progress.
 *
 * Numbers begin at a random one, so that a cursor from before a restart is not taken for another.
 */
package kv.server;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import kv.engine.Store;

/** The scans and lists in progress, of all clients of both ports. Used by the worker only. */
final class Scans {
  /** The most snapshots at a time, and besides them the most first pages of lists. */
  static final int MAX_SNAPSHOTS = 16;

  /** A snapshot may be dropped after this time without use, in nanoseconds. */
  static final long MAX_IDLE = TimeUnit.MINUTES.toNanos(5);

  /** The most keys in one reply, whatever COUNT says. */
  static final int MAX_COUNT = 10_000;

  private final Store store;
  private final long maxBytes;
  private final LongSupplier clock;

  /** In the order of their last use. */
  private final Map<Integer, Snapshot> snapshots = new LinkedHashMap<>(16, 0.75f, true);

  private int nextNumber = new SecureRandom().nextInt();

  /** Keys at one moment. */
  private static final class Snapshot {
    /** The list's prefix; null for a SCAN, which has all keys. */
    final byte[] prefix;

    /** True for a list whose first page was returned: the keys are those of that page. */
    final boolean isFirstPage;

    final List<byte[]> keys;
    final long bytes;
    long used;

    Snapshot(byte[] prefix, boolean isFirstPage, List<byte[]> keys, long bytes) {
      this.prefix = prefix;
      this.isFirstPage = isFirstPage;
      this.keys = keys;
      this.bytes = bytes;
    }
  }

  /** Some keys, and the cursor for the next ones; 0 if these are the last. */
  record Page(long cursor, List<byte[]> keys) {}

  /** A scan that cannot go on, with the reason for the client. */
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
    return collect(null, matching(pattern), maxBytes).keys;
  }

  /**
   * Continues a scan, or begins one.
   *
   * @param cursor 0 to begin, or the cursor of the last page
   * @param count the number of keys to look at
   * @param pattern null for all keys
   * @throws ScanException if the cursor is unknown or too old, or there is no memory for one more
   *     scan
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
    if (snapshot == null || snapshot.prefix != null || place < 0 || place > snapshot.keys.size()) {
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

  /**
   * Begins a list: returns its first page.
   *
   * @param count the most keys in the page
   * @param pageBytes the most bytes of all its keys together
   * @throws ScanException if there are more keys, and no memory to remember this page
   */
  Page list(byte[] prefix, int count, int pageBytes) throws IOException, ScanException {
    dropIdle();
    List<byte[]> keys = new ArrayList<>();
    long[] bytes = {0};
    boolean all =
        walk(
            store,
            key -> {
              if (!startsWith(key, prefix)) {
                return true;
              }
              bytes[0] += key.length;
              return keys.size() < count && bytes[0] <= pageBytes && keys.add(key);
            });
    if (all) {
      return new Page(0, keys);
    }
    long kept = prefix.length;
    for (byte[] key : keys) {
      kept += Request.ARRAY_COST + key.length;
    }
    if (kept > left()) {
      throw noMemory();
    }
    return new Page((long) add(new Snapshot(prefix, true, keys, kept)) << 32, keys);
  }

  /** Returns the prefix of the list that a cursor belongs to, or null if there is no such list. */
  byte[] prefix(long cursor) {
    dropIdle();
    Snapshot snapshot = snapshots.get((int) (cursor >>> 32));
    int place = (int) cursor;
    int end = snapshot == null || snapshot.isFirstPage ? 0 : snapshot.keys.size();
    return snapshot == null || place < 0 || place > end ? null : snapshot.prefix;
  }

  /**
   * Continues a list: returns its next page.
   *
   * @param cursor one that {@link #prefix} knows
   * @param count the most keys in the page
   * @param pageBytes the most bytes of all its keys together, if there are several
   * @throws ScanException if there is no memory for a snapshot of the keys
   */
  Page next(long cursor, int count, int pageBytes) throws IOException, ScanException {
    int number = (int) (cursor >>> 32);
    Snapshot snapshot = snapshots.get(number);
    if (snapshot.isFirstPage) {
      snapshot = rest(snapshot);
      makeRoom(false);
      snapshots.put(number, snapshot);
    }
    snapshot.used = clock.getAsLong();
    int place = (int) cursor;
    List<byte[]> page = new ArrayList<>();
    long bytes = 0;
    while (place < snapshot.keys.size() && page.size() < count) {
      byte[] key = snapshot.keys.get(place);
      if (store.containsKey(key)) {
        bytes += key.length;
        if (bytes > pageBytes && !page.isEmpty()) {
          break;
        }
        page.add(key);
      }
      place++;
    }
    if (place == snapshot.keys.size()) {
      snapshots.remove(number);
      return new Page(0, page);
    }
    return new Page((long) number << 32 | place, page);
  }

  /** Takes the snapshot of a list without the keys of its first page. */
  private Snapshot rest(Snapshot first) throws IOException, ScanException {
    Set<byte[]> returned = new TreeSet<>(Arrays::compare);
    returned.addAll(first.keys);
    return collect(
        first.prefix,
        key -> startsWith(key, first.prefix) && !returned.contains(key),
        left() + first.bytes);
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    int length = prefix.length;
    return key.length >= length && Arrays.equals(key, 0, length, prefix, 0, length);
  }

  private static Predicate<byte[]> matching(byte[] pattern) {
    return key -> pattern == null || Glob.matches(pattern, key);
  }

  private static ScanException noMemory() {
    return new ScanException("too many keys for the memory that there is for a list of them");
  }

  private void dropIdle() {
    long now = clock.getAsLong();
    snapshots.values().removeIf(snapshot -> now - snapshot.used > MAX_IDLE);
  }

  /** Returns the bytes that no snapshot takes. */
  private long left() {
    long left = maxBytes;
    for (Snapshot snapshot : snapshots.values()) {
      left -= snapshot.bytes;
    }
    return left;
  }

  /** Takes a snapshot of all keys, and returns its number. */
  private int begin() throws IOException, ScanException {
    return add(collect(null, key -> true, left()));
  }

  /** Drops the least recently used one of the first pages, or of the others, if there are many. */
  private void makeRoom(boolean firstPages) {
    List<Integer> numbers = new ArrayList<>();
    snapshots.forEach(
        (number, snapshot) -> {
          if (snapshot.isFirstPage == firstPages) {
            numbers.add(number);
          }
        });
    if (numbers.size() >= MAX_SNAPSHOTS) {
      snapshots.remove(numbers.get(0));
    }
  }

  /** Adds a snapshot, and returns its number. */
  private int add(Snapshot snapshot) {
    snapshot.used = clock.getAsLong();
    makeRoom(snapshot.isFirstPage);
    // Not 0 in 32 bits, since the cursor 0 means to begin.
    nextNumber = nextNumber == -1 ? 1 : nextNumber + 1;
    snapshots.put(nextNumber, snapshot);
    return nextNumber;
  }

  /** Collects the keys that are wanted, up to the given number of bytes. */
  private Snapshot collect(byte[] prefix, Predicate<byte[]> wanted, long limit)
      throws IOException, ScanException {
    List<byte[]> keys = new ArrayList<>();
    long[] bytes = {0};
    boolean all =
        walk(
            store,
            key -> {
              if (!wanted.test(key)) {
                return true;
              }
              bytes[0] += Request.ARRAY_COST + key.length;
              return bytes[0] <= limit && keys.add(key);
            });
    if (!all) {
      throw noMemory();
    }
    return new Snapshot(prefix, false, keys, bytes[0]);
  }

  /**
   * Passes a store's keys to a function until it returns false. Returns whether it was called with
   * all keys, and never returned false. Takes O(bytes in the log) time.
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
