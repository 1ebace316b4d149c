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
 * The directories of the stores that are measured: beside the jar, under {@code target}. They are
 * not in the temporary folder, which is in memory on many machines, so that an fsync would cost
 * nothing.
 */
public final class WorkDirectory {
  private WorkDirectory() {}

  /** Creates an empty directory for one store. */
  public static Path create() throws IOException {
    return Files.createTempDirectory(Files.createDirectories(root()), "store-");
  }

  /** Deletes a directory with its contents, if it exists. */
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

  /**
   * Returns the total length of the files in a directory. A file deleted concurrently may count.
   */
  public static long size(Path directory) throws IOException {
    return size(directory, "");
  }

  /** Returns the total length of the files whose names have the given ending. */
  public static long size(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      long bytes = 0;
      for (Path file : files.filter(path -> path.toString().endsWith(ending)).toList()) {
        try {
          bytes += Files.size(file);
        } catch (NoSuchFileException e) {
          // A background merge deleted or renamed the file after the directory was listed.
        }
      }
      return bytes;
    }
  }

  /** Returns the type of the file system of the stores, such as ext4, NTFS or apfs. */
  static String fileSystem() throws IOException {
    return Files.getFileStore(Files.createDirectories(root())).type();
  }

  private static Path root() {
    return besideTheCode("benchmark-data");
  }

  /** Returns a path under {@code target}, beside the jar or the classes. */
  public static Path besideTheCode(String name) {
    try {
      Path code =
          Path.of(WorkDirectory.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return code.resolveSibling(name);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns a path relative to the current directory, if it is in there. */
  public static Path shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return path.startsWith(here) ? here.relativize(path) : path;
  }
}
