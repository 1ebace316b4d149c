package kv.workshop.model;

/**
 * The memory that the engine has in addition to that of step 5.
 *
 * @param active whether the last segment of the log is being written; otherwise all are sealed
 * @param full whether the one before it is full, and not known to be durable
 * @param failed whether an fsync failed
 * @param keepsTombstones whether the running merge copies tombstones
 * @param sync the running fsync of a group, or null
 */
record Flight(boolean active, boolean full, boolean failed, boolean keepsTombstones, Sync sync) {
  /** The steps of Log.syncActive, and the end of GroupCommit.lead. */
  enum Step {
    SETTLE_FULL,
    FSYNC_ACTIVE,
    RETURN
  }

  /**
   * The fsync of a group.
   *
   * @param end number of puts and deletes that it acknowledges
   * @param active the segment that was active when it began
   * @param next its next step
   */
  record Sync(int end, Name active, Step next) {}

  /** The memory of a store that was just opened. */
  static final Flight NONE = new Flight(false, false, false, false, null);

  Flight withSegments(boolean isActive, boolean isFull) {
    return new Flight(isActive, isFull, failed, keepsTombstones, sync);
  }

  Flight withMerge(boolean keeps) {
    return new Flight(active, full, failed, keeps, sync);
  }

  Flight with(Sync next) {
    return new Flight(active, full, failed, keepsTombstones, next);
  }

  Flight afterFailure() {
    return new Flight(active, full, true, keepsTombstones, null);
  }
}
