/*
 * WHAT THIS FILE IS
 *
 * Reports damage instead of guessing. A crash leaves the end of the log torn: this is expected,
 * and the store repairs it silently. Any other damage means that data which was durable is lost,
 * and a store that continued would lose more: it would return a wrong value, or cut off good
 * records with bad ones. So the store reports the damage and its place, changes nothing, and
 * leaves the decision to a person who has a backup. Without a backup, the workshop's salvage
 * copies the whole records to a new store. Moving the damaged file away instead would lose all of
 * its records: the next open would create an empty store.
 */
package kv.step5;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Thrown when a file of a store contains anything other than whole records and the remains of an
 * unfinished write. Nothing on the disk was changed.
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

  /** Returns the path of the damaged file. */
  public String file() {
    return file;
  }

  /** Returns the offset of the damaged record in the file, in bytes. */
  public long offset() {
    return offset;
  }
}
