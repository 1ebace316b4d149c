/*
 * WHAT THIS FILE IS
 *
 * Snapshots: a copy of the store's current state, made while it is in use. Sealed segments never
 * change (I3), so instead of a copy a hard link suffices, a second name for the same file. A merge
 * deletes one name, and the file remains as long as it has another.
 *
 *     data/000001-000003.1.data  -------.
 *                                        >  one file
 *     backup/000001-000003.1.data  -----'
 *
 * The active segment is sealed first, so that all records are in sealed segments.
 *
 * A snapshot takes no space until a merge replaces its segments. From then on it takes theirs.
 *
 * NOT HERE, AND WHY
 *
 * Protection from a disk failure: the links are on the same disk. Copy a snapshot to another
 * machine with any tool, at any speed, and then delete it.
 *
 * If the file system has no hard links, or the snapshot is on another one, the files are copied.
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

  /** Files linked or copied so far. */
  private final List<Path> created = new ArrayList<>();

  private Snapshot(Path directory) {
    this.directory = directory;
  }

  /**
   * Links segments, and their hint files, into a directory. On return the directory is durable.
   *
   * @param segments sealed segments whose files must not be deleted while this method runs
   * @param directory a directory that is empty or does not exist
   * @throws IOException if the files could not be linked or copied; then the directory is empty, or
   *     does not exist
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
      Disk.sync(link);
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
