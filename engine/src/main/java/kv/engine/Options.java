/*
 * WHAT THIS FILE IS
 *
 * What can be chosen about a store. Steps 1 to 4 have no options, since nothing in them depends on
 * how a store is used. Here three things do: how long a crash of the machine may reach back, how
 * much disk dead records may take, and when that is given back.
 *
 * NOT HERE, AND WHY
 *
 * A size for a cache: the log is read through maps, so the operating system's memory is the cache,
 * all of it, and no number would be better than that.
 */
package kv.engine;

import java.util.Locale;
import java.util.Objects;

/**
 * How a store works. Start from {@link #DEFAULT}, and change what has to be different:
 *
 * <pre>{@code Options.DEFAULT.withSync(SyncPolicy.ALWAYS)}</pre>
 *
 * <p>Nothing of this is kept in the files: a store can be opened with other options every time.
 *
 * @param segmentSize the size in bytes at which a segment is sealed and the next one begun, 4 KiB
 *     to 1 GiB; a record that does not fit gets a segment of its own. All stores of a
 *     process together can have 30,000 segments.
 * @param sync when puts and deletes become durable
 * @param mergeThreshold the share of the sealed segments that has to be dead before a merge starts
 *     by itself, above 0 and at most 1; at least a 16th of a segment has to be dead besides. With
 *     t, sealed segments take up to 1 / (1 - t) times the live bytes between merges, and merges
 *     write up to (1 - t) / t bytes for each byte put.
 * @param automaticMerge whether merges start by themselves; {@link Store#merge()} works anyway
 * @param readOnly whether the store is only read: nothing in its directory is created, changed,
 *     locked or deleted
 */
public record Options(
    int segmentSize,
    SyncPolicy sync,
    double mergeThreshold,
    boolean automaticMerge,
    boolean readOnly) {
  /** When a put or delete becomes durable without a {@link Store#sync()}. */
  public enum SyncPolicy {
    /** Before the call returns. Callers that wait at the same time share an fsync. */
    ALWAYS,
    /** Within about a second. */
    EVERY_SECOND,
    /** When the operating system likes, and when a segment is full. */
    NEVER
  }

  /** Segments of 64 MiB, synced every second, merged when half of what is sealed is dead. */
  public static final Options DEFAULT =
      new Options(64 << 20, SyncPolicy.EVERY_SECOND, 0.5, true, false);

  /** The smallest segments that can be asked for, in bytes. */
  private static final int MIN_SEGMENT_SIZE = 4 << 10;

  /**
   * Checks the values.
   *
   * @throws NullPointerException if the sync policy is null
   * @throws IllegalArgumentException naming the value that is out of its range, and the range
   */
  public Options {
    Objects.requireNonNull(sync, "sync");
    if (segmentSize < MIN_SEGMENT_SIZE || segmentSize > Segment.MAX_SIZE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the segment size is %d bytes, and may be %d to %d",
              segmentSize,
              MIN_SEGMENT_SIZE,
              Segment.MAX_SIZE));
    }
    // Written so that NaN is turned away too.
    if (!(mergeThreshold > 0 && mergeThreshold <= 1)) {
      throw new IllegalArgumentException(
          "the merge threshold is " + mergeThreshold + ", and must be above 0 and at most 1");
    }
  }

  /** The same, with another segment size in bytes. */
  public Options withSegmentSize(int bytes) {
    return new Options(bytes, sync, mergeThreshold, automaticMerge, readOnly);
  }

  /** The same, with another sync policy. */
  public Options withSync(SyncPolicy policy) {
    return new Options(segmentSize, policy, mergeThreshold, automaticMerge, readOnly);
  }

  /** The same, with another share of dead bytes at which a merge starts. */
  public Options withMergeThreshold(double share) {
    return new Options(segmentSize, sync, share, automaticMerge, readOnly);
  }

  /** The same, with merges that start by themselves, or not. */
  public Options withAutomaticMerge(boolean on) {
    return new Options(segmentSize, sync, mergeThreshold, on, readOnly);
  }

  /** The same, with a store that is only read, or not. */
  public Options withReadOnly(boolean on) {
    return new Options(segmentSize, sync, mergeThreshold, automaticMerge, on);
  }
}
