/*
 * WHAT THIS FILE IS
 *
 * The refusal to guess. A crash leaves the end of the log torn, which is expected and mended
 * without a word. Any other damage means that something which was promised is gone, and whoever
 * goes on from there loses more: a wrong value is read, or good records are cut off with bad ones.
 * So the store says what it found and where, changes nothing, and leaves the decision to somebody
 * who has a backup. Without a backup, the workshop's salvage copies the whole records to a new
 * store. To move the file away instead costs all of them: the next open creates an empty store.
 */
package kv.step2;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Thrown when what is found in the files of a store is neither whole records nor what a crash
 * leaves of an unfinished write. Nothing on the disk was changed.
 */
public final class CorruptStoreException extends IOException {
  private static final long serialVersionUID = 1;

  private final String file;
  private final long offset;

  CorruptStoreException(Path file, long offset, String found) {
    super(
        file
            + " is damaged at offset "
            + offset
            + ": "
            + found
            + " (nothing was changed: restore the file from a copy, or save all that can be read"
            + " with: java -jar workshop/target/workshop.jar salvage FROM TO; without this file, the"
            + " store would be empty)");
    this.file = file.toString();
    this.offset = offset;
  }

  /** The file that is damaged. */
  public String file() {
    return file;
  }

  /** Where the damaged record starts, in bytes from the start of the file. */
  public long offset() {
    return offset;
  }
}
