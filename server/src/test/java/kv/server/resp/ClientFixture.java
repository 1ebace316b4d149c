package kv.server.resp;

import java.io.IOException;
import java.util.concurrent.Callable;
import kv.server.Server;

/** A server for a client library: it can be restarted on its port, as after an update. */
abstract class ClientFixture extends RespFixture {
  /** Maximum time in milliseconds for a client to notice a restart and connect again. */
  private static final long RECONNECT_MILLIS = 20_000;

  /** Keys that a scan needs more than one page for. */
  static final int MANY_KEYS = 300;

  int port() {
    return server.respPort();
  }

  /** Ends the server and starts another on the same port and store. */
  void restart() throws IOException {
    int port = server.respPort();
    server.close();
    server = Server.start(settings().respPort(port).build());
  }

  /**
   * Returns the result of an action that may fail while a client connects again. A client may
   * report the connection that the restart closed once for each connection in its pool.
   */
  static <T> T afterReconnect(Callable<T> action) throws Exception {
    long deadline = System.nanoTime() + RECONNECT_MILLIS * 1_000_000;
    while (true) {
      try {
        return action.call();
      } catch (Exception e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }
}
