/*
 * WHAT THIS FILE IS
 *
 * The refusal to guess. A crash leaves the end of the log torn, which is expected and repaired
 * silently. Any other damage means that acknowledged data is lost. A store that went on would lose
 * more: it would return a wrong value, or cut off good records with bad ones. So the store reports
 * the damage and its place, changes nothing, and leaves the decision to a person: restore a copy,
 * or salvage the readable records.
 *
 * WITH MANY FILES
 *
 * Moving a damaged file away does not help. The log is one sequence, and a later file deletes and
 * overwrites keys that earlier files put. Without it, the other files would describe an old state,
 * with deleted keys in it. So an open without it is refused too, where it is known to be missing
 * (see Listing).
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Thrown when the files of a store contain anything but whole records and the remains of an
 * unfinished write. Nothing on the disk was changed.
 */
public final class CorruptStoreException extends IOException {
  private static final long serialVersionUID = 1;

  /** The command that copies the readable records of a store. */
  static final String SALVAGE_COMMAND = "java -jar workshop/target/workshop.jar salvage FROM TO";

  /** The advice for a user who has no copy. */
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

  /** Creates the exception for a wrong set of files. */
  CorruptStoreException(Path directory, String found) {
    super(
        directory
            + " does not contain the files of one complete store: "
            + found
            + " (nothing was changed: restore the missing files, or the directory, from a copy, or "
            + SALVAGE
            + ")");
    this.file = directory.toString();
    this.offset = -1;
  }

  private CorruptStoreException(String message, Path file) {
    super(message);
    this.file = file.toString();
    this.offset = -1;
  }

  /** Creates the exception for a segment to whose records other keys lead. */
  static CorruptStoreException ofOtherKeys(Path segment, long bytes) {
    return new CorruptStoreException(
        segment
            + ": a hint file or an index led to "
            + bytes
            + " bytes of its records under other keys than theirs (nothing was changed: close the"
            + " store, delete all .hint and .index files in its directory, and open it again; it"
            + " then reads the keys from the segments)",
        segment);
  }

  /** Returns the damaged file, or the directory if it contains the wrong set of files. */
  public String file() {
    return file;
  }

  /** Returns the offset of the damaged record in the file; -1 if none is damaged. */
  public long offset() {
    return offset;
  }
}
