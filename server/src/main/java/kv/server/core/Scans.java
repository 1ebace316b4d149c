/*
 * WHAT THIS FILE IS
 *
 * All keys, a few at a time: for SCAN, and for GET /kv with a cursor. The store has no order of
 * keys in which a cursor could be a position: its index is a hash table, which is rebuilt as it
 * grows. So the cursor names a copy of the keys, and a position in it.
 *
 *     SCAN 0                    --> the first 10 keys, which the server remembers, and a cursor
 *     SCAN 11262188442420772864 --> copy 9c4b54b8 of all other keys; 10 of them, and a cursor
 *     SCAN 11262188442420772874 --> the next 10, and a cursor; and so on
 *                                   the last ones, and 0: the copy is dropped
 *
 *     cursor:   | number of the copy, 32 bits | position in it, 32 bits |
 *
 * The promise is Redis's. A key that exists from the first call to the last is returned, here
 * exactly once: it is in the first page or in the copy, and never in both. A key that is put or
 * deleted in between may be returned, or not; a key that is absent when the scan reaches it is left
 * out. The same cursor can be used twice, except the last.
 *
 * THE PRICE
 *
 * Many clients look at the first keys only, and that has to stay cheap. So the first page ends its
 * walk when it is full. The second page walks through all keys, and the copy takes memory. So there
 * are few copies, with a limit on their total size. One more scan drops the least recently used
 * one, and a client that continues the dropped scan gets an error. The reply "0, no more keys"
 * would be easier, and wrong.
 *
 * LISTS
 *
 * GET /kv lists the keys with a prefix in the same way, and its copy has those keys only. A first
 * page of a list drops only other first pages of lists: most are never continued, and would take
 * the place of scans in progress. A client that calls SCAN usually wants all keys.
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
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** The scans and lists in progress, of all clients of both ports. Used by the worker only. */
public final class Scans {
  /** The most scans in progress, and also the most first pages of lists. */
  public static final int MAX_SCANS = 16;

  /** The time without use after which a scan may be dropped. */
  static final long MAX_IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** The most keys in one reply, even if COUNT is larger. */
  static final int MAX_COUNT = 10_000;

  private final ServedStore store;
  private final long maxBytes;
  private final LongSupplier clock;

  /** The scans by number, in the order of their last use. */
  private final Map<Integer, Scan> scans = new LinkedHashMap<>(16, 0.75f, true);

  private int nextNumber = new SecureRandom().nextInt();

  /** A scan or list in progress: a copy of the keys at one moment. */
  private static final class Scan {
    /** The prefix of a list; null for a SCAN, which has all keys. */
    final byte[] prefix;

    /** Whether only the first page was read; the keys are its keys. */
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

