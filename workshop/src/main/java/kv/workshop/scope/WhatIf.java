package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import kv.workshop.Dump;
import kv.workshop.Folders;

/** Answers what a store says to damage: the damage is done to a copy, and the store opens it. */
final class WhatIf {
  /** Largest store that is copied, in bytes. */
  static final long MOST_BYTES = 32 << 20;

  private final StepProcess steps;
  private final long mostBytes;

  WhatIf(StepProcess steps) {
    this(steps, MOST_BYTES);
  }

  WhatIf(StepProcess steps, long mostBytes) {
    this.steps = steps;
    this.mostBytes = mostBytes;
  }

  /**
   * Returns the verdict as JSON.
   *
   * @param store the folder of the store, which is only read
   * @param shown the folder to name in messages
   * @param step the step whose store opens the copy
   * @throws IllegalArgumentException if the store is too large, or has no such file or offset
   */
  String answer(Path store, String shown, int step, Harm harm) throws IOException {
    Listing listing = Listing.read(store);
    Listing.Entry entry = listing.entries().get(harm.file());
    if (entry == null || !entry.regular()) {
      throw new IllegalArgumentException("the store has no file " + harm.file());
    }
    long bytes = listing.entries().values().stream().mapToLong(Listing.Entry::size).sum();
    if (bytes > mostBytes) {
      throw new IllegalArgumentException(
          "the store has "
              + Dump.count(bytes, "byte")
              + "; only a store of up to "
              + Dump.count(mostBytes, "byte")
              + " is copied for this");
    }
    Path folder = Files.createTempDirectory("kv-what-if-").toRealPath();
    try {
      Path original = Files.createDirectory(folder.resolve("original"));
      Path copy = Files.createDirectory(folder.resolve("copy"));
      copy(store, listing, original);
      copy(original, Listing.read(original), copy);
      harm.doTo(copy, syncedTo(original, harm.file()));
      Json request = new Json().object().field("step", step);
      request.field("folder", original.toString()).field("copy", copy.toString());
      String answer = steps.ask(request.field("shown", shown).end().toString());
      if (answer.startsWith("{\"failed\"")) {
        throw new IOException("the store failed: " + Json.read(answer).get("failed"));
      }
      return answer;
    } finally {
      Folders.delete(folder);
    }
  }

  private static void copy(Path from, Listing listing, Path to) throws IOException {
    for (Map.Entry<String, Listing.Entry> file : listing.entries().entrySet()) {
      if (file.getValue().regular()) {
        copy(from.resolve(file.getKey()), to.resolve(file.getKey()));
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try {
      Files.copy(from, to);
    } catch (NoSuchFileException e) {
      // Deleted since the listing.
    } catch (IOException e) {
      // On Windows, the LOCK of an open store cannot be read. A store opens without it.
      if (!from.endsWith("LOCK")) {
        throw e;
      }
    }
  }

  /** Returns the offset up to which a file is durable: all of it, if another file follows. */
  private static long syncedTo(Path folder, String file) throws IOException {
    StoreFiles files = new StoreFiles(folder, 1);
    files.update(0);
    StoreFiles.Data data = files.data(file);
    boolean last = data != null && data.strip.rank == files.listing().log().size() - 1;
    if (!last || data.scan.isSealed()) {
      return Files.size(folder.resolve(file));
    }
    return Math.max(data.scan.headerLength(), data.scan.syncedTo());
  }
}
