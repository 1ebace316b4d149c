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
 *     store.data, store.data.tmp                       steps 1 to 4; adopted by this step
 *     LOCK                                             this step
 *     000001-000001.0.data, with version 1             this step (see SegmentName)
 *     000001-000001.0.data, with version 2             engine
 *     000001-000001.0.hint, BALLAST                    engine
 *
 * All other names are not the store's. Files with such names are left alone.
 */
package kv.step5;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** Refuses a directory whose files this step must not open. */
final class DirectoryContents {
  /** The names of this step's files, besides those of the log. */
  private static final Set<String> OWN =
      Set.of(DirectoryLock.FILE_NAME, Log.OLD_FILE, Log.OLD_FILE + Merge.COPY_SUFFIX);

  /** The names of files that this step and the engine write. */
  private static final Pattern SEGMENT =
      Pattern.compile("\\d{6,9}-\\d{6,9}\\.\\d+\\.data(\\.tmp)?");

  /** The names of files that only the engine writes. */
  private static final Pattern ENGINE =
      Pattern.compile("\\d{6,9}-\\d{6,9}\\.\\d+\\.hint(\\.tmp)?|BALLAST");

  private DirectoryContents() {}

  // ======== Opening ========

  /**
   * Checks that a directory has no file of a later step, and nothing but files under the names of
   * this step's files. Changes none of them. Takes O(files in the directory) time.
   *
   * @throws IOException naming the file, and the module that opens it if that is a later step's; or
   *     if the directory cannot be listed
   */
  static void check(Path directory) throws IOException {
    for (Path file : list(directory)) {
      check(file, file.getFileName().toString());
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    List<Path> list = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      files.forEach(list::add);
      return list;
    } catch (DirectoryIteratorException e) {
      throw new IOException("the listing of " + directory + " failed: " + e.getCause(), e);
    }
  }

  private static void check(Path file, String name) throws IOException {
    boolean own = OWN.contains(name) || SEGMENT.matcher(name).matches();
    if (own && !Files.isRegularFile(file)) {
      throw new IOException(
          file + " is not a regular file: move it away, or open another directory");
    }
    String module = laterModule(file, name);
    if (module != null) {
      throw new IOException(
          file
              + " is a file of a later module: open the directory with "
              + module
              + ", or open another one");
    }
  }

  /** Returns the later module that writes a file with this name, or null if none does. */
  private static String laterModule(Path file, String name) throws IOException {
    boolean newer = SEGMENT.matcher(name).matches() && version(file) == 2;
    return newer || ENGINE.matcher(name).matches() ? "engine" : null;
  }

  /** Returns the version of the format that a file starts with, or 0 if it is too short. */
  private static int version(Path file) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(LogFile.FILE_HEADER.length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(start, 0);
    }
    return start.get(start.limit() - 1);
  }

  // ======== Reading ========

  /**
   * Returns the names of the log's files, covered ones too, in no order: those whose name has a
   * suffix, without it.
   */
  static List<SegmentName> segments(Path directory, String suffix) throws IOException {
    return list(directory).stream()
        .map(file -> file.getFileName().toString())
        .filter(name -> name.endsWith(suffix))
        .map(name -> SegmentName.parse(name.substring(0, name.length() - suffix.length())))
        .filter(Objects::nonNull)
        .toList();
  }
}
