package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** A copy of as much of the course as a test needs, in which work/ is the test's own. */
final class CourseCopy {
  private CourseCopy() {}

  /**
   * Copies the exercises and the sources of some chapters, and creates the folders of the others.
   *
   * @param folder an empty folder
   */
  static Project of(Path folder, int... chapters) throws IOException, BadUsage {
    Project course = Project.at(Path.of(".."));
    Path exercises = Path.of("workshop", "exercises");
    Folders.copy(course.folder().resolve(exercises), folder.resolve(exercises));
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      int copied = chapter;
      if (IntStream.of(chapters).anyMatch(wanted -> wanted == copied)) {
        Path sources = Path.of(Project.name(chapter), "src");
        Folders.copy(course.folder().resolve(sources), folder.resolve(sources));
      }
      for (Path sources : new Path[] {course.mainSources(chapter), course.testSources(chapter)}) {
        Files.createDirectories(folder.resolve(course.folder().relativize(sources)));
      }
    }
    return Project.at(folder);
  }
}
