package kv.server;

import io.netty.channel.EventLoop;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread for what takes long. */
final class Worker {
  /** How many jobs may wait. */
  static final int MAX_WAITING = 64;

  /** What happens with a job's outcome, on the event loop. */
  interface Then<T> {
    /** Takes the result; or the failure, which is null if there is none. */
    void done(T result, Throwable failure);
  }

  private final EventLoop loop;
  private final ThreadPoolExecutor thread;

  Worker(EventLoop loop) {
    this.loop = loop;
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
   * Runs a job on the worker's thread, and hands its outcome to the event loop: false, and nothing
   * is done, if too many jobs are waiting, or the server is being closed.
   */
  <T> boolean run(Callable<T> job, Then<T> then) {
    try {
      thread.execute(
          () -> {
            T result = null;
            Throwable failure = null;
            try {
              result = job.call();
            } catch (Throwable e) {
              failure = e;
            }
            T success = result;
            Throwable thrown = failure;
            loop.execute(() -> then.done(success, thrown));
          });
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Takes no more jobs. Those that wait are still done. */
  void shutdown() {
    thread.shutdown();
  }

  /** Waits for the end of the last job. */
  boolean await(long seconds) throws InterruptedException {
    return thread.awaitTermination(seconds, TimeUnit.SECONDS);
  }
}
