package kv.step5;

import java.io.IOException;

/** A disk that fails when it is told to: for the threads that are started by who makes it. */
public final class FailingDisk {
  private volatile FailPoint failing;

  /** A disk that works. It is this thread's, and that of the threads it starts from now on. */
  public FailingDisk() {
    FailPoint.set(
        (point, file) -> {
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

  /** The disk has space again. */
  public void empty() {
    failing = null;
  }

  /** Takes this thread's disk away. */
  public void remove() {
    FailPoint.set(null);
  }
}
