/*
 * WHAT THIS FILE IS
 *
 * Jobs that take long are done here, on one thread beside the event loop: walks over all keys,
 * merges, snapshots. Only the connection that has asked waits, and its next requests wait with it,
 * so that its replies come in order.
 *
 *     event loop    | get | KEYS --.  | get | set | get | reply with the keys | ...
 *     worker                       '-> walk through the store -'
 *
 * WHY LIKE THIS
 *
 * One thread, and a short queue: these jobs read the whole log, so two at a time are twice as slow
 * each; and a client that asks for many of them should be told so, and not be queued forever.
 *
 * THE PRICE
 *
 * A job is not atomic: other clients' commands are run while it goes on.
 */
package kv.server;

import io.netty.channel.EventLoop;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread for what takes long. */
final class Worker {
  /** How many jobs may wait, besides the one that is done. */
  static final int MAX_WAITING = 64;

  /** How long the last job is waited for at the end, in seconds. */
  private static final int GRACE = 5;

  private static final Logger LOGGER = LoggerFactory.getLogger(Worker.class);

  /** What happens with a job's outcome, on the event loop. */
  interface Then<T> {
    /** Takes the result; or the failure, which is null if there is none. */
    void done(T result, Throwable failure);
  }

  private final EventLoop loop;
  private final Watch watch;
  private final ThreadPoolExecutor thread;

  Worker(EventLoop loop, Watch watch) {
    this.loop = loop;
    this.watch = watch;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            task -> new Thread(task, "kv-worker"));
  }

  /**
   * Runs a job on the worker's thread, and hands its outcome to the event loop.
   *
   * @return false, and nothing is done, if too many jobs are waiting, or the server is being closed
   */
  <T> boolean run(Callable<T> job, Then<T> then) {
    try {
      thread.execute(() -> runNow(job, then));
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private <T> void runNow(Callable<T> job, Then<T> then) {
    T result;
    try {
      result = job.call();
    } catch (Throwable e) {
      handOver(() -> then.done(null, e));
      return;
    }
    handOver(() -> then.done(result, null));
  }

  private void handOver(Runnable outcome) {
    try {
      loop.execute(outcome);
    } catch (RejectedExecutionException e) {
      // The server has been closed, and the connection with it.
      LOGGER.debug("a job has ended after the event loop", e);
    } catch (Error e) {
      // Without its outcome, the connection would wait for ever.
      LOGGER.error("a job's outcome is lost", e);
      watch.report("the event loop takes no task");
    }
  }

  /** Takes no more jobs, and waits for the end of those that it has. */
  void close() {
    thread.shutdown();
    boolean interrupted = false;
    try {
      thread.awaitTermination(GRACE, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
