/*
 * A cache of web sessions. The store has no expiry, so the application keeps it: each value begins
 * with the time at which the session ends.
 *
 *     OFFSET  SIZE  FIELD
 *     0       8     end of the session, in milliseconds since 1970
 *     8       ..    the session's data
 *
 * A session that has ended is never returned, and is deleted when a reader comes across it. Those
 * that no reader asks for are deleted by a sweep. Sessions survive a restart of the application.
 *
 * Build with "mvn -q -B package -DskipTests", then from the project's folder:
 *
 *     java -cp engine/target/classes examples/SessionCache.java work/sessions put anna 60 cart
 *     java -cp engine/target/classes examples/SessionCache.java work/sessions get anna
 *     java -cp engine/target/classes examples/SessionCache.java work/sessions sweep
 *
 * The first stores a session of 60 seconds with the data "cart". The second prints the data, or
 * "no such session" after that time. The third prints the number of sessions that it deleted.
 */

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kv.engine.Store;

/** Sessions by name. Thread-safe. */
public final class SessionCache implements Closeable {
  private final Store store;
  private final Clock clock;

  SessionCache(Path directory, Clock clock) throws IOException {
    this.store = Store.open(directory);
    this.clock = clock;
  }

  /** Stores a session, which ends after the given time; or renews it. */
  synchronized void put(String name, Duration life, String data) throws IOException {
    byte[] bytes = data.getBytes(UTF_8);
    long end = clock.millis() + life.toMillis();
    byte[] value = ByteBuffer.allocate(Long.BYTES + bytes.length).putLong(end).put(bytes).array();
    store.put(name.getBytes(UTF_8), value);
  }

  /** Returns the data of a session, or null if there is no session with this name. */
  String get(String name) throws IOException {
    byte[] key = name.getBytes(UTF_8);
    byte[] value = store.get(key);
    if (value == null || hasEnded(value)) {
      deleteIfEnded(key);
      return null;
    }
    return new String(value, Long.BYTES, value.length - Long.BYTES, UTF_8);
  }

  /** Deletes all sessions that have ended, and returns their number. Reads the whole store. */
  int sweep() throws IOException {
    List<byte[]> ended = new ArrayList<>();
    store.forEach(
        (key, value) -> {
          if (hasEnded(value)) {
            ended.add(key);
          }
        });
    int deleted = 0;
    for (byte[] key : ended) {
      if (deleteIfEnded(key)) {
        deleted++;
      }
    }
    return deleted;
  }

  private boolean hasEnded(byte[] value) {
    return ByteBuffer.wrap(value).getLong() <= clock.millis();
  }

  /** Deletes a session if it has ended, and returns whether it was deleted. */
  private synchronized boolean deleteIfEnded(byte[] key) throws IOException {
    // Reads the value again, under the lock of put: the session may have been renewed.
    byte[] value = store.get(key);
    return value != null && hasEnded(value) && store.delete(key);
  }

  @Override
  public void close() throws IOException {
    store.close();
  }

  /** Runs one command: DIRECTORY put NAME SECONDS DATA, DIRECTORY get NAME, or DIRECTORY sweep. */
  public static void main(String[] arguments) throws IOException {
    try (SessionCache cache = new SessionCache(Path.of(arguments[0]), Clock.systemUTC())) {
      switch (arguments[1]) {
        case "put" -> {
          Duration life = Duration.ofSeconds(Long.parseLong(arguments[3]));
          cache.put(arguments[2], life, arguments[4]);
          System.out.println("stored");
        }
        case "get" -> {
          String data = cache.get(arguments[2]);
          System.out.println(data == null ? "no such session" : data);
        }
        case "sweep" -> System.out.println("deleted " + cache.sweep());
        default -> System.out.println("unknown command " + arguments[1]);
      }
    }
  }
}
