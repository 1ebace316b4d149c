package kv.workshop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kv.workshop.Diff.Change;
import kv.workshop.Diff.Count;
import kv.workshop.Diff.FileChange;
import kv.workshop.Members.Kind;
import kv.workshop.Source.Part;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A step changes only what its lesson needs. The difference between two steps is the lesson, and any
 * other change would hide it.
 */
class StepsTest {
  /** New members that are not at the end of their section, by step, with the reason. */
  private static final Map<String, String> INSERTED = new TreeMap<>();

  static {
    inserted("beside put, since sync is about both", "2 Store.delete");
    inserted("beside PUT: the types belong together", "2 Record.DELETE");
    inserted("beside offset, nextOffset and type: what the header says", "3 LogReader.location");
    inserted(
        "the places in the order in which a store comes to them",
        "5 FailPoint.ADOPTED",
        "5 FailPoint.FILE_CREATED",
        "5 FailPoint.FILE_FINISHED",
        "5 FailPoint.INPUT_DELETED",
        "5 FailPoint.PUBLISHED");
    inserted("in place of offsets", "5 KeyDir.inLogOrder");
    inserted("in place of file", "5 LogReader.log");
    inserted(
        "the sizes belong together",
        "5 Merge.REPOINTED_AT_ONCE",
        "5 Store.FILES_PER_RUN",
        "5 Store.FILE_SIZE");
    inserted(
        "the order of things from the top down, and then the copying of step 4",
        "5 Merge.commit",
        "5 Merge.publish",
        "5 Merge.rewrite",
        "5 Merge.runs");
    inserted("beside deleteAfter and requireInPlace", "5 Merge.delete", "5 Merge.fail");
  }

  /** Members whose comments changed but whose code did not, by step, with the reason. */
  private static final Map<String, String> COMMENTED = new TreeMap<>();

  static {
    commented("the next open now notices what a crash here leaves", "2 LogFile.append");
    commented("it reads the log, and refuses damage", "2 LogFile.open(Path)", "2 Store.open");
    commented("a torn record no longer hides later puts", "2 Store");
    commented("it makes deletes durable, too", "2 Store.sync");
    commented("keys are no longer compared in the window", "3 LogReader.BUFFER_SIZE");
    commented("a merge may look into it at any time", "5 KeyDir");
    commented("the names are this step's own", "5 DirectoryContents.SEGMENT");
    commented(
        "there are inputs, and not one old file",
        "5 FailPoint.COPY_DURABLE",
        "5 FailPoint.RENAMED");
    commented(
        "covered files are left over, too",
        "5 FailPoint.LEFTOVER_DELETED",
        "5 FailPoint.LEFTOVER_FOUND");
    commented("there are many files", "5 Merge", "5 Merge.COPY_SUFFIX", "5 Stats", "5 Store");
    commented("a merge, and no compaction", "5 Store.MIN_DEAD_BYTES");
  }

  private static void inserted(String why, String... members) {
    Stream.of(members).forEach(member -> INSERTED.put(member, why));
  }

  private static void commented(String why, String... members) {
    Stream.of(members).forEach(member -> COMMENTED.put(member, why));
  }

  /** Most lines of code that a step may add and remove, with the reason for the number. */
  private static final Map<Integer, Count> BUDGETS =
      Map.of(
          // Reading, deleting and recovery come together. None of them can be tested without the
          // others, since a reader that finds a torn record must know what to do.
          2, new Count(320, 20),
          // Removes the get that replays the log: find, lastPuts, and the fields that they used.
          3, new Count(140, 50),
          // A new file, Compaction, and the fail points that test it.
          4, new Count(245, 20),
          // Two new files, Log and SegmentName; compaction now runs beside readers and writers.
          5, new Count(480, 200));

  /** The longest file of a step, in lines. */
  private static final int LONGEST_FILE = 450;

  /** Most lines of code that a first reading of step 1 has. */
  private static final int FIRST_READING = 270;

  private static final List<String> SECTIONS =
      List.of(
          "Opening", "Writing", "Reading", "Reclaiming space", "Closing", Source.SECOND_READING);

  private static final Pattern BANNER = Pattern.compile("// ======== (.+?) ========");

