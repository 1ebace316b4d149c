package kv.workshop.scope;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Damage that is done to a copy of a store.
 *
 * @param action cut, flip, zero, lose or delete
 * @param file the name of the file
 * @param at offset in the file: of the cut, of the flipped bit's byte, of a byte in the sector
 * @param bit number of the bit in its byte, 0 to 7
 * @param seed of the choice of lost sectors
 */
record Harm(String action, String file, long at, int bit, long seed) {
  private static final int SECTOR_SIZE = 512;

  /**
   * Does it to a file.
   *
   * @param synced offset up to which the file is durable
   * @throws IllegalArgumentException if there is no such action, or no such offset in the file
   */
  void doTo(Path folder, long synced) throws IOException {
    Path path = folder.resolve(file);
    if (action.equals("delete")) {
      Files.delete(path);
      return;
    }
    try (RandomAccessFile open = new RandomAccessFile(path.toFile(), "rw")) {
      long size = open.length();
      boolean inFile = 0 <= at && (at < size || action.equals("cut") && at == size);
      if (!inFile && !action.equals("lose")) {
        throw new IllegalArgumentException("the file has " + size + " bytes, and no offset " + at);
      }
      switch (action) {
        case "cut" -> open.setLength(at);
        case "flip" -> flip(open);
        case "zero" -> zero(open, at / SECTOR_SIZE * SECTOR_SIZE);
        case "lose" -> lose(open, synced);
        default ->
            throw new IllegalArgumentException("the actions are cut, flip, zero, lose and delete");
      }
    }
  }

  private void flip(RandomAccessFile open) throws IOException {
    open.seek(at);
    int old = open.read();
    open.seek(at);
    open.write(old ^ 1 << bit);
  }

  /** Zeros the rest of a sector. */
  private static void zero(RandomAccessFile open, long from) throws IOException {
    long end = Math.min((from / SECTOR_SIZE + 1) * SECTOR_SIZE, open.length());
    open.seek(from);
    open.write(new byte[(int) (end - from)]);
  }

  /** Loses any of the sectors that were not synced; the last ones can shorten the file. */
  private void lose(RandomAccessFile open, long synced) throws IOException {
    Random random = new Random(seed);
    long size = open.length();
    long kept = synced;
    for (long from = synced; from < size; from = (from / SECTOR_SIZE + 1) * SECTOR_SIZE) {
      if (random.nextBoolean()) {
        zero(open, from);
      } else {
        kept = Math.min((from / SECTOR_SIZE + 1) * SECTOR_SIZE, size);
      }
    }
    if (random.nextBoolean()) {
      open.setLength(kept);
    }
  }
}
