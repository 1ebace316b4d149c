package kv.server;

import java.io.IOException;

/** What is to be done for a request, as far as its head has told. */
interface HttpAction {
  /**
   * Does it, and answers once, now or later, on the event loop.
   *
   * @param body what was sent with a PUT; otherwise empty
   * @throws IOException as the store, instead of an answer
   */
  void run(byte[] body, HttpConnection to) throws IOException;
}
