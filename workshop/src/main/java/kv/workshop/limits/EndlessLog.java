package kv.workshop.limits;

import static kv.workshop.limits.Sheet.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kv.step3.Store;

/** The problem of step 3: a log never becomes smaller, and every open reads all of it. */
final class EndlessLog {
  private static final int PUTS = 100_000;

  private EndlessLog() {}

  /** Shows the problem, with a store in a new folder below a given one. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0], "store");
    Path log = directory.resolve("store.data");
    long one;
    long all;
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("linux"));
      one = Files.size(log);
      for (int i = 1; i < PUTS; i++) {
        store.put(bytes("os"), bytes("linux"));
      }
      all = Files.size(log);
      store.delete(bytes("os"));
    }
    long before = System.nanoTime();
    try (Store store = Store.open(directory)) {
      long nanos = System.nanoTime() - before;
      Sheet.say("Step 3 put os = linux 100,000 times, deleted os, and was opened again.");
      Sheet.show("bytes in the log after the first put", one);
      Sheet.show("bytes in the log after the last put", all);
      Sheet.show("bytes in the log after the delete", Files.size(log));
      Sheet.show("keys in the store", store.size());
      Sheet.showTime("time of the open that found none", nanos);
      Sheet.say("No get can return any of these records, and the log keeps them all.");
    }
  }
}