  /** Sources of the steps. GROWN has the changes of each step from 2 on since the step before. */
  private static final Map<Integer, Map<String, Source>> SOURCES = new TreeMap<>();

  private static final Map<Integer, Diff> GROWN = new TreeMap<>();

  @BeforeAll
  static void readTheSteps() throws Exception {
    Project project = Project.at(Path.of(".."));
    for (int step = 1; step <= Project.STEPS; step++) {
      SOURCES.put(step, Source.ofStep(project, step));
    }
    for (int step : BUDGETS.keySet()) {
      GROWN.put(step, Diff.of(project, step - 1, step));
    }
  }

  // ======== Order ========

  @Test
  void membersKeepTheOrderOfTheStepBefore() {
    for (int step : GROWN.keySet()) {
      for (FileChange file : GROWN.get(step).files()) {
        List<Part> kept =
            file.changes().stream()
                .filter(change -> !change.isNew() && !change.isGone())
                .map(Change::before)
                .toList();
        List<Part> order = file.before().parts().stream().filter(kept::contains).toList();
        assertEquals(
            names(order),
            names(kept),
            "Order of " + file.name() + ".java in step " + step + " and in the step before it");
      }
    }
  }

  private static List<String> names(List<Part> parts) {
    return parts.stream().map(Part::name).toList();
  }

  @Test
  void newMembersAreAtTheEndOfTheirSection() {
    Set<String> inserted = new TreeSet<>();
    for (int step : GROWN.keySet()) {
      for (FileChange file : GROWN.get(step).files()) {
        List<Change> backwards = new ArrayList<>(file.changes());
        Collections.reverse(backwards);
        Set<String> continued = new HashSet<>();
        for (Change change : backwards) {
          if (change.isNew() && continued.contains(place(change.after()))) {
            inserted.add(step + " " + change.name());
          } else if (!change.isNew() && !change.isGone()) {
            continued.add(place(change.after()));
          }
        }
      }
    }
    assertEquals(
        new TreeSet<>(INSERTED.keySet()),
        inserted,
        "Move these to the end of their section, or list them here with the reason.");
  }

  /**
   * Returns the group of members that a new member must end: in its section, the fields with the
   * same modifier final, or the methods with the same visibility. Helpers are last in a section.
   */
  private static String place(Part part) {
    String type = part.signature().replaceAll("\\.?[^.(]*(\\(.*)?$", "");
    String line = part.code().stream().filter(l -> !l.startsWith("@")).findFirst().orElse("");
    String rank = line.contains("public ") ? "public" : line.contains("private ") ? "private" : "";
    if (part.kind() == Kind.FIELD) {
      rank = line.contains("static ") ? "static" : line.contains("final ") ? "final" : "";
    }
    return String.join("/", type, part.section(), part.kind().toString(), rank);
  }

  @Test
  void sectionsComeInTheSameOrderInEveryFile() {
    SOURCES.forEach(
        (step, sources) ->
            sources.forEach(
                (name, source) -> {
                  List<String> found = new ArrayList<>();
                  Matcher banner = BANNER.matcher(source.text());
                  while (banner.find()) {
                    found.add(banner.group(1));
                  }
                  List<String> order = SECTIONS.stream().filter(found::contains).toList();
                  assertEquals(order, found, name + " of step " + step);
                }));
  }

  @Test
  void aSecondReadingBeginsWithItsEssay() {
    String banner = "  // ======== " + Source.SECOND_READING + " ========\n";
    SOURCES.forEach(
        (step, sources) ->
            sources.forEach(
                (name, source) -> {
                  int at = source.text().indexOf(banner);
                  assertTrue(
                      at < 0 || source.text().startsWith("\n  /*\n", at + banner.length()),
                      name + " of step " + step);
                }));
  }

  @Test
  void aSecondReadingHasTheSameMembersInEveryStep() {
    for (int step : GROWN.keySet()) {
      for (FileChange file : GROWN.get(step).files()) {
        assertEquals(
            secondReading(file.before()),
            secondReading(file.after()),
            file.name() + " of step " + step + ": a lesson is not for a second reading");
      }
    }
  }

  private static List<String> secondReading(Source source) {
    return source.parts().stream()
        .filter(part -> part.section().equals(Source.SECOND_READING))
        .map(Part::plainName)
        .toList();
  }

