package kv.workshop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kv.workshop.Check.Outcome;
import kv.workshop.Check.Verdict;
import kv.workshop.TestRun.Event;
import kv.workshop.TestRun.Kind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every exercise can be begun, and can be done. The tests run in this process, since there are
 * many: CheckTest has them run as check does.
 */
class ExercisesTest {
  /** As strict as the build is with the steps. */
  private static final List<String> STRICT =
      List.of("-Xlint:all", "-Xdoclint:all,-missing", "-Werror");

  /** The options for code; the Javadoc is checked in the patches only. */
  private static final List<String> CODE = List.of("-Xlint:all", "-Werror");

  private static Project project;

  @TempDir private static Path folder;

  /** The classes of {@link #complete}, by the names of its sources. */
  private static final Map<String, Path> COMPLETE = new HashMap<>();

  @BeforeAll
  static void findTheCourse() throws BadUsage {
    project = Project.at(Path.of(".."));
  }

  static List<Exercise> all() throws Exception {
    Project course = Project.at(Path.of(".."));
    List<Exercise> all = new ArrayList<>();
    for (String number : Exercise.numbers(course)) {
      all.add(Exercise.of(course, number));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("all")
  void hasATaskAndTwoToFourHints(Exercise exercise) {
    assertFalse(exercise.title().isBlank());
    // As `start` shows it on a terminal; and no list was taken for it.
    assertTrue(exercise.task().lines().count() <= 4, exercise.task());
    assertTrue(exercise.task().endsWith("."), exercise.task());
    int hints = exercise.hints().size();
    assertTrue(2 <= hints && hints <= 4, hints + " hints");
    assertTrue(exercise.hints().stream().noneMatch(String::isBlank));
  }

  @ParameterizedTest
  @MethodSource("all")
  void isNotDoneYetWhenItIsStartedAndNothingElseIsWrong(Exercise exercise) throws Exception {
    Path sources = Files.createTempDirectory(folder, "sources");
    Path classes = Files.createTempDirectory(folder, "classes");
    List<Start.Blank> blanks = Start.writeBlanked(exercise, sources);
    assertEquals(List.of(), Check.compile(exercise, Project.javaFiles(sources), classes, STRICT));

    List<Event> events = run(exercise, classes, complete(exercise));

    List<String> members = blanks.stream().map(Start.Blank::member).toList();
    assertEquals(members, Exercise.blanks(sources));
    Outcome outcome = Check.judge(exercise, events, members);
    assertEquals(Verdict.NOT_DONE, outcome.verdict(), outcome::toString);
    assertTrue(events.stream().anyMatch(event -> event.kind() == Kind.NOT_DONE));
    assertTrue(events.stream().noneMatch(event -> event.kind() == Kind.FAILED), outcome::toString);
  }

  /** The step as it is, with the exercise's patch: a patch that does not fit fails here. */
  @ParameterizedTest
  @MethodSource("all")
  void isDoneByTheCoursesOwnCode(Exercise exercise) throws Exception {
    Outcome outcome = Check.judge(exercise, run(exercise, complete(exercise)), List.of());

    assertEquals(Verdict.DONE, outcome.verdict(), outcome::toString);
  }

  // ======== How ========

  /**
   * The complete module with the tests of an exercise, compiled. The exercises that write members
   * of a module again share one; an exercise that extends it needs the module with its patch.
   */
  private static Path complete(Exercise exercise) throws Exception {
    String name = exercise.extendsStep() ? exercise.number() : "" + exercise.chapter();
    if (!COMPLETE.containsKey(name)) {
      Path sources = Files.createTempDirectory(folder, "sources");
      Start.writeSolved(exercise, sources);
      Set<Path> files = new LinkedHashSet<>(Project.javaFiles(sources));
      for (Exercise one : all()) {
        boolean same = one.chapter() == exercise.chapter() && !one.extendsStep();
        if (exercise.extendsStep() ? one.number().equals(name) : same) {
          files.addAll(one.testFiles());
        }
      }
      Path classes = Files.createTempDirectory(folder, "complete");
      assertEquals(List.of(), Check.compile(exercise, List.copyOf(files), classes, CODE));
      COMPLETE.put(name, classes);
    }
    return COMPLETE.get(name);
  }

  private static List<Event> run(Exercise exercise, Path... classes) throws IOException {
    List<Path> all = new ArrayList<>(List.of(classes));
    String packageName = Project.packageName(exercise.chapter());
    String hidden = packageName;
    if (exercise.chapter() == Project.SERVER) {
      // The server's other packages have to see the exercise's classes, too.
      hidden = "kv.server";
      all.add(project.module(Project.SERVER).resolve("target").resolve("classes"));
    }
    URL[] urls = new URL[all.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = all.get(i).toUri().toURL();
    }
    List<Event> events = new ArrayList<>();
    try (URLClassLoader loader = new URLClassLoader(urls, new Without(hidden))) {
      TestRun.run(loader, packageName, exercise.tests(), events::add);
    }
    return events;
  }

  /** This process's classes without a module's, which would hide those that are to be tested. */
  private static final class Without extends ClassLoader {
    private final String packageName;

    Without(String packageName) {
      this.packageName = packageName;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith(packageName + ".")) {
        throw new ClassNotFoundException(name);
      }
      return ExercisesTest.class.getClassLoader().loadClass(name);
    }
  }
}
