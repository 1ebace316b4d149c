/*
 * WHAT THIS FILE IS
 *
 * Checks the names in a directory before any file in it is opened or created. Refuses the files of
 * a later step, since this step does not know them: it would see an empty store and start a second
 * log next to the first.
 */
package kv.step2;

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
import java.util.Set;
import java.util.regex.Pattern;

/** Refuses a directory that contains files which this step must not open. */
final class DirectoryContents {
  private DirectoryContents() {}

  // ======== Opening ========

  /**
   * Checks that a directory contains no file of a later step, and that everything under the name
   * of one of this step's files is a file. Changes nothing. Takes O(files in the directory) time.
   *
   * @throws IOException naming the file, and the module that opens it if it belongs to a later
   *     step; or if the directory cannot be listed
   */
  static void check(Path directory) throws IOException {
    for (Path file : list(directory)) {
      check(file, file.getFileName().toString());
    }
  }

  // ======== For a second reading ========

  /*
   * Each step of the course opens the stores of earlier steps, but not those of later steps.
   *
   * Something other than a file under the name of a store's file, such as a named pipe, is refused
   * too. Opening a pipe blocks until another program opens its other end, possibly forever. A link
   * to a file is as good as the file.
   *
   * LAYOUT: the files of a store, and the steps that write them
   *
   *     LOCK, store.data                                 this step
   *     store.data.tmp                                   step4-compaction
   *     000001-000001.0.data, with version 1             step5-merge
   *     000001-000001.0.data, with version 2             engine
   *     000001-000001.0.hint, BALLAST                    engine
   *
   * All other names are not the store's. The store leaves files with such names alone.
   */

  /** The names of this step's files. */
  private static final Set<String> OWN = Set.of(DirectoryLock.FILE_NAME, Store.FILE_NAME);

  /** The names of files that step5-merge and the engine write. */
  private static final Pattern SEGMENT =
      Pattern.compile("\\d{6,9}-\\d{6,9}\\.\\d+\\.data(\\.tmp)?");

  /** The names of files that only the engine writes. */
  private static final Pattern ENGINE =
      Pattern.compile("\\d{6,9}-\\d{6,9}\\.\\d+\\.hint(\\.tmp)?|BALLAST");

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
    if (OWN.contains(name) && !Files.isRegularFile(file)) {
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

  /** Returns the later module that writes files with this name, or null if there is none. */
  private static String laterModule(Path file, String name) throws IOException {
    if (name.equals("store.data.tmp")) {
      return "step4-compaction";
    }
    if (SEGMENT.matcher(name).matches()) {
      return version(file) == 2 ? "engine" : "step5-merge";
    }
    return ENGINE.matcher(name).matches() ? "engine" : null;
  }

  /** Returns the format version in the header of a file, or 0 if the file is too short. */
  private static int version(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return 0;
    }
    ByteBuffer start = ByteBuffer.allocate(LogFile.FILE_HEADER.length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(start, 0);
    }
    return start.get(start.limit() - 1);
  }
}
