package kv.workshop.authoring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kv.workshop.BadUsage;
import kv.workshop.Project;

/** A project in a temporary folder that has no more than the tools look for. */
final class SmallProject {
  private static final String SHELF =
      """
      package kv.stepN;

      /** Books. */
      final class Shelf {
        private static final int WIDTH =
            3;

        /**
         * Puts a book.
         *
         * @return how many there are
         */
        @Deprecated
        int put(String book) {
          // Not before it is dusted.
          return 1;
        }

        int put(int count) {
          return count;
        }

        int size() {
          return 2;
        }

        void dust() {
      DUST    }
      }
      """;

  private static final String POM =
      """
      <project>
        <modules>
          <module>step1-append</module>
          <module>step2-scan</module>
        </modules>
        <build><finalName>races</finalName></build>
      </project>
      """;

  private static final String TEST =
      """
      class ShelfTest {
        @Test
        void holdsBooks() {}
      }
      """;

  private SmallProject() {}

  /**
   * Makes one, in an empty folder. Its steps have a class Shelf, with a method dust of 26 lines;
   * the file play.jsh has a method hello; and what is built is named races.
   */
  static Project in(Path folder) throws IOException, BadUsage {
    write(folder.resolve("pom.xml"), POM);
    for (int n = 1; n <= Project.MODULES; n++) {
      Path step = folder.resolve(Project.name(n));
      String name = Project.packageName(n).substring("kv.".length());
      String shelf = SHELF.replace("stepN", name).replace("DUST", "    size();\n".repeat(24));
      String packages = "java/kv/" + name.replace('.', '/');
      write(step.resolve("src/main/" + packages + "/Shelf.java"), shelf);
      write(step.resolve("src/test/" + packages + "/ShelfTest.java"), TEST);
      write(step.resolve("pom.xml"), POM);
      write(
          step.resolve("play.jsh"),
          "String hello(String name) { return \"hello \" + name; }\n"
              + "System.out.println(\"say hello\")\n");
      Files.createDirectories(step.resolve("target/classes"));
    }
    return Project.at(folder);
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
