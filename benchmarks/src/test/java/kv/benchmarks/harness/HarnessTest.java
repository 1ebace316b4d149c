package kv.benchmarks.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kv.benchmarks.experiments.Experiment2Get;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.options.TimeValue;

class HarnessTest {
  private static final Profile TWO_ROUNDS =
      new Profile(2, true, 0, 1, TimeValue.milliseconds(10), List.of(10), Step.STEP3);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @Test
  void casesTakeTurnsAndTheirRoundsArePooled() throws Exception {
    BenchmarkCase one = get(Step.STEP2);
    BenchmarkCase other = get(Step.STEP3);
    Harness harness = harness(true);
    Map<BenchmarkCase, Score> scores = harness.measure(List.of(one, other));

    assertEquals(2, scores.get(one).rounds().size());
    assertEquals(2, scores.get(other).rounds().size());
    assertEquals(2, harness.results().size());
    String printed = out.toString(StandardCharsets.UTF_8);
    List<String> begun = new ArrayList<>();
    Matcher lines = Pattern.compile("\\[ ([12]/2\\] STEP[23])").matcher(printed);
    while (lines.find()) {
      // The progress of a measurement overwrites its line.
      if (begun.isEmpty() || !begun.get(begun.size() - 1).equals(lines.group(1))) {
        begun.add(lines.group(1));
      }
    }
    assertEquals(List.of("1/2] STEP2", "2/2] STEP3", "1/2] STEP2", "2/2] STEP3"), begun);
  }

  @Test
  void withoutATerminalEachRoundAndEachCaseHaveALine() throws Exception {
    harness(false).measure(List.of(get(Step.STEP2), get(Step.STEP3)));

    String printed = out.toString(StandardCharsets.UTF_8).replaceAll(" +[0-9.,]+ us.*", "");
    assertEquals(
        "  round 1/2\n  round 2/2\n  [ 1/2] STEP2\n  [ 2/2] STEP3\n",
        printed.replace("\r\n", "\n"));
  }

  private Harness harness(boolean terminal) {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    Harness harness = new Harness(TWO_ROUNDS, stream, terminal, 2);
    harness.experiment(2);
    return harness;
  }

  private static BenchmarkCase get(Step step) {
    return BenchmarkCase.of(
        step.name(),
        "us",
        Experiment2Get.GetBenchmark.class,
        "hit",
        Map.of("step", step.name(), "keys", "10"));
  }
}
