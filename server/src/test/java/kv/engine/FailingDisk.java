package kv.engine;

import java.io.IOException;

/** A disk that fails on demand, for the thread that creates it and the threads that it starts. */
public final class FailingDisk {
  private volatile FailPoint failing;

  /** The error that the failing point throws; null for an IOException. */
  private volatile Error error;

  /** Creates a disk that works, for this thread and the threads that it starts from now on. */
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

  /** From now on, as on a full disk, there is no space. */
  public void fill() {
    failing = FailPoint.RESERVE;
  }

  /** From now on, reserving space throws an error. */
  public void fillWith(Error cause) {
    error = cause;
    failing = FailPoint.RESERVE;
  }

  /** From now on, every merge throws an error. */
  public void failMergesWith(Error cause) {
    error = cause;
    failing = FailPoint.RUN_STARTED;
  }

  /** The disk has space again. */
  public void empty() {
    failing = null;
    error = null;
  }

  /** Removes this thread's disk. */
  public void remove() {
    FailPoint.set(null);
  }
}
