/*
 * WHAT THIS FILE IS
 *
 * A look at the names in a directory before anything in it is opened or created. Two kinds of
 * files are refused:
 *
 * A file of a later step. Each step of the course opens the stores of the steps before it, but not
 * those of the steps after it, whose files it does not know. It would see an empty store, and would
 * begin a second log beside the first.
 *
 * Something else in the place of a file of the store, such as a named pipe. To open a pipe is to
 * wait until another program opens its other end, possibly for ever. A link to a file is as good as
 * the file.
 *
 * LAYOUT: the files of a store, and the steps that write them
 *
 *     LOCK, store.data                                 this step
 *     store.data.tmp                                   step4-compaction
 *     000001-000001.0.data, 000001-000001.0.hint       step5-merge
 *     BALLAST                                          step5-merge
 *
 * All other names are not the store's. Files with such names are left alone.
 */
package kv.step3;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Refuses a directory whose files this step must not open. */
final class DirectoryContents {
  /** The names of this step's files. */
  private static final Set<String> OWN = Set.of(DirectoryLock.FILE_NAME, Store.FILE_NAME);

  /** The modules of later steps, by a pattern for the names of their files. */
  private static final Map<Pattern, String> LATER =
      Map.of(
          Pattern.compile("store\\.data\\.tmp"),
          "step4-compaction",
          Pattern.compile("\\d{6,9}-\\d{6,9}\\.\\d+\\.(data|hint)(\\.tmp)?|BALLAST"),
          "step5-merge");

  private DirectoryContents() {}

  // ======== Opening ========

  /**
   * Checks that a directory has no file of a later step, and nothing but files under the names of
   * this step's files. Opens none of them. Takes O(files in the directory) time.
   *
   * @throws IOException naming the file, and the module that opens it if that is a later step's; or
   *     if the directory cannot be listed
   */
  static void check(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        check(file, file.getFileName().toString());
      }
    } catch (DirectoryIteratorException e) {
      throw new IOException("the listing of " + directory + " failed: " + e.getCause(), e);
    }
  }

  private static void check(Path file, String name) throws IOException {
    if (OWN.contains(name) && !Files.isRegularFile(file)) {
      throw new IOException(
          file + " is not a regular file: move it away, or open another directory");
    }
    for (Map.Entry<Pattern, String> later : LATER.entrySet()) {
      if (later.getKey().matcher(name).matches()) {
        throw new IOException(
            file
                + " is a file of a later step: open the directory with the module "
                + later.getValue()
                + ", or open another one");
      }
    }
  }
}
