package kv.workshop.scope;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import kv.workshop.Dump;
import kv.workshop.Folders;
import kv.workshop.Json;

/** Answers what a store says to damage: the damage is done to a copy, and the store opens it. */
final class WhatIf implements AutoCloseable {
  /** Largest store that is copied, in bytes. */
  static final long MOST_BYTES = 32 << 20;

  /** Number of copies that exist at a time. */
  private static final int MOST_COPIES = 2;

  /** Number of attempts to copy a store that is being merged. */
  private static final int MOST_ATTEMPTS = 10;

  private final StepProcess steps;
  private final long mostBytes;
  private final Semaphore copies = new Semaphore(MOST_COPIES);
  private final TemporaryFolder scratch = new TemporaryFolder("kv-what-if-");

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
   * @throws IOException if there is no answer, with a message for the page
   */
  String answer(Path store, String shown, int step, Harm harm) throws IOException {
    copies.acquireUninterruptibly();
    try {
      Path folder = Files.createTempDirectory(scratch.path(), "");
      try {
        return answer(store, shown, step, harm, folder);
      } finally {
        Folders.delete(folder);
      }
    } finally {
      copies.release();
    }
  }

  private String answer(Path store, String shown, int step, Harm harm, Path folder)
      throws IOException {
    Path original = folder.resolve("original");
    copy(store, harm.file(), original);
    Path copy = folder.resolve("copy");
    Folders.copy(original, copy);
    harm.doTo(copy, syncedTo(original, harm.file()));
    Json request = new Json().object().field("step", step);
    request.field("folder", original.toString()).field("copy", copy.toString());
    String answer = steps.ask(request.field("shown", shown).end().toString());
    if (answer.startsWith("{\"failed\"")) {
      throw new IOException("the store failed: " + Json.read(answer).get("failed"));
    }
    return answer;
  }

  // ======== The copy ========

  /** Copies the files of a store, which may be merging. */
  private void copy(Path store, String named, Path to) throws IOException {
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      Listing listing = Listing.read(store);
      requireCopyable(listing, named);
      Files.createDirectory(to);
      copy(store, listing, named, to);
      // The names of a merge's files are new ones. So files that still have their names belong
      // together.
      if (Listing.read(store).entries().keySet().equals(listing.entries().keySet())) {
        return;
      }
      Folders.delete(to);
    }
    throw new IOException("the files of the store change too fast for a copy; try again");
  }

  private void requireCopyable(Listing listing, String named) {
    Listing.Entry entry = listing.entries().get(named);
    if (entry == null || !entry.regular()) {
      throw new IllegalArgumentException("the store has no file " + named);
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
  }

  private static void copy(Path store, Listing listing, String named, Path to) throws IOException {
    for (Listing.Entry entry : listing.entries().values()) {
      String name = entry.name();
      // A store opens without its LOCK, and a program that reads the one of an open store can
      // disturb it.
      if (entry.regular() && (!Listing.role(name).equals("lock") || name.equals(named))) {
        try {
          Files.copy(store.resolve(name), to.resolve(name));
        } catch (NoSuchFileException e) {
          // Deleted since the listing, which the next one shows.
        }
      }
    }
  }

  /** Returns the folder for copies. */
  Path folder() throws IOException {
    return scratch.path();
  }

  @Override
  public void close() throws IOException {
    scratch.close();
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
