/*
 * WHAT THIS FILE IS
 *
 * The command start: it creates a small Maven project in work/N.M, in which the reader does an
 * exercise. The project is made from the step's own sources, so no second copy of them can drift.
 *
 *     work/1.2/pom.xml                          its parent is the course's
 *     work/1.2/src/main/java/kv/step1/*.java    the step, with some bodies blanked
 *     work/1.2/src/test/java/kv/step1/*.java    the exercise's tests and their helpers
 *
 * A blanked member keeps its Javadoc, which is the specification, and throws an exception that
 * names the exercise: so check can distinguish work that is not done yet from a mistake. The members
 * of earlier exercises are the reader's own (Carry), so the store that grows is theirs.
 *
 * The folder work/mine is the last step as a whole, made in the same way, with nothing blanked.
 */
package kv.workshop;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import kv.workshop.Carry.Fate;
import kv.workshop.Members.Kind;
import kv.workshop.Members.Member;

/** Prepares an exercise, or the reader's store. */
final class Start {
  static final String RESET = "--reset";
  static final String SHIPPED = "--shipped";

  private static final String POM =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <project xmlns="http://maven.apache.org/POM/4.0.0"
               xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
               xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 https://maven.apache.org/xsd/maven-4.0.0.xsd">
        <modelVersion>4.0.0</modelVersion>

        <parent>
          <groupId>kv</groupId>
          <artifactId>kv-five-steps</artifactId>
          <version>1.0-SNAPSHOT</version>
          <relativePath>../../pom.xml</relativePath>
        </parent>

        <artifactId>exercise-NUMBER</artifactId>
        <name>Exercise NUMBER</name>

        <dependencies>
          <dependency>
            <groupId>org.junit.jupiter</groupId>
            <artifactId>junit-jupiter</artifactId>
            <scope>test</scope>
          </dependency>MORE
        </dependencies>

        <build>
          <plugins>
            <plugin>
              <groupId>org.apache.maven.plugins</groupId>
              <artifactId>maven-compiler-plugin</artifactId>
              <configuration>
                <!-- Without -Werror: a draft may have warnings. -->
                <compilerArgs combine.self="override">
                  <arg>-Xlint:all</arg>
                </compilerArgs>
              </configuration>
            </plugin>
          </plugins>
        </build>
      </project>
      """;

  /** The server with its libraries, from its jar: it need not be in the local repository. */
  private static final String SERVER_JAR =
      """

