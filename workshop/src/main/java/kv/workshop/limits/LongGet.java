package kv.workshop.limits;

import static kv.workshop.limits.Sheet.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import kv.step2.Store;

/** The problem of step 2: a get reads the whole log. */
final class LongGet {
  private static final int KEYS = 10_000;
  private static final int VALUE_LENGTH = 100;

  /** Number of gets that are measured, after as many for the compiler. */
  private static final int GETS = 100;

  private LongGet() {}

  /** Shows the problem, with a store in a new folder below a given one. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0], "store");
    try (Store store = Store.open(directory)) {
      for (int i = 0; i < KEYS; i++) {
        store.put(bytes("key " + i), new byte[VALUE_LENGTH]);
      }
      FileCalls calls = FileCalls.during(directory, () -> store.get(bytes("key 0")));
      Sheet.say("Step 2 put 10,000 values of 100 bytes, and got the first of them.");
      Sheet.show("bytes that the get returned", VALUE_LENGTH);
      Sheet.show("bytes in the log", Files.size(directory.resolve("store.data")));
      Sheet.show("bytes that the get read", calls.bytesRead());
      Sheet.show("system calls of the get", calls.reads());
      Sheet.showTime("time of a get, once the JVM is warm", typicalTime(store));
      Sheet.say("A get of one value reads every record of every key.");
    }
  }

  /** Returns the typical time of many gets in nanoseconds. */
  private static long typicalTime(Store store) throws IOException {
    long[] nanos = new long[GETS];
    for (int i = -GETS; i < GETS; i++) {
      long before = System.nanoTime();
      store.get(bytes("key 0"));
      nanos[Math.max(0, i)] = System.nanoTime() - before;
    }
    Arrays.sort(nanos);
    return nanos[GETS / 2];
  }
}
