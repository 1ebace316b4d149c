package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.workshop.BadUsage;
import kv.workshop.Workshop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A transcript shows the output of a run. */
class ConsoleTest {
  private static final String TOOL = "$ java -jar workshop/target/workshop.jar";

  @TempDir private Path folder;
  private Sandbox sandbox;

  @BeforeEach
  void makeSandbox() throws Exception {
    sandbox = new Sandbox(SmallProject.in(folder), false);
  }

  @AfterEach
  void closeSandbox() throws IOException {
    sandbox.close();
  }

  private List<String> weave(String... shown) throws Exception {
    return new Console(sandbox).weave(List.of(shown), 0);
  }

  private String mistake(String... shown) {
    return assertThrows(BadUsage.class, () -> weave(shown)).getMessage();
  }

  // ======== Lines that are kept ========

  private static List<String> keep(List<String> shown, List<String> actual) {
    return Console.keep(shown, actual);
  }

  @Test
  void aChangedNumberIsReplaced() {
    List<String> actual = List.of("a record", "at offset 29", "with 16 bytes");
    assertEquals(actual, keep(List.of("a record", "at offset 28", "with 16 bytes"), actual));
  }

  @Test
  void aMissingLineIsAdded() {
    List<String> actual = List.of("one", "two", "three");
    assertEquals(actual, keep(List.of("one", "two"), actual));
    assertEquals(actual, keep(List.of("two", "three"), actual));
    assertEquals(actual, keep(List.of(), actual));
  }

  @Test
  void partsThatDifferFromRunToRunStay() {
    List<String> shown =
        List.of("store is open in /tmp/kv-step3-82533", "store ==> kv.step3.Store@433c675d");
    assertEquals(
        shown,
        keep(
            shown,
            List.of(
                "store is open in /var/folders/x1/T/kv-step3-17",
                "store ==> kv.step3.Store@7c2e19")));
    assertEquals(
        shown,
        keep(
            shown,
            List.of("store is open in C:\\Temp\\kv-step3-99", "store ==> kv.step3.Store@68de145")));
  }

  @Test
  void timesAndNumbersThatAreSaidToDifferStay() {
    List<String> shown =
        List.of("the slowest put   1,840 ms", "most puts   0.004 ms", "about 1,024 of 9");
    assertEquals(
        shown,
        keep(shown, List.of("the slowest put   95 ms", "most puts   12.5 ms", "about 7 of 9")));
    List<String> other = List.of("the slowest put   95 ms", "most puts   12.5 ms", "about 7 of 8");
    assertEquals("about 7 of 8", keep(shown, other).get(2));
  }

  @Test
  void partsThatDifferFromRunToRunStayWhereAnotherLineIsReplaced() {
    assertEquals(
        List.of("store is open in /tmp/kv-step3-82533", "two"),
        keep(
            List.of("store is open in /tmp/kv-step3-82533", "one"),
            List.of("store is open in /tmp/kv-step3-17", "two")));
  }

  @Test
  void aMaskHidesNothingElse() {
    for (String line :
        List.of("in kv-step3-1", "000010  40 31 62 32 63 33 64  @1b2c3d", "size@12 is 3")) {
      List<String> actual = List.of(line.replaceFirst("3( *)?", "4$1"));
      assertEquals(actual, keep(List.of(line), actual), line);
    }
  }

  private static List<String> dump(String salt, String checksum) {
    return List.of(
        "000001-000001.0.data, 84 bytes",
        "     0  4b565354455053 02 " + salt + " f938fe29",
        "        file header: KVSTEPS, version 2, salt " + salt + ", checksum matches",
        "    16  50 01 0002 00000003 371871fa " + checksum + "  6f73 6d6163",
        "        put \"os\" = \"mac\"   sync mark, checksums match",
        "    60  53 01 0000 00000008 " + salt + " " + checksum + "  00000002 " + salt,
        "        seal of 2 records, seal checksum " + salt + "   checksums match");
  }

