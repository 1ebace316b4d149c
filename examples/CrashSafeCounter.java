/*
 * A counter that a crash cannot set back. It prints a number after the store has it, and never
 * before: a printed number is acknowledged. Kill the program at any moment and start it again: it
 * goes on from the last number that it printed, or from the next.
 *
 *     put returned            the number is the operating system's, and survives kill -9
 *     put and sync returned   the number is on the disk, and survives power loss too
 *
 * Why "or from the next": the process can die between the put and the line. The number is stored
 * then, and was not acknowledged. The other order would be wrong: a number that is printed first
 * can be lost.
 *
 * Build with "mvn -q -B package -DskipTests", then from the project's folder:
 *
 *     java -cp engine/target/classes examples/CrashSafeCounter.java work/counter
 *     java -cp engine/target/classes examples/CrashSafeCounter.java work/counter sync
 *
 * It counts ten times a second until it is killed. A third argument ends it after that many
 * numbers:
 *
 *     java -cp engine/target/classes examples/CrashSafeCounter.java work/counter sync 5
 */

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import kv.engine.Options;
import kv.engine.Options.SyncPolicy;
import kv.engine.Store;

/** Counts, and acknowledges each number. */
public final class CrashSafeCounter {
  private static final byte[] KEY = "counter".getBytes(UTF_8);
  private static final long PAUSE_MILLIS = 100;

  private CrashSafeCounter() {}

  /** Counts: DIRECTORY [sync|nosync [NUMBER]]. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    boolean syncs = arguments.length > 1 && arguments[1].equals("sync");
    long limit = arguments.length > 2 ? Long.parseLong(arguments[2]) : Long.MAX_VALUE;
    // The program decides when to sync: the store does not sync by itself, except as it closes.
    Options options = Options.DEFAULT.withSync(SyncPolicy.NEVER);
    try (Store store = Store.open(Path.of(arguments[0]), options)) {
      long number = read(store);
      System.out.println("found " + number);
      for (long i = 0; i < limit; i++) {
        number++;
        store.put(KEY, ByteBuffer.allocate(Long.BYTES).putLong(number).array());
        if (syncs) {
          store.sync();
        }
        // Only now: the reader of this line may rely on the number.
        System.out.println(number);
        Thread.sleep(limit == Long.MAX_VALUE ? PAUSE_MILLIS : 0);
      }
    }
  }

  private static long read(Store store) throws IOException {
    byte[] value = store.get(KEY);
    return value == null ? 0 : ByteBuffer.wrap(value).getLong();
  }
}
