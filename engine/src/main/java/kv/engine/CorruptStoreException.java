/*
 * WHAT THIS FILE IS
 *
 * The refusal to guess. A crash leaves the end of the log torn, which is expected and mended
 * without a word. Any other damage means that something which was promised is gone, and whoever
 * goes on from there loses more: a wrong value is read, or good records are cut off with bad ones.
 * So the store says what it found and where, changes nothing, and leaves the decision to a person:
 * restore a copy, or salvage what can be read.
 *
 * WITH MANY FILES
 *
 * Moving a damaged file away does not help. The log is one sequence, and a later file deletes and
 * overwrites what earlier ones put. Without it, the others would say something that was never true
 * at the end, so an open without it is refused as well, where that can be known (see Listing).
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Thrown when what is found in the files of a store is neither whole records nor what a crash
 * leaves of an unfinished write. Nothing on the disk was changed.
 */
public final class CorruptStoreException extends IOException {
  private static final long serialVersionUID = 1;

  /** The command that copies what can be read of a store. */
  static final String SALVAGE_COMMAND = "java -jar workshop/target/workshop.jar salvage FROM TO";

  /** The advice for a reader who has no copy. */
  private static final String SALVAGE = "save all that can be read with: " + SALVAGE_COMMAND;

  private final String file;
  private final long offset;

  CorruptStoreException(Path file, long offset, String found) {
    super(
        file
            + " is damaged at offset "
            + offset
            + ": "
            + found
            + " (nothing was changed: restore the file from a copy, or "
            + SALVAGE
            + "; without this file, keys that were deleted or overwritten in it would have their"
            + " old values again)");
    this.file = file.toString();
    this.offset = offset;
  }

  /** For damage that is in no file: the wrong ones are there. */
  CorruptStoreException(Path directory, String found) {
    super(
        directory
            + " does not hold the files of one whole store: "
            + found
            + " (nothing was changed: restore the missing files, or the directory, from a copy, or "
            + SALVAGE
            + ")");
    this.file = directory.toString();
    this.offset = -1;
  }

  /** The file that is damaged, or the directory if the wrong files are in it. */
  public String file() {
    return file;
  }

  /** Where the damaged record starts, in bytes from the start of the file; -1 for a directory. */
  public long offset() {
    return offset;
  }
}
