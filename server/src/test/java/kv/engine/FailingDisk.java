package kv.engine;

import java.io.IOException;

/** A disk that fails when it is told to: for the threads that are started by who makes it. */
public final class FailingDisk {
  private volatile FailPoint failing;

  /** What the failing point throws; null for an IOException. */
  private volatile Error error;

  /** A disk that works. It is this thread's, and that of the threads it starts from now on. */
  public FailingDisk() {
    FailPoint.set(
        (point, file) -> {
          if (point == failing && error != null) {
            throw error;
          }
          if (point == failing) {
            throw new IOException("the disk says no");
          }
        });
  }

  /** From now on, every fsync fails. */
  public void failSyncs() {
    failing = FailPoint.SYNC;
  }

  /** From now on, as on a full disk, no space can be had. */
  public void fill() {
    failing = FailPoint.RESERVE;
  }

  /** From now on, an Error comes out of the code that reserves space. */
  public void fillWith(Error cause) {
    error = cause;
    failing = FailPoint.RESERVE;
  }

  /** From now on, an Error comes out of every merge. */
  public void failMergesWith(Error cause) {
    error = cause;
    failing = FailPoint.RUN_STARTED;
  }

  /** The disk has space again. */
  public void empty() {
    failing = null;
    error = null;
  }

  /** Takes this thread's disk away. */
  public void remove() {
    FailPoint.set(null);
  }
}
