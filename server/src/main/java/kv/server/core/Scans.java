/*
 * WHAT THIS FILE IS
 *
 * All keys, a few at a time: for SCAN, and for GET /kv with a cursor. The store has no order of
 * keys in which a cursor could be a position: its index is a hash table, which is rebuilt as it
 * grows. So the first call of a SCAN copies all keys, and the cursor names the copy and the
 * position in it.
 *
 *     SCAN 0                    --> copy 9c3a0b71 of all keys; the first 10, and a cursor
 *     SCAN 11262188443012530186 --> the next 10, and a cursor; and so on
 *                                   the last ones, and 0: the copy is dropped
 *
 *     cursor:   | number of the copy, 32 bits | position in it, 32 bits |
 *
 * The promise is Redis's. A key that exists from the first call to the last is returned, here
 * exactly once. A key that is put or deleted in between may be returned, or not; a key that is
 * absent when the scan reaches it is left out. The same cursor can be used twice, except the last.
 *
 * THE PRICE
 *
 * The first call reads the whole log, and the copy takes memory. So there are few copies, with a
 * limit on their total size. One more scan drops the least recently used one, and a client that
 * continues the dropped scan gets an error. The reply "0, no more keys" would be easier, and wrong.
 *
 * LISTS
 *
 * Most clients of GET /kv look at the first keys only, and that has to stay cheap. So the first
 * page of a list ends its walk when it is full, and the server only remembers the keys of that
 * page. The second page copies the keys with the list's prefix, without those of the first page. A
 * key that exists all the time is in one of the two, and never in both. A first page drops only
 * other first pages: most are never continued, and would take the place of scans in progress.
 *
 * The numbers start at a random one, so that a cursor from before a restart does not match a later
 * scan.
 */
package kv.server.core;

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
public final class Scans {
  /** The most scans in progress, and also the most first pages of lists. */
  public static final int MAX_SCANS = 16;

  /** The time without use after which a scan may be dropped. */
  static final long MAX_IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** The most keys in one reply, even if COUNT is larger. */
  static final int MAX_COUNT = 10_000;

  private final Store store;
  private final long maxBytes;
  private final LongSupplier clock;

  /** The scans by number, in the order of their last use. */
  private final Map<Integer, Scan> scans = new LinkedHashMap<>(16, 0.75f, true);

  private int nextNumber = new SecureRandom().nextInt();

  /** A scan in progress: a copy of the keys at one moment. */
  private static final class Scan {
    /** The prefix of a list; null for a SCAN, which has all keys. */
    final byte[] prefix;

    /** Whether this is a list of which only the first page was read; the keys are its keys. */
    final boolean isFirstPage;

    final List<byte[]> keys;
    final long bytes;

    /** The time of the last use, in nanoseconds. */
    long usedAt;

    Scan(byte[] prefix, boolean isFirstPage, List<byte[]> keys, long bytes) {
      this.prefix = prefix;
      this.isFirstPage = isFirstPage;
      this.keys = keys;
      this.bytes = bytes;
    }
  }

  /** Some keys, and the cursor of the next ones; 0 if these are the last. */
  public record Page(long cursor, List<byte[]> keys) {}

  /** A scan that cannot continue, with the reason for the client. */
  public static final class ScanException extends Exception {
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
   * @param maxBytes the most memory for all scans in progress, in bytes
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
   * @throws ScanException if the keys take more memory than is available
   */
  public List<byte[]> keys(byte[] pattern) throws IOException, ScanException {
    return collect(null, matching(pattern), maxBytes).keys;
  }

  /**
   * Starts or continues a scan.
   *
   * @param cursor 0 to start, or the cursor of the last page
   * @param count the number of keys to look at
   * @param pattern null for all keys
   * @throws ScanException if the cursor is unknown or too old, or there is no memory for another
   *     scan
   */
  public Page scan(long cursor, long count, byte[] pattern) throws IOException, ScanException {
    dropIdle();
    int number = (int) (cursor >>> 32);
    int place = (int) cursor;
    if (cursor == 0) {
      number = begin();
      place = 0;
    }
    Scan scan = scans.get(number);
    if (scan == null || scan.prefix != null || place < 0 || place > scan.keys.size()) {
      throw new ScanException("invalid cursor: it is unknown or too old; start again with 0");
    }
    scan.usedAt = clock.getAsLong();
    int end = (int) Math.min(place + Math.min(count, MAX_COUNT), scan.keys.size());
    List<byte[]> page = new ArrayList<>();
    for (byte[] key : scan.keys.subList(place, end)) {
      if ((pattern == null || Glob.matches(pattern, key)) && store.containsKey(key)) {
        page.add(key);
      }
    }
    if (end == scan.keys.size()) {
      scans.remove(number);
      return new Page(0, page);
    }
    return new Page((long) number << 32 | end, page);
  }