  @Test
  void theSaltOfASegmentStays() {
    List<String> shown = dump("5a17ed00", "65ef28c8");
    assertEquals(shown, keep(shown, dump("01020304", "0a0b0c0d")));
    List<String> hints =
        List.of(
            "     0  4b5648494e5453 02 0000003c 00000002 9704d981",
            "        KVHINTS, version 2; segment: end 60, 2 records, seal checksum 9704d981",
            "    82  84001576");
    List<String> others = new ArrayList<>();
    hints.forEach(
        line ->
            others.add(line.replaceAll("9704d981", "00000001").replaceAll("84.*6$", "0a0b0c0d")));
    assertEquals(hints, keep(hints, others));
  }

  @Test
  void theSecretOfAHintFileAndTheOrderOfItsEntriesStay() {
    List<String> shown =
        List.of(
            "     0  4b5648494e5453 02 0000003e 00000002 9704d981",
            "    20  0001020304050607 08090a0b0c0d0e0f",
            "    36  b536abb842bf526d 00000010 00000015 50 0002  6f73",
            "        put \"os\" at offset 16, 21 bytes",
            "    57  dde7bb57a57f594f 00000025 00000019 50 0006  656469746f72",
            "        put \"editor\" at offset 37, 25 bytes",
            "    82  84001576",
            "        checksum of all before: matches");
    List<String> actual =
        List.of(
            "     0  4b5648494e5453 02 0000003e 00000002 00000001",
            "    20  1011121314151617 18191a1b1c1d1e1f",
            "    36  0de7bb57a57f594f 00000025 00000019 50 0006  656469746f72",
            "        put \"editor\" at offset 37, 25 bytes",
            "    61  1536abb842bf526d 00000010 00000015 50 0002  6f73",
            "        put \"os\" at offset 16, 21 bytes",
            "    82  0a0b0c0d",
            "        checksum of all before: matches");
    assertEquals(shown, keep(shown, actual));
    List<String> other = new ArrayList<>(actual);
    other.replaceAll(line -> line.replace("00000019", "0000001a"));
    assertEquals(other, keep(shown, other));
  }

  @Test
  void noOtherFieldOfADumpIsSalted() {
    List<String> shown = dump("5a17ed00", "65ef28c8");
    for (String field : List.of("50 01", "0002 00000003", "371871fa", "6f73", "00000002", "84")) {
      List<String> actual = new ArrayList<>(dump("01020304", "0a0b0c0d"));
      actual.replaceAll(line -> line.replace(field, field.replaceAll("[0-9a-f]$", "e")));
      assertEquals(actual, keep(shown, actual), field);
    }
    List<String> log = List.of("     8  50 01 0002 00000003 371871fa 3ff8c5d8  6f73 6d6163");
    List<String> other = List.of("     8  50 01 0002 00000003 371871fa 3ff8c5d9  6f73 6d6163");
    assertEquals(other, keep(log, other));
  }

  @Test
  void theLinesOfADumpHaveOneSalt() {
    List<String> actual = new ArrayList<>(dump("01020304", "0a0b0c0d"));
    actual.add("1 record: 1 put, 0 deletes; sealed; the end is clean");
    assertEquals(actual, keep(dump("5a17ed00", "65ef28c8"), actual));
  }

  @Test
  void aFoldersSeparatorIsThatOfTheSystem() {
    List<String> shown = List.of("/home/you/five-steps/work/demo/store.data is damaged");
    assertEquals(
        shown, keep(shown, List.of("/home/you/five-steps\\work\\demo\\store.data is damaged")));
  }

  @Test
  void aCutStandsForAnyNumberOfLines() {
    List<String> actual = List.of("one", "two", "three", "four", "five");
    for (List<String> shown :
        List.of(
            List.of("one", "...", "five"),
            List.of("...", "five"),
            List.of("one", "two", "..."),
            List.of("..."),
            List.of("one", "...", "three", "...", "five"),
            List.of("one", "two", "...", "three", "four", "five"))) {
      assertEquals(shown, keep(shown, actual));
    }
  }

