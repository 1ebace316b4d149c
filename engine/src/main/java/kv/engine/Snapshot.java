/*
 * WHAT THIS FILE IS
 *
 * Snapshots: a copy of the store as it is now, made while it is in use. Sealed segments never
 * change (I3), so a copy need not be one: a hard link, a second name for the same file, is as good.
 * A merge deletes a name, and the file stays as long as it has another.
 *
 *     data/000001-000003.1.data  -------.
 *                                        >  one file
 *     backup/000001-000003.1.data  -----'
 *
 * The active segment is sealed first, so that all that was put is in sealed segments.
 *
 * A snapshot takes no space until a merge replaces the segments that it has, and then theirs.
 *
 * NOT HERE, AND WHY
 *
 * Protection from a disk that dies: the links are on the same disk. Copy a snapshot elsewhere, with
 * any tool and as slowly as it takes, and then delete it.
 *
 * Where a file system has no hard links, or the snapshot is on another one, the files are copied.
 */
package kv.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes the sealed segments of a log into another directory. */
final class Snapshot {
  private final Path directory;

  /** Files that were linked or copied. */
  private final List<Path> created = new ArrayList<>();

  private Snapshot(Path directory) {
    this.directory = directory;
  }

  /**
   * Links segments, and their hint files, into a directory. On return they are durable there.
   *
   * @param segments sealed segments whose files are not deleted while this runs
   * @param directory one that does not exist, or is empty
   * @throws IOException if that could not be done; the directory is as it was, but may exist
   */
  static void write(List<Segment> segments, Path directory) throws IOException {
    Directories.create(directory);
    requireEmpty(directory);
    Snapshot snapshot = new Snapshot(directory);
    try {
      for (Segment segment : segments) {
        snapshot.add(segment.file());
        Path hint = segment.name().hint(segment.file().resolveSibling(""));
        if (Files.isRegularFile(hint)) {
          snapshot.add(hint);
        }
      }
      Directories.sync(directory);
    } catch (Throwable e) {
      snapshot.deleteAfter(e);
      throw e;
    }
  }

  private static void requireEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      if (files.iterator().hasNext()) {
        throw new IOException(directory + " is not empty: name a directory that does not exist");
      }
    }
  }

  /** Links a file into the directory, or copies it where that is impossible. */
  private void add(Path file) throws IOException {
    Path link = directory.resolve(file.getFileName());
    try {
      Files.createLink(link, file);
      created.add(link);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      created.add(link);
      Files.copy(file, link);
      Segment.sync(link);
    }
    FailPoint.LINKED.hit(link);
  }

  private void deleteAfter(Throwable failure) {
    for (Path file : created) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
