package kv.workshop.serve;

import com.sun.net.httpserver.HttpExchange;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Closes the connection of a client that does not read its reply, so that the client does not keep
 * a thread of the server.
 */
final class Deadlines implements AutoCloseable {
  private final long nanos;

  /** The replies that are being written, with the times at which they are given up. */
  private final Map<HttpExchange, Long> ends = new ConcurrentHashMap<>();

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "site-deadlines");
            thread.setDaemon(true);
            return thread;
          });

  /** Creates the watch over replies that may take this many milliseconds. */
  Deadlines(long millis) {
    nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    long period = Math.max(1, millis / 4);
    timer.scheduleWithFixedDelay(this::closeLate, period, period, TimeUnit.MILLISECONDS);
  }

  /** Starts the time of a reply. */
  void begin(HttpExchange exchange) {
    ends.put(exchange, System.nanoTime() + nanos);
  }

  /** Ends the time of a reply. */
  void end(HttpExchange exchange) {
    ends.remove(exchange);
  }

  private void closeLate() {
    long now = System.nanoTime();
    ends.forEach(
        (exchange, end) -> {
          if (now - end > 0) {
            ends.remove(exchange);
            exchange.close();
          }
        });
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
