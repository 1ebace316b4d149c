package kv.workshop.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.workshop.Project;
import kv.workshop.Workshop;

/** The check of the project's files. */
final class Build {
  private Build() {}

  /** Checks that the folder is the project's, and that every program and module is built. */
  static Finding check(Path folder) {
    if (!Files.exists(folder.resolve(Project.name(1)).resolve("pom.xml"))) {
      return Finding.wrong(
          folder.toAbsolutePath().normalize()
              + " is not the course's folder; go to the folder with README.md and the steps");
    }
    List<Path> missing = new ArrayList<>();
    for (int n = 1; n <= Project.MODULES; n++) {
      missing.add(Path.of(Project.name(n), "target", "classes"));
    }
    for (String program : List.of("server", "workshop", "benchmarks")) {
      missing.add(Path.of(program, "target", program + ".jar"));
    }
    missing.removeIf(file -> Files.exists(folder.resolve(file)));
    return missing.isEmpty()
        ? Finding.ok("all modules are built")
        : Finding.wrong(missing.get(0) + " is missing; " + Workshop.BUILD);
  }
}
