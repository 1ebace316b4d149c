package kv.benchmarks.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the stores of a benchmark are: beside the jar, under {@code target}. Not in the temporary
 * folder, which on many machines is in memory, where an fsync costs nothing and means nothing.
 */
public final class WorkDirectory {
  private WorkDirectory() {}

  /** Creates an empty directory for one store. */
  public static Path create() throws IOException {
    return Files.createTempDirectory(Files.createDirectories(root()), "store-");
  }

  /** Deletes a directory with all that is in it. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(directory)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }

  /** Bytes of all files in a directory. Files that are deleted meanwhile may count, or not. */
  public static long size(Path directory) throws IOException {
    return size(directory, "");
  }

  /** The same of the files whose names have an ending. */
  public static long size(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      long bytes = 0;
      for (Path file : files.filter(path -> path.toString().endsWith(ending)).toList()) {
        try {
          bytes += Files.size(file);
        } catch (NoSuchFileException e) {
          // A merge in the background has deleted or renamed it since the directory was listed.
        }
      }
      return bytes;
    }
  }

  /** The type of the file system that the stores are in, such as ext4, NTFS or apfs. */
  static String fileSystem() throws IOException {
    return Files.getFileStore(Files.createDirectories(root())).type();
  }

  private static Path root() {
    return besideTheCode("benchmark-data");
  }

  /** A place under {@code target}. */
  public static Path besideTheCode(String name) {
    try {
      Path code =
          Path.of(WorkDirectory.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return code.resolveSibling(name);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns a path as it is seen from the current directory, which is shorter if it is in there. */
  public static Path shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return path.startsWith(here) ? here.relativize(path) : path;
  }
}
