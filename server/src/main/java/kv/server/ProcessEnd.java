package kv.server;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a process that serves clients. */
public final class ProcessEnd {
  /** Exit status of a process that could no longer answer. */
  public static final int BROKEN = 3;

  private static final Logger LOGGER = LoggerFactory.getLogger(ProcessEnd.class);

  private ProcessEnd() {}

  /**
   * Closes a server when the process ends, by Ctrl-C or the signal TERM for example.
   *
   * @param failure the message if it cannot be closed
   */
  public static void closes(Closeable server, String failure) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server, failure), "kv-stop"));
  }

  private static void close(Closeable server, String failure) {
    LOGGER.info("stopping");
    try {
      server.close();
      LOGGER.info("stopped");
    } catch (IOException e) {
      LOGGER.error(failure, e);
    }
  }

  /**
   * Ends the process with the status {@link #BROKEN}. Returns at once.
   *
   * @param seconds maximum time for the server to be closed
   */
  public static void broken(int seconds) {
    Thread halt =
        new Thread(
            () -> {
              try {
                Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
              } catch (InterruptedException e) {
                // The same as the end of the wait.
              }
              // Closing the store may hang. The operating system has the acknowledged writes.
              Runtime.getRuntime().halt(BROKEN);
            },
            "kv-halt");
    halt.setDaemon(true);
    halt.start();
    // On another thread, since closing may wait for the thread that found the fault.
    new Thread(() -> System.exit(BROKEN), "kv-end").start();
  }
}