  @Test
  void aFileKeepsItsName() {
    // A merge is a compaction of some of the files.
    Map<Integer, Set<String>> renamed = Map.of(5, Set.of("Compaction to Merge"));
    for (int step : GROWN.keySet()) {
      Set<String> found = new TreeSet<>();
      for (FileChange file : GROWN.get(step).files()) {
        assertTrue(!file.isGone(), file.name() + " is gone in step " + step);
        if (file.isRenamed()) {
          found.add(file.formerName() + " to " + file.name());
        }
      }
      assertEquals(renamed.getOrDefault(step, Set.of()), found, "renamed in step " + step);
    }
  }

  // ======== Nothing in the way ========

  @Test
  void commentsChangeOnlyWithTheCode() {
    Set<String> commented = new TreeSet<>();
    for (int step : GROWN.keySet()) {
      for (FileChange file : GROWN.get(step).files()) {
        for (Change change : file.changes()) {
          if (change.isMember() && change.isChanged() && change.hasSameCode()) {
            commented.add(step + " " + change.name());
          }
        }
      }
    }
    assertEquals(
        new TreeSet<>(COMMENTED.keySet()),
        commented,
        "Give these the comments of the step before, or list them here with the reason.");
  }

  @Test
  void aStepIsSmallEnoughToBeReadAtOnce() {
    for (int step : GROWN.keySet()) {
      Count code = GROWN.get(step).code();
      Count budget = BUDGETS.get(step);
      assertTrue(
          code.added() <= budget.added() && code.removed() <= budget.removed(),
          String.format(
              Locale.ROOT,
              "Step %d adds %d lines of code (at most %d) and removes %d (at most %d).",
              step,
              code.added(),
              budget.added(),
              code.removed(),
              budget.removed()));
    }
  }

  /** Step 1 has every craft that a store needs before its idea works, and a reader is new to all. */
  @Test
  void theFirstReadingOfStep1IsShort() {
    long lines =
        SOURCES.get(1).values().stream()
            .mapToLong(
                source -> {
                  int end = source.text().indexOf("// ======== " + Source.SECOND_READING);
                  return Source.codeLines(end < 0 ? source.text() : source.text().substring(0, end))
                      .size();
                })
            .sum();
    assertTrue(
        lines <= FIRST_READING,
        lines + " lines of code, at most " + FIRST_READING + ": move details below the banner");
  }

  @Test
  void theTableOfContentsOfAStepNamesEachOfItsNewTests() throws IOException {
    Set<String> before = new TreeSet<>();
    for (int step = 1; step <= Project.STEPS; step++) {
      Path tests = Path.of("..", Project.name(step), "src/test/java/kv/step" + step);
      String contents = SOURCES.get(step).get("package-info").text();
      try (Stream<Path> files = Files.list(tests)) {
        for (Path file : files.sorted().toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          if (name.endsWith("Test") && before.add(name)) {
            assertTrue(contents.contains(name), "step " + step + ": " + name + " is missing");
          }
        }
      }
    }
  }

  @Test
  void aStepHasAboutAsManyLinesOfCommentAsOfCode() {
    for (int step = 1; step <= Project.STEPS; step++) {
      long code = 0;
      long comments = 0;
      Map<String, Source> sources = new TreeMap<>(SOURCES.get(step));
      // package-info is a table of contents.
      sources.remove("package-info");
      for (Source source : sources.values()) {
        String text = source.text();
        code += Source.codeLines(text).size();
        comments += lines(text) - lines(Comments.blank(text));
      }
      double ratio = (double) comments / code;
      double least = 0.8;
      assertTrue(
          least <= ratio && ratio <= 1.2,
          "Step "
              + step
              + " has "
              + comments
              + " lines of comment and "
              + code
              + " of code: for each line of code "
              + least
              + " to 1.2 of comment.");
    }
  }

  @Test
  void aFileIsShortEnoughToBeReadAtOnce() {
    SOURCES.forEach(
        (step, sources) ->
            sources.forEach(
                (name, source) -> {
                  long lines = source.text().lines().count();
                  assertTrue(
                      lines <= LONGEST_FILE,
                      name + " of step " + step + " has " + lines + " lines, at most 450");
                }));
  }

  private static long lines(String text) {
    return text.lines().filter(line -> !line.isBlank()).count();
  }
}
