/*
 * WHAT THIS FILE IS
 *
 * Protection from interrupts. A FileChannel closes itself when a thread that uses it is
 * interrupted before or during the call. The interrupt even hides a failed fsync. In steps 1 to 4
 * that makes the store unusable. A server that cancels requests by interrupting threads cannot
 * accept that.
 *
 * So no interrupt of a caller reaches an operation on a file:
 *
 *     write     RandomAccessFile, which ignores interrupts
 *     fsync     AsynchronousFileChannel.force, which ignores them too; also of a directory
 *     map       requires FileChannel; repeated after an interrupt: see MappedFiles
 *     lock      requires FileChannel, and a locked file must not be closed: LOCK is read and
 *               written on a thread of the store's own, which is never interrupted
 *     wait      in a loop; the caller's interrupt is set again at the end
 *
 * The cost of AsynchronousFileChannel.force: a virtual thread occupies its carrier while it waits
 * for the disk, while FileChannel.force lets the carrier run other virtual threads. If there are
 * as many stores as processors, and each is in an fsync, all virtual threads wait.
 * (RandomAccessFile.getFD().sync() has neither problem, but also writes the file's times, which
 * costs a second write to the disk.)
 */
package kv.engine;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Operations that an interrupt of the calling thread must not disturb. */
final class Uninterruptible {
  private Uninterruptible() {}

  /** An operation on files. */
  interface Action<T> {
    T run() throws IOException;
  }

  /**
   * Runs an action on a thread of its own, and waits for it. Costs the start of a thread, so it is
   * used for rare operations only. Throws the exceptions of the action.
   */
  static <T> T call(Action<T> action) throws IOException {
    FutureTask<T> task = new FutureTask<>(action::run);
    Thread thread = start("kv-file", task);
    join(thread);
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw (RuntimeException) e.getCause();
    } catch (InterruptedException e) {
      throw new IllegalStateException("a get of a completed task was interrupted", e);
    }
  }

  /** Starts a daemon thread. */
  static Thread start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Waits for the end of a thread. */
  static void join(Thread thread) {
    // A thread that ends notifies the threads that wait on it.
    synchronized (thread) {
      await(thread, () -> !thread.isAlive());
    }
  }

  /** Waits for a time. */
  static void sleep(long milliseconds) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
    Object monitor = new Object();
    synchronized (monitor) {
      await(monitor, () -> System.nanoTime() - end >= 0, milliseconds);
    }
  }

  /** Waits until a latch is open. */
  static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until a condition holds. Checks it whenever a monitor is notified. Requires: the
   * monitor.
   */
  static void await(Object monitor, BooleanSupplier condition) {
    await(monitor, condition, 0);
  }

  /**
   * Waits until a condition holds. Checks it whenever a monitor is notified, and at the given
   * interval. Requires: the monitor.
   */
  static void await(Object monitor, BooleanSupplier condition, long milliseconds) {
    boolean interrupted = false;
    while (!condition.getAsBoolean()) {
      try {
        monitor.wait(milliseconds);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
