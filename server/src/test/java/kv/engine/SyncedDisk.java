package kv.engine;

/** Reports each fsync of the creating thread and of the threads that it starts. */
public final class SyncedDisk {
  /** Runs an action after each fsync of this thread, and of those that it starts from now on. */
  public SyncedDisk(Runnable afterSync) {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNCED) {
            afterSync.run();
          }
        });
  }

  /** Stops reporting for this thread. */
  public void remove() {
    FailPoint.set(null);
  }
}
