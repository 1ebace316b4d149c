/*
 * WHAT THIS FILE IS
 *
 * An exercise, as its folder workshop/exercises/N.M describes it. N is the chapter, and the folders
 * of a chapter are counted from 1 without a gap. There are two kinds: the reader writes members of
 * the chapter's module again; or members that the module does not have.
 *
 * LAYOUT of exercise.md
 *
 *     # The bytes of a record
 *
 *     The task, in two sentences.
 *
 *     - write: `Record.encode`                 the members to blank, by their names in Members
 *     - tests: `FormatTest`, `PutTest.one`     test classes of the step, or single methods of them
 *     - unseen: the order of the two stores    mistakes that no test sees; optional
 *
 *     ## Hint
 *
 *     The first of some hints, from vague to near the code.
 *
 * An exercise of the second kind has no line "write". Its folder also has a test class, which would
 * not compile in the module, and solution.patch, which adds the members that are then blanked. Their
 * Javadoc in the patch is the specification.
 */
package kv.workshop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An exercise.
 *
 * @param number its number, {@code 1.2}
 * @param task in two sentences
 * @param hints from vague to near the code
 * @param members the members of the step to write again; empty if the reader extends the step
 * @param tests test classes, {@code PutTest}, or single methods of them, {@code PutTest.takesAll}
 * @param unseen mistakes that no test can see, or an empty text
 */
