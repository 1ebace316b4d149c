package kv.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kv.benchmarks.harness.Profile;
import kv.benchmarks.harness.Step;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.options.TimeValue;

class MainTest {
  /** Settings that run everything, and give no useful numbers. */
  private static final Profile TINY =
      new Profile(1, true, 0, 1, TimeValue.milliseconds(20), List.of(10, 100), Step.ENGINE);

  @TempDir Path report;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void withoutArgumentsEveryExperimentPrintsItsQuestionAndATable() throws Exception {
    assertEquals(0, run());

    String printed = out.toString(StandardCharsets.UTF_8);
    for (String expected :
        List.of(
            "Experiment 1. How much slower is a put that waits for the disk?",
            "[18/18] engine, put and sync, 16 threads",
            "puts per second    never synced",
            "Experiment 2. Ten times the keys: what does a get cost?",
            "[20/20] engine, get, miss, 100 keys",
            "microseconds (us) per get   10 keys   100 keys   x for ten times the keys",
            "Experiment 3. How long until the store is open?",
            "[12/12] engine, no hint files, 100 keys",
            "milliseconds (ms) to open   10 keys   100 keys",
            "Experiment 4. How much disk do 10 overwrites of each key take?",
            "Experiment 5. What does a put feel while space is reclaimed?",
            "[ 3/3] engine, 1,000 overwrites",
            "microseconds (us) per put",
            "A measurement gone wrong. What if a benchmark changes the store that it measures?",
            "[ 2/2] step2-scan, measureRight")) {
      assertTrue(printed.contains(expected), expected + " is not in:\n" + printed);
    }
    // All values ever put, and the live ones.
    assertTrue(printed.matches("(?s).*step3-hash-index +11.0 +11.0 +- +-\n.*"), printed);
    assertTrue(
        printed.matches("(?s).*step4-compaction +[0-9.]+ +[0-9.]+ +1.00 +1.00\n.*"), printed);
    assertTrue(printed.matches("(?s).*step5-merge +[0-9.]+ +[0-9.]+ +1.00 +1.00\n.*"), printed);
    assertTrue(
        printed.matches("(?s).*engine +11.[0-9] +11.[0-9] +1.[01][0-9] +1.[78][0-9]\n.*"), printed);
    assertTrue(printed.contains("The engine merges sealed segments automatically"), printed);
    assertTrue(printed.contains("The last column includes the engine's hint files"), printed);
    assertTrue(printed.contains("\"time in puts > 1 ms\" adds up"), printed);
    assertTrue(!printed.contains("The limits."), printed);

    String page = Files.readString(report.resolve("index.html"));
    for (int i = 1; i <= 5; i++) {
      assertTrue(page.contains("Experiment " + i), "Experiment " + i);
      assertTrue(Files.readString(report.resolve("experiment-" + i + ".svg")).startsWith("<svg"));
    }
    assertTrue(page.contains("measureWrong"), page);
    assertTrue(page.contains("Processors"), page);
  }

  @Test
  void theReadersStoreHasARowAndASeriesBesideStepFive() throws Exception {
    Path store = Path.of("..", "step5-merge");

    assertEquals(0, run("2", "--store", store.toString()), err::toString);

    String printed = out.toString(StandardCharsets.UTF_8);
    assertTrue(printed.contains("step5-merge, get, hit, 10 keys"), printed);
    assertTrue(printed.contains("mine, get, hit, 10 keys"), printed);
    assertTrue(!printed.contains("engine, get"), printed);
    assertTrue(printed.matches("(?s).* mine, miss +[0-9.,].*"), printed);
    String chart = Files.readString(report.resolve("experiment-2.svg"));
    assertTrue(chart.contains(">mine<"), chart);
    assertTrue(Files.readString(report.resolve("results.json")).contains("MineBenchmark.hit"));
  }

