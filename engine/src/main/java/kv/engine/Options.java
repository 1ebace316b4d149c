/*
 * WHAT THIS FILE IS
 *
 * The options of a store. Steps 1 to 4 have none, since nothing in them depends on the use of a
 * store. Here three things do: the length of the period that a crash of the machine may lose, the
 * disk space that dead records may occupy, and the time at which it is reclaimed.
 *
 * NOT HERE, AND WHY
 *
 * The size of a cache. The log is read through maps, so the cache is the operating system's page
 * cache, which can use all free memory. No fixed size would be better.
 */
package kv.engine;

import java.util.Locale;
import java.util.Objects;

/**
 * Options of a store. Start from {@link #DEFAULT}, and change single options:
 *
 * <pre>{@code Options.DEFAULT.withSync(SyncPolicy.ALWAYS)}</pre>
 *
 * <p>The options are not stored in the files: a store can be opened with different options each
 * time.
 *
 * @param segmentSize the size in bytes at which a segment is sealed and the next one begun, 4 KiB
 *     to 1 GiB; a record that does not fit gets a segment of its own. All stores of a process
 *     together can have 30,000 segments.
 * @param sync when puts and deletes become durable
 * @param mergeThreshold the share of the sealed segments' bytes that must be dead before a merge
 *     starts by itself, above 0 and at most 1; in addition, at least a 16th of a segment must be
 *     dead. With a threshold t, sealed segments take up to 1 / (1 - t) times the live bytes between
 *     merges, and merges write up to (1 - t) / t bytes for each byte put.
 * @param automaticMerge whether merges start by themselves; {@link Store#merge()} works in any case
 * @param readOnly whether the store is only read: nothing in its directory is created, changed,
 *     locked or deleted
 */
public record Options(
    int segmentSize,
    SyncPolicy sync,
    double mergeThreshold,
    boolean automaticMerge,
    boolean readOnly) {
  /** The time at which a put or delete becomes durable without a {@link Store#sync()}. */
  public enum SyncPolicy {
    /** Before the call returns. Concurrent callers share an fsync. */
    ALWAYS,
    /** Within about a second. */
    EVERY_SECOND,
    /** When the operating system writes it, or when the segment is full. */
    NEVER
  }

  /** Segments of 64 MiB, synced every second, merged when half of the sealed bytes are dead. */
  public static final Options DEFAULT =
      new Options(64 << 20, SyncPolicy.EVERY_SECOND, 0.5, true, false);

  /** Minimum segment size in bytes. */
  private static final int MIN_SEGMENT_SIZE = 4 << 10;

  /**
   * Checks the values.
   *
   * @throws NullPointerException if the sync policy is null
   * @throws IllegalArgumentException naming a value that is out of its range, and the range
   */
  public Options {
    Objects.requireNonNull(sync, "sync");
    if (segmentSize < MIN_SEGMENT_SIZE || segmentSize > Segment.MAX_SIZE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the segment size is %d bytes; it must be %d to %d",
              segmentSize,
              MIN_SEGMENT_SIZE,
              Segment.MAX_SIZE));
    }
    // Negated, so that NaN is refused too.
    if (!(mergeThreshold > 0 && mergeThreshold <= 1)) {
      throw new IllegalArgumentException(
          "the merge threshold is " + mergeThreshold + "; it must be above 0 and at most 1");
    }
  }

  /** Returns these options with another segment size in bytes. */
  public Options withSegmentSize(int bytes) {
    return new Options(bytes, sync, mergeThreshold, automaticMerge, readOnly);
  }

  /** Returns these options with another sync policy. */
  public Options withSync(SyncPolicy policy) {
    return new Options(segmentSize, policy, mergeThreshold, automaticMerge, readOnly);
  }

  /** Returns these options with another share of dead bytes at which a merge starts. */
  public Options withMergeThreshold(double share) {
    return new Options(segmentSize, sync, share, automaticMerge, readOnly);
  }

  /** Returns these options with automatic merges on or off. */
  public Options withAutomaticMerge(boolean on) {
    return new Options(segmentSize, sync, mergeThreshold, on, readOnly);
  }

  /** Returns these options with a store that is read-only, or not. */
  public Options withReadOnly(boolean on) {
    return new Options(segmentSize, sync, mergeThreshold, automaticMerge, on);
  }
}
