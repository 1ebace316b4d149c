package kv.workshop.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import kv.workshop.Workshop;
import kv.workshop.model.Explorer.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules of step 5 keep every promise in every state, and none of them can be left out. */
class ModelTest {
  private static final String NOTHING = "a absent, b absent";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return Workshop.run(
        List.of(arguments), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
  }

  private List<String> printed() {
    return out.toString(UTF_8).lines().toList();
  }

  @Test
  void withAllRulesNoStateBreaksAPromise() {
    Result result = new Explorer(new Actions(EnumSet.allOf(Rule.class), Model.SHORT)).explore();
    assertEquals(List.of(), result.history());
    assertTrue(result.states() > 100_000, result.states() + " states");
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnyOfTheRulesAPromiseIsBroken(Rule rule) {
    assertEquals(1, run("model", "--without", rule.toString()));
    List<String> lines = printed();
    String what = lines.get(lines.size() - 1).strip();
    assertEquals(broken(rule), what);
    assertTrue(lines.stream().allMatch(line -> line.length() <= 100), out.toString(UTF_8));
  }

  /** Returns the last line of the shortest history without a rule. */
  private static String broken(Rule rule) {
    return switch (rule) {
      case TRUE_SYNC_MARK ->
          "REFUSES: the open refuses 1-1.0: the mark of a=2 shows that the torn part was synced";
      case SYNC_BEFORE_NEXT_FILE, CUT_TORN ->
          "REFUSES: the open refuses 1-1.0: its end is torn, but the log continues";
      case SYNC_NEW_NAME -> opens("RESURRECTS", "a=1, b absent", "a=2, b absent");
      case TORN_IS_NO_RECORD -> opens("LOSES", "a=garbage, b absent", NOTHING);
      case STOP_AT_TORN -> opens("LOSES", "a absent, b=2", NOTHING);
      case OPEN_SYNCS_FILES, SYNC_LAST -> opens("LOSES", NOTHING, "a=1, b absent");
      case OPEN_SYNCS_DIRECTORY -> "REFUSES: the open refuses 3-3.0: the log before it is missing";
      case IGNORE_COVERED -> "REFUSES: the open refuses 1-1.0: it overlaps";
      case SKIP_NO_FILE, OLDEST_FIRST, STOP_AT_FAILURE ->
          opens("RESURRECTS", "a=1, b absent", NOTHING);
      case SYNC_COPY -> "REFUSES: the open refuses 1-1.1: its end is torn, but the log continues";
      case SYNC_DIRECTORY -> "REFUSES: the open refuses 2-2.0: the log before it is missing";
      case REPOINT -> "REFUSES: get a reads a closed file, 1-1.0";
      case REPOINT_IF_UNCHANGED ->
          "RESURRECTS: gets find a=1, b absent; the last puts were a=2, b absent";
    };
  }

  private static String opens(String kind, String found, String promised) {
    return kind + ": found: " + found + "; promised: " + promised + ", or a later state";
  }

  @Test
  void aHistoryShowsTheFilesAfterEachStepAndTheLossesOfACrash() {
    run("model", "--without", "sync-last");
    List<String> lines = printed();
    assertEquals(
        List.of(
            " 9  rename the copy to 1-1.1               +1-1.1[]  1-1.0[a=1]  2-2.0[ | a=2]",
            "10  the power fails                        1-1.1[]  1-1.0[a=1]  2-2.0[]",
            "    lost: a=2 in 2-2.0",
            "11  open",
            "",
            "    puts and deletes: a=1 a=2; promised: the first 1"),
        lines.subList(lines.size() - 7, lines.size() - 1));
  }

  @Test
  void theRulesAreListedWithTheMethodsOfStep5() throws Exception {
    assertEquals(0, run("model", "--rules"));
    for (Rule rule : Rule.values()) {
      assertTrue(printed().stream().anyMatch(line -> line.startsWith(rule + " ")), rule::toString);
      String[] method = rule.method.split("\\.");
      Path source = Path.of("step5-merge/src/main/java/kv/step5/" + method[0] + ".java");
      String code = Files.readString(Path.of("..").resolve(source));
      assertTrue(code.contains(" " + method[1] + "("), rule.method);
    }
  }

  @Test
  void anUnknownRuleIsRefused() {
    assertEquals(2, run("model", "--without", "luck"));
    assertEquals(
        "there is no rule \"luck\"; list the rules with --rules", err.toString(UTF_8).strip());
  }

  /** The model is to be read: brackets aside, it has at most 500 lines without its printing. */
  @Test
  void theModelIsSmall() throws Exception {
    long lines = codeLines(name -> !isPrinting(name) && !isOfTheEngine(name));
    assertTrue(lines > 300 && lines <= 500, lines + " lines");
  }

  private static boolean isPrinting(String name) {
    return List.of("Model.java", "Story.java").contains(name);
  }

  static boolean isOfTheEngine(String name) {
    return name.startsWith("Engine") || name.equals("Flight.java");
  }

  /** Returns the number of lines of code in some files of the model. */
  static long codeLines(Predicate<String> names) throws IOException {
    Path folder = Path.of("..").resolve("workshop/src/main/java/kv/workshop/model");
    long lines = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> names.test(path.getFileName().toString())).toList()) {
        lines += codeLines(Files.readString(file));
      }
    }
    return lines;
  }

  private static long codeLines(String source) {
    return source
        .replaceAll("(?s)/\\*.*?\\*/", "")
        .lines()
        .map(String::strip)
        .filter(line -> line.matches(".*\\w.*") && !line.matches("//.*|(package|import) .*;"))
        .count();
  }
}