  /**
   * Starts a list: returns its first page.
   *
   * @param count the most keys in the page
   * @param pageBytes the most bytes of all its keys
   * @throws ScanException if there are more keys, but no memory for those of this page
   */
  public Page list(byte[] prefix, int count, int pageBytes) throws IOException, ScanException {
    dropIdle();
    List<byte[]> keys = new ArrayList<>();
    long[] bytes = {0};
    boolean all =
        walk(
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
      kept += Budget.ARRAY_COST + key.length;
    }
    if (kept > left()) {
      throw noMemory();
    }
    return new Page((long) add(new Scan(prefix, true, keys, kept)) << 32, keys);
  }

  /** Returns the prefix of the list that a cursor belongs to, or null if the list is unknown. */
  public byte[] prefix(long cursor) {
    dropIdle();
    Scan scan = scans.get((int) (cursor >>> 32));
    int place = (int) cursor;
    int end = scan == null || scan.isFirstPage ? 0 : scan.keys.size();
    return scan == null || place < 0 || place > end ? null : scan.prefix;
  }

  /**
   * Continues a list: returns its next page.
   *
   * @param cursor one that {@link #prefix} knows
   * @param count the most keys in the page
   * @param pageBytes the most bytes of all its keys, if there are several
   * @throws ScanException if there is no memory for a copy of the keys
   */
  public Page next(long cursor, int count, int pageBytes) throws IOException, ScanException {
    int number = (int) (cursor >>> 32);
    Scan scan = scans.get(number);
    if (scan.isFirstPage) {
      scan = rest(scan);
      makeRoom(false);
      scans.put(number, scan);
    }
    scan.usedAt = clock.getAsLong();
    int place = (int) cursor;
    List<byte[]> page = new ArrayList<>();
    long bytes = 0;
    while (place < scan.keys.size() && page.size() < count) {
      byte[] key = scan.keys.get(place);
      if (store.containsKey(key)) {
        bytes += key.length;
        if (bytes > pageBytes && !page.isEmpty()) {
          break;
        }
        page.add(key);
      }
      place++;
    }
    if (place == scan.keys.size()) {
      scans.remove(number);
      return new Page(0, page);
    }
    return new Page((long) number << 32 | place, page);
  }

  /** Copies the keys of a list, without those of its first page. */
  private Scan rest(Scan first) throws IOException, ScanException {
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
    return new ScanException("too many keys: a list of them does not fit in memory");
  }

  private void dropIdle() {
    long now = clock.getAsLong();
    scans.values().removeIf(scan -> now - scan.usedAt > MAX_IDLE_NANOS);
  }

  /** Returns the bytes that no scan takes. */
  private long left() {
    long left = maxBytes;
    for (Scan scan : scans.values()) {
      left -= scan.bytes;
    }
    return left;
  }

  /** Starts a scan of all keys, and returns its number. */
  private int begin() throws IOException, ScanException {
    return add(collect(null, key -> true, left()));
  }

  /** Drops the least recently used first page, or other scan, if there are too many of them. */
  private void makeRoom(boolean firstPages) {
    List<Integer> numbers = new ArrayList<>();
    scans.forEach(
        (number, scan) -> {
          if (scan.isFirstPage == firstPages) {
            numbers.add(number);
          }
        });
    if (numbers.size() >= MAX_SCANS) {
      scans.remove(numbers.get(0));
    }
  }

  /** Adds a scan, and returns its number. */
  private int add(Scan scan) {
    scan.usedAt = clock.getAsLong();
    makeRoom(scan.isFirstPage);
    // Never 0, since the cursor 0 starts a scan.
    nextNumber = nextNumber == -1 ? 1 : nextNumber + 1;
    scans.put(nextNumber, scan);
    return nextNumber;
  }

  /** Copies the keys that a filter accepts, up to a number of bytes. */
  private Scan collect(byte[] prefix, Predicate<byte[]> wanted, long limit)
      throws IOException, ScanException {
    List<byte[]> keys = new ArrayList<>();
    long[] bytes = {0};
    boolean all =
        walk(
            key -> {
              if (!wanted.test(key)) {
                return true;
              }
              bytes[0] += Budget.ARRAY_COST + key.length;
              return bytes[0] <= limit && keys.add(key);
            });
    if (!all) {
      throw noMemory();
    }
    return new Scan(prefix, false, keys, bytes[0]);
  }

  /**
   * Passes the store's keys to a function until it returns false. Returns whether it returned true
   * for all keys. Takes O(bytes in the log) time.
   */
  private boolean walk(Predicate<byte[]> goesOn) throws IOException {
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