          <dependency>
            <groupId>kv</groupId>
            <artifactId>server</artifactId>
            <version>1.0-SNAPSHOT</version>
            <scope>system</scope>
            <systemPath>${project.basedir}/../../server/target/server.jar</systemPath>
          </dependency>""";

  /** A member without its body, and its file. */
  record Blank(Path file, String member) {}

  private Start() {}

  // ======== The command ========

  /**
   * Prepares an exercise, and prints the task.
   *
   * @param reset whether the reader's earlier work on it is replaced
   * @param shipped whether all other code is the course's, and none the reader's
   * @throws BadUsage if there is no such exercise, or if it was started before
   */
  static int run(Project project, String number, boolean reset, boolean shipped, PrintStream out)
      throws IOException, BadUsage {
    Exercise exercise = Exercise.orMine(project, number);
    if (Files.exists(exercise.work()) && !reset) {
      throw new BadUsage(
          String.format(
              Locale.ROOT,
              "work/%s exists, with your work on %s; to delete it and start again: start %s %s",
              number,
              exercise.isMine() ? "your store" : "the exercise",
              number,
              RESET));
    }
    // Written under another name, then renamed: a folder with the exercise's name is complete, and
    // the earlier work is deleted only when its replacement is.
    Path unfinished = exercise.work().resolveSibling(number + ".tmp");
    Folders.delete(unfinished);
    List<Blank> blanks;
    List<Fate> fates;
    try {
      blanks = write(exercise, unfinished);
      Path sources = exercise.sources(unfinished, "main");
      fates = shipped ? List.of() : Carry.into(exercise, sources);
    } catch (Throwable e) {
      Folders.delete(unfinished);
      throw e;
    }
    Folders.delete(exercise.work());
    Files.move(unfinished, exercise.work());
    if (exercise.isMine()) {
      out.print(exercise.title() + ", in work/mine\n\n" + exercise.task() + "\n");
    } else {
      out.print("Exercise " + number + ": " + exercise.title() + "\n\n" + exercise.task() + "\n");
      out.print("\nWrite these as their Javadoc says:\n");
    }
    for (Blank blank : blanks) {
      Path file = Path.of("work", number).resolve(unfinished.relativize(blank.file));
      int line = line(exercise, exercise.workSources().resolve(file.getFileName()), blank.member);
      out.print("  " + file + ":" + line + "  " + blank.member + "\n");
    }
    print(fates, number, "Step " + exercise.chapter(), out);
    out.print(
        "\nIn an IDE, open work/" + number + " as a Maven project. Its tests are there too.\n");
    out.print("Then, in this folder again:\n");
    out.print("To check it:  " + Workshop.CALL + " check " + number + "\n");
    if (!exercise.isMine()) {
      out.print("For a hint:   " + Workshop.CALL + " hint " + number + "\n");
    }
    return 0;
  }

  /** Prints which code is the reader's, and why other code is not. */
  private static void print(List<Fate> fates, String number, String step, PrintStream out) {
    if (fates.stream().anyMatch(Fate::isCarried)) {
      out.print("\nYour own code, from earlier exercises:\n");
    }
    for (Fate fate : fates) {
      if (fate.isCarried()) {
        out.print("  " + fate.exercise() + "  " + fate.member() + "\n");
      }
    }
    if (fates.stream().anyMatch(Fate::isReplaced)) {
      out.print("\nThe course's code in place of yours, and why:\n");
    }
    for (Fate fate : fates) {
      if (fate.isReplaced()) {
        String member = fate.member().isEmpty() ? "" : fate.member() + ": ";
        out.print("  " + fate.exercise() + "  " + member + fate.reason() + "\n");
      }
    }
    List<String> gone = fates.stream().filter(Fate::isGone).map(Fate::member).toList();
    if (!gone.isEmpty()) {
      out.print("\n" + step + " does not have " + String.join(", ", gone) + ".\n");
    }
    if (fates.stream().anyMatch(Fate::isCarried)) {
      out.print("\nWithout your code: start " + number + " " + RESET + " " + SHIPPED + "\n");
    }
  }

  /** Returns the line of the statement in place of a member's body, counted from 1. */
  private static int line(Exercise exercise, Path file, String member) throws IOException {
    List<String> lines = Files.readAllLines(file).stream().map(String::strip).toList();
    return lines.indexOf(exercise.blank(member)) + 1;
  }

  // ======== Writing the folder ========

  private static List<Blank> write(Exercise exercise, Path folder) throws IOException, BadUsage {
    Path sources = Files.createDirectories(exercise.sources(folder, "main"));
    List<Blank> blanks = writeBlanked(exercise, sources);
    for (Path file : exercise.testFiles()) {
      Path target = exercise.copyOf(file, folder);
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
    Path resources = Path.of("src", "test", "resources", "junit-platform.properties");
    Path copy = folder.resolve(resources);
    Files.createDirectories(copy.getParent());
    Files.copy(exercise.project().module(exercise.chapter()).resolve(resources), copy);
    Files.writeString(folder.resolve("pom.xml"), pom(exercise));
    return blanks;
  }

  private static String pom(Exercise exercise) {
    return POM.replace("NUMBER", exercise.number())
        .replace("MORE", exercise.chapter() == Project.SERVER ? SERVER_JAR : "");
  }

  /** Writes the module's main sources to an empty folder, with the exercise's members blanked. */
  static List<Blank> writeBlanked(Exercise exercise, Path folder) throws IOException, BadUsage {
    writeSolved(exercise, folder);
    Set<String> missing = new HashSet<>(exercise.members());
    List<Blank> blanks = new ArrayList<>();
    for (Path file : Project.javaFiles(folder)) {
      List<Member> blanked =
          exercise.extendsStep() ? added(exercise, file) : named(file, exercise.members());
      for (Member member : blanked) {
        missing.remove(member.name());
      }
      blanks.addAll(blank(exercise, file, blanked));
    }
    if (blanks.isEmpty() != exercise.isMine() || !missing.isEmpty()) {
      throw new BadUsage(
          "Exercise " + exercise.number() + " blanks methods that do not exist: " + missing);
    }
    return blanks;
  }

  /** The methods of a file that have one of some names. */
  private static List<Member> named(Path file, List<String> names) throws IOException {
    String type = file.getFileName().toString().replace(".java", ".");
    if (names.stream().noneMatch(name -> name.startsWith(type))) {
      return List.of();
    }
    return methods(file).stream().filter(member -> names.contains(member.name())).toList();
  }

  /** The methods of a file that the step does not have. */
  private static List<Member> added(Exercise exercise, Path file) throws IOException {
    Path original = exercise.project().mainSources(exercise.chapter()).resolve(file.getFileName());
    if (Files.mismatch(file, original) < 0) {
      return List.of();
    }
    Set<String> own = new HashSet<>();
    methods(original).forEach(member -> own.add(member.name()));
    return methods(file).stream().filter(member -> !own.contains(member.name())).toList();
  }

  private static List<Member> methods(Path file) throws IOException {
    return Members.of(file).stream()
        .filter(member -> member.kind() == Kind.METHOD && member.hasBody())
        .toList();
  }

  /** Writes the step's main sources to an empty folder, with the members that the exercise's patch adds. */
  static void writeSolved(Exercise exercise, Path folder) throws IOException {
    for (Path file : Project.javaFiles(exercise.project().mainSources(exercise.chapter()))) {
      Files.copy(file, folder.resolve(file.getFileName()));
    }
    if (exercise.extendsStep()) {
      Patch.apply(exercise.patch(), folder);
    }
  }

  /** Blanks members of a file, given in its order. */
  private static List<Blank> blank(Exercise exercise, Path file, List<Member> members)
      throws IOException {
    String text = Files.readString(file);
    StringBuilder blanked = new StringBuilder();
    List<Blank> blanks = new ArrayList<>();
    int from = 0;
    for (Member member : members) {
      blanked.append(text, from, member.bodyStart() + 1);
      blanks.add(new Blank(file, member.name()));
      // Two columns more than the brace that ends the body.
      int indent = member.bodyEnd() - (text.lastIndexOf('\n', member.bodyEnd()) + 1);
      blanked.append('\n').append(" ".repeat(indent + 2)).append(exercise.blank(member.name()));
      blanked.append('\n').append(" ".repeat(indent));
      from = member.bodyEnd();
    }
    blanked.append(text, from, text.length());
    Files.writeString(file, blanked.toString());
    return blanks;
  }
}
