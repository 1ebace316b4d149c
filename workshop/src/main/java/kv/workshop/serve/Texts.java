package kv.workshop.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import kv.workshop.Project;

/**
 * The files of the project that pages may show: its sources, texts and pictures. Not the reader's
 * work, and no stores.
 */
final class Texts {
  private static final Set<String> FOLDERS =
      Set.of(
          "step1-append",
          "step2-scan",
          "step3-hash-index",
          "step4-compaction",
          "step5-merge",
          "engine",
          "server",
          "cluster",
          "workshop",
          "benchmarks",
          "examples",
          "findings",
          "docs");

  private static final String SHOWN = ".*\\.(java|md|jsh|yml|xml|txt|sh|js|css)|LICENSE";
  private static final String PICTURES = ".*\\.(png|svg)";

  /** Larger files are not texts for a reader, in bytes. */
  private static final long MOST_BYTES = 4 << 20;

  private final Path folder;

  Texts(Project project) {
    folder = project.folder();
  }

  /** Returns whether a file of this name is shown as a page. */
  static boolean isShown(String path) {
    return name(path).matches(SHOWN);
  }

  /** Returns whether a file of this name is a picture. */
  static boolean isPicture(String path) {
    return name(path).matches(PICTURES);
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Returns whether a path leads to a file that is shown, or to a picture. */
  boolean has(String path) {
    try {
      find(path);
      return true;
    } catch (IOException | Refusal e) {
      return false;
    }
  }

  /**
   * Returns a file of the project.
   *
   * @param path from the project's folder, with slashes
   * @throws Refusal if there is none, or pages may not show it
   */
  Path find(String path) throws IOException, Refusal {
    if (!isShown(path) && !isPicture(path) || path.contains("\\") || path.contains(":")) {
      throw missing();
    }
    Path file = folder;
    for (String name : path.split("/", -1)) {
      boolean top = file.equals(folder);
      boolean allowed = !top || !path.contains("/") || FOLDERS.contains(name);
      if (!allowed || name.isEmpty() || name.startsWith(".") || name.matches("target|work")) {
        throw missing();
      }
      file = resolved(file, name);
      // A link could lead out of the project.
      if (Files.isSymbolicLink(file)) {
        throw missing();
      }
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > MOST_BYTES) {
      throw missing();
    }
    return file;
  }

  private static Path resolved(Path folder, String name) throws Refusal {
    try {
      return folder.resolve(name);
    } catch (InvalidPathException e) {
      throw missing();
    }
  }

  /** Returns the contents of a file that is shown as a page, with line feeds. */
  String read(String path) throws IOException, Refusal {
    return Files.readString(find(path)).replace("\r\n", "\n");
  }

  private static Refusal missing() {
    return Refusal.notFound("there is no such file in the course");
  }
}
