/*
 * WHAT THIS FILE IS
 *
 * One thread beside the event loop for slow jobs: walks over all keys, merges, snapshots. Only the
 * connection that asked for the job waits. Its next requests wait too, so that its replies keep
 * their order.
 *
 *     event loop    | get | KEYS --.  | get | set | get | reply with the keys | ...
 *     worker                       '-> walk through the store -'
 *
 * WHY LIKE THIS
 *
 * One thread, because these jobs read the whole log: two at a time would each take twice as long. A
 * short queue, because a client that asks for many jobs should get an error, and not wait forever.
 *
 * THE PRICE
 *
 * A job is not atomic: other clients' commands run while it runs.
 */
package kv.server.core;

import io.netty.channel.EventLoop;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread for slow jobs. */
public final class Worker {
  /** The most jobs that wait, in addition to the running one. */
  public static final int MAX_WAITING = 64;

  /** Maximum time to wait for the last job at the end. */
  private static final int GRACE_SECONDS = 5;

  private static final Logger LOGGER = LoggerFactory.getLogger(Worker.class);

  /** The continuation of a job, on the event loop. */
  public interface Then<T> {
    /**
     * Receives the outcome.
     *
     * @param result the job's result; null if it failed
     * @param failure null if the job succeeded
     */
    void done(T result, Throwable failure);
  }

  private final EventLoop loop;
  private final Watchdog watchdog;
  private final ThreadPoolExecutor thread;

  Worker(EventLoop loop, Watchdog watchdog) {
    this.loop = loop;
    this.watchdog = watchdog;
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
   * Runs a job on the worker's thread, and passes its outcome to the event loop.
   *
   * @return false, and nothing happens, if too many jobs are waiting or the server is closing
   */
  public <T> boolean run(Callable<T> job, Then<T> then) {
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
      // The server is closed, and the connection with it.
      LOGGER.debug("a job ended after the event loop", e);
    } catch (Error e) {
      // Without its outcome, the connection would wait forever.
      LOGGER.error("the outcome of a job is lost", e);
      watchdog.report("the event loop accepts no task");
    }
  }

  /** Accepts no more jobs, and waits a while for the accepted ones. */
  public void close() {
    thread.shutdown();
    boolean interrupted = false;
    try {
      thread.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
