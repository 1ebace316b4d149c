package kv.workshop.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kv.workshop.Workshop;
import kv.workshop.model.Explorer.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules of the engine keep every promise in every state, and none of them can be left out. */
class EngineModelTest {
  private static final String NOTHING = "a absent, b absent";
  private static final String ONE = "a=1, b absent";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private int run(String... arguments) {
    PrintStream print = new PrintStream(out, true, UTF_8);
    return Workshop.run(List.of(arguments), print, print);
  }

  private List<String> printed() {
    return out.toString(UTF_8).lines().toList();
  }

  @Test
  void withAllRulesNoStateBreaksAPromise() {
    Result result = new Explorer(new EngineActions(null, Model.ENGINE_SHORT)).explore();
    assertEquals(List.of(), result.history());
    assertTrue(result.states() > 200_000, result.states() + " states");
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnyOfTheRulesAPromiseIsBroken(EngineRule rule) {
    assertEquals(1, run("model", "--engine", "--without", rule.toString()));
    List<String> lines = printed();
    assertEquals(broken(rule), lines.get(lines.size() - 1).strip());
    assertTrue(lines.stream().allMatch(line -> line.length() <= 105), out.toString(UTF_8));
  }

  /** Returns the last line of the shortest history without a rule. */
  private static String broken(EngineRule rule) {
    return switch (rule) {
      case TYPE_LAST -> refuses("1-1.0: a record is damaged: no sector of it is missing");
      case SALT -> refuses("1-1.0: a mark in a value of b shows that the torn part was synced");
      case TRUE_SYNC_MARK -> refuses("1-1.0: the mark of a=2 shows that the torn part was synced");
      case TRUE_SEAL_MARK -> refuses("1-1.0: the mark of seal shows that the torn part was synced");
      case MARK_COUNTS_SEAL, TWO_IN_FLIGHT, SETTLE_BEFORE_SEAL ->
          refuses("1-1.0: it is torn, but 2-2.0 shows that it was synced");
      case INDEX_OF_LOG -> refuses("2-2.0: it is torn, but 3-3.0 shows that it was synced");
      case SYNC_NEW_NAME, OPEN_SYNCS_DIRECTORY, SYNC_DIRECTORY ->
          refuses("2-2.0: the log before it is missing");
      case SYNC_NEXT_NAME -> refuses("3-3.0: the log before it is missing");
      case IGNORE_COVERED -> refuses("1-1.0: it overlaps");
      case HINT_OF_SEALED -> refuses("1-1.0: it has no seal, though it has a hint file");
      case SYNC_COPY -> refuses("1-1.1: it has no seal");
      case REPOINT -> "REFUSES: get a reads a closed file, 1-1.0";
      case END_BEFORE_FSYNC, WAIT_FOR_NEXT -> opens("RESURRECTS", ONE, "a=2, b absent");
      case SYNC_FULL,
          ACTIVE_FIRST,
          NO_SECOND_FSYNC,
          OPEN_SYNCS_FILES,
          OPEN_SYNCS_TWO,
          INDEX_CHECKSUM,
          SYNC_LAST ->
          opens("LOSES", NOTHING, ONE);
      case TORN_IS_NO_RECORD -> opens("LOSES", "a=garbage, b absent", NOTHING);
      case STOP_AT_TORN, DROP_NEXT, HINT_CHECKSUM -> opens("LOSES", "a absent, b=2", NOTHING);
      case SYNC_DROP, CUT_TORN -> opens("LOSES", "a=2, b absent", NOTHING);
      case SKIP_ONLY_LIVE, KEEP_TOMBSTONES, OLDEST_FIRST, STOP_AT_FAILURE ->
          opens("RESURRECTS", ONE, NOTHING);
      case REPOINT_IF_UNCHANGED ->
          "RESURRECTS: gets find a=1, b absent; the last puts were a=2, b absent";
    };
  }

  private static String refuses(String what) {
    return "REFUSES: the open refuses " + what;
  }

  private static String opens(String kind, String found, String promised) {
    return kind + ": found: " + found + "; promised: " + promised + ", or a later state";
  }

  @Test
  void aHistoryShowsTheSegmentsInFlightAfterEachStep() {
    run("model", "--engine", "--without", "sync-drop");
    List<String> lines = printed();
    assertEquals(
        List.of(
            " 4  put a=2                                1-1.0[ | a=1 seal]  +2-2.0[ | a=2]",
            " 5  the power fails                        1-1.0[]  2-2.0[a=2]",
            "    lost: a=1 in 1-1.0, seal in 1-1.0",
            " 6  open: seal 1-1.0, the power fails      1-1.0[seal]  2-2.0[a=2]",
            "    lost: the deletion of 2-2.0",
            " 7  open",
            "",
            "    puts and deletes: none; promised: none of them"),
        lines.subList(lines.size() - 9, lines.size() - 1));
  }

  @Test
  void theRulesAreListedWithTheMethodsOfTheEngine() throws Exception {
    assertEquals(0, run("model", "--engine", "--rules"));
    for (EngineRule rule : EngineRule.values()) {
      assertTrue(printed().stream().anyMatch(line -> line.startsWith(rule + " ")), rule::toString);
      String[] method = rule.method.split("\\.");
      Path source = Path.of("engine/src/main/java/kv/engine/" + method[0] + ".java");
      String code = Files.readString(Path.of("..").resolve(source));
      assertTrue(code.contains(" " + method[1] + "("), rule.method);
    }
  }

  /** The engine's part is to be read too, after that of step 5. */
  @Test
  void theModelOfTheEngineIsSmall() throws Exception {
    long lines = ModelTest.codeLines(ModelTest::isOfTheEngine);
    assertTrue(lines > 300 && lines <= 500, lines + " lines");
  }
}