  @Test
  void aCutGoesIfTheLinesAroundItAreWrong() {
    List<String> actual = List.of("one", "two", "three", "four", "five");
    for (List<String> shown :
        List.of(
            List.of("two", "...", "five"),
            List.of("one", "...", "four"),
            List.of("one", "...", "four", "...", "two", "...", "five"),
            List.of("one", "two", "three", "...", "three", "four", "five"))) {
      assertEquals(actual, keep(shown, actual), shown.toString());
    }
  }

  // ======== Commands that are run ========

  @Test
  void aToolIsRun() throws Exception {
    ByteArrayOutputStream usage = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(usage, true, StandardCharsets.UTF_8);
    Workshop.run(List.of(), out, out);
    List<String> expected = new ArrayList<>(List.of(TOOL));
    expected.addAll(usage.toString(StandardCharsets.UTF_8).lines().toList());
    assertEquals(expected, weave(TOOL, "something else"));
  }

  @Test
  void anotherExitCodeIsAMistake() throws Exception {
    String mistake = mistake(TOOL + " nonsense");
    assertTrue(mistake.contains("exit code 2 and not 0:\nthere is no command"), mistake);
    List<String> shown = List.of(TOOL + " nonsense");
    assertEquals(2, new Console(sandbox).weave(shown, 2).size());
  }

  @Test
  void aSessionShowsTheTypedLinesAndTheirOutput() throws Exception {
    List<String> right =
        List.of(
            "$ jshell -R-Dcity=Bonn step2-scan/play.jsh",
            "say hello",
            "",
            "jshell> hello(\"Zoë\")",
            "$3 ==> \"hello Zoë\"",
            "",
            "jshell> int i = 0;",
            "i ==> 0",
            "",
            "jshell> while (i < 2) {",
            "   ...>   System.out.println(i++);",
            "   ...> }",
            "0",
            "1",
            "",
            "jshell> System.out.print(System.getProperty(\"city\"))",
            "Bonn",
            "",
            "jshell> new Object()",
            "$7 ==> java.lang.Object@1b2c3d",
            "",
            "jshell> throw new IllegalStateException(\"closed\")",
            "|  Exception java.lang.IllegalStateException: closed",
            "|        at (#8:1)",
            "",
            "jshell> Path.of(\"work\").toAbsolutePath()",
            "$9 ==> /home/you/five-steps/work",
            "",
            "jshell> hello(\"Zoë\").size()",
            "|  Error:",
            "...",
            "",
            "jshell> /exit",
            "|  Goodbye");
    List<String> shown = new ArrayList<>(right);
    shown.removeAll(List.of("say hello", "$3 ==> \"hello Zoë\"", "1", "", "|  Goodbye"));
    assertEquals(right, weave(shown.toArray(String[]::new)));
  }

  @Test
  void aWrongPromptIsReplaced() throws Exception {
    assertEquals(
        List.of(
            "$ jshell step2-scan/play.jsh",
            "say hello",
            "",
            "jshell> int two() {",
            "   ...>   return 2; }",
            "|  created method two()",
            "",
            "jshell> /exit",
            "|  Goodbye"),
        weave(
            "$ jshell step2-scan/play.jsh",
            "say hello",
            "jshell> int two() {",
            "jshell>   return 2; }",
            "jshell> /exit"));
  }

  @Test
  void anOutputThatLooksLikeSomethingTypedIsAMistake() {
    String mistake =
        mistake(
            "$ jshell step2-scan/play.jsh",
            "jshell> System.out.println(\"jshell> x\")",
            "jshell> /exit");
    assertTrue(mistake.startsWith("2 lines are typed, and jshell shows 3: "), mistake);
  }

  @Test
  void aCommandFindsTheFilesOfTheEarlierOnes() throws Exception {
    String look = "$ git diff --no-index step1-append/pom.xml work/new";
    assertTrue(mistake(look).endsWith("names work/new, which does not exist"), mistake(look));
    weave(
        "$ jshell step2-scan/play.jsh",
        "jshell> Files.createDirectories(Path.of(\"work/new\"))",
        "jshell> /exit",
        look);
    assertFalse(Files.exists(folder.resolve("work")), "the project itself was changed");
  }

