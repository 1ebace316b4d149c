package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The project's folder, and the folders of the course's modules in it. */
public final class Project {
  /** The number of steps. They are counted from 1. */
  public static final int STEPS = 5;

  /** The number of modules that have a chapter: the steps, the engine, and the server. */
  public static final int MODULES = 7;

  /** The number of the engine's chapter. */
  public static final int ENGINE = 6;

  /** The number of the server's chapter. */
  public static final int SERVER = 7;

  private static final List<String> NAMES =
      List.of(
          "step1-append",
          "step2-scan",
          "step3-hash-index",
          "step4-compaction",
          "step5-merge",
          "engine",
          "server");

  private final Path folder;

  private Project(Path folder) {
    this.folder = folder;
  }

  /**
   * Returns the project in the current directory.
   *
   * @throws BadUsage if it is not there
   */
  public static Project here() throws BadUsage {
    return at(Path.of(""));
  }

  /**
   * Returns the project in a folder.
   *
   * @throws BadUsage if one of the modules is missing
   */
  public static Project at(Path folder) throws BadUsage {
    Project project = new Project(folder.toAbsolutePath().normalize());
    for (int n = 1; n <= MODULES; n++) {
      if (!Files.isDirectory(project.mainSources(n))) {
        throw new BadUsage(
            project.folder
                + " is not the course's folder: "
                + NAMES.get(n - 1)
                + " is missing; go to the folder with README.md and the steps");
      }
    }
    return project;
  }

  /**
   * Returns the number of a step, from a text.
   *
   * @throws BadUsage if there is no such step
   */
  public static int stepNumber(String text) throws BadUsage {
    if (!text.matches("[1-" + STEPS + "]")) {
      throw new BadUsage("there is no step \"" + text + "\"; the steps are 1 to " + STEPS);
    }
    return Integer.parseInt(text);
  }

  /** Returns the project's folder, absolute. */
  public Path folder() {
    return folder;
  }

  /**
   * Returns the number of the module that a text names: a step's number, {@code engine} or {@code server}.
   *
   * @throws BadUsage if there is no such module
   */
  public static int moduleNumber(String text) throws BadUsage {
    int number = NAMES.indexOf(text) + 1;
    return number > STEPS ? number : stepNumber(text);
  }

  /** Returns the name of a chapter's module, {@code step1-append} for example. */
  public static String name(int chapter) {
    return NAMES.get(chapter - 1);
  }

  /** Returns the package of a chapter's module, or of the server's exercise: {@code kv.step1}. */
  public static String packageName(int chapter) {
    if (chapter == SERVER) {
      return "kv.server.resp";
    }
    return "kv." + (chapter <= STEPS ? "step" + chapter : name(chapter));
  }

  /** Returns the folder of a chapter's module. */
  public Path module(int chapter) {
    return folder.resolve(name(chapter));
  }

  /** Returns the folder of the main sources of a chapter's module. */
  public Path mainSources(int chapter) {
    return sources(chapter, "main");
  }

  /** Returns the folder of the tests of a chapter's module. */
  public Path testSources(int chapter) {
    return sources(chapter, "test");
  }

  private Path sources(int chapter, String kind) {
    Path java = module(chapter).resolve("src").resolve(kind).resolve("java");
    return java.resolve(packageName(chapter).replace('.', '/'));
  }

  /** Returns the Java files directly in a folder, by name. */
  public static List<Path> javaFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
