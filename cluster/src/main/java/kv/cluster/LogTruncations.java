package kv.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.ratis.statemachine.StateMachine;

/**
 * Knows how far a shard's log is on the disk while its end is being cut off. A node cuts entries off
 * that a leader has replaced. Ratis has others in their place in memory at once, but its flush index,
 * the last entry on the disk, is lowered only when the file is cut: until then it counts entries that
 * are not there any longer. Thread-safe.
 *
 * <pre>
 * in memory    | 1 | 2 | 3'| 4'|        the log, as replies speak of it
 * on the disk  | 1 | 2 | 3 | 4 |        flush index 4
 *                        '------ truncate(3) waits for the disk: no more than 2 are there
 * </pre>
 */
final class LogTruncations implements StateMachine.DataApi {
  /** The number of truncations that wait for the disk. */
  private int waiting;

  /** The number of truncations so far. */
  private int count;

  /** The last entry that none of them cuts off; the largest number if there is none. */
  private long kept = Long.MAX_VALUE;

  /**
   * Called when the entries from an index on have been replaced in memory, and before a reply says so.
   */
  @Override
  public synchronized CompletableFuture<Void> truncate(long index) {
    waiting++;
    count++;
    kept = Math.min(kept, index - 1);
    return new CompletableFuture<>() {
      /** Called by the thread that writes the log, when it has cut the file. */
      @Override
      public Void get() {
        end();
        return null;
      }
    };
  }

  private synchronized void end() {
    waiting--;
  }

  /** Called by the thread that writes the log, before an fsync: it has lowered its index by now. */
  @Override
  public synchronized CompletableFuture<Void> flush(long index) {
    if (waiting == 0) {
      kept = Long.MAX_VALUE;
    }
    return CompletableFuture.completedFuture(null);
  }

  /**
   * Returns the last entry that is on the disk.
   *
   * @param flushIndex returns the one that Ratis takes for it
   */
  synchronized long flushed(LongSupplier flushIndex) {
    return Math.min(kept, flushIndex.getAsLong());
  }

  /** Returns the number of truncations so far. */
  synchronized int count() {
    return count;
  }
}