    /** Returns whether this is the first page of a list, which is likely to be the only one. */
    boolean isListStart() {
      return isFirstPage && prefix != null;
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

  /**
   * Scans of a store.
   *
   * @param maxBytes the most memory for all scans in progress, in bytes
   * @param clock as {@link System#nanoTime}
   */
  Scans(ServedStore store, long maxBytes, LongSupplier clock) {
    this.store = store;
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  /**
   * Passes the keys that match a pattern to a consumer, which keeps them. Costs a walk through all
   * keys: see {@link ServedStore#forEachKey}.
   *
   * @param pattern null for all keys
   * @throws ScanException if the keys take more memory than is available
   */
  public void keys(byte[] pattern, Consumer<byte[]> consumer) throws IOException, ScanException {
    collect(key -> matches(pattern, key), maxBytes, consumer);
  }

  // ======== Scans ========

  /**
   * Starts or continues a scan. The first page costs a walk that ends when the page is full, the
   * second a walk through all keys, and each later page O(count) time.
   *
   * @param cursor 0 to start, or the cursor of the last page
   * @param count the number of keys to look at
   * @param pattern null for all keys
   * @throws ScanException if the cursor is unknown or too old, or there is no memory for another
   *     scan
   */
  public Page scan(long cursor, long count, byte[] pattern) throws IOException, ScanException {
    dropIdle();
    int most = (int) Math.min(count, MAX_COUNT);
    List<byte[]> page = new ArrayList<>();
    if (cursor == 0) {
      Page first = first(null, most, left());
      for (byte[] key : first.keys) {
        if (matches(pattern, key)) {
          page.add(key);
        }
      }
      return new Page(first.cursor, page);
    }
    Scan scan = find(cursor);
    if (scan == null || scan.prefix != null) {
      throw new ScanException("invalid cursor: it is unknown or too old; start again with 0");
    }
    scan = resume(cursor);
    int place = (int) cursor;
    int end = Math.min(place + most, scan.keys.size());
    for (byte[] key : scan.keys.subList(place, end)) {
      if (matches(pattern, key) && store.containsKey(key)) {
        page.add(key);
      }
    }
    return new Page(cursor(cursor, scan, end), page);
  }

  // ======== Lists ========

  /**
   * Starts a list: returns its first page. Costs a walk that ends when the page is full.
   *
   * @param count the most keys in the page
   * @param pageBytes the most bytes of all its keys
   * @throws ScanException if there are more keys, but no memory for those of this page
   */
  public Page list(byte[] prefix, int count, int pageBytes) throws IOException, ScanException {
    dropIdle();
    return first(prefix, count, pageBytes);
  }

  /** Returns the prefix of the list that a cursor belongs to, or null if the list is unknown. */
  public byte[] prefix(long cursor) {
    dropIdle();
    Scan scan = find(cursor);
    return scan == null ? null : scan.prefix;
  }

  /**
   * Continues a list: returns its next page. The second page costs a walk through all keys, and
   * each later page O(count) time.
   *
   * @param cursor one that {@link #prefix} knows
   * @param count the most keys in the page
   * @param pageBytes the most bytes of all its keys, if there are several
   * @throws ScanException if there is no memory for a copy of the keys
   */
  public Page next(long cursor, int count, int pageBytes) throws IOException, ScanException {
    Scan scan = resume(cursor);
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
    return new Page(cursor(cursor, scan, place), page);
  }

  // ======== Both ========

  /** Returns the first page of a list, or of a scan if the prefix is null. */
  private Page first(byte[] prefix, int count, long pageBytes) throws IOException, ScanException {
    List<byte[]> keys = new ArrayList<>();
    long[] bytes = {0};
    boolean all =
        store.forEachKey(
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
    long kept = prefix == null ? 0 : prefix.length;
    for (byte[] key : keys) {
      kept += Budget.ARRAY_COST + key.length;
    }
    if (kept > left()) {
      throw noMemory();
    }
    return new Page((long) add(new Scan(prefix, true, keys, kept)) << 32, keys);
  }

  /** Returns the scan or list that a cursor belongs to, or null if it is unknown. */
  private Scan find(long cursor) {
    Scan scan = scans.get((int) (cursor >>> 32));
    int place = (int) cursor;
    int end = scan == null || scan.isFirstPage ? 0 : scan.keys.size();
    return place < 0 || place > end ? null : scan;
  }

  /** Returns the scan of a known cursor, for another page. Copies the keys for the second page. */
  private Scan resume(long cursor) throws IOException, ScanException {
    int number = (int) (cursor >>> 32);
    Scan scan = scans.get(number);
    if (scan.isFirstPage) {
      scan = rest(scan);
      scans.remove(number);
      makeRoom(scan);
      scans.put(number, scan);
    }
    scan.usedAt = clock.getAsLong();
    return scan;
  }

  /** Copies the keys of a scan or list, without those of its first page. */
  private Scan rest(Scan first) throws IOException, ScanException {
    Set<byte[]> returned = new TreeSet<>(Arrays::compare);
    returned.addAll(first.keys);
    List<byte[]> others = new ArrayList<>();
    // Removed, since a walk passes a key once: the set is soon empty, and then costs nothing.
    long bytes =
        collect(
            key -> startsWith(key, first.prefix) && !returned.remove(key),
            left() + first.bytes,
            others::add);
    return new Scan(first.prefix, false, others, bytes);
  }

  /** Returns the cursor of the page at a position; drops the scan, and returns 0, at its end. */
  private long cursor(long before, Scan scan, int place) {
    int number = (int) (before >>> 32);
    if (place == scan.keys.size()) {
      scans.remove(number);
      return 0;
    }
    return (long) number << 32 | place;
  }

  /** Returns whether a key starts with a prefix; null is the start of every key. */
  private static boolean startsWith(byte[] key, byte[] prefix) {
    if (prefix == null) {
      return true;
    }
    int length = prefix.length;
    return key.length >= length && Arrays.equals(key, 0, length, prefix, 0, length);
  }

  private static boolean matches(byte[] pattern, byte[] key) {
    return pattern == null || Glob.matches(pattern, key);
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

  /**
   * Makes room for a scan: drops the least recently used one, among the first pages of lists or
   * among the others, if there are too many.
   */
  private void makeRoom(Scan added) {
    List<Integer> numbers = new ArrayList<>();
    scans.forEach(
        (number, scan) -> {
          if (scan.isListStart() == added.isListStart()) {
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
    makeRoom(scan);
    // Never 0, since the cursor 0 starts a scan.
    nextNumber = nextNumber == -1 ? 1 : nextNumber + 1;
    scans.put(nextNumber, scan);
    return nextNumber;
  }

  /**
   * Passes the keys that a filter accepts to a consumer. Returns the memory that they take, in
   * bytes.
   *
   * @throws ScanException if that is more than the limit
   */
  private long collect(Predicate<byte[]> wanted, long limit, Consumer<byte[]> consumer)
      throws IOException, ScanException {
    long[] bytes = {0};
    boolean all =
        store.forEachKey(
            key -> {
              if (wanted.test(key)) {
                bytes[0] += Budget.ARRAY_COST + key.length;
                if (bytes[0] > limit) {
                  return false;
                }
                consumer.accept(key);
              }
              return true;
            });
    if (!all) {
      throw noMemory();
    }
    return bytes[0];
  }
}
