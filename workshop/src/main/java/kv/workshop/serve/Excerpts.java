package kv.workshop.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kv.workshop.BadUsage;
import kv.workshop.Project;

/** Finds the place in the project's sources that an excerpt of the course comes from. */
final class Excerpts {
  /**
   * The place of a member.
   *
   * @param path of its file, from the project's folder
   * @param line its number, from 1
   */
  record Place(String member, String path, int line) {}

  private final Project project;

  Excerpts(Project project) {
    this.project = project;
  }

  /**
   * Returns the place of a member.
   *
   * @param module {@code 1} to {@code 5}, {@code engine} or {@code server}
   * @param member its name, {@code Store.put} or {@code KeyDir.find(byte[])}
   * @param excerpt the code that is shown
   */
  Optional<Place> find(String module, String member, String excerpt) throws IOException {
    Optional<Path> file = file(module, member.split("\\.")[0] + ".java");
    if (file.isEmpty()) {
      return Optional.empty();
    }
    String path = project.folder().relativize(file.get()).toString().replace('\\', '/');
    String name = member.split("\\(")[0].replaceFirst(".*\\.", "");
    List<String> named =
        excerpt
            .lines()
            .map(String::strip)
            .filter(line -> line.matches(".*\\b" + Pattern.quote(name) + "\\b.*"))
            .toList();
    List<String> lines = Files.readAllLines(file.get());
    for (int i = 0; i < lines.size(); i++) {
      if (named.contains(lines.get(i).strip())) {
        return Optional.of(new Place(member, path, i + 1));
      }
    }
    return Optional.of(new Place(member, path, 1));
  }

  private Optional<Path> file(String module, String name) throws IOException {
    Path sources;
    try {
      sources = project.module(Project.moduleNumber(module)).resolve("src/main/java");
    } catch (BadUsage e) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(sources)) {
      return files.filter(file -> file.getFileName().toString().equals(name)).findFirst();
    }
  }
}
