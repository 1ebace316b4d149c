package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The project's folder, and where in it the steps are. */
final class Project {
  /** How many steps there are. They are counted from 1. */
  static final int STEPS = 5;

  private static final List<String> NAMES =
      List.of("step1-append", "step2-scan", "step3-hash-index", "step4-compaction", "step5-merge");

  private final Path folder;

  private Project(Path folder) {
    this.folder = folder;
  }

  /**
   * The project that the current directory is.
   *
   * @throws BadUsage if it is not one
   */
  static Project here() throws BadUsage {
    return at(Path.of(""));
  }

  /**
   * The project in a folder.
   *
   * @throws BadUsage if one of the steps is not there
   */
  static Project at(Path folder) throws BadUsage {
    Project project = new Project(folder.toAbsolutePath().normalize());
    for (int n = 1; n <= STEPS; n++) {
      if (!Files.isDirectory(project.mainSources(n))) {
        throw new BadUsage(
            project.folder
                + " is not the course's folder, since "
                + NAMES.get(n - 1)
                + " is not in it: go to the folder that has README.md and the steps");
      }
    }
    return project;
  }

  /**
   * The number of a step that a text is.
   *
   * @throws BadUsage if it is none
   */
  static int stepNumber(String text) throws BadUsage {
    if (!text.matches("[1-" + STEPS + "]")) {
      throw new BadUsage("There is no step \"" + text + "\": the steps are 1 to " + STEPS + ".");
    }
    return Integer.parseInt(text);
  }

  /** The project's folder, absolute. */
  Path folder() {
    return folder;
  }

  /** The name of a step's module, {@code step1-append} for example. */
  static String name(int step) {
    return NAMES.get(step - 1);
  }

  /** The folder of a step's module. */
  Path step(int n) {
    return folder.resolve(name(n));
  }

  /** The folder that a step's main sources are in. */
  Path mainSources(int n) {
    return step(n).resolve("src").resolve("main").resolve("java").resolve("kv").resolve("step" + n);
  }

  /** The folder that the server's main sources are in. */
  Path serverSources() {
    return folder.resolve(Path.of("server", "src", "main", "java", "kv", "server"));
  }

  /** The folder that a step's tests are in. */
  Path testSources(int n) {
    return step(n).resolve("src").resolve("test").resolve("java").resolve("kv").resolve("step" + n);
  }

  /** The Java files that are directly in a folder, by name. */
  static List<Path> javaFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
