package kv.server.http;

import java.io.IOException;

/** The work of a request, chosen by its head. */
interface Action {
  /**
   * Runs, and answers once, now or later, on the event loop.
   *
   * @param body the body of a PUT; empty for other methods
   * @throws IOException if the store fails; the caller answers with the error
   */
  void run(byte[] body, HttpConnection to) throws IOException;
}
