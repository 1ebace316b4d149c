package kv.workshop.serve;

import java.io.IOException;

/** Serves the requests for one path. Several threads call it at the same time. */
public interface Handler {
  /**
   * Replies to a request, once.
   *
   * @throws Refusal if the request cannot be served; the site replies with its status and message
   * @throws IOException if the client is gone, or a file could not be read
   */
  void handle(Request request) throws IOException, Refusal;
}
