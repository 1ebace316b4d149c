package kv.workshop.serve;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A stream of server-sent events to one page. Close it at the end. */
public final class Events implements AutoCloseable {
  private final HttpExchange exchange;
  private final Deadlines deadlines;
  private final Runnable whenClosed;

  Events(HttpExchange exchange, Deadlines deadlines, Runnable whenClosed) {
    this.exchange = exchange;
    this.deadlines = deadlines;
    this.whenClosed = whenClosed;
  }

  /**
   * Sends an event.
   *
   * @param data a text without line ends, JSON for example
   * @throws IOException if the client is gone, or does not read
   */
  public void send(String event, String data) throws IOException {
    write("event: " + event + "\ndata: " + data + "\n\n");
  }

  /** Sends a comment, which keeps the connection alive and finds out whether the client is gone. */
  public void comment() throws IOException {
    write(":\n\n");
  }

  private void write(String text) throws IOException {
    deadlines.begin(exchange);
    try {
      OutputStream out = exchange.getResponseBody();
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } finally {
      deadlines.end(exchange);
    }
  }

  @Override
  public void close() {
    exchange.close();
    whenClosed.run();
  }
}