  @Test
  void aFolderIsCopiedToANewOne() throws Exception {
    weave(
        "$ cp -r step2-scan copied",
        "$ jshell copied/play.jsh",
        "jshell> Files.exists(Path.of(\"copied/pom.xml\"))",
        "$1 ==> true",
        "",
        "jshell> /exit");
    for (String command :
        List.of("cp -r step2-scan step3-hash-index", "cp -r none copied", "cp -r step2-scan")) {
      assertTrue(mistake("$ " + command).contains("cp -r FROM TO"), command);
    }
  }

  @Test
  void aSessionEndsWithExit() {
    assertEquals(
        "the last line typed into jshell must be /exit",
        mistake("$ jshell step2-scan/play.jsh", "jshell> hello(\"you\")"));
  }

  @Test
  void aJShellThatFailsIsAMistake() {
    String mistake = mistake("$ jshell -R-XX:+Nonsense step2-scan/play.jsh", "jshell> /exit");
    assertTrue(mistake.contains("exit code 1 and not 0:"), mistake);
    assertTrue(mistake.contains("Nonsense"), mistake);
  }

  // ======== Commands that are not run ========

  @Test
  void aCommandThatIsNotRunShowsNoOutput() throws Exception {
    weave("$ mvn -B verify", "", "$ git --version");
    assertEquals(
        "\"mvn -B verify\" is not run by the tests, so its output must not be shown",
        mistake("$ mvn -B verify", "BUILD SUCCESS"));
  }

  @Test
  void anUnknownCommandIsAMistake() {
    assertTrue(mistake("$ ls work").startsWith("\"ls work\" is not a command"));
    assertTrue(mistake("ls work").startsWith("a console fence must start with a command"));
  }

  @Test
  void aCommandNeedsNoShell() {
    assertTrue(mistake(TOOL + " dump work/*.data").contains("needs a shell"));
    assertTrue(mistake("$ mvn -B verify | tail").contains("needs a shell"));
  }

  @Test
  void aModuleIsThere() throws Exception {
    weave("$ mvn -B -pl step1-append,step2-scan test");
    assertEquals(
        "there is no module step3-index in pom.xml",
        mistake("$ mvn -B -pl step1-append,step3-index test"));
    assertEquals("option -pl has no value", mistake("$ mvn test -pl"));
  }

  @Test
  void aTestIsThere() throws Exception {
    weave("$ mvn -B -pl step2-scan test -Dtest=ShelfTest#holdsBooks");
    assertEquals(
        "there is no test TableTest in step2-scan",
        mistake("$ mvn -B -pl step2-scan test -Dtest=TableTest"));
    assertEquals(
        "there is no test ShelfTest#holdsCups in step1-append, step2-scan",
        mistake("$ mvn -B test -Dtest=ShelfTest#holdsCups"));
  }

  @Test
  void aFileIsThere() throws Exception {
    weave("$ git diff --no-index -M40% step1-append/src step2-scan/src");
    assertTrue(mistake("$ git diff step1-append/scr").endsWith("which does not exist"));
    assertTrue(
        mistake("$ jshell step2-scan/paly.jsh", "jshell> /exit").endsWith("which does not exist"));
  }

  @Test
  void aFileThatABuildMakesNeedNotBeThereYet() throws Exception {
    weave("$ java -jar step1-append/target/races.jar 2");
    assertTrue(mistake("$ java -jar step1-append/target/race.jar").endsWith("does not exist"));
    assertTrue(mistake("$ java -jar step7/target/races.jar").endsWith("does not exist"));
  }

  @Test
  void aFolderToGoToIsThere() throws Exception {
    weave("$ git clone https://example.org/five-steps.git", "$ cd five-steps");
    weave("$ cd step1-append", "$ git diff src/main src/test", "$ cd ..");
    assertEquals("there is no folder step7", mistake("$ cd step7"));
    assertEquals("there is no folder ..", mistake("$ cd .."));
  }
}
