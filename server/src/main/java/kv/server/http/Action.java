package kv.server.http;

import java.io.IOException;

/** The work that a request's head asks for. */
interface Action {
  /**
   * Does the work, and answers once, now or later, on the event loop.
   *
   * @param body the body of a PUT; empty for other methods
   * @throws IOException if the store fails; the caller answers with the error
   */
  void run(byte[] body, HttpConnection to) throws IOException;
}
