package kv.engine;

/** Tells of every fsync: of the threads that are started by who makes it. */
public final class SyncedDisk {
  /** Has something done after each fsync of this thread, and of those it starts from now on. */
  public SyncedDisk(Runnable afterSync) {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.SYNCED) {
            afterSync.run();
          }
        });
  }

  /** Tells of nothing more that this thread does. */
  public void remove() {
    FailPoint.set(null);
  }
}
