/*
 * WHAT THIS FILE IS
 *
 * Protection from interrupts. A FileChannel closes itself when the thread that uses it is, or
 * gets, interrupted; it even hides a failed fsync behind the interrupt. In steps 1 to 4 that ends
 * the use of the store. A server that cancels requests by interrupting them cannot live with that.
 *
 * So an interrupt of a caller is kept from everything that touches a file:
 *
 *     write     RandomAccessFile, which knows nothing of interrupts
 *     fsync     AsynchronousFileChannel.force, which does not either; of a directory as well
 *     map       only FileChannel can do that, and what an interrupt breaks is done again: see
 *               MappedFiles
 *     lock      only FileChannel can do that, and what is locked must not be closed: LOCK is read
 *               and written on a thread of the store's own, which is never interrupted
 *     wait      in a loop, and the caller's interrupt is set again at the end
 *
 * The price of AsynchronousFileChannel.force: a virtual thread keeps its carrier while it waits for
 * the disk, where FileChannel.force lets the carrier run other virtual threads. With as many stores
 * as processors, each in an fsync, all virtual threads wait. (RandomAccessFile.getFD().sync() has
 * neither fault, but writes the file's times as well, which costs a second write to the disk.)
 */
package kv.engine;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Does things that an interrupt of the calling thread must not harm. */
final class Uninterruptible {
  private Uninterruptible() {}

  /** Something to do with files. */
  interface Action<T> {
    T run() throws IOException;
  }

  /**
   * Runs an action on a thread of its own, and waits for it. Costs the start of a thread: for what
   * happens once in a segment's life. Throws what the action throws.
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
      throw new IllegalStateException("the task has ended: there is nothing to wait for", e);
    }
  }

  /** Starts a thread that does not keep the process from ending. */
  static Thread start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Waits for the end of a thread. */
  static void join(Thread thread) {
    // A thread that ends notifies those who wait on it.
    synchronized (thread) {
      await(thread, () -> !thread.isAlive());
    }
  }

  /** Waits for the given time. */
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
   * Waits until something is so, looking whenever a monitor is notified, which the caller holds.
   */
  static void await(Object monitor, BooleanSupplier condition) {
    await(monitor, condition, 0);
  }

  /** The same, but looks after so many milliseconds at the latest, again and again. */
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
