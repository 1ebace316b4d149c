package kv.engine;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** Holds merges after their output was written and before it is durable. */
public final class HeldMerge {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  /** Holds the merges of this thread, and of those that it starts from now on. */
  public HeldMerge() {
    FailPoint.set(
        (point, file) -> {
          if (point == FailPoint.OUTPUT_WRITTEN) {
            reached.countDown();
            try {
              released.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        });
  }

  /** Waits until a merge is held. */
  public void await() throws InterruptedException {
    reached.await();
  }

  /** Lets the merge go on, and all later ones. */
  public void release() {
    released.countDown();
  }

  /** Releases the merge, and holds no further one. */
  public void remove() {
    release();
    FailPoint.set(null);
  }
}