record Exercise(
    Project project,
    String number,
    String title,
    String task,
    List<String> hints,
    List<String> members,
    List<String> tests,
    String unseen) {
  /** The name of the reader's store, in place of a number. */
  static final String MINE = "mine";

  /** Test classes that are not tests, and that the server's exercise needs. */
  private static final String SERVER_FIXTURES = "Resp(Fixture|Wire)\\.java";

  private static final Pattern NOT_DONE =
      Pattern.compile("exercise \\d\\.\\d is not done yet: ([^\"]+)");

  /** A server answers with the message of the exception. */
  private static final Pattern REPLIED =
      Pattern.compile("-ERR exercise \\d\\.\\d is not done yet: ([\\w.]+)");

  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

  // ======== Reading the description ========

  /** Returns the numbers of all exercises, in order: those that have a folder. */
  static List<String> numbers(Project project) {
    List<String> numbers = new ArrayList<>();
    for (int chapter = 1; chapter <= Project.MODULES; chapter++) {
      String number = chapter + ".1";
      for (int m = 2; Files.isDirectory(folder(project, number)); m++) {
        numbers.add(number);
        number = chapter + "." + m;
      }
    }
    return numbers;
  }

  /**
   * Returns the exercise with a number.
   *
   * @throws BadUsage if there is none
   */
  static Exercise of(Project project, String number) throws BadUsage, IOException {
    requireNumber(numbers(project), number);
    String text = Files.readString(folder(project, number).resolve("exercise.md"));
    String[] parts = text.replace("\r\n", "\n").split("\n## Hint\n");
    String[] head = parts[0].split("\n\n", 3);
    List<String> hints = Stream.of(parts).skip(1).map(Exercise::withoutBlankEnds).toList();
    return new Exercise(
        project,
        number,
        head[0].substring("# ".length()),
        head[1].strip(),
        hints,
        quoted(head[2], "- write:"),
        quoted(head[2], "- tests:"),
        point(head[2], "- unseen:"));
  }

  private static void requireNumber(List<String> numbers, String number) throws BadUsage {
    if (numbers.contains(number)) {
      return;
    }
    List<String> same =
        number.matches("\\d\\.[1-9]")
            ? numbers.stream().filter(one -> one.charAt(0) == number.charAt(0)).toList()
            : List.of();
    if (same.isEmpty()) {
      throw new BadUsage(
          "there is no exercise \""
              + number
              + "\"; the exercises are "
              + numbers.get(0)
              + ", "
              + numbers.get(1)
              + " ... "
              + numbers.get(numbers.size() - 1));
    }
    throw new BadUsage(
        "there is no exercise "
            + number
            + "; the exercises of chapter "
            + number.charAt(0)
            + " end with "
            + same.get(same.size() - 1)
            + ", and the questions after it are in TUTORIAL.md, with their answers");
  }

  /** Not strip(): a hint may begin with code, which is indented. */
  private static String withoutBlankEnds(String hint) {
    return hint.stripTrailing().replaceFirst("^\n+", "");
  }

  /**
   * Returns the reader's store: the whole last step, with all of its tests. It is started and
   * checked like an exercise in which nothing is left to write.
   */
  static Exercise mine(Project project) throws IOException {
    return new Exercise(
        project,
        MINE,
        "My store",
        "The whole of step " + Project.STEPS + ", with the code that you wrote.",
        List.of(),
        List.of(),
        Project.javaFiles(project.testSources(Project.STEPS)).stream()
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith("Test.java"))
            .map(name -> name.replace(".java", ""))
            .toList(),
        "");
  }

  /**
   * Returns the exercise with a number, or the reader's store.
   *
   * @throws BadUsage if there is no such exercise
   */
  static Exercise orMine(Project project, String number) throws BadUsage, IOException {
    return number.equals(MINE) ? mine(project) : of(project, number);
  }

  /** Returns the names in backquotes in one point of a list. */
  private static List<String> quoted(String list, String point) {
    List<String> quoted = new ArrayList<>();
    QUOTED.matcher(point(list, point)).results().forEach(match -> quoted.add(match.group(1)));
    return List.copyOf(quoted);
  }

  /** Returns the text of one point of a list, in one line; empty if there is no such point. */
  private static String point(String list, String start) {
    return Stream.of(list.split("\n(?=- )"))
        .filter(point -> point.startsWith(start))
        .map(point -> point.substring(start.length()).strip().replaceAll("\\s+", " "))
        .findFirst()
        .orElse("");
  }

  @Override
  public String toString() {
    return isMine() ? "your store" : "exercise " + number;
  }

  /** Returns the number of its chapter, and so of its module. */
  int chapter() {
    return isMine() ? Project.STEPS : number.charAt(0) - '0';
  }

  /** Returns whether it is the reader's store. */
  boolean isMine() {
    return number.equals(MINE);
  }

  /** Returns whether it comes before another one. The reader's store comes after all exercises. */
  boolean precedes(Exercise other) {
    // One digit, a point and one digit, which compare as text.
    return other.isMine() || number.compareTo(other.number) < 0;
  }

  /** Returns whether the reader adds members to the step: then there is a patch. */
  boolean extendsStep() {
    return members.isEmpty() && !isMine();
  }

  // ======== Where its files are ========

  private static Path folder(Project project, String number) {
    return project.folder().resolve("workshop").resolve("exercises").resolve(number);
  }

  /** Returns the patch that adds the members, if this extends the step. */
  Path patch() {
    return folder(project, number).resolve("solution.patch");
  }

  /** Returns the Java files of the tests, with the other test classes that they need. */
  List<Path> testFiles() throws IOException {
    Set<String> classes = new HashSet<>();
    for (String test : tests) {
      classes.add(test.split("\\.")[0] + ".java");
    }
    List<Path> files = new ArrayList<>();
    for (Path file : Project.javaFiles(project.testSources(chapter()))) {
      String name = file.getFileName().toString();
      boolean needed =
          chapter() == Project.SERVER ? name.matches(SERVER_FIXTURES) : !name.endsWith("Test.java");
      if (classes.contains(name) || needed) {
        files.add(file);
      }
    }
    if (chapter() == Project.SERVER) {
      files.add(project.testSources(chapter()).resolveSibling("ServerFixture.java"));
    }
    if (!isMine()) {
      files.addAll(Project.javaFiles(folder(project, number)));
    }
    return files;
  }

  /** Returns the reader's copy of a test file: in its own package, or in the exercise's. */
  Path copyOf(Path testFile, Path folder) {
    Path original = project.module(chapter()).resolve("src");
    return testFile.startsWith(original)
        ? folder.resolve("src").resolve(original.relativize(testFile).toString())
        : sources(folder, "test").resolve(testFile.getFileName().toString());
  }

  /** Returns the folder in which the reader does it. */
  Path work() {
    return project.folder().resolve("work").resolve(number);
  }

  /** Returns the folder of the Java files that the reader changes. */
  Path workSources() {
    return sources(work(), "main");
  }

  /** Returns the folder of the reader's copy of the tests. */
  Path workTests() {
    return sources(work(), "test");
  }

  /** Returns the folder of the Java files of one kind, main or test, in a Maven project. */
  Path sources(Path folder, String kind) {
    return folder
        .resolve("src")
        .resolve(kind)
        .resolve("java")
        .resolve(Project.packageName(chapter()).replace('.', '/'));
  }

  // ======== Not done yet ========

  /** Returns the statement in place of the body of a blanked member. */
  String blank(String member) {
    return "throw new UnsupportedOperationException(\"exercise "
        + number
        + " is not done yet: "
        + member
        + "\");";
  }

  /** Returns the members that are still blank in the Java files of a folder. */
  static List<String> blanks(Path folder) throws IOException {
    List<String> blanks = new ArrayList<>();
    for (Path file : Project.javaFiles(folder)) {
      // Without the comments: the statement may have been kept as one.
      Matcher matcher = NOT_DONE.matcher(Comments.blank(Files.readString(file)));
      matcher.results().forEach(match -> blanks.add(match.group(1)));
    }
    return blanks;
  }

  /**
   * Returns the blanked member that caused a failure, or null. The exception of the blank can be a
   * cause of another one, suppressed by it, or a server's reply that a test did not expect.
   */
  static String notDone(Throwable failure) {
    return notDone(failure, Collections.newSetFromMap(new IdentityHashMap<>()));
  }

  private static String notDone(Throwable failure, Set<Throwable> seen) {
    if (failure == null || !seen.add(failure)) {
      return null;
    }
    if (failure instanceof UnsupportedOperationException) {
      Matcher matcher = NOT_DONE.matcher(String.valueOf(failure.getMessage()));
      if (matcher.matches()) {
        return matcher.group(1);
      }
    }
    if (failure instanceof AssertionError) {
      Matcher matcher = REPLIED.matcher(String.valueOf(failure.getMessage()));
      if (matcher.find()) {
        return matcher.group(1);
      }
    }
    String member = notDone(failure.getCause(), seen);
    for (Throwable suppressed : failure.getSuppressed()) {
      member = member == null ? notDone(suppressed, seen) : member;
    }
    return member;
  }
}
