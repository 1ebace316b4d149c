package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Operations on a folder and everything below it. */
public final class Folders {
  private Folders() {}

  /** Deletes a folder and everything below it, if it exists. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /**
   * Copies a file, or a folder and everything below it. Parents of the target are created; the
   * files themselves must not exist yet.
   */
  public static void copy(Path from, Path to) throws IOException {
    for (Path file : files(from, path -> true)) {
      // A file has no path relative to itself.
      Path target = file.equals(from) ? to : to.resolve(from.relativize(file));
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
  }

  /** Returns the files below a folder that match, in the order of their paths; none without one. */
  public static List<Path> files(Path folder, Predicate<Path> matches) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.filter(path -> !Files.isDirectory(path)).filter(matches).sorted().toList();
    }
  }
}
