package kv.workshop.limits;

import static kv.workshop.limits.Sheet.bytes;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import kv.engine.Salvage;
import kv.step1.Store;

/** The problem of step 1: a torn record takes the next one with it. */
final class TornPut {
  private static final int CUT = 4;

  private TornPut() {}

  /** Shows the problem, with a store in a new folder below a given one. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path directory = folder.resolve("store");
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("mac"));
      store.put(bytes("editor"), bytes("vim"));
    }
    try (RandomAccessFile log =
        new RandomAccessFile(directory.resolve("store.data").toFile(), "rw")) {
      log.setLength(log.length() - CUT);
    }
    try (Store store = Store.open(directory)) {
      store.put(bytes("os"), bytes("linux"));
      store.sync();
    }
    // Step 1 cannot read, so the numbers come from a reader that looks at every byte of the log.
    Path saved = folder.resolve("saved");
    long records = Salvage.run(directory, saved, line -> {}).records();
    Sheet.say("Step 1 put os = mac and editor = vim. A crash cut 4 bytes off the log.");
    Sheet.say("Step 1 opened the log again, put os = linux, and synced.");
    Sheet.show("puts that returned", 3);
    Sheet.show("whole records in the log", records);
    try (kv.step2.Store store = kv.step2.Store.open(saved)) {
      byte[] os = store.get(bytes("os"));
      Sheet.show(
          "value of os that a reader finds",
          os == null ? "(nothing)" : new String(os, StandardCharsets.UTF_8));
    }
    Sheet.say("The torn record took the next one with it.");
  }
}
