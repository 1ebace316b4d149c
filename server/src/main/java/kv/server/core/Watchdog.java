/*
 * WHAT THIS FILE IS
 *
 * Notices when the server can no longer answer, and reports it, so that the process ends and a
 * supervisor can start another. All connections depend on one thread. A server without that thread
 * accepts connections, and answers none.
 *
 * THE FAULTS
 *
 *     the event loop ended      an Error came out of its own code: out of select, or its queue
 *     a port was closed         an Error came out of accept; Netty closes the port then
 *     the event loop spins      it used a minute of CPU time without running a task
 *
 * The server does not control where an Error is thrown. The JVM reports a page of a mapped file
 * that the disk cannot deliver as an InternalError, in some cases out of code that runs a little
 * later on the same thread. Netty catches an Error in a handler or in a task. It cannot survive an
 * Error in its queue of tasks: for an element that was announced and never stored the consumer
 * waits forever, and it waits by spinning.
 *
 * WHY CPU TIME
 *
 * A loop that waits for a slow disk runs no task either, but works correctly. It uses no CPU time
 * while it waits, and neither does a suspended process.
 */
package kv.server.core;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.Closeable;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Watches the event loop and the ports. */
public final class Watchdog implements Closeable {
  /** CPU time within which a working loop runs a task: far more than the time of any turn. */
  public static final long MAX_CPU_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final long PERIOD_MILLIS = 1000;

  private final EventLoop loop;
  private final long maxCpuNanos;
  private final Consumer<String> broken;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Thread watcher = new Thread(this::watch, "kv-watch");

  /** The event loop's thread; null until it ran a task. */
  private volatile Thread loopThread;

  /** Whether the loop ran the last task that it received. */
  private volatile boolean answered;

  private volatile boolean closed;

  /**
   * Starts to watch an event loop.
   *
   * @param maxCpuNanos CPU time without a task after which the loop counts as spinning
   * @param broken called with a description of the fault, on any thread; possibly more than once
   */
  public Watchdog(EventLoop loop, long maxCpuNanos, Consumer<String> broken) {
    this.loop = loop;
    this.maxCpuNanos = maxCpuNanos;
    this.broken = broken;
    loop.terminationFuture().addListener(ended -> report("the event loop ended"));
    watcher.setDaemon(true);
    if (threads.isThreadCpuTimeSupported()) {
      loop.execute(this::answer);
      watcher.start();
    }
  }

  /** Watches a port, which has to stay open until this watchdog is closed. */
  public void watch(Channel listener, String name) {
    listener.closeFuture().addListener(ended -> report("the port for " + name + " was closed"));
  }

  private void answer() {
    loopThread = Thread.currentThread();
    answered = true;
  }

  private void watch() {
    long cpuNanos = 0;
    while (!closed) {
      try {
        Thread.sleep(Math.min(PERIOD_MILLIS, TimeUnit.NANOSECONDS.toMillis(maxCpuNanos)));
        if (answered) {
          answered = false;
          cpuNanos = cpuNanos();
          loop.execute(this::answer);
        } else if (loopThread != null && cpuNanos() - cpuNanos > maxCpuNanos) {
          report("the event loop spins");
          return;
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | Error e) {
        // The loop accepts no task, since it is ending; or there is no memory for one.
        answered = true;
      }
    }
  }

  private long cpuNanos() {
    return threads.getThreadCpuTime(loopThread.getId());
  }

  /** Reports a fault, unless the server is closing. */
  public void report(String fault) {
    if (!closed) {
      broken.accept(fault);
    }
  }

  /** Stops watching: from now on the loop and the ports may end. */
  @Override
  public void close() {
    closed = true;
    watcher.interrupt();
  }
}