  @Test
  void theReadersStoreIsRefusedWithoutExperimentTwo() throws Exception {
    assertEquals(2, run("3", "--store", "work/mine"));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("--store needs experiment 2 alone"));
  }

  @Test
  void theLimitsAreMeasuredOnRequest() throws Exception {
    assertEquals(0, run("limits"));

    String printed = out.toString(StandardCharsets.UTF_8);
    for (String expected :
        List.of(
            "The limits. How near does the engine come to the limits of the machine?",
            "[15/15] forEach, all 100",
            "operations per second, 100 keys")) {
      assertTrue(printed.contains(expected), expected + " is not in:\n" + printed);
    }
    assertTrue(printed.matches("(?s).*put, durable, 16 threads( +[0-9.,]+){3} x\n.*"), printed);
  }

  @Test
  void thePriceOfAMajorityIsMeasuredOnRequest() throws Exception {
    for (String jar : List.of("../server/target/server.jar", "../cluster/target/cluster.jar")) {
      assumeTrue(Files.exists(Path.of(jar)), jar + " is not built");
    }
    assertEquals(0, run("6"));

    String printed = out.toString(StandardCharsets.UTF_8);
    for (String expected :
        List.of(
            "Experiment 6. What does a majority cost?",
            "[ 6/6] three nodes, 50 clients",
            "durable puts              puts a second   median in ms")) {
      assertTrue(printed.contains(expected), expected + " is not in:\n" + printed);
    }
    // Other tests have processes too.
    assertTrue(
        ProcessHandle.current()
            .descendants()
            .map(process -> process.info().commandLine().orElse(""))
            .noneMatch(line -> line.contains("server.jar") || line.contains("cluster.jar")));
  }

  @Test
  void aNumberRunsOneExperiment() throws Exception {
    assertEquals(0, run("3"));

    String printed = out.toString(StandardCharsets.UTF_8);
    assertTrue(printed.contains("Experiment 3."), printed);
    assertTrue(!printed.contains("Experiment 1."), printed);
  }

  @Test
  void oneExperimentAloneShowsTheStepsUpToItsChapter() throws Exception {
    assertEquals(0, run("3"));

    String printed = out.toString(StandardCharsets.UTF_8);
    assertTrue(printed.contains("step3-hash-index"), printed);
    assertTrue(!printed.contains("step4-compaction"), printed);
    assertTrue(printed.contains("instead of 10: how many times longer"), printed);
    assertTrue(printed.contains("\nShown: step 3; with --all: every store.\n"), printed);
    assertTrue(!printed.contains("hint files"), printed);
  }

  @Test
  void oneExperimentAloneShowsAllStoresOnRequest() throws Exception {
    assertEquals(0, run("3", "--all"));

    String printed = out.toString(StandardCharsets.UTF_8);
    assertTrue(printed.contains("step5-merge"), printed);
    assertTrue(printed.contains("engine, no hint files"), printed);
    assertTrue(printed.contains("A close saves the engine's index"), printed);
    assertTrue(!printed.contains("Shown: "), printed);
    assertTrue(printed.contains("step 3 take to open than the engine?"), printed);
  }

  @Test
  void aGuessOnTheCommandLineIsPrintedBesideTheMeasuredRatio() throws Exception {
    assertEquals(0, run("3", "--guess", "2x"));

    String printed = out.toString(StandardCharsets.UTF_8);
    assertTrue(
        printed.matches("(?s).*Your guess: 2.00 x. Measured: [0-9.]+ x. That is [0-9.]+ times.*"),
        printed);
    assertTrue(printed.contains("Next question: "), printed);
  }

  @Test
  void withoutATerminalNoGuessIsAskedFor() throws Exception {
    assertEquals(0, run("3"));

    String printed = out.toString(StandardCharsets.UTF_8);
    assertTrue(printed.contains("\nMeasured: "), printed);
    assertTrue(!printed.contains("Your guess"), printed);
    assertTrue(!printed.contains("\r" + " "), "no line is overwritten");
  }

  @Test
  void inATerminalAllGuessesAreAskedForBeforeTheFirstMeasurement() throws Exception {
    List<String> asked = new ArrayList<>();
    Prompt prompt =
        text -> {
          asked.add(text);
          assertTrue(!out.toString(StandardCharsets.UTF_8).contains("[ 1/"));
          return asked.size() == 1 ? "many" : "7";
        };
    assertEquals(0, runAndAnswer(prompt, "3"));

    String printed = out.toString(StandardCharsets.UTF_8);
    assertEquals(2, asked.size(), "asked again, as \"many\" is not a number");
    assertTrue(printed.contains("\"many\" is not a ratio"), printed);
    assertTrue(printed.contains("Your guess: 7.00 x."), printed);
  }

  @Test
  void enterSkipsAGuessAndSoDoesTheEndOfInput() throws Exception {
    for (String skip : new String[] {"", null}) {
      out.reset();
      assertEquals(0, runAndAnswer(text -> skip, "3"));
      assertTrue(out.toString(StandardCharsets.UTF_8).contains("\nMeasured: "));
    }
  }

  @Test
  void aGuessWithoutAnExperimentIsRefused() throws Exception {
    assertEquals(2, run("--guess", "10"));
    assertEquals(2, run("3", "--guess"));
    assertEquals(2, run("3", "--guess", "many"));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("2 --guess 10x"));
  }

  @Test
  void twoRunsCanBeCompared() throws Exception {
    assertEquals(0, run("3", "--all"));
    Path old = report.resolve("old.json");
    Files.move(report.resolve("results.json"), old);
    out.reset();
    assertEquals(0, run("3", "--all", "--compare", old.toString()));

    String printed = out.toString(StandardCharsets.UTF_8);
    String row = "(?s).*OpenBenchmark.open kept=NONE keys=100 step=ENGINE .* ms/op .*";
    assertTrue(printed.matches(row), printed);
    assertTrue(Files.readString(report.resolve("index.html")).contains("OpenBenchmark.open"));
  }

  @Test
  void aFileThatIsNotOfJmhIsNotCompared() throws Exception {
    Path other = Files.writeString(report.resolve("other.json"), "{}");
    for (String file : List.of(other.toString(), report.resolve("missing.json").toString())) {
      err.reset();
      assertEquals(2, run("3", "--compare", file));
      assertTrue(err.toString(StandardCharsets.UTF_8).contains(file), err.toString());
    }
    assertEquals(2, run("3", "--compare"));
  }

  @Test
  void badUsageIsOneLineWithTheExperiments() throws Exception {
    assertEquals(2, run("9"));

    String printed = err.toString(StandardCharsets.UTF_8);
    assertTrue(
        printed.startsWith(
            "there is no experiment \"9\"; there are 1, 2, 3, 4, 5, 6, wrong, limits"),
        printed);
    assertEquals(1, printed.lines().count(), printed);
    err.reset();
    assertEquals(2, run("3", "--fast"));
    assertEquals(1, err.toString(StandardCharsets.UTF_8).lines().count());
  }

  @Test
  void helpIsNotAnError() throws Exception {
    assertEquals(0, run("--help"));
    String printed = out.toString(StandardCharsets.UTF_8);
    assertTrue(printed.startsWith("Usage:"), printed);
    assertTrue(printed.contains("--all "), printed);
    assertTrue(printed.contains("peers [--full | KEYS BYTES]"), printed);
    assertTrue(
        printed.replace("\r\n", "\n").contains("cost?\n          alone: step 2 to step 3\n"),
        printed);
    printed.lines().forEach(line -> assertTrue(line.length() < 90, line));
  }

  @Test
  void thePeersThatAreNotBuiltSayHowToBuildThem() throws Exception {
    Path jar = report.resolve("peers.jar");

    assertEquals(2, PeersJar.run(jar, new String[] {}, stream(out), stream(err)));

    String printed = err.toString(StandardCharsets.UTF_8);
    assertTrue(printed.contains(jar + " does not exist"), printed);
    assertTrue(printed.contains("mvn -q -B -Ppeers package -DskipTests"), printed);
  }

  private int run(String... arguments) throws Exception {
    return runAndAnswer(null, arguments);
  }

  private int runAndAnswer(Prompt prompt, String... arguments) throws Exception {
    return Main.run(arguments, TINY, report, prompt, stream(out), stream(err));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }
}
